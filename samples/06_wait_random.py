# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# A delay of random length says afterwards how long it was.
import asyncio
import os
import random


async def random_delay(max_delay):
    delay = random.uniform(0, max_delay)
    await asyncio.sleep(delay)
    return delay


async def main():
    delay = await random_delay(2)
    print(f"waited for {delay:.2f} s")


if "ASYNCIO_SEED" in os.environ:
    random.seed(int(os.environ["ASYNCIO_SEED"]))
asyncio.run(main())
