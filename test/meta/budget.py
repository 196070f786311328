#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""What a header costs whoever includes it, as a share of what bare <boost/asio.hpp> costs.

budget.py umbrella|concepts ROOT -- COMPILER FLAG...

The cost is the memory that g++ allocates while it compiles the header (-ftime-report). That is the same figure at every run,
however busy the machine is, and it goes with the time: of <asyncio/asyncio.hpp>, 0.82 of the memory and 0.83 of the time were
seen. The budgets were agreed in seconds, those in brackets, of a machine on which bare Asio takes 2.4.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import tree

BARE = 2.4
BUDGET_UMBRELLA = 2.0 / BARE
BUDGET_CONCEPT = 1.6 / BARE
UNITS = {"": 1, "k": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def allocated_bytes(command, header, folder):
    source = Path(folder) / "include_one.cpp"
    source.write_text(f"#include <{header}>\n", encoding="utf-8")
    done = subprocess.run([*command, "-O0", "-fsyntax-only", "-ftime-report", str(source)], check=False, capture_output=True,
                          text=True)
    total = re.search(r"^ TOTAL .* (\d+)([kMG]?)$", done.stderr, re.MULTILINE)
    if done.returncode != 0 or not total:
        sys.exit(f"<{header}> does not compile, or -ftime-report has no TOTAL:\n{done.stderr}")
    return int(total[1]) * UNITS[total[2]]


def main():
    if len(sys.argv) < 5 or sys.argv[1] not in ("umbrella", "concepts") or sys.argv[3] != "--":
        sys.exit(__doc__)
    what, root, _, *command = sys.argv[1:]
    root = tree.Tree(root)
    # The umbrella of the test kit brings Boost.Test along, which is its users' choice.
    budgets = [("asyncio.hpp", BUDGET_UMBRELLA)] if what == "umbrella" else [
        (header, BUDGET_CONCEPT) for header in root.headers() if "/" not in header and header not in ("asyncio.hpp", "testing.hpp")]

    findings = []
    with tempfile.TemporaryDirectory() as folder:
        bare = allocated_bytes(command, "boost/asio.hpp", folder)
        for header, budget in budgets:
            share = allocated_bytes(command, f"asyncio/{header}", folder) / bare
            print(f"{share:6.3f} of {budget:.3f}  ({share * BARE:.2f} s of {budget * BARE:.1f} s)  {header}", flush=True)
            if share > budget:
                findings.append(f"include/asyncio/{header}: costs {share:.3f} of bare <boost/asio.hpp>, allowed are {budget:.3f}")
    tree.report(findings)


if __name__ == "__main__":
    main()
