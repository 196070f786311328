#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""Runs generated programs on CPython's asyncio and here, and compares the logs.

    python3 compare.py BINARY --seeds FIRST COUNT    exit 0: no difference, 1: some; the first ones are shrunk and printed
    python3 compare.py BINARY FILE...                the same for programs in files

Two logs agree when per instant the multisets of lines are equal, and per task the sequences. Where the log here is not
that of CPython 3.11 it must be that of 3.11 with what was mended later (later.py), or of that with locks and queues that
are strictly first come, first served (fair.py); differences.txt says why.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import fair
import generate
import later
import oracle
import shrink

BATCH = 250
# Seconds for one batch. Virtual time makes a program end at once; a sanitizer on a busy machine needs some of them.
PATIENCE = 300
PATIENCE_FOR_ONE = 20
SHOWN = 3


# -- running -----------------------------------------------------------------------------------------------------------


def run_binary(binary, programs, patience=PATIENCE):
    """The logs of the programs. One that did not end well gets a last line that says so, and ends the list."""
    text = "\n".join(map(json.dumps, programs))
    try:
        done = subprocess.run([binary, "-"], input=text.encode(), capture_output=True, timeout=patience, check=False)
        out, err, status = done.stdout, done.stderr, f"status {done.returncode}" if done.returncode else None
    except subprocess.TimeoutExpired as late:
        out, err, status = late.stdout or b"", late.stderr or b"", f"nothing for {patience} s"
    logs, lines = [], []
    for line in out.decode(errors="replace").splitlines():
        lines.append(line)
        if line.startswith("end "):
            logs.append(lines)
            lines = []
    if status is not None or len(logs) < len(programs):
        logs.append([*lines, f"died: {status}: {err.decode(errors='replace').strip()[-2000:]}"])
    return logs


def run_one(binary, program):
    return run_binary(binary, [program], PATIENCE_FOR_ONE)[0]


def all_logs(binary, programs):
    logs = []
    while len(logs) < len(programs):  # a program that kills the process does not take the others with it
        logs += run_binary(binary, programs[len(logs) :])
    return logs


# -- comparing ---------------------------------------------------------------------------------------------------------


def shape(log):
    """What must be equal of two logs: lines by instant, whatever their order, and by task in their order."""
    instants, tasks = collections.defaultdict(collections.Counter), collections.defaultdict(list)
    for line in log[:-1]:
        time, task, text = line.split(" ", 2)
        instants[time][task, text] += 1
        tasks[task].append((time, text))
    return instants, tasks, log[-1]


def agree(one, other):
    return one == other or (not other[-1].startswith("died") and shape(one) == shape(other))


# The references, from CPython as it is to what doc/conformance.md lists as different; what the report says of a log that is none of the former.
REFERENCES = {
    "3.11": {},
    "later": later.SETTINGS,
    "fair": fair.SETTINGS,
}


def verdict(program, here):
    """@return (the first reference that prints the log, its log), or (None, what the last one prints)."""
    for reference, settings in REFERENCES.items():
        expected = oracle.log_of(program, **settings)
        if agree(expected, here):
            return reference, expected
    return None, expected


class Difference:
    def __init__(self, name, program, expected, here):
        self.name, self.program, self.expected, self.here = name, program, expected, here


def compare(binary, named_programs):
    """@return (how many logs are those of each reference, the differences)."""
    names, programs = zip(*named_programs)
    counts, differences = collections.Counter(), []
    for name, program, here in zip(names, programs, all_logs(binary, programs)):
        reference, expected = verdict(program, here)
        if reference is None:
            differences.append(Difference(name, program, expected, here))
        else:
            counts[reference] += 1
    return counts, differences


def compare_seeds(binary, first, count):
    return compare(binary, [(f"seed {seed}", generate.generate(seed)) for seed in range(first, first + count)])


# -- reporting ---------------------------------------------------------------------------------------------------------


def differs(binary, program):
    return verdict(program, run_one(binary, program))[0] is None


def side_by_side(expected, here):
    width = max([len(line) for line in expected] + [len("CPython")]) + 2
    rows = [("CPython", "here")] + [
        (expected[i] if i < len(expected) else "", here[i] if i < len(here) else "")
        for i in range(max(len(expected), len(here)))
    ]
    return "\n".join(f"  {left:<{width}}{'| ' if left == right else '! '}{right}" for left, right in rows)


def report(binary, difference, folder):
    small = shrink.shrink(difference.program, lambda program: differs(binary, program))
    here = run_one(binary, small)
    path = folder / (difference.name.replace(" ", "_").replace("/", "_") + ".json")
    path.write_text(json.dumps(small) + "\n")
    print(f"{difference.name}: the logs differ. Shrunk, in {path}:\n\n{shrink.text(small)}\n")
    print(side_by_side(verdict(small, here)[1], here) + "\n", flush=True)


def workers():
    return int(os.environ.get("CTEST_PARALLEL_WORKERS", 0)) or os.cpu_count() or 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("files", nargs="*")
    parser.add_argument("--seeds", nargs=2, type=int, metavar=("FIRST", "COUNT"), default=(0, 0))
    parser.add_argument("--failures", type=pathlib.Path, help="the folder for shrunk programs (default: a temporary one)")
    parser.add_argument("--show", type=int, default=SHOWN, help="how many differences are shrunk and shown")
    arguments = parser.parse_args()
    first, count = arguments.seeds
    if not count and not arguments.files:
        parser.error("nothing to compare; give --seeds FIRST COUNT or files")

    programs = [(path, json.loads(pathlib.Path(path).read_text())) for path in arguments.files]
    counts, differences = compare(arguments.binary, programs) if programs else (collections.Counter(), [])
    with concurrent.futures.ProcessPoolExecutor(workers()) as pool:
        batches = [
            pool.submit(compare_seeds, arguments.binary, at, min(BATCH, first + count - at))
            for at in range(first, first + count, BATCH)
        ]
        for batch in concurrent.futures.as_completed(batches):
            more_counts, more = batch.result()
            counts += more_counts
            differences += more

    total = count + len(programs)
    if differences:
        folder = arguments.failures or pathlib.Path(tempfile.mkdtemp(prefix="asyncio-differential-"))
        folder.mkdir(parents=True, exist_ok=True)
        for difference in sorted(differences, key=lambda d: len(json.dumps(d.program)))[: arguments.show]:
            report(arguments.binary, difference, folder)
    print(
        f"{total} programs: {len(differences)} differences; {counts['later']} logs are those of a later CPython than 3.11, "
        f"{counts['fair']} those of strict locks and queues"
    )
    if differences:
        print("different: " + ", ".join(sorted(d.name for d in differences)))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
