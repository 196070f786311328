# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# A lock for what only one may do, a semaphore for what only two may do at a time; both serve in the order of arrival.
import asyncio


async def deposit(mutex, account, amount):
    async with mutex:
        before = account["balance"]
        await asyncio.sleep(0.01)  # without the lock the others would read the same balance meanwhile
        account["balance"] = before + amount
        print(f"deposit of {amount}, balance {account['balance']}")


async def download(slots, file, start):
    async with slots:
        begin = asyncio.get_running_loop().time() - start
        await asyncio.sleep(0.1)
        print(f"file {file}, begun after {begin:.1f} s")


async def main():
    account = {"balance": 0}
    mutex = asyncio.Lock()
    await asyncio.gather(*(deposit(mutex, account, amount) for amount in (10, 20, 30, 40)))

    slots = asyncio.Semaphore(2)
    start = asyncio.get_running_loop().time()
    await asyncio.gather(*(download(slots, file, start) for file in range(1, 7)))

    await mutex.acquire()
    print("first got it, second", "refused" if mutex.locked() else "got it")


asyncio.run(main())
