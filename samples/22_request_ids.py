# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# Every line names its request, in tasks and in threads, and no function passes the id on.
import asyncio
import contextvars
import logging
import sys

request_id = contextvars.ContextVar("request_id", default="-")


def add_names(record):
    record.request = request_id.get()
    try:
        record.task = asyncio.current_task().get_name()
    except RuntimeError:
        record.task = "-"
    return True


def count_rows(table):
    logging.info("query %s", table)  # in a thread, with the caller's context
    return len(table)


async def look_up(table):
    rows = await asyncio.to_thread(count_rows, table)
    logging.info("%d rows", rows)
    return rows


async def handle(id, table, delay):
    request_id.set(id)  # in this task's context only
    logging.info("begin")
    await asyncio.sleep(delay)
    lookup = asyncio.create_task(look_up(table), name=id + ".lookup")  # runs in a copy of it
    await lookup
    logging.info("end")


async def main():
    logging.info("serving")
    first = asyncio.create_task(handle("a1", "users", 0.02), name="first")
    second = asyncio.create_task(handle("b2", "orders", 0.01), name="second")
    await first
    await second
    logging.info("closed")


handler = logging.StreamHandler(sys.stdout)
handler.addFilter(add_names)
logging.basicConfig(level=logging.INFO, handlers=[handler], format="[%(request)2s] %(task)-9s | %(message)s")
asyncio.run(main())
