#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""Runs a Python program with asyncio on a virtual clock: virtual_asyncio.py PROGRAM.py [ARGUMENT...]

When nothing is ready the clock jumps to the next deadline, so a program that sleeps for hours ends at once and always
prints the same. What is not a timer stays real: threads, sockets and signals are waited for. Works for asyncio.run and
for loops made by asyncio.new_event_loop; the reference is Python 3.11.
"""

import asyncio
import itertools
import runpy
import selectors
import sys
from pathlib import Path

# An open socket may or may not bring something before the next deadline: it gets this long (real seconds) to do so.
IO_GRACE = 0.2

# Without a timer only a signal, a thread or a socket can go on; nothing of the kind for so long is a deadlock.
DEADLOCK_AFTER = 10.0


class FifoTimerHandle(asyncio.TimerHandle):
    """Equal deadlines fire in creation order.

    asyncio's heap does not promise that, but in real time two deadlines are never equal: the one asked for earlier is
    earlier. A virtual clock stands still in between, so it needs the number.
    """

    __slots__ = ("_order",)

    _orders = itertools.count()

    def __init__(self, *args):
        super().__init__(*args)
        self._order = next(self._orders)

    def __lt__(self, other):
        return (self._when, self._order) < (other._when, other._order)


class VirtualSelector(selectors.DefaultSelector):
    """Waits for real events only; instead of waiting for a deadline it moves the loop's clock there."""

    def __init__(self, loop):
        super().__init__()
        self._loop = loop

    def select(self, timeout=None):
        events = super().select(0)
        if events or (timeout is not None and timeout <= 0):
            return events
        if self._loop.threads_in_flight:
            return super().select(None)
        if timeout is None:
            events = super().select(DEADLOCK_AFTER)
            if not events:
                raise RuntimeError("deadlock: no timer, and nothing else has happened for a long time")
            return events
        if self._loop.has_real_io(self.get_map()):
            events = super().select(min(timeout, IO_GRACE))
            if events:
                return events
        self._loop.jump()
        return []


class VirtualEventLoop(asyncio.SelectorEventLoop):
    """A selector event loop whose time() is virtual and begins at 0."""

    def __init__(self):
        self._now = 0.0
        self.threads_in_flight = 0
        super().__init__(VirtualSelector(self))

    def time(self):
        return self._now

    def jump(self):
        # The deadline itself, not now plus the timeout: their sum may round to just before it.
        self._now = max(self._now, self._scheduled[0]._when)

    def has_real_io(self, registered):
        return any(fd != self._ssock.fileno() for fd in registered)

    def run_in_executor(self, executor, func, *args):
        future = super().run_in_executor(executor, func, *args)
        self.threads_in_flight += 1
        future.add_done_callback(self._thread_done)
        return future

    def _thread_done(self, _future):
        self.threads_in_flight -= 1


class VirtualPolicy(asyncio.DefaultEventLoopPolicy):
    _loop_factory = VirtualEventLoop


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.argv = sys.argv[1:]
    sys.path[0] = str(Path(sys.argv[0]).resolve().parent)
    asyncio.events.TimerHandle = FifoTimerHandle
    asyncio.set_event_loop_policy(VirtualPolicy())
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
