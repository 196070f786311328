# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
# A hundred pages, ten at a time. A page that fails is asked for again after a random pause that may double each time.
import asyncio
import os
import random


class ConnectionReset(Exception):
    pass


class Crawler:
    def __init__(self):
        self.retries = 0
        self.open = 0
        self.most_open = 0
        self.limit = asyncio.Semaphore(10)

    async def load(self, page):  # a network that is slow, and down now and then
        await asyncio.sleep(random.uniform(0.05, 0.25))
        if random.random() < 0.2:
            raise ConnectionReset
        return 1000 + page

    async def load_with_retry(self, page):
        pause = 0.1
        while True:
            try:
                return await self.load(page)
            except ConnectionReset:
                self.retries += 1
            await asyncio.sleep(random.uniform(0, pause))
            pause *= 2

    async def visit(self, page):
        async with self.limit:
            self.open += 1
            self.most_open = max(self.most_open, self.open)
            size = await self.load_with_retry(page)
            self.open -= 1
            return size


async def main():
    loop = asyncio.get_running_loop()
    start = loop.time()
    c = Crawler()
    sizes = await asyncio.gather(*[c.visit(page) for page in range(1, 101)])
    print(f"{len(sizes)} pages with {sum(sizes)} bytes in {loop.time() - start:.1f} s")
    print(f"{c.retries} retries, at most {c.most_open} pages at a time")


if "ASYNCIO_SEED" in os.environ:
    random.seed(int(os.environ["ASYNCIO_SEED"]))
asyncio.run(main())
