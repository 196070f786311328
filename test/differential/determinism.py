#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""The same program twice, in two processes: the logs must be equal, byte for byte.

    python3 determinism.py BINARY [COUNT]    exit 0: all equal, 1: some are not
"""
import json
import subprocess
import sys

import generate


def logs(binary, programs):
    text = "\n".join(map(json.dumps, programs)).encode()
    return subprocess.run([binary, "-"], input=text, capture_output=True, check=True).stdout


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    binary, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    programs = [generate.generate(seed) for seed in range(count)]
    first, second = logs(binary, programs), logs(binary, programs[::-1])
    # The other way round, so that nothing of one program may reach into the next.
    ends_first, ends_second = split(first), split(second)[::-1]
    different = [seed for seed, (one, other) in enumerate(zip(ends_first, ends_second)) if one != other]
    if different or len(ends_first) != count or len(ends_second) != count:
        print(f"{len(ends_first)} and {len(ends_second)} logs of {count} programs; different: seeds {different[:20]}")
        return 1
    print(f"{count} programs, {len(first)} bytes of logs: the same twice")
    return 0


def split(text):
    """The logs: each ends with the line that begins with `end`."""
    all_logs, log = [], []
    for line in text.splitlines(keepends=True):
        log.append(line)
        if line.startswith(b"end "):
            all_logs.append(b"".join(log))
            log = []
    return all_logs


if __name__ == "__main__":
    sys.exit(main())
