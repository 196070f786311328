#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""Starts stuck, sends it SIGUSR1 and reads what it says about its tasks on standard error: dump_test.py PROGRAM CASE."""

import os
import re
import signal
import subprocess
import sys

TIME_LIMIT = 30
USR1, INT = signal.SIGUSR1, signal.SIGINT

# A case: how the program is called, its environment, a script, the status, and what standard error must contain in that
# order (regular expressions). In the script a line of text is waited for on standard output, ("error", TEXT) for a line
# with that text on standard error, a signal is sent, and b"..." is written to its standard input.
CASES = {
    "prints_the_tree": (
        "waits", {"ASYNCIO_DUMP_SIGNAL": "1"}, ["ready", USR1, ("error", "sleeper"), b"\n", "ended"], 0,
        [r"^asyncio: tasks$",
         r"^├── task 'Task-1' waits for an Asio operation \(for \d+ ms, created at stuck.cpp:\d+\)$",
         r"^└── task 'sleeper' waits for sleep, .* left \(for .*, created at stuck.cpp:\d+\)$"]),
    "is_switched_on_by_the_option": (
        "option", {}, ["ready", USR1, ("error", "sleeper"), b"\n", "ended"], 0, [r"task 'sleeper' waits for sleep"]),
    "may_come_again": (
        "waits", {"ASYNCIO_DUMP_SIGNAL": "1"},
        ["ready", USR1, ("error", "sleeper"), USR1, ("error", "sleeper"), b"\n", "ended"], 0, [r"sleeper", r"sleeper"]),
    "tells_which_step_is_stuck": (
        "blocks", {"ASYNCIO_DUMP_SIGNAL": "1"}, ["ready", USR1, ("error", "does not answer"), b"\n", "ended"], 0,
        [r"^└── the loop does not answer: it is inside a step of task 'Task-1' \(created at stuck.cpp:\d+\), "
         r"which has lasted .* and holds up everything else$"]),
    "prints_every_loop": (
        "threads", {"ASYNCIO_DUMP_SIGNAL": "1"},
        ["ready", USR1, ("error", "first|second"), ("error", "first|second"), b"\n", "ended"], 0,
        [r"^asyncio: tasks of loop \d+$", r"^asyncio: tasks of loop \d+$"]),
    "is_the_default_without_the_option": ("waits", {}, ["ready", USR1], -USR1, []),
    "is_the_default_again_after_run": ("after", {"ASYNCIO_DUMP_SIGNAL": "1"}, ["ready", USR1], -USR1, []),
    "leaves_the_users_handler_alone": ("own", {"ASYNCIO_DUMP_SIGNAL": "1"}, ["ready", USR1, "mine", b"\n", "ended"], 0, []),
    "second_ctrl_c_prints_the_tree": (
        "stubborn", {}, ["ready", INT, "cleaning", INT], 130,
        [r"^asyncio: interrupted again, forced out; these tasks have not ended:$",
         r"^└── task 'Task-1' waits for sleep, .* left \(cancel requested, created at stuck.cpp:\d+\)$"]),
    "ctrl_c_in_the_shutdown_prints_the_tree": (
        "leftover", {}, ["ready", "cleaning", INT], 130,
        [r"^asyncio: interrupted again, forced out; these tasks have not ended:$",
         r"^└── task 'left' waits for sleep, .* left \(cancel requested, created at stuck.cpp:\d+\)$"]),
}


def read_line(stream, what):
    line = stream.readline().decode().rstrip("\n")
    if not line:
        sys.exit(f"it ended instead of saying {what!r}")
    return line


def play(program, case, variables, script, status, expected):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ASYNCIO_")} | variables
    child = subprocess.Popen([program, case], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=environment, bufsize=0,
                             preexec_fn=lambda: signal.signal(INT, signal.SIG_DFL))
    errors = []
    try:
        signal.signal(signal.SIGALRM, lambda *_: child.kill())
        signal.alarm(TIME_LIMIT)
        for action in script:
            if isinstance(action, str):
                line = read_line(child.stdout, action)
                if line != action:
                    return f"expected {action!r}, it said {line!r}"
            elif isinstance(action, tuple):
                errors.append(read_line(child.stderr, action[1]))
                while not re.search(action[1], errors[-1]):
                    errors.append(read_line(child.stderr, action[1]))
            elif isinstance(action, bytes):
                child.stdin.write(action)
            else:
                child.send_signal(action)
        rest = child.communicate()[1].decode()
        errors += rest.splitlines()
        if child.returncode != status:
            return f"status {child.returncode} instead of {status}"
        remaining = iter(errors)
        for pattern in expected:
            if not any(re.search(pattern, line) for line in remaining):
                return f"no line (any more) for {pattern!r}"
        return None
    finally:
        signal.alarm(0)
        child.kill()
        child.wait()
        print("\n".join(["its errors:", *errors]))


if __name__ == "__main__":
    failure = play(sys.argv[1], *CASES[sys.argv[2]])
    if failure:
        sys.exit(failure)
