# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# Four delays one after the other add up; four concurrent ones cost as much as one.
import asyncio


async def one_after_the_other():
    for _ in range(4):
        await asyncio.sleep(0.5)


async def concurrently():
    await asyncio.gather(*[asyncio.sleep(0.5) for _ in range(4)])


async def measure_runtime(work):
    loop = asyncio.get_running_loop()
    start = loop.time()
    await work
    return loop.time() - start


async def main():
    print(f"one after the other: {await measure_runtime(one_after_the_other()):.1f} s")
    print(f"concurrently: {await measure_runtime(concurrently()):.1f} s")


asyncio.run(main())
