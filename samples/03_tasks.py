# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# Both tasks begin when main first waits, and together they take as long as the slower one.
import asyncio


async def say_after(delay, what):
    await asyncio.sleep(delay)
    print(what)


async def main():
    loop = asyncio.get_running_loop()
    start = loop.time()

    hello = asyncio.create_task(say_after(0.5, "hello"))
    world = asyncio.create_task(say_after(1, "world"))
    print("two tasks created")
    await asyncio.gather(hello, world)

    print(f"both done after {loop.time() - start:.1f} s")


asyncio.run(main())
