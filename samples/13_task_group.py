# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# One mirror is broken: the task group cancels the other downloads, waits for them, and then says what went wrong.
import asyncio


async def download(name, time):
    try:
        await asyncio.sleep(time)
    except asyncio.CancelledError:
        print(f"{name}: cancelled")
        raise
    if name == "broken":
        raise RuntimeError("no answer from " + name)
    print(f"{name}: done")
    return len(name)


async def all_of_them(with_the_broken_one):
    async with asyncio.TaskGroup() as group:
        page = group.create_task(download("page", 1))
        logo = group.create_task(download("logo", 3), name="logo")
        if with_the_broken_one:
            group.create_task(download("broken", 2))
        print("waiting")
        return await page + await logo


async def main():
    print(f"downloaded {await all_of_them(False)}")
    try:
        await all_of_them(True)
    except ExceptionGroup as failures:
        network, other = failures.split(RuntimeError)
        print(failures.message)
        print(f"network errors: {len(network.exceptions)}, others: {'some' if other else 'none'}")


asyncio.run(main())
