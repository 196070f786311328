# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# Three counters take turns in one thread: whoever sleeps lets the others run.
import asyncio


async def count(name):
    for number in (1, 2, 3):
        print(f"{name}: {number}")
        await asyncio.sleep(0.5)


async def main():
    await asyncio.gather(count("A"), count("B"), count("C"))
    print("all have counted")


asyncio.run(main())
