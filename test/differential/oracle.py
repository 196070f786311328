#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""The reference of the differential test: runs programs on CPython's own asyncio, under a clock that jumps.

    python3 oracle.py FILE...            prints the log of each program, one after the other
    python3 oracle.py --later FILE...    the same with what CPython mended after 3.11 (later.py)
    python3 oracle.py --fair FILE...     the same with strict locks and queues (fair.py)

Shared with the library, where CPython's order depends on addresses: the children of a task group, the tasks left at the
end of run and the tasks that are done when as_completed begins go in the order of creation or of the arguments.
"""
import asyncio
import contextlib
import inspect
import itertools
import json
import random
import sys

CANCELLED = asyncio.CancelledError
# What may come out of an await of a program. Everything else (GeneratorExit, Deadlock) is none of a program's business.
ERRORS = (Exception, CANCELLED)


class Deadlock(BaseException):
    """Nothing can ever run again."""


class Abandoned(BaseException):
    """The program has ended, and its task was given up."""


class ProgramError(Exception):
    """What `raise K` raises."""


class Return:
    """A `return` on its way out of the blocks around it."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


# -- the loop ----------------------------------------------------------------------------------------------------------


class FifoTimerHandle(asyncio.TimerHandle):
    """Equal deadlines fire in the order of creation, as they would if the clock moved between the calls."""

    __slots__ = ("_order",)
    _orders = itertools.count()

    def __init__(self, *args):
        super().__init__(*args)
        self._order = next(self._orders)

    def __lt__(self, other):
        return (self._when, self._order) < (other._when, other._order)


asyncio.events.TimerHandle = FifoTimerHandle


class Request:
    """A request to cancel: it reaches a task once, where CPython goes every way that leads to it."""

    _reached = None
    only_counts = False

    @classmethod
    @contextlib.contextmanager
    def one(cls):
        """What is cancelled meanwhile is cancelled by one request."""
        if cls._reached is not None:
            yield
            return
        cls._reached = set()
        try:
            yield
        finally:
            cls._reached = None

    @classmethod
    def reaches(cls, task):
        """For the first time."""
        if task in cls._reached:
            return False
        cls._reached.add(task)
        return True


class CancelledOnce:
    """A mixin of Task."""

    def cancel(self, msg=None):
        with Request.one():
            return super().cancel() if Request.reaches(self) else not self.done()

    def cancel_again(self):
        Request.only_counts = True
        try:
            return super().cancel()
        finally:
            Request.only_counts = False


class Task(CancelledOnce, asyncio.Task):
    pass


def cancel_all_given(tasks):
    """For a gather: a task that was given twice is cancelled twice. @return whether one had not ended."""
    once = dict.fromkeys(tasks)
    if Request.only_counts:
        return not all(task.done() for task in once)
    any_left = any([task.cancel() for task in once])
    for task in once:
        for _ in range(tasks.count(task) - 1):
            task.cancel_again()
    return any_left


def cancel_gather(self, msg=None):
    if self.done() or not cancel_all_given(self._children):
        return False
    self._cancel_requested = True
    return True


asyncio.tasks._GatheringFuture.cancel = cancel_gather


class VirtualLoop(asyncio.BaseEventLoop):
    """Its time is a whole number of microseconds, so that deadlines are exact; it is also its own selector."""

    task_type = Task

    def __init__(self):
        super().__init__()
        self._clock_resolution = 0.5
        self._selector = self
        self._now = 0
        self.tasks = []  # in the order of creation; asyncio itself would forget a task that nothing refers to
        self.set_exception_handler(lambda loop, context: None)

    def time(self):
        return self._now

    def create_task(self, coro, *, name=None, context=None):
        task = self.task_type(coro, loop=self, name=name, context=context)
        self.tasks.append(task)
        return task

    def select(self, timeout):
        if timeout is None:
            raise Deadlock
        if timeout > 0:
            self._now = self._scheduled[0]._when
        return ()

    def _process_events(self, events):
        pass

    def _write_to_self(self):
        pass


def run(main, loop):
    """asyncio.run on such a loop. A task that ignores its cancel and then waits for ever is given up at the end."""
    try:
        return loop.run_until_complete(loop.create_task(main, name="main"))
    finally:
        left = [task for task in loop.tasks if not task.done()]
        with Request.one():
            for task in left:
                task.cancel()
        try:
            if left:
                loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        except Deadlock:
            pass


# -- the few things CPython keeps in sets ------------------------------------------------------------------------------


class OrderedSet(dict):
    def add(self, element):
        self[element] = None

    def discard(self, element):
        self.pop(element, None)


class TaskGroup(asyncio.TaskGroup):
    def __init__(self):
        super().__init__()
        self._tasks = OrderedSet()

    def _abort(self):
        with Request.one():
            super()._abort()


def as_completed(tasks, timeout):
    """asyncio.as_completed for tasks: yields awaitables that give the next task that is done, or raise TimeoutError.

    The timer goes with the loop that is left early. asyncio's would stay, and put off a deadlock.
    """
    done = asyncio.Queue()
    todo = OrderedSet.fromkeys(tasks)
    count = len(todo)
    loop = asyncio.get_running_loop()
    timer = None

    def on_timeout():
        for task in todo:
            task.remove_done_callback(on_done)
            done.put_nowait(None)
        todo.clear()

    def on_done(task):
        if not todo:
            return
        todo.discard(task)
        done.put_nowait(task)
        if not todo and timer is not None:
            timer.cancel()

    async def next_done():
        task = await done.get()
        if task is None:
            raise TimeoutError
        return task

    for task in todo:
        task.add_done_callback(on_done)
    if todo and timeout is not None:
        timer = loop.call_later(timeout, on_timeout)
    try:
        for _ in range(count):
            yield next_done()
    finally:
        if timer is not None:
            timer.cancel()


class StructuredGather(asyncio.Future):
    """gather over awaitables as the README has it: the first failure cancels the others, and nothing outlives the call.

    The others are cancelled in the pass after the failure; but those who have been served already, and would go on before
    that, are cancelled at once: what they took would be lost. Also where a sibling waits for a gather of its own.
    """

    def __init__(self, bodies, return_exceptions):
        super().__init__(loop=asyncio.get_running_loop())
        tasks = []
        for body, name in bodies:
            task = asyncio.create_task(self._child(body), name=name)
            self._loop.call_soon(self._after_first_step, task, body)
            tasks.append(task)
        self._tasks = tasks
        self._ahead = set()
        self._unfinished = len(tasks)
        self._return_exceptions = return_exceptions
        self._failed = None
        self._decided = False
        self._cancel_requested = False
        self._cancel_wins = False
        for task in tasks:
            task.add_done_callback(self._on_done)
        if not tasks:
            self.set_result([])

    def cancel(self, msg=None):
        if self.done():
            return False
        if not any([self._cancel_child(task) for task in self._tasks]):
            return False
        self._cancel_requested = True
        self._cancel_wins = self._failed is not None
        return True

    async def _child(self, body):
        try:
            value = await body
        except ERRORS:
            self._first_failure()
            raise
        if asyncio.current_task()._must_cancel:  # a cancel that finds no await any more counts
            self._first_failure()
        return value

    def _after_first_step(self, task, body):
        if task.cancelled() and inspect.getcoroutinestate(body) == inspect.CORO_CREATED:  # it has not been entered
            body.close()
            self._first_failure()

    def _first_failure(self):
        if not (self._decided or self._cancel_requested or self._return_exceptions):
            self._decided = True
            self._cancel_those_served()

    def _cancel_those_served(self):
        for task in self._tasks:
            awaited = task._fut_waiter
            if task.done() or task in self._ahead or awaited is None:  # has not begun, or only gives way: it was given nothing
                continue
            if awaited.done():
                self._ahead.add(task)
                task.cancel()
            elif isinstance(awaited, StructuredGather):
                awaited._cancel_those_served()

    def _cancel_child(self, task):
        if task in self._ahead:
            self._ahead.discard(task)
            return not task.done()
        return task.cancel()

    def _on_done(self, task):
        self._unfinished -= 1
        if (task.cancelled() or task.exception()) and self._failed is None and not self._return_exceptions:
            self._failed = task
            if not self._cancel_requested:
                with Request.one():
                    for sibling in self._tasks:
                        self._cancel_child(sibling)
        if self._unfinished:
            return
        if self._cancel_wins or (self._cancel_requested and self._failed is None):
            self.set_exception(CANCELLED())
        elif self._failed is not None:
            self.set_exception(CANCELLED() if self._failed.cancelled() else self._failed.exception())
        else:
            self.set_result([CANCELLED() if task.cancelled() else task.exception() or task.result() for task in self._tasks])


# -- text --------------------------------------------------------------------------------------------------------------


def show_error(error):
    if isinstance(error, ProgramError):
        return f"error:{error.args[0]}"
    if isinstance(error, CANCELLED):
        return "cancelled"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, asyncio.BrokenBarrierError):
        return "broken_barrier"
    if isinstance(error, BaseExceptionGroup):
        return "group[" + ", ".join(map(show_error, error.exceptions)) + "]"
    return type(error).__name__


def show(value):
    if value is None:
        return "none"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, BaseException):
        return show_error(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(show, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {show(each)}" for key, each in value.items()) + "}"
    return str(value)


CAUGHT_BY = {
    "any": ERRORS,
    "cancelled": CANCELLED,
    "timeout": TimeoutError,
    "group": BaseExceptionGroup,
    "error": ProgramError,
    None: (),
}

OBJECTS = {
    "queue": asyncio.Queue,
    "lifo": asyncio.LifoQueue,
    "priority": asyncio.PriorityQueue,
    "lock": asyncio.Lock,
    "semaphore": asyncio.Semaphore,
    "event": asyncio.Event,
    "condition": asyncio.Condition,
    "barrier": asyncio.Barrier,
}


# -- programs ----------------------------------------------------------------------------------------------------------


class Interpreter:
    """One run of one program. A statement `[name, argument...]` is the method `do_name(argument...)`."""

    timeout = staticmethod(asyncio.timeout)
    wait_for = staticmethod(asyncio.wait_for)
    gather = staticmethod(asyncio.gather)
    task_group = TaskGroup
    objects = OBJECTS

    def __init__(self, program, loop):
        self.loop = loop
        self.lines = []
        self.closed = False
        self.handles = {}
        self.random = random.Random(program.get("seed") or 0)
        self.named = {name: self.make(*what) for name, what in (program.get("objects") or {}).items()}
        self.main = program["main"]
        self.do = {name[3:]: getattr(self, name) for name in dir(self) if name.startswith("do_")}

    def make(self, kind, argument=None):
        if argument is None or kind in ("lock", "event", "condition"):
            return self.objects[kind]()
        return self.objects[kind](argument)

    def log(self, text):
        if not self.closed:
            self.lines.append(f"{self.loop.time()} {asyncio.current_task().get_name()} {text}")

    async def run_main(self):
        self.handles["main"] = asyncio.current_task()
        return await self.body(self.main)

    async def body(self, block):
        """What a task runs: gives the value of the `return` that ended it."""
        left = await self.block(block)
        return None if left is None else left.value

    async def block(self, block):
        """Runs the statements. Gives None, or the Return that ended it early."""
        for name, *arguments in block or ():
            if self.closed:
                raise Abandoned
            left = await self.do[name](*arguments)
            if left is not None:
                return left
        return None

    async def shown(self, what, awaitable):
        try:
            value = await awaitable
        except ERRORS as error:
            self.log(f"{what} raised {show_error(error)}")
            raise
        self.log(f"{what} -> {show(value)}")

    def tasks(self, names):
        return [self.handles[name] for name in names]

    # -- one task

    async def do_log(self, text):
        self.log(show(text))

    async def do_sleep(self, delay):
        await asyncio.sleep(delay)
        self.log("slept")

    async def do_yield(self, *_):
        await asyncio.sleep(0)
        self.log("resumed")

    async def do_return(self, value=None):
        return Return(value)

    async def do_raise(self, kind):
        raise ProgramError(kind)

    async def do_repeat(self, count, block):
        for _ in range(count):
            left = await self.block(block)
            if left is not None:
                return left
        return None

    async def do_try(self, block, clauses=None):
        clauses = clauses or {}
        try:
            try:
                left = await self.block(block)
            except CAUGHT_BY[clauses.get("except")] as error:
                self.log(f"caught {show_error(error)}")
                left = await self.block(clauses.get("handler"))
                if left is None and clauses.get("reraise"):
                    raise
        finally:
            last = await self.block(clauses.get("finally"))
            if last is not None:
                return last  # it takes the place of an exception, too
        return left

    # -- tasks

    async def do_spawn(self, name, block):
        self.handles[name] = asyncio.create_task(self.body(block), name=name)

    async def do_await(self, name):
        await self.shown(f"await {name}", self.handles[name])

    async def do_cancel(self, name):
        self.log(f"cancel {name} -> {show(self.handles[name].cancel())}")

    async def do_self_cancel(self):
        asyncio.current_task().cancel()

    async def do_cancelling(self):
        self.log(f"cancelling {asyncio.current_task().cancelling()}")

    async def do_uncancel(self):
        self.log(f"uncancel {asyncio.current_task().uncancel()}")

    async def do_state(self, name):
        task = self.handles[name]
        if not task.done():
            state = "pending"
        elif task.cancelled():
            state = "cancelled"
        elif task.exception():
            state = show_error(task.exception())
        else:
            state = f"value {show(task.result())}"
        self.log(f"state {name} {state}")

    # -- several tasks

    async def do_gather(self, names, return_exceptions=False):
        await self.shown(
            f"gather {'+'.join(names)}", self.gather(*self.tasks(names), return_exceptions=bool(return_exceptions))
        )

    async def do_gather_blocks(self, children, return_exceptions=False):
        bodies = [(self.body(block), name) for name, block in children]
        await self.shown(
            f"gather {'+'.join(name for name, _ in children)}", StructuredGather(bodies, return_exceptions)
        )

    async def do_wait(self, names, mode="ALL_COMPLETED", timeout=None):
        tasks = self.tasks(names)
        done, _ = await asyncio.wait(tasks, return_when=mode or "ALL_COMPLETED", timeout=timeout)
        each_once = dict(zip(tasks, names))  # in the order of the arguments
        names_done = "+".join(name for task, name in each_once.items() if task in done)
        names_pending = "+".join(name for task, name in each_once.items() if task not in done)
        self.log(f"wait {'+'.join(names)} -> done {names_done} pending {names_pending}")

    async def do_as_completed(self, names, timeout=None):
        with contextlib.closing(as_completed(self.tasks(names), timeout)) as all_done:
            for next_done in all_done:
                try:
                    task = await next_done
                except ERRORS as error:  # the waiter's own cancel, or the timeout
                    self.log(f"as_completed raised {show_error(error)}")
                    raise
                try:
                    self.log(f"as_completed -> {show(task.result())}")
                except ERRORS as error:
                    self.log(f"as_completed raised {show_error(error)}")

    async def do_shield(self, name):
        await self.shown(f"shield {name}", asyncio.shield(self.handles[name]))

    async def do_wait_for(self, name, timeout):
        await self.shown(f"wait_for {name}", self.wait_for(self.handles[name], timeout))

    async def do_timeout(self, delay, block):
        try:
            async with self.timeout(delay):
                left = await self.block(block)
        except ERRORS as error:
            self.log(f"timeout raised {show_error(error)}")
            raise
        if left is not None:
            return left
        self.log("timeout -> none")
        return None

    async def do_group(self, children, block=()):
        try:
            async with self.task_group() as group:
                for name, child in children:
                    self.handles[name] = group.create_task(self.body(child), name=name)
                left = await self.block(block)
        except ERRORS as error:
            self.log(f"group raised {show_error(error)}")
            raise
        if left is not None:
            return left
        self.log("group -> none")
        return None

    # -- objects

    async def do_queue_put(self, name, value):
        queue = self.named[name]
        await queue.put(value)
        self.log(f"put {name} {show(value)} size {queue.qsize()}")

    async def do_queue_get(self, name):
        value = await self.named[name].get()
        self.log(f"get {name} -> {show(value)}")

    async def do_lock(self, name, block):
        async with self.named[name]:
            self.log(f"enter {name}")
            left = await self.block(block)
            if left is not None:
                return left
            self.log(f"leave {name}")
        return None

    async def do_event_set(self, name):
        self.named[name].set()

    async def do_event_clear(self, name):
        self.named[name].clear()

    async def do_event_wait(self, name):
        await self.named[name].wait()
        self.log(f"woke {name}")

    async def do_cond_wait(self, name):
        condition = self.named[name]
        async with condition:
            await condition.wait()
            self.log(f"notified {name}")

    async def do_cond_notify(self, name, count=1):
        condition = self.named[name]
        async with condition:
            condition.notify(1 if count is None else count)

    async def do_barrier(self, name):
        await self.named[name].wait()
        self.log(f"barrier {name} -> none")

    # -- random

    async def do_randint(self, a, b):
        self.log(show(self.random.randint(a, b)))

    async def do_uniform(self, a, b):
        self.log(float(self.random.uniform(a, b)).hex())

    async def do_gauss(self, mu, sigma):
        self.log("%.9g" % self.random.gauss(mu, sigma))

    async def do_choice(self, values):
        self.log(show(self.random.choice(values)))

    async def do_shuffle(self, values):
        shuffled = list(values)
        self.random.shuffle(shuffled)
        self.log(show(shuffled))

    async def do_sample(self, values, count):
        self.log(show(self.random.sample(values, count)))

    async def do_sleep_uniform(self, a, b):
        delay = int(self.random.uniform(a, b))
        self.log(f"delay {delay}")
        await asyncio.sleep(delay)


def abandon(task):
    """Unwinds a task that was given up, so that nothing of it runs in the midst of another program."""
    task._log_destroy_pending = False
    coroutine = task.get_coro()
    while coroutine.cr_frame is not None:
        try:
            coroutine.close()
        except (*ERRORS, BaseExceptionGroup, Abandoned):
            pass  # a `finally` that waits, or fails without a loop


# What an abandoned coroutine raises when its memory goes is nobody's business.
sys.unraisablehook = lambda what: None


def log_of(program, interpreter_type=Interpreter, loop_type=VirtualLoop):
    """The lines of the log of one program."""
    loop = loop_type()
    interpreter = interpreter_type(program, loop)
    try:
        end = f"value {show(run(interpreter.run_main(), loop))}"
    except Deadlock:
        end = "deadlock"
    except ERRORS as error:
        end = f"raised {show_error(error)}"
    interpreter.closed = True
    for task in loop.tasks:
        if not task.done():
            abandon(task)
    loop.close()
    interpreter.lines.append(f"end {end}")
    return interpreter.lines


def main(arguments):
    settings = {}
    if arguments[:1] == ["--later"]:
        import later

        settings = later.SETTINGS
        del arguments[0]
    elif arguments[:1] == ["--fair"]:
        import fair

        settings = fair.SETTINGS
        del arguments[0]
    if not arguments:
        sys.exit(__doc__)
    for path in arguments:
        with open(path, encoding="utf-8") as file:
            print("\n".join(log_of(json.load(file), **settings)))


if __name__ == "__main__":
    import oracle  # the module that later.py and fair.py know

    oracle.main(sys.argv[1:])
