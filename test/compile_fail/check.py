#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""Compiles a fragment that must not compile and judges what the compiler says.

check.py FRAGMENT.cpp --id GNU-12.2.0 -- COMPILER FLAG...

The fragment says in comment lines of its own:
  // expect: SENTENCE     the first line with "error:" must contain SENTENCE; may appear several times, then all of them
  // expect: success      it must compile, without a warning
  // flag: -std=c++17     one more flag for the compiler; such a fragment is compiled without the precompiled header
  // compiler: gcc12      only for that compiler (gcc, clang; a number is the major version), otherwise skipped

A diagnostic has at most MAX_LINES lines. All of them count that a user sees, "In file included from", "required from
here", notes and follow-up errors too, and no limit is set on the number of errors; only the quoted source lines with
their markers are left out, because those repeat what is in the user's editor.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

MAX_LINES = 12
SKIPPED = 77  # ctest's SKIP_RETURN_CODE


def marks(text, kind):
    return re.findall(rf"^//\s*{kind}:\s*(.+?)\s*$", text, re.MULTILINE)


def is_for(compiler, wanted):
    family, _, version = compiler.partition("-")
    name, major = re.fullmatch(r"(gcc|clang)(\d*)", wanted).groups()
    # Apple's clang calls itself AppleClang.
    return (name == "gcc") == (family == "GNU") and major in ("", version.split(".")[0])


def fail(reason, output):
    print(f"{reason}. The compiler said:\n{output}")
    sys.exit(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fragment", type=Path)
    parser.add_argument("--id", required=True, help="family and version of the compiler, as CMake calls them")
    parser.add_argument("command", nargs="+", help="the compiler and its flags, after --")
    arguments = parser.parse_args()

    text = arguments.fragment.read_text(encoding="utf-8")
    expected = marks(text, "expect")
    if not expected:
        sys.exit(f"{arguments.fragment} has no line like // expect: part of our sentence")
    compilers = marks(text, "compiler")
    if compilers and not any(is_for(arguments.id, wanted) for wanted in compilers):
        print(f"only for {', '.join(compilers)}")
        sys.exit(SKIPPED)

    command, flags = arguments.command, marks(text, "flag")
    if flags and "-include" in command:
        at = command.index("-include")
        command = [*command[:at], *command[at + 2:]]
    no_quotes = "-fno-diagnostics-show-caret" if arguments.id.startswith("GNU") else "-fno-caret-diagnostics"
    done = subprocess.run([*command, *flags, "-fsyntax-only", no_quotes, str(arguments.fragment)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    output = done.stdout
    if expected == ["success"]:
        if done.returncode != 0 or output:
            fail("It should have compiled without a word", output)
        return

    if done.returncode == 0:
        fail("It compiled", output)
    first = next((line for line in output.splitlines() if re.search(r"\berror:", line)), "")
    for sentence in expected:
        if sentence not in first:
            fail(f"The first error does not say: {sentence}", output)
    # clang ends with "1 error generated.", which tells nobody anything.
    lines = [line for line in output.splitlines() if line.strip() and not re.fullmatch(r"\d+ \S+.* generated\.", line)]
    if len(lines) > MAX_LINES:
        fail(f"{len(lines)} lines where {MAX_LINES} are allowed", output)


if __name__ == "__main__":
    main()
