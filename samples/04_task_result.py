# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# A task is a handle: ask whether it is done, wait for its value, read the value again.
import asyncio


async def work():
    await asyncio.sleep(1)
    return "Completed"


async def main():
    task = asyncio.create_task(work())
    print("done already" if task.done() else "still running")
    print(await task)
    print("and again:", task.result())


asyncio.run(main())
