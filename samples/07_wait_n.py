# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# Random delays run side by side and come out in ascending order, although nobody sorts them.
import asyncio
import os
import random


async def random_delay(max_delay):
    delay = random.uniform(0, max_delay)
    await asyncio.sleep(delay)
    return delay


async def wait_n(n, max_delay):
    tasks = [asyncio.create_task(random_delay(max_delay)) for _ in range(n)]
    return [await task for task in asyncio.as_completed(tasks)]


async def main():
    for delay in await wait_n(5, 2):
        print(f"{delay:.2f} s")


if "ASYNCIO_SEED" in os.environ:
    random.seed(int(os.environ["ASYNCIO_SEED"]))
asyncio.run(main())
