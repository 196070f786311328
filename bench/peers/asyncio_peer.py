#!/usr/bin/python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""The rows of the performance table on CPython's asyncio, or on uvloop with --uvloop. See README.md."""

import asyncio
import json
import os
import random
import sys
import time

MANY_TASKS = 100_000
SLEEPING_TASKS = 100_000  # bytes per task do not depend on it, and a million take a quarter of a minute
LARGEST_GROWTH = 100_000
SWITCHES = 100_000
ITEMS = 100_000
CONTENDERS = 100
ACQUISITIONS = 1_000
AWAITS = 100
TIMERS_AT_ONCE = 100
TIMER_ROUNDS = 10
SMALL = 1_000  # operations per iteration where one is too short to be measured
CONNECTIONS = 64
MESSAGES = 520  # of each connection, with the client's warm-up
LONGEST_REPEATED = 0.5e9

options = {"--min-time": "0.1", "--echo-client": ""}


async def measure(iteration, operations, clock=time.process_time_ns):
    """ns per operation; `iteration` does `operations` of them."""
    enough = float(options["--min-time"]) * 1e9
    begin = clock()
    await iteration()
    spent = clock() - begin
    count = 1
    while spent < LONGEST_REPEATED:
        begin = clock()
        for _ in range(count):
            await iteration()
        spent = clock() - begin
        if spent >= enough:
            break
        count = min(10 * count, int(1.4 * count * enough / max(spent, 1)) + 1)
    return {"ns_per_op": spent / (count * operations)}


async def ready(x):
    return x


async def yielding(x):
    await asyncio.sleep(0)
    return x


# -- tasks and gather


async def create_and_join(child, n):
    tasks = [asyncio.create_task(child(i)) for i in range(n)]
    total = 0
    for task in tasks:
        total += await task
    return total


async def spawn_join(_):
    return await measure(lambda: create_and_join(ready, MANY_TASKS), MANY_TASKS)


async def grow_tasks(n):
    if n > LARGEST_GROWTH:
        return {"skipped": f"more than {LARGEST_GROWTH} tasks take too long"}
    return await measure(lambda: create_and_join(yielding, n), n)


async def gather_ready(n):
    return await measure(lambda: asyncio.gather(*(ready(i) for i in range(n))), n)


async def gather_yield(n):
    return await measure(lambda: asyncio.gather(*(yielding(i) for i in range(n))), n)


async def gather_sleep(n):
    delays = [random.uniform(0, 0.01) for _ in range(n)]
    return await measure(lambda: asyncio.gather(*map(asyncio.sleep, delays)), 1, time.perf_counter_ns)


async def cancel(_):
    async def iteration():
        tasks = [asyncio.create_task(asyncio.sleep(3600)) for _ in range(MANY_TASKS)]
        await asyncio.sleep(0)  # all of them sleep now
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    return await measure(iteration, MANY_TASKS)


async def yield_often(times):
    for _ in range(times):
        await asyncio.sleep(0)


async def pingpong(_):
    return await measure(lambda: asyncio.gather(yield_often(SWITCHES // 2), yield_often(SWITCHES // 2)), SWITCHES)


# -- queue and lock


async def queue(capacity):
    bounded = asyncio.Queue(capacity)

    async def produce():
        for i in range(ITEMS):
            await bounded.put(i)

    async def iteration():
        producer = asyncio.create_task(produce())
        total = 0
        for _ in range(ITEMS):
            total += await bounded.get()
        await producer

    return await measure(iteration, ITEMS)


async def lock(_):
    mutex = asyncio.Lock()

    async def iteration():
        for _ in range(SMALL):
            async with mutex:
                pass

    return await measure(iteration, SMALL)


async def lock_cont(_):
    mutex = asyncio.Lock()

    async def hold_over_yields():
        for _ in range(ACQUISITIONS):
            async with mutex:
                await asyncio.sleep(0)

    return await measure(lambda: asyncio.gather(*(hold_over_yields() for _ in range(CONTENDERS))), CONTENDERS * ACQUISITIONS)


# -- timeouts and awaits


async def measure_timeout(child):
    async def iteration():
        for i in range(SMALL):
            async with asyncio.timeout(1):
                await child(i)

    return await measure(iteration, SMALL)


async def timeout_ready(_):
    return await measure_timeout(ready)


async def timeout_yield(_):
    return await measure_timeout(yielding)


async def descend(depth):
    return 0 if depth == 0 else 1 + await descend(depth - 1)


async def nested(_):
    return await measure(lambda: descend(AWAITS - 1), AWAITS)


async def loop_ready(_):
    async def iteration():
        for i in range(SMALL):
            await ready(i)

    return await measure(iteration, SMALL)


# -- sockets


async def serve(reader, writer):
    try:
        while True:
            async with asyncio.timeout(10):
                data = await reader.read(4096)
            if not data:
                return
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


async def echo(_):
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=2 * CONNECTIONS)
    port = server.sockets[0].getsockname()[1]
    begin = time.process_time_ns()
    client = await asyncio.create_subprocess_exec(options["--echo-client"], f"--echo-client={port}",
                                                  stdout=asyncio.subprocess.PIPE)
    answer, _ = await client.communicate()
    spent = time.process_time_ns() - begin
    server.close()
    if client.returncode != 0:
        sys.exit("the echo client failed")
    return {"ns_per_op": float(answer), "cpu_ns_per_op": spent / (CONNECTIONS * MESSAGES)}


# -- growth


def nothing():
    pass


async def grow_timers(n):
    loop = asyncio.get_running_loop()
    pending = [loop.call_later(random.uniform(3600, 7200), nothing) for _ in range(n)]

    async def iteration():
        for _ in range(TIMER_ROUNDS):
            armed = [loop.call_later(random.uniform(3600, 7200), nothing) for _ in range(TIMERS_AT_ONCE)]
            for timer in armed:
                timer.cancel()
            await asyncio.sleep(0)

    result = await measure(iteration, TIMER_ROUNDS * TIMERS_AT_ONCE)
    for timer in pending:
        timer.cancel()
    return result


# -- latency: 10 000 tasks sleep 20 to 200 ms at a time. The sleepers note how late they wake up.


async def latency(_):
    end = time.perf_counter() + 1
    late = []

    async def sleeper():
        while time.perf_counter() < end:
            delay = random.uniform(0.02, 0.2)
            due = time.perf_counter() + delay
            await asyncio.sleep(delay)
            late.append(time.perf_counter() - due)

    async def worker():
        while time.perf_counter() < end:
            await asyncio.sleep(random.uniform(0.02, 0.2))
            computed = time.perf_counter() + 10e-6
            while time.perf_counter() < computed:
                pass

    async def parent():
        while time.perf_counter() < end:
            await asyncio.sleep(random.uniform(0.02, 0.2))
            await asyncio.gather(yielding(1), yielding(2))

    await asyncio.gather(*(sleeper() for _ in range(8000)), *(worker() for _ in range(1000)),
                         *(parent() for _ in range(1000)))
    late.sort()
    return {name: late[int(share * (len(late) - 1))] * 1e9
            for name, share in (("p50_ns", 0.5), ("p99_ns", 0.99), ("p999_ns", 0.999))}


# -- memory


def resident_bytes():
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")


async def mem(_):
    asleep = 0

    async def sleeper():
        nonlocal asleep
        asleep += 1
        await asyncio.sleep(3600)

    before = resident_bytes()
    tasks = [asyncio.create_task(sleeper()) for _ in range(SLEEPING_TASKS)]
    while asleep < SLEEPING_TASKS:
        await asyncio.sleep(0)
    result = {"bytes_per_task": (resident_bytes() - before) / SLEEPING_TASKS}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return result


ROWS = {row.__name__: row for row in (
    spawn_join, gather_ready, gather_yield, gather_sleep, pingpong, queue, lock, lock_cont, timeout_ready, timeout_yield,
    cancel, nested, loop_ready, echo, latency, mem, grow_tasks, grow_timers)}
SKIPPED = {"lock_try": "asyncio.Lock has no way to try"}


def main():
    make_loop = None
    names = []
    for argument in sys.argv[1:]:
        option, _, value = argument.partition("=")
        if argument == "--uvloop":
            import uvloop  # pylint: disable=import-outside-toplevel
            make_loop = uvloop.new_event_loop
        elif option in options:
            options[option] = value
        else:
            names.append(argument)
    if names == ["empty"]:
        with asyncio.Runner(loop_factory=make_loop) as runner:
            runner.run(asyncio.sleep(0))
        return
    for name in names:
        row, _, n = name.partition(":")
        if row in ROWS:
            with asyncio.Runner(loop_factory=make_loop) as runner:
                result = runner.run(ROWS[row](int(n or 0)))
        else:
            result = {"skipped": SKIPPED.get(row, "no such row")}
        print(json.dumps({"row": name, **result}), flush=True)


if __name__ == "__main__":
    main()
