#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""A sample and its Python twin print the same and end with the same status: compare_twin.py BINARY TWIN.py

Both run under virtual time with the same seed. A twin that imports random is compared for several seeds.
"""

import argparse
import ast
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # A test leaves nothing in the source tree.

import programs

SEEDS = (1, 2, 7, 12345)


def imports_random(twin):
    for node in ast.walk(ast.parse(Path(twin).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import) and any(alias.name == "random" for alias in node.names):
            return True
        if isinstance(node, ast.ImportFrom) and node.module == "random":
            return True
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("twin")
    arguments = parser.parse_args()
    seeds = SEEDS if imports_random(arguments.twin) else SEEDS[:1]
    # A list, not a generator: every seed is compared and shown even when an earlier one differs.
    equal = [programs.same(programs.run(arguments.twin, seed), programs.run(arguments.binary, seed), seed)
             for seed in seeds]
    sys.exit(0 if all(equal) else 1)


if __name__ == "__main__":
    main()
