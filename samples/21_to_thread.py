# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# The same blocking calls as in 10_blocking_calls, each in a thread of its own: the loop goes on, and no tick is late.
import asyncio
import time


# Neither a coroutine nor safe to call in one. In virtual time the clock stands still until it has returned.
def read_sensor(name):
    time.sleep(0.3)
    if name == "broken":
        raise RuntimeError("no answer")
    return name + " is fine"


async def tick():
    loop = asyncio.get_running_loop()
    start = loop.time()
    for number in (1, 2, 3, 4, 5):
        await asyncio.sleep(0.1)
        late = int((loop.time() - start) / 0.1 + 1e-6) - number
        print(f"  tick {number}", "is late" if late > 0 else "is on time")


async def main():
    ticks = asyncio.create_task(tick())
    first, second = await asyncio.gather(asyncio.to_thread(read_sensor, "sensor 1"),
                                         asyncio.to_thread(read_sensor, "sensor 2"))
    print(f"{first}, {second}")
    try:
        await asyncio.to_thread(read_sensor, "broken")
    except RuntimeError as e:
        print("exception:", e)
    await ticks


asyncio.run(main())
