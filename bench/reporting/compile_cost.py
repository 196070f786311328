# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""What it costs to compile against the library."""

import os
import re
import resource
import statistics
import subprocess
import tempfile
from pathlib import Path

from reporting import machine

BARE = "boost/asio.hpp"
SAMPLE = "samples/01_hello_world.cpp"
CORE = ["src/libasyncio_core.a"]
# {who: (source, libraries of the build directory, what else it is linked with)}
HELLO = {"asyncio::asyncio": (SAMPLE, ["src/libasyncio.a", *CORE],
                              ["-Wl,--undefined=asyncio_introspection", "-lspdlog", "-lfmt", "-pthread"]),
         "asyncio::core": (SAMPLE, CORE, ["-lspdlog", "-lfmt", "-pthread"]),
         "raw Asio": ("bench/hello_asio.cpp", [], ["-pthread"])}
RUNS = 3


class Compiler:
    """The compiler of a build directory, with the flags of a user of the library."""

    def __init__(self, build):
        flags = build / "test" / "flags.rsp"
        self.command = [machine.cache(build).get("CMAKE_CXX_COMPILER", "c++"),
                        f"@{flags}" if flags.exists() else "-std=c++20", f"-I{machine.ROOT / 'include'}"]

    def run(self, *arguments):
        """@return seconds of user time, None if it did not compile."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        done = subprocess.run([*self.command, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before if done.returncode == 0 else None


def concept_headers():
    return sorted(path.name for path in (machine.ROOT / "include" / "asyncio").glob("*.hpp")
                  if path.name not in ("asyncio.hpp", "testing.hpp"))


def header_seconds(compiler, folder):
    """{header: seconds}, of the umbrella and of bare Asio too."""
    def seconds(header):
        source = folder / "include_one.cpp"
        source.write_text(f"#include <{header}>\n", encoding="utf-8")
        return compiler.run("-O0", "-fsyntax-only", str(source))

    def median(header):
        runs = [s for s in (seconds(header) for _ in range(RUNS)) if s is not None]
        return statistics.median(runs) if runs else None

    seconds(BARE)  # fills the file cache
    result = {header: median(header) for header in (BARE, "asyncio/asyncio.hpp")}
    result.update({f"asyncio/{name}": seconds(f"asyncio/{name}") for name in concept_headers()})
    return {header: spent for header, spent in result.items() if spent is not None}


def section_bytes(path):
    """Code and data of an object file or program, as `size` counts them."""
    match = re.search(r"^\s*(\d+)\s+(\d+)", machine_size(path), re.MULTILINE)
    return int(match[1]) + int(match[2]) if match else None


def machine_size(path):
    try:
        return subprocess.run(["size", str(path)], stdout=subprocess.PIPE, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


def run_cpu_seconds(program):
    """CPU time of the program, which sleeps for a second: several at once."""
    processes = [os.posix_spawn(str(program), [str(program)], os.environ,
                                file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]) for _ in range(5)]
    usages = [os.wait4(process, 0)[2] for process in processes]
    return statistics.median(usage.ru_utime + usage.ru_stime for usage in usages)


def hello(compiler, build, folder):
    """{who: {what: number}}"""
    result = {}
    for who, (source, libraries, options) in HELLO.items():
        compiled, program = folder / "hello.o", folder / "hello"
        runs = [compiler.run("-O2", "-ffunction-sections", "-fdata-sections", "-c", "-o", str(compiled),
                             str(machine.ROOT / source)) for _ in range(RUNS)]
        if None in runs:
            continue
        result[who] = {"compile_s": statistics.median(runs), "object_bytes": section_bytes(compiled)}
        linked = compiler.run("-s", "-Wl,--gc-sections", "-o", str(program), str(compiled),
                              *(str(build / library) for library in libraries), *options)
        if linked is not None:
            result[who]["program_bytes"] = program.stat().st_size
            result[who]["run_cpu_s"] = run_cpu_seconds(program)
    return result


def measure(build):
    compiler = Compiler(build)
    with tempfile.TemporaryDirectory() as folder:
        return {"headers": header_seconds(compiler, Path(folder)), "hello": hello(compiler, build, Path(folder))}
