# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# Three ways to stop waiting: timeout throws, move_on_after gives nothing, and shield lets the work go on.
import asyncio


async def fetch(page, delay):
    await asyncio.sleep(delay)
    print("fetched", page)
    return page


async def read_all(scope, pages):
    read = 0
    while read < pages:
        await asyncio.sleep(0.8)
        scope.reschedule(asyncio.get_running_loop().time() + 1)  # each page that comes is worth another second
        read += 1
    return read


async def move_on_after(delay, coro):  # asyncio has none
    try:
        async with asyncio.timeout(delay):
            return await coro
    except TimeoutError:
        return None


async def main():
    async with asyncio.timeout(1):
        home = await fetch("home", 0.1)
    print("got", home)

    try:
        async with asyncio.timeout(1):
            await fetch("archive", 3600)
    except TimeoutError:
        print("archive: timeout")

    async with asyncio.timeout(1) as scope:
        pages = await read_all(scope, 5)
    print("read", pages, "pages")

    if await move_on_after(0.5, fetch("news", 2)) is None:
        print("no news")

    backup = asyncio.create_task(fetch("backup", 1))
    try:
        await asyncio.wait_for(asyncio.shield(backup), 0.5)
    except TimeoutError:
        print("backup: not yet")
    print("got", await backup)


asyncio.run(main())
