# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""Plays a script with a program: waits for a line of its output, sends signals, writes to its input, looks at its end.

In a script a line of text is waited for, a signal is sent, and b"..." is written to its standard input. A negative status
is the signal that killed it.
"""

import signal
import subprocess

TIME_LIMIT = 30


def ignore_sigint():
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def default_sigint():  # a shell without job control starts background programs with SIGINT ignored
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def play(program, case, script, status, said=""):
    """Starts `program case`, goes through the script and says what was not as expected; None: all was.

    `said` is a part of what it must write to standard error.
    """
    child = subprocess.Popen([program, case], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             preexec_fn=ignore_sigint if case == "ignored" else default_sigint)
    seen = []
    errors = ""
    try:
        signal.signal(signal.SIGALRM, lambda *_: child.kill())
        signal.alarm(TIME_LIMIT)
        for number, action in enumerate(script):
            if isinstance(action, str):
                line = child.stdout.readline().decode().rstrip("\n")
                seen.append(line)
                if line != action:
                    return f"expected {action!r}, it said {line!r}"
            elif isinstance(action, bytes):
                child.stdin.write(action)
                child.stdin.flush()
            else:
                if number > 0 and script[number - 1] == action:
                    wait_until_taken(child.pid, action)
                child.send_signal(action)
        rest = child.stdout.read().decode()
        errors = child.stderr.read().decode()
        child.wait()
        if said not in errors:
            return f"{said!r} is not in its errors"
        if rest:
            return f"it went on: {rest!r}"
        if child.returncode != status:
            return f"status {child.returncode} instead of {status}"
        return None
    finally:
        signal.alarm(0)
        child.kill()
        errors += child.communicate()[1].decode()
        print("\n".join(["its output:", *seen, "its errors:", errors]))


def wait_until_taken(pid, number):
    """Two equal signals at once are one: the second may only be sent when the first has been delivered."""
    while True:
        with open(f"/proc/{pid}/status", encoding="ascii") as lines:
            fields = dict(line.split(":", 1) for line in lines)
        pending = int(fields["SigPnd"], 16) | int(fields["ShdPnd"], 16)
        if not pending & (1 << (number - 1)):
            return
