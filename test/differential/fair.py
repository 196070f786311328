# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""What the README promises beyond asyncio: locks and queues are strictly first come, first served.

What a waiter of a queue is woken for is its own: that very item, and the place of a putter's item in the order. In CPython a get
or put that comes before the waiter has had its turn snatches it, and the waiter goes to the end of the line. Of equal items in a priority queue the first leaves first, and an
item that cannot be compared is not put.

A lock goes to the first that still waits as soon as it is released. In CPython nobody gets it while the first in the line
is one that was cancelled and has not had its turn.
"""
import asyncio
import collections
import heapq
import itertools

import later
from oracle import CANCELLED


class Promise:
    """What a waiter was woken for, from then on until its turn. `item`: what a putter waits with."""

    def __init__(self, item=None):
        self.item = item
        self.stored = False


class Permits:
    """A semaphore in which a permit that wakes somebody is promised, and nobody waits while there is one to be had."""

    def __init__(self, free):
        self.free = free
        self.waiters = collections.deque()
        self.woken = []

    def anybody_waits(self):
        return any(not waiter.done() for waiter, _ in self.waiters)

    async def acquire(self, promise):
        """Whether it had to wait."""
        if self.free:
            self.free -= 1
            return False
        waiter = asyncio.get_running_loop().create_future()
        self.waiters.append((waiter, promise))
        try:
            await waiter
        except CANCELLED:
            if waiter.cancelled():
                raise
            self.woken.remove(promise)
            if not promise.stored:
                self.release()
                raise
            asyncio.current_task()._must_cancel = True  # too late for this wait
        else:
            self.woken.remove(promise)
        return True

    def release(self):
        while self.waiters:
            waiter, promise = self.waiters.popleft()
            if not waiter.done():
                self.woken.append(promise)
                waiter.set_result(None)
                return
        self.free += 1


class Queue:
    """Items that are put while somebody waits for one are kept for those who are woken: whoever comes in between takes another
    one. The item of a putter that was woken is stored before that of one that comes in between."""

    def __init__(self, maxsize=0):
        self.kept = []
        self.items = []
        self.gettable = Permits(0)
        self.puttable = Permits(maxsize if maxsize > 0 else float("inf"))

    def qsize(self):
        return len(self.kept) + len(self.items)

    async def put(self, item):
        promise = Promise(item)
        if not await self.puttable.acquire(promise):
            for other in [*self.puttable.woken]:
                if not other.stored:
                    try:
                        self.store(other.item)
                    except TypeError:
                        continue  # its putter will see
                    other.stored = True
        if promise.stored:
            return
        try:
            self.store(item)
        except TypeError:
            self.puttable.release()
            raise

    def store(self, item):
        self.push(self.kept if self.gettable.anybody_waits() else self.items, item)
        self.gettable.release()

    async def get(self):
        woken = await self.gettable.acquire(Promise())
        try:
            item = self.pop(woken, len(self.gettable.woken))
        except TypeError:
            self.gettable.release()
            raise
        self.puttable.release()
        return item

    def push(self, items, item):
        items.append(item)

    def pop(self, woken, promised):
        if woken:
            return self.kept.pop(0)
        return self.kept.pop(promised) if len(self.kept) > promised else self.items.pop(0)


class LifoQueue(Queue):
    def pop(self, woken, promised):
        return (self.items or self.kept).pop()


class Ranked:
    arrivals = itertools.count()

    def __init__(self, item):
        self.item = item
        self.arrival = next(self.arrivals)

    def __lt__(self, other):
        return self.item < other.item or (self.arrival < other.arrival and not other.item < self.item)


class PriorityQueue(Queue):
    def push(self, items, item):
        changed = [*items]
        heapq.heappush(changed, Ranked(item))
        items[:] = changed

    def pop(self, woken, promised):
        if woken or promised == 0:
            items = self.kept if self.kept and (not self.items or self.kept[0] < self.items[0]) else self.items
        elif self.items:
            items = self.items
        else:
            last = max(self.kept)
            changed = [entry for entry in self.kept if entry is not last]
            heapq.heapify(changed)
            self.kept[:] = changed
            return last.item
        changed = [*items]
        first = heapq.heappop(changed)
        items[:] = changed
        return first.item


class Lock(asyncio.Lock):
    def _wake_up_first(self):
        for waiter in self._waiters or ():
            if not waiter.cancelled():
                if not waiter.done():
                    waiter.set_result(True)
                return


class Condition(later.Condition):
    def __init__(self):
        super().__init__(Lock())


class Interpreter(later.Interpreter):
    objects = {
        **later.Interpreter.objects,
        "queue": Queue, "lifo": LifoQueue, "priority": PriorityQueue, "lock": Lock, "condition": Condition,
    }  # fmt: skip


SETTINGS = {**later.SETTINGS, "interpreter_type": Interpreter}
