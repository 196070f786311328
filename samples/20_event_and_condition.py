# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# An event that starts everybody at once, and a condition that waits until a shared value is what it has to be.
import asyncio


async def run_when_started(started, runner):
    await started.wait()
    print(f"runner {runner} is off")


async def lend(changed, shop, wanted):
    async with changed:
        # gives the lock up while it waits, and has it again afterwards
        await changed.wait_for(lambda: shop["bicycles"] >= wanted)
        shop["bicycles"] -= wanted
        print(f"{wanted} lent, {shop['bicycles']} left")


async def give_back(changed, shop):
    for _ in range(4):
        await asyncio.sleep(0.1)
        async with changed:
            shop["bicycles"] += 1
            changed.notify_all()


async def main():
    started = asyncio.Event()
    runners = [asyncio.create_task(run_when_started(started, runner)) for runner in range(1, 4)]
    await asyncio.sleep(0.1)
    print("ready, steady, go")
    started.set()
    await asyncio.gather(*runners)

    changed = asyncio.Condition()
    shop = {"bicycles": 0}
    await asyncio.gather(lend(changed, shop, 3), lend(changed, shop, 1), give_back(changed, shop))
    print(f"{shop['bicycles']} in the shop")


asyncio.run(main())
