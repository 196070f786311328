#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""What a header costs whoever includes it, as a share of bare <boost/asio.hpp> measured in the same run.

budget.py umbrella|concepts ROOT -- COMPILER FLAG...

Shares of user CPU time mean the same on every machine; the seconds in brackets are those of the machine on which the
budget was agreed. Other programs on the machine only ever add to a time, so the share is that of the shortest times seen, each
measured next to bare Asio: a header well below its share is measured once, one near it three times, and one above it fifteen
times before that counts.
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import tree

BARE = 2.4
BUDGET_UMBRELLA = 2.0 / BARE
BUDGET_CONCEPT = 1.6 / BARE
NEAR = 0.94  # On a loaded machine the share of one and the same header was seen to wander by more than 6 %.


def user_seconds(command, header, folder):
    source = Path(folder) / "include_one.cpp"
    source.write_text(f"#include <{header}>\n", encoding="utf-8")
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run([*command, "-O0", "-fsyntax-only", str(source)], check=False)
    if done.returncode != 0:
        sys.exit(f"<{header}> does not compile")
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def main():
    if len(sys.argv) < 5 or sys.argv[1] not in ("umbrella", "concepts") or sys.argv[3] != "--":
        sys.exit(__doc__)
    what, root, _, *command = sys.argv[1:]
    root = tree.Tree(root)
    # The umbrella of the test kit brings Boost.Test along, which is its users' choice.
    budgets = [("asyncio.hpp", BUDGET_UMBRELLA)] if what == "umbrella" else [
        (header, BUDGET_CONCEPT) for header in root.headers() if "/" not in header and header not in ("asyncio.hpp", "testing.hpp")]

    with tempfile.TemporaryDirectory() as folder:
        def bare():
            return user_seconds(command, "boost/asio.hpp", folder)

        bare()  # Fills the file cache.
        bare_times = [bare() for _ in range(3)]
        findings = []
        for header, budget in budgets:
            name = f"asyncio/{header}"
            times = [user_seconds(command, name, folder)]
            for enough, limit in ((3, NEAR * budget), (15, budget)):
                while min(times) > limit * min(bare_times) and len(times) < enough:
                    times.append(user_seconds(command, name, folder))
                    bare_times.append(bare())
            share = min(times) / min(bare_times)
            print(f"{share:6.3f} of {budget:.3f}  ({share * BARE:.2f} s of {budget * BARE:.1f} s)  {header}", flush=True)
            if share > budget:
                findings.append(f"include/{name}: costs {share:.3f} of bare <boost/asio.hpp>, allowed are {budget:.3f}")
    tree.report(findings)


if __name__ == "__main__":
    main()
