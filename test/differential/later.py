# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""What CPython mended in asyncio after 3.11, in our own words and as small as it goes: the reference of today.

The library follows today's asyncio (conformance.md is made from the tests of 3.14). Where a program's log differs from
that of 3.11, it must be what 3.11 gives with all of these; differences.txt says what each of them is about.
"""
import asyncio

import oracle
from oracle import CANCELLED


class Task(oracle.CancelledOnce, asyncio.tasks._PyTask):
    def uncancel(self):
        """3.13: at zero a cancel that was requested but not thrown yet is dropped."""
        left = super().uncancel()
        if left == 0:
            self._must_cancel = False
        return left


class Loop(oracle.VirtualLoop):
    task_type = Task


class Timeout(asyncio.Timeout):
    """3.12: cancels that were there when the timeout began are none of its business.

    Nor is its own cancel that of what comes after it: what 3.13's uncancel does at zero holds for the count before it.
    """

    async def __aenter__(self):
        self._count_before = asyncio.current_task().cancelling()
        return await super().__aenter__()

    def _on_timeout(self):
        self._other_cancel = self._task._must_cancel
        super()._on_timeout()

    async def __aexit__(self, kind, error, traceback):
        expiring = self.expired()
        await super().__aexit__(kind, error, traceback)
        if expiring and self._task.cancelling() <= self._count_before:
            if not self._other_cancel:
                self._task._must_cancel = False
            if isinstance(error, CANCELLED):
                raise TimeoutError from error


def timeout(delay):
    return Timeout(None if delay is None else asyncio.get_running_loop().time() + delay)


async def wait_for(task, limit):
    """3.12: a timeout around the await. A cancel in the pass in which the task ends is not swallowed any more."""
    if limit is not None and limit <= 0:
        return await asyncio.wait_for(task, limit)
    async with timeout(limit):
        return await task


class Gather(asyncio.Future):
    """3.12: tasks that have ended already count at once, so a gather over such tasks only need not wait."""

    def __init__(self, *tasks, return_exceptions):
        super().__init__(loop=asyncio.get_running_loop())
        self._tasks = tasks
        self._return_exceptions = return_exceptions
        self._cancel_requested = False
        each_once = dict.fromkeys(tasks)
        self._unfinished = len(each_once)
        for task in each_once:
            if not task.done():
                task.add_done_callback(self._on_done)
        for task in each_once:
            if task.done():
                self._on_done(task)
        if not tasks:
            self.set_result([])

    def cancel(self, msg=None):
        if self.done() or not oracle.cancel_all_given(self._tasks):
            return False
        self._cancel_requested = True
        return True

    def _on_done(self, task):
        self._unfinished -= 1
        error = CANCELLED() if task.cancelled() else task.exception()
        if self.done():
            return
        if error and not self._return_exceptions:
            self.set_exception(error)
        elif self._unfinished == 0:
            if self._cancel_requested:
                self.set_exception(CANCELLED())
            else:
                self.set_result([CANCELLED() if t.cancelled() else t.exception() or t.result() for t in self._tasks])


class TaskGroup(oracle.TaskGroup):
    """3.13 and later: a cancel from outside is not lost when it comes together with errors, or with the group's own.

    One that was thrown before the group began is none of its business, as in 3.11: 3.13 would request that again, too.
    """

    async def __aenter__(self):
        parent = asyncio.current_task()
        self._count_before = 0 if parent._must_cancel else parent.cancelling()
        return await super().__aenter__()

    async def __aexit__(self, kind, error, traceback):
        parent = self._parent_task
        self._exiting = True
        cancel = error if isinstance(error, CANCELLED) else None
        last_cancel = None
        if error is not None and not self._aborting:
            self._abort()
        while self._tasks:
            self._on_completed_fut = self._loop.create_future()
            try:
                await self._on_completed_fut
            except CANCELLED as e:
                last_cancel = e
                if not self._aborting:
                    cancel = e
                    self._abort()
            self._on_completed_fut = None
        if self._parent_cancel_requested:
            if parent.uncancel() <= self._count_before:
                cancel = None
                parent._must_cancel = False  # 3.13: only at zero
            elif cancel is None:
                cancel = last_cancel
        if cancel is not None and not self._errors:
            raise cancel
        if error is not None and not isinstance(error, CANCELLED):
            self._errors.append(error)
        if self._errors:
            if parent.cancelling() > self._count_before:
                parent.uncancel()
                parent.cancel()
            raise BaseExceptionGroup("unhandled errors in a TaskGroup", self._errors) from None
        return True


class Condition(asyncio.Condition):
    """3.13: what a waiter was notified of is not lost when it is cancelled before it has the lock again.

    3.13 also wakes another one when the cancelled waiter had not been notified; that is left out.
    """

    async def wait(self):
        waiter = self._get_loop().create_future()
        self.release()
        self._waiters.append(waiter)
        cancel = None
        try:
            await waiter
        except CANCELLED as error:
            cancel = error
        self._waiters.remove(waiter)
        while True:
            try:
                await self.acquire()
                break
            except CANCELLED as error:
                cancel = error
        if cancel is not None:
            if not waiter.cancelled():
                self.notify(1)
            raise cancel
        return True


class Semaphore(asyncio.Semaphore):
    """3.13: who gets a permit wakes as many of the others as there are permits left. 3.11 wakes one, and that the next one."""

    async def acquire(self):
        try:
            return await super().acquire()
        finally:
            while self._value > 0 and any(not waiter.done() for waiter in self._waiters or ()):
                self._wake_up_next()


class Interpreter(oracle.Interpreter):
    timeout = staticmethod(timeout)
    wait_for = staticmethod(wait_for)
    gather = Gather
    task_group = TaskGroup
    objects = {**oracle.OBJECTS, "condition": Condition, "semaphore": Semaphore}


SETTINGS = {"interpreter_type": Interpreter, "loop_type": Loop}
