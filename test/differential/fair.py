"""What api.md promises beyond asyncio: locks and queues are strictly first come, first served.

What a waiter of a queue is woken for is its own. In CPython a get or put that comes before the waiter has had its turn
snatches it, and the waiter goes to the end of the line. Of equal items in a priority queue the first leaves first, and an
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


class Permits:
    """A semaphore in which a permit that wakes somebody is promised, and nobody waits while there is one to be had."""

    def __init__(self, free):
        self.free = free
        self.waiters = collections.deque()

    async def acquire(self):
        if self.free:
            self.free -= 1
            return
        waiter = asyncio.get_running_loop().create_future()
        self.waiters.append(waiter)
        try:
            await waiter
        except CANCELLED:
            if not waiter.cancelled():
                self.release()
            raise

    def release(self):
        while self.waiters:
            waiter = self.waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self.free += 1


class Queue:
    def __init__(self, maxsize=0):
        self.items = []
        self.gettable = Permits(0)
        self.puttable = Permits(maxsize if maxsize > 0 else float("inf"))

    def qsize(self):
        return len(self.items)

    async def put(self, item):
        await self.puttable.acquire()
        try:
            self.push(item)
        except TypeError:
            self.puttable.release()
            raise
        self.gettable.release()

    async def get(self):
        await self.gettable.acquire()
        try:
            item = self.pop()
        except TypeError:
            self.gettable.release()
            raise
        self.puttable.release()
        return item

    def push(self, item):
        self.items.append(item)

    def pop(self):
        return self.items.pop(0)


class LifoQueue(Queue):
    def pop(self):
        return self.items.pop()


class Ranked:
    arrivals = itertools.count()

    def __init__(self, item):
        self.item = item
        self.arrival = next(self.arrivals)

    def __lt__(self, other):
        return self.item < other.item or (self.arrival < other.arrival and not other.item < self.item)


class PriorityQueue(Queue):
    def push(self, item):
        items = [*self.items]
        heapq.heappush(items, Ranked(item))
        self.items = items

    def pop(self):
        items = [*self.items]
        first = heapq.heappop(items)
        self.items = items
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
