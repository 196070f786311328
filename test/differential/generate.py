#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""Random programs of the differential language: the same seed, the same program.

    python3 generate.py SEED...      prints a program a line

What it never makes, because it is different on purpose or undefined there, is listed with the reasons in differences.txt.
"""
import json
import random
import sys

# Statements by what they are about, with their weight among the others. Every program leaves some out.
SIMPLE = {
    "log": 2, "sleep": 10, "yield": 6, "return": 1, "raise": 2, "repeat": 2, "try": 8,
    "spawn": 10, "await": 6, "cancel": 5, "self_cancel": 2, "cancelling": 1, "uncancel": 1, "state": 3,
    "gather": 4, "gather_blocks": 3, "wait": 4, "as_completed": 3, "shield": 3, "wait_for": 4, "timeout": 5, "group": 5,
}  # fmt: skip
RANDOM = {
    "randint": 1, "uniform": 1, "gauss": 1, "choice": 1, "shuffle": 1, "sample": 1, "sleep_uniform": 1,
}  # fmt: skip
OBJECTS = {
    "queue_put": 5, "queue_get": 4, "lock": 6, "event_set": 2, "event_clear": 1, "event_wait": 3,
    "cond_wait": 3, "cond_notify": 3, "barrier": 3,
}  # fmt: skip
KINDS = {
    "queue": ("queue_put", "queue_get"), "lifo": ("queue_put", "queue_get"), "priority": ("queue_put", "queue_get"),
    "lock": ("lock",), "semaphore": ("lock",), "event": ("event_set", "event_clear", "event_wait"),
    "condition": ("lock", "cond_wait", "cond_notify"), "barrier": ("barrier",),
}  # fmt: skip
# These raise what a task raised, or end with the waiter's own cancel: mostly there is a try around them.
RISKY = {
    "raise", "await", "gather", "gather_blocks", "as_completed", "shield", "wait_for", "timeout", "group", "self_cancel",
    "wait", "queue_put", "queue_get", "lock", "event_wait", "cond_wait", "barrier",
}  # fmt: skip
WAKING = {"queue_put", "queue_get", "lock", "event_set", "cond_notify", "barrier"}
DEEPEST = 6
LONGEST_DELAY = 1_000_000


class Generator:
    def __init__(self, seed, objects=True):
        self.random = random.Random(f"program {seed}")
        self.seed = seed
        self.delays = set()
        self.names = []  # of all tasks, in the order of the text
        self.ancestors = ["main"]  # the tasks whose blocks are open
        self.objects = self.declare() if objects and self.random.random() < 0.6 else {}
        self.weights = self.choose_weights()

    def declare(self):
        declared = {}
        for kind in self.random.sample(sorted(KINDS), self.random.randint(1, 4)):
            arguments = []
            if kind in ("queue", "lifo", "priority", "semaphore"):
                arguments = [self.random.choice((0, 1, 1, 2, 3))]
            elif kind == "barrier":
                arguments = [self.random.randint(1, 3)]
            declared[kind[0] + str(len(declared))] = [kind, *arguments]
        return declared

    def choose_weights(self):
        weights = {**SIMPLE, **(RANDOM if self.random.random() < 0.3 else {})}
        for kind, *_ in self.objects.values():
            weights.update((name, 2 * OBJECTS[name]) for name in KINDS[kind])
        return {name: weight * self.random.choice((0, 1, 1, 1, 3)) for name, weight in weights.items()}

    def program(self):
        spawned = []
        main = self.block(0, spawned, self.random.choice((5, 12, 25, 50, 80)))
        if self.random.random() < 0.6:  # else whatever still runs is cancelled now
            main.append(["sleep", self.delay()])
        if spawned and self.random.random() < 0.3:
            main.append(["gather", spawned[-3:], self.random.random() < 0.8])
        return {"seed": self.seed, "objects": self.objects, "main": main}

    # -- the parts of a statement

    def delay(self):
        """A delay that is nowhere else in the program, so that no two deadlines meet by accident."""
        while True:
            delay = self.random.randint(1, LONGEST_DELAY)
            if delay not in self.delays:
                self.delays.add(delay)
                return delay

    def limit(self):
        return self.random.choice((None, self.delay(), self.delay()))

    def name(self, spawned):
        """A task to wait for, never one that may wait for this one. `spawned`: those that surely exist."""
        if self.random.random() < 0.01:
            others = [name for name in self.names if name not in self.ancestors]
            if others:
                return self.random.choice(others)
        return self.random.choice(spawned)

    def some_names(self, spawned):
        return [self.name(spawned) for _ in range(self.random.choice((1, 2, 2, 3)))]

    def value(self):
        return self.random.choice((None, True, 0, self.random.randint(-5, 1000), "v", 1.5, [1, [None, "w"]]))

    def object(self, statement):
        return self.random.choice([name for name, (kind, *_) in self.objects.items() if statement in KINDS[kind]])

    def block(self, depth, spawned, size):
        """About `size` statements, those in the blocks of its statements included."""
        block = []
        while size > 0:
            share = 1 + int(size * self.random.random() ** 2)
            block += self.statement(depth, spawned, share)
            size -= share
        return block

    def inner(self, depth, spawned, size):
        """A block of a statement. What it spawns need not have been spawned when the statement has ended."""
        return self.block(depth + 1, list(spawned), size)

    def task(self, depth, spawned, size):
        name = f"t{len(self.names)}"
        self.names.append(name)
        self.ancestors.append(name)
        block = self.inner(depth, spawned, size)
        self.ancestors.pop()
        return [name, block]

    def tasks(self, depth, spawned, size):
        count = self.random.choice((0, 1, 2, 2, 3, 4))
        return [self.task(depth, spawned, -(-size // count)) for _ in range(count)]

    def values(self):
        return [self.random.randint(0, 99) for _ in range(self.random.randint(1, 6))]

    # -- statements

    def statement(self, depth, spawned, size):
        names, weights = zip(*self.weights.items())
        if depth > DEEPEST or not any(weights):
            return [["sleep", self.delay()]]
        name = self.random.choices(names, weights)[0]
        if name in RISKY and self.random.random() < (0.5 if depth else 0.9):
            return self.make_try(depth, spawned, self.make(name, depth + 1, spawned, size), size // 2)
        return self.make(name, depth, spawned, size)

    def make(self, name, depth, spawned, size):
        r = self.random
        match name:
            case "yield" | "self_cancel" | "cancelling" | "uncancel":
                return [[name]]
            case "log":
                return [["log", f"step {r.randint(0, 99)}"]]
            case "sleep":
                return [["sleep", self.delay() if r.random() < 0.95 else 0]]
            case "return":
                return [["return", self.value()]] if r.random() < 0.5 else [["sleep", self.delay()]]
            case "raise":
                return [["raise", f"e{r.randint(0, 99)}"]]
            case "repeat":
                return [["repeat", r.randint(0, 3), self.inner(depth, spawned, size)]]
            case "try":
                return self.make_try(depth, spawned, self.inner(depth, spawned, size), size // 2)
            case "spawn":
                new, block = self.task(depth, spawned, size)
                spawned.append(new)
                return [["spawn", new, block]]
            case "cancel" if self.names and r.random() < 0.3:
                return [["cancel", r.choice(self.names + ["main"])]]
            case "timeout":
                return [["timeout", self.limit() if r.random() < 0.9 else 0, self.inner(depth, spawned, size)]]
            case "group":
                tasks = self.tasks(depth, spawned, size)
                in_body = [*spawned, *(each for each, _ in tasks)]
                body = self.inner(depth, in_body, size // 2) if r.random() < 0.8 else []
                spawned += in_body[len(spawned) :]
                return [["group", tasks, body]]
            case "gather_blocks":
                return [["gather_blocks", self.tasks(depth, spawned, size), r.random() < 0.5]]
            case _ if name in RANDOM:
                return [self.random_statement(name)]
            case _ if name in OBJECTS:
                return self.object_statement(name, depth, spawned, size)
        if not spawned:  # the rest is about tasks
            return self.make("spawn", depth, spawned, size)
        match name:
            case "gather":
                return [["gather", self.some_names(spawned), r.random() < 0.5]]
            case "wait":
                mode = r.choice(("ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION"))
                return [["wait", self.some_names(spawned), mode, self.limit()]]
            case "as_completed":
                return [["as_completed", self.some_names(spawned), self.limit()]]
            case "wait_for":
                return [["wait_for", self.name(spawned), self.limit() if r.random() < 0.9 else 0]]
        return [[name, self.name(spawned)]]

    def make_try(self, depth, spawned, block, size):
        r = self.random
        caught = r.choice(("any", "any", "any", "cancelled", "cancelled", "timeout", "group", "error", None))
        clauses = {"except": caught, "handler": [], "reraise": bool(caught) and r.random() < 0.2, "finally": []}
        if caught and r.random() < 0.6:
            clauses["handler"] = self.inner(depth, spawned, size)
        if r.random() < 0.3:
            clauses["finally"] = self.inner(depth, spawned, size)
        return [["try", block, clauses]]

    def random_statement(self, name):
        r = self.random
        match name:
            case "randint":
                low = r.randint(-100, 100)
                return [name, low, low + r.choice((0, 1, 5, 1000))]
            case "uniform":
                return [name, r.randint(-5, 5), r.choice((1, 2.5, 1e6))]
            case "gauss":
                return [name, r.randint(-5, 5), r.choice((1, 0.5, 3))]
            case "choice" | "shuffle":
                return [name, self.values()]
            case "sample":
                values = self.values()
                return [name, values, r.randint(0, len(values))]
        return [name, self.delay(), LONGEST_DELAY + self.delay()]

    def object_statement(self, name, depth, spawned, size):
        r = self.random
        target = self.object(name)
        statements = [[name, target]]
        match name:
            case "queue_put" if self.objects[target][0] == "priority":
                statements[0].append(r.choice((0, 1, 1.0, True, 1.5, 7, r.randint(2, 99))))
            case "queue_put":
                statements[0].append(self.value())
            case "lock":
                statements[0].append(self.inner(depth, spawned, size))
            case "cond_notify":
                statements[0].append(r.choice((0, 1, 1, 2, 3)))
        if name in WAKING and self.names and r.random() < 0.15:  # somebody is woken and cancelled in the same pass
            statements.append(["cancel", r.choice(self.names)])
        return statements


def generate(seed, objects=True):
    return Generator(seed, objects).program()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for argument in sys.argv[1:]:
        print(json.dumps(generate(int(argument))))
