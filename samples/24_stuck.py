# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# Two tasks take two locks in opposite order and wait for ever, while the program goes on. From Python 3.14 on,
# `python -m asyncio pstree PID` from another terminal names the ring.
import asyncio
import os


async def transfer(source, target):
    async with source:
        await asyncio.sleep(0.01)  # long enough for the other one
        async with target:
            print("never printed")


async def serve():
    second = 0
    while True:
        await asyncio.sleep(1)
        second += 1
        print(f"serving for {second} s", flush=True)


async def main():
    alice, bob = asyncio.Lock(), asyncio.Lock()
    there = asyncio.create_task(transfer(alice, bob), name="alice pays bob")
    back = asyncio.create_task(transfer(bob, alice), name="bob pays alice")
    server = asyncio.create_task(serve(), name="server")
    if os.environ.get("ASYNCIO_CLOCK") == "virtual":  # for demonstrations and tests nobody needs to be at the keyboard
        await asyncio.sleep(2.5)
        await asyncio.sleep(1)
    else:
        await asyncio.gather(there, back)
    for task in (there, back, server):
        task.cancel()
    await asyncio.wait([there, back, server])


asyncio.run(main())
print("ended")
