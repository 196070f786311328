# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# After a second comes a random integer from 1 to 100: the same one every time when ASYNCIO_SEED is set.
import asyncio
import os
import random


async def random_int():
    await asyncio.sleep(1)
    return random.randint(1, 100)


async def main():
    print("the number is", await random_int())


if "ASYNCIO_SEED" in os.environ:
    random.seed(int(os.environ["ASYNCIO_SEED"]))
asyncio.run(main())
