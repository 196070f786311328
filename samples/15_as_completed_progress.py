# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# The line grows as results arrive: a name is printed when its download has ended, whatever the order of the calls was.
import asyncio
import os
import random


async def download(name):
    await asyncio.sleep(random.uniform(0.1, 3))
    return name


async def main():
    loop = asyncio.get_running_loop()
    start = loop.time()
    downloads = [asyncio.create_task(download(name)) for name in ("page", "style", "script", "logo", "font")]

    print("downloaded:", end="")
    try:
        for next_one in asyncio.as_completed(downloads, timeout=2):
            print("", await next_one, end="", flush=True)
        print(" - all", end="")
    except TimeoutError:
        print(" - too late for the rest", end="")
    print(f" ({loop.time() - start:.1f} s)")


if "ASYNCIO_SEED" in os.environ:
    random.seed(int(os.environ["ASYNCIO_SEED"]))
asyncio.run(main())
