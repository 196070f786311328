# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""The measurement itself: rounds in which everybody does every row, side by side."""

import os
import statistics
import sys
import time

from reporting.programs import Failed


def run(programs, rows, rounds, min_time):
    """{program: {row: [fields or None, one per round]}}"""
    core = min(os.sched_getaffinity(0))
    values = {program.key: {row: [] for row in rows} for program in programs}
    for number in range(rounds):
        begin = time.monotonic()
        for row in rows:
            if sys.stderr.isatty():
                print(f"\rround {number + 1} of {rounds}: {row:<24}", end="", file=sys.stderr, flush=True)
            for i in range(len(programs)):  # nobody is always the first
                program = programs[(i + number) % len(programs)]
                try:
                    fields = program.measure(row, min_time, core)
                except Failed as failure:
                    print(f"\n{failure}", file=sys.stderr)
                    fields = None
                values[program.key][row].append(fields)
        print(f"\rround {number + 1} of {rounds}: {time.monotonic() - begin:.0f} s{'':<24}", file=sys.stderr, flush=True)
    return values


class Results:
    """What the rounds say, summed up."""

    def __init__(self, values):
        self.values = values

    def numbers(self, program, row, field):
        return [fields[field] if fields and field in fields else None for fields in self.values.get(program, {}).get(row, [])]

    @staticmethod
    def field_of(row):
        return "bytes_per_task" if row.startswith("mem") else "ns_per_op"

    def median(self, program, row, field=None):
        numbers = [n for n in self.numbers(program, row, field or self.field_of(row)) if n is not None]
        return statistics.median(numbers) if numbers else None

    def ratios(self, program, row, field=None):
        """To raw Asio, each with what was measured beside it in the same round."""
        field = field or self.field_of(row)
        both = zip(self.numbers(program, row, field), self.numbers("raw_asio", row, field))
        return [ours / theirs for ours, theirs in both if ours is not None and theirs]

    def ratio(self, program, row, field=None):
        ratios = self.ratios(program, row, field)
        return statistics.median(ratios) if ratios else None
