# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# Each tick is due after 0.1 s: a call that blocks stops the whole loop, and the tick beside it comes late.
import asyncio
import time


async def tick():
    for number in (1, 2, 3):
        # The system's clock, not the loop's: a virtual clock stands still during a blocking call.
        start = time.monotonic()
        await asyncio.sleep(0.1)
        late = int((time.monotonic() - start) / 0.1) - 1
        if late > 0:
            print(f"  tick {number} is more than 0.{late} s late")
        else:
            print(f"  tick {number} is on time")


async def wait():
    await asyncio.sleep(0.3)


async def block():
    time.sleep(0.3)


async def main():
    print("beside a coroutine that waits:")
    await asyncio.gather(tick(), wait())
    print("beside a coroutine that blocks:")
    await asyncio.gather(tick(), block())


asyncio.run(main())
