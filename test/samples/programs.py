# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""Runs a sample, compiled or Python, under virtual time and compares what two of them did."""

import difflib
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

VIRTUAL_ASYNCIO = Path(__file__).resolve().with_name("virtual_asyncio.py")

# Virtual time makes every sample end within a second; a sanitizer build on a busy machine may need many.
TIME_LIMIT = 120


class Outcome(NamedTuple):
    label: str
    output: str
    status: int
    errors: str = ""


def run(program, seed, errors_in_output=False):
    """The outcome of program (a twin when it ends in .py, otherwise a binary) for this seed."""
    path = Path(program).resolve()
    command = [sys.executable, str(VIRTUAL_ASYNCIO), str(path)] if path.suffix == ".py" else [str(path)]
    environment = {**os.environ, "ASYNCIO_CLOCK": "virtual", "ASYNCIO_SEED": str(seed), "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT if errors_in_output else subprocess.PIPE, timeout=TIME_LIMIT,
                              check=False)
    except subprocess.TimeoutExpired as late:
        sys.exit(f"{program} (seed {seed}) did not end within {TIME_LIMIT} s; it printed:\n{_text(late.stdout)}"
                 f"and on stderr:\n{_text(late.stderr)}")
    except OSError as error:
        sys.exit(f"cannot run {program}: {error}")
    return Outcome(str(program), _text(done.stdout), done.returncode, _text(done.stderr))


def same(expected, actual, seed):
    """Whether both printed the same and ended with the same status; says on stdout what differs."""
    equal = True
    if expected.output != actual.output:
        equal = False
        print(f"seed {seed}: the outputs differ")
        for line in difflib.unified_diff(expected.output.splitlines(keepends=True),
                                         actual.output.splitlines(keepends=True), expected.label, actual.label):
            print(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n", end="")
    if expected.status != actual.status:
        equal = False
        print(f"seed {seed}: {expected.label} ended with status {expected.status}, "
              f"{actual.label} with {actual.status}")
    if not equal:
        for outcome in (expected, actual):
            if outcome.errors:
                print(f"stderr of {outcome.label}:\n{outcome.errors.rstrip()}")
    return equal


def _text(data):
    return (data or b"").decode("utf-8", "replace")
