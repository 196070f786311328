#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""Opens timelines in headless Chromium: timeline_test.py SAMPLE-08 SAMPLE-25 FOLDER

Needs `apt-get install chromium nodejs npm` and, in FOLDER or a folder above it, `npm install playwright-core`; else it says
what is missing and ends with status 77. With SCREENSHOT=file.png the page of sample 25 is kept as the README's picture.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SKIPPED = 77
HERE = Path(__file__).resolve().parent


def missing(folder):
    for program in ("chromium", "node"):
        if not shutil.which(program):
            return f"{program} is not installed"
    found = subprocess.run(["node", "-e", "require.resolve('playwright-core')"], cwd=folder, capture_output=True, check=False)
    return None if found.returncode == 0 else f"playwright-core is not installed: (cd {folder} && npm install playwright-core)"


def main():
    measure, office, folder = sys.argv[1:]
    folder = Path(folder)
    if reason := missing(folder):
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ASYNCIO_")}
    environment |= {"ASYNCIO_CLOCK": "virtual", "ASYNCIO_SEED": "1", "ASYNCIO_TIMELINE": str(folder / "08.html")}
    subprocess.run([measure], env=environment, check=True, stdout=subprocess.DEVNULL)
    subprocess.run([office], env=environment, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    script = folder / "timeline_test.js"
    shutil.copy(HERE / "timeline_test.js", script)  # node looks for modules beside the script
    pages = [str(folder / "08.html"), str(folder / "timeline.html")]
    sys.exit(subprocess.run(["node", str(script), *pages], cwd=folder, check=False).returncode)


if __name__ == "__main__":
    main()
