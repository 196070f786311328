# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# The same office; asyncio itself writes no timeline.
import asyncio


def now():
    return asyncio.get_running_loop().time()


async def clerk(name, printer, writes):
    for letter in (1, 2):
        await asyncio.sleep(writes)
        async with printer:
            await asyncio.sleep(0.3)
            print(f"{now():.2f} {name} has printed letter {letter}")


async def fax():
    await asyncio.sleep(0.9)
    raise RuntimeError("out of paper")


async def call(lasts):
    answered = True
    try:
        async with asyncio.timeout(0.6):
            await asyncio.sleep(lasts)
    except TimeoutError:
        answered = False
    print(f"{now():.2f} a call of {lasts * 1000:.0f} ms {'ended' if answered else 'was given up'}")


async def main():
    printer = asyncio.Lock()
    radio = asyncio.create_task(asyncio.Event().wait(), name="radio")
    broken = asyncio.create_task(fax(), name="fax")
    ada = asyncio.create_task(clerk("Ada", printer, 0.1), name="Ada")
    ben = asyncio.create_task(clerk("Ben", printer, 0.15), name="Ben")
    cleo = asyncio.create_task(clerk("Cleo", printer, 0.4), name="Cleo")
    await asyncio.gather(call(0.5), call(2), call(0.1))
    await asyncio.gather(ada, ben, cleo)
    try:
        await broken
    except RuntimeError as e:
        print(f"{now():.2f} the fax is {e}")
    radio.cancel()


asyncio.run(main())
