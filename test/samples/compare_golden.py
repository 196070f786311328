#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""A sample prints its golden file under virtual time with seed 1: compare_golden.py BINARY GOLDEN [--status N] [--errors]

BINARY may also be a twin (.py): the golden files are what the twins print, and --update writes them.
"""

import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # A test leaves nothing in the source tree.

import programs

SEED = 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("golden", type=Path)
    parser.add_argument("--status", type=int, default=0, help="the exit status to expect (default: 0)")
    parser.add_argument("--update", action="store_true", help="write the golden file from the twin")
    parser.add_argument("--errors", action="store_true", help="the golden file has standard error in it, too")
    arguments = parser.parse_args()
    if arguments.update and not arguments.binary.endswith(".py"):
        parser.error("a golden file is written from the Python twin, never from what is tested against it")

    actual = programs.run(arguments.binary, SEED, arguments.errors)
    if arguments.update and actual.status == arguments.status:
        arguments.golden.write_bytes(actual.output.encode("utf-8"))
    # Bytes: reading as text would hide a difference in line ends.
    golden = arguments.golden.read_bytes().decode("utf-8")
    expected = programs.Outcome(str(arguments.golden), golden, arguments.status)
    sys.exit(0 if programs.same(expected, actual, SEED) else 1)


if __name__ == "__main__":
    main()
