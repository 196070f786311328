#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""What asyncio-differential does with its files: python3 driver_test.py BINARY"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

import oracle

BINARY = ""


def run(*arguments, text=""):
    done = subprocess.run([BINARY, *arguments], input=text, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def main_of(*statements, **members):
    return json.dumps({"seed": 1, "main": list(statements), **members})


class Files(unittest.TestCase):
    def test_one_file_prints_its_log_and_nothing_else(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "p.json")
            path.write_text(main_of(["sleep", 5], ["return", 1]))
            self.assertEqual(run(str(path)), (0, "5 main slept\nend value 1\n", ""))

    def test_several_files_print_one_log_after_the_other(self):
        with tempfile.TemporaryDirectory() as folder:
            paths = [pathlib.Path(folder, name) for name in "ab"]
            paths[0].write_text(main_of(["log", "x"]))
            paths[1].write_text(main_of(["raise", "y"]))
            self.assertEqual(run(*map(str, paths)), (0, "0 main x\nend value none\nend raised error:y\n", ""))

    def test_a_file_may_hold_several_programs(self):
        two = main_of(["return", 1]) + "\n" + main_of(["return", 2])
        self.assertEqual(run("-", text=two), (0, "end value 1\nend value 2\n", ""))

    def test_a_file_that_is_not_there_is_named(self):
        status, out, err = run("/no/such/file")
        self.assertEqual((status, out), (2, ""))
        self.assertIn("/no/such/file", err)

    def test_without_a_file_it_says_how_to_use_it(self):
        self.assertEqual(run()[0], 2)

    def test_what_run_cannot_wake_is_a_deadlock(self):
        self.assertEqual(run("-", text=main_of(["await", "main"]))[1].splitlines()[-1], "end raised RuntimeError")
        ring = main_of(["spawn", "a", [["await", "main"]]], ["await", "a"])
        self.assertEqual(run("-", text=ring)[1].splitlines()[-1], "end deadlock")


class Malformed(unittest.TestCase):
    CASES = {
        "[1": "not JSON",
        "": "no program",
        "[]": "a program is a JSON object",
        '{"seed": 1}': 'no "main"',
        '{"seed": "x", "main": []}': "seed: a seed is an integer",
        main_of(["slep", 1]): "main[0]: 'slep' is no statement",
        main_of(["sleep"]): "the delay is missing",
        main_of(["sleep", "long"]): "the delay must be a whole number of microseconds",
        main_of(["yield", 1]): "takes 0 arguments",
        main_of(["log", 1], ["repeat", 2, [["sleep", 1], ["await", 7]]]): "main[1] (repeat).block[1] (await)",
        main_of(["try", [], {"except": "some"}]): "except must be any, cancelled",
        main_of(["wait", ["a"], "SOME", None]): "the mode must be",
        main_of(["group", [["a"]], []]): "a child is [name, block]",
        main_of(["queue_get", "q"]): "'q' is not among the objects",
        main_of(["queue_get", "e"], objects={"e": ["event"]}): "an object of another kind",
        main_of(objects={"e": ["evnt"]}): "'evnt' is no kind of object",
        main_of(objects={"b": ["barrier"]}): "barrier needs an argument",
        main_of(objects={"b": ["barrier", 0]}): "barrier takes at least 1",
        main_of(objects={"q": ["queue", 1.5]}): "queue takes an integer",
        main_of(objects={"s": ["semaphore", -1]}): "semaphore takes at least 0",
    }

    def test_malformed_programs_are_refused_with_what_is_wrong(self):
        for text, sentence in self.CASES.items():
            with self.subTest(text):
                status, out, err = run("-", text=text)
                self.assertEqual((status, out), (2, ""))
                self.assertIn(sentence, err)


class LeftOut(unittest.TestCase):
    OBJECTS = {
        "q": ["queue"], "r": ["queue", None], "l": ["lifo", -1], "p": ["priority", 0], "o": ["lock", 0], "s": ["semaphore"],
        "t": ["semaphore", None], "e": ["event", None], "c": ["condition", 3], "b": ["barrier", 1],
    }  # fmt: skip

    def both(self, program):
        self.assertEqual(run("-", text=json.dumps(program))[1].splitlines(), oracle.log_of(program))

    def test_what_is_left_out_is_as_in_python(self):
        puts = [[["queue_put", name, 1], ["queue_put", name, 2], ["queue_get", name]] for name in "qrlp"]
        locks = [["lock", name, [["yield"]]] for name in "ostc"]
        rest = [
            ["event_set", "e"], ["event_wait", "e"], ["barrier", "b"], ["cond_notify", "c"], ["cond_notify", "c", None],
            ["spawn", "a", [["return"]]], ["wait", ["a"]], ["wait", ["a"], None, None], ["as_completed", ["a"]],
            ["gather", ["a"]], ["gather", ["a"], None], ["gather_blocks", []], ["group", []], ["group", [["x", None]], None],
            ["try", [["log", 1]]], ["try", [["raise", 1]], {"except": "any", "handler": None, "reraise": None, "finally": None}],
            ["try", [], {"note": 1}], ["yield", None],
        ]  # fmt: skip
        self.both({"note": "x", "objects": self.OBJECTS, "main": [*sum(puts, []), *locks, *rest]})
        self.both({"seed": 0, "objects": None, "main": None})


class Text(unittest.TestCase):
    def test_numbers_look_as_in_python(self):
        draw = random.Random(5)
        numbers = [0.0, -0.0, 1.0, 0.1, 1e16, 1e15, 123456789012345.6, 1e-4, 1e-5, 5e-324, 1.7976931348623157e308, -2.5e-7, 1e22]
        numbers += [draw.uniform(-1, 1) * 10 ** draw.randint(-30, 30) for _ in range(200)]
        program = {"seed": 7, "main": [["log", x] for x in [*numbers, 2**63 - 1, -(2**63), True, None, [1, [2.5, "x"]], {"a": []}]]}
        program["main"] += [["uniform", x, y] for x, y in zip(numbers, numbers[1:]) if abs(y - x) < 1e300]
        program["main"] += [["gauss", x, y] for x, y in zip(numbers, numbers[1:])]
        status, out, _ = run("-", text=json.dumps(program))
        self.assertEqual(status, 0)
        self.assertEqual(out.splitlines(), oracle.log_of(program))

    def test_draws_that_python_refuses_raise_the_same(self):
        for statement in (["choice", []], ["sample", [1], 2], ["randint", 2, 1], ["await", "nobody"], ["wait", [], "ALL_COMPLETED", None]):
            program = {"seed": 1, "main": [["try", [statement], {"except": "any", "handler": []}]]}
            with self.subTest(statement):
                self.assertEqual(run("-", text=json.dumps(program))[1].splitlines(), oracle.log_of(program))


class Cancels(unittest.TestCase):
    def test_a_request_reaches_a_task_once_on_however_many_ways(self):
        counted = {"except": "cancelled", "handler": [["cancelling"]], "reraise": True}
        program = {"seed": 1, "main": [
            ["spawn", "a", [["try", [["sleep", 1000]], counted]]],
            ["spawn", "b", [["await", "a"]]],
            ["spawn", "c", [["await", "a"]]],
            ["spawn", "d", [["gather", ["b", "c", "a"]]]],
            ["spawn", "e", [["gather", ["d", "b"]]]],
            ["sleep", 10], ["cancel", "e"], ["sleep", 10],
            ["spawn", "f", [["try", [["sleep", 1000]], counted]]],  # these are left to the end of run
            ["spawn", "g", [["try", [["await", "f"]], counted]]],
            ["sleep", 10],
        ]}
        log = run("-", text=json.dumps(program))[1].splitlines()
        self.assertEqual(log, oracle.log_of(program))
        self.assertEqual([line for line in log if "cancelling" in line],
                         ["10 a cancelling 1", "30 f cancelling 1", "30 g cancelling 1"])


if __name__ == "__main__":
    BINARY = sys.argv.pop(1)
    unittest.main()
