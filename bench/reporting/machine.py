# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""What a measurement was made on and with."""

import os
import platform
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def first_line(*command):
    """What a program says about itself; empty when it is not there."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip().split("\n")[0]


def find(pattern, path, default=""):
    """The first group of `pattern` in a file."""
    try:
        match = re.search(pattern, Path(path).read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return default
    return match[1] if match else default


def cache(build):
    """The variables of a CMake build directory."""
    try:
        lines = (build / "CMakeCache.txt").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    matches = (re.match(r"(\w+):\w+=(.*)", line) for line in lines)
    return {match[1]: match[2] for match in matches if match}


def boost_version(build):
    for folder in (cache(build).get("Boost_INCLUDE_DIR", ""), "/usr/include", "/usr/local/include"):
        version = find(r'#define BOOST_LIB_VERSION "(\w+)"', Path(folder) / "boost/version.hpp")
        if version:
            return version.replace("_", ".")
    return "unknown"


def describe(build):
    """Pairs of a word and what it is here."""
    variables = cache(build)
    compiler = variables.get("CMAKE_CXX_COMPILER", "c++")
    memory = int(find(r"MemTotal:\s+(\d+)", "/proc/meminfo", "0")) / 2**20
    revision = first_line("git", "-C", str(ROOT), "describe", "--always", "--dirty")
    processor = find(r"model name\s*: (.*)", "/proc/cpuinfo", platform.machine())
    system = find('PRETTY_NAME="(.*)"', "/etc/os-release", platform.system())
    return {
        "Processor": f"{processor}, {os.cpu_count()} cores",
        "Memory": f"{memory:.0f} GiB",
        "System": f"{system}, Linux {platform.release()}, {' '.join(platform.libc_ver())}",
        "Compiler": f"{first_line(compiler, '--version')}, {variables.get('CMAKE_CXX_FLAGS_RELEASE', '-O3 -DNDEBUG')}",
        "Boost": boost_version(build),
        "Revision": revision or "unknown",
    }
