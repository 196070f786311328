#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""The same seeds, the same numbers: CPython's `random` beside asyncio::random, live.

    python3 random_live.py                     prints what CPython draws: a line `seed case value value...`
    python3 random_live.py BINARY [--fresh N]  compares with what BINARY (random_live.cpp) draws; --fresh adds N seeds
                                               that no one has seen before. Exit 0: equal, 1: the first difference.
"""
import argparse
import pathlib
import random
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "unit"))
sys.dont_write_bytecode = True
from random_record import CASES, SEEDS  # noqa: E402

SEEDS_PER_PROCESS = 500


def text(value):
    return value.hex() if isinstance(value, float) else str(value)


def python_lines(seeds):
    for seed in seeds:
        for name, _, case in CASES:
            yield " ".join([str(seed), name, *map(text, case(random.Random(seed)))])


def binary_lines(binary, seeds):
    for i in range(0, len(seeds), SEEDS_PER_PROCESS):
        command = [binary, *map(str, seeds[i : i + SEEDS_PER_PROCESS])]
        yield from subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def first_difference(seeds, binary):
    expected, found = list(python_lines(seeds)), list(binary_lines(binary, seeds))
    for python, here in zip(expected, found):
        if python != here:
            names, values, others = python.split()[:2], python.split()[2:], here.split()[2:]
            if names != here.split()[:2]:
                return f"the cases differ: CPython prints '{' '.join(names)}', {binary} '{' '.join(here.split()[:2])}'"
            for index, (value, other) in enumerate(zip(values, others)):
                if value != other:
                    return f"seed {names[0]}, case {names[1]}, value {index}: CPython {value}, here {other}"
            return f"seed {names[0]}, case {names[1]}: CPython draws {len(values)} values, here {len(others)}"
    if len(expected) != len(found):
        return f"CPython prints {len(expected)} lines, {binary} {len(found)}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", nargs="?")
    parser.add_argument("--fresh", type=int, default=0, metavar="N")
    arguments = parser.parse_args()
    fresh = random.SystemRandom()
    seeds = SEEDS + [fresh.getrandbits(64) - fresh.choice((0, 2**63)) for _ in range(arguments.fresh)]
    if arguments.binary is None:
        print("\n".join(python_lines(seeds)))
        return 0
    difference = first_difference(seeds, arguments.binary)
    if difference:
        print(f"random_live: {difference}", file=sys.stderr)
        return 1
    print(f"random_live: {len(seeds)} seeds, {len(CASES)} cases each: equal, bit for bit")
    return 0


if __name__ == "__main__":
    sys.exit(main())
