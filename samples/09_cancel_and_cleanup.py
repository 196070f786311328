# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# The work would take an hour and is cancelled after a second; its cleanup still runs, and may wait too.
import asyncio


async def work():
    print("working")
    await asyncio.sleep(3600)
    print("never printed")


async def clean_up():
    print("cleaning up")
    await asyncio.sleep(0.5)
    print("cleaned up")


async def work_and_clean_up():
    try:
        await work()
    finally:
        await clean_up()


async def main():
    task = asyncio.create_task(work_and_clean_up())
    await asyncio.sleep(1)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("the task was cancelled")


asyncio.run(main())
