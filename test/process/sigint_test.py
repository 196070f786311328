#!/usr/bin/env python3
"""Starts interrupted, sends it real signals and compares how it ends: sigint_test.py PROGRAM CASE."""

import signal
import subprocess
import sys

TIME_LIMIT = 30
INT, TERM = signal.SIGINT, signal.SIGTERM

# A case: how the program is called, what happens in which order, how it must end. In the script a line of text is
# waited for, a signal is sent, and b"..." is written to its standard input. A negative status is the signal that
# killed it.
CASES = {
    # Conformance R12, R13: the first SIGINT cancels main, wakes a loop that waits for nothing else, and main's cleanup
    # has its time.
    "cancels_main": ("wait", ["ready", INT, "cleaning", "cleaned", "interrupted"], 130),
    "cancels_the_children_of_main": ("nested", ["ready", INT, "cleaning", "cleaned", "interrupted"], 130),
    # The warning of the debug mode looks for work in flight without losing the wake-up.
    "cancels_main_in_debug_mode": ("debug", ["ready", INT, "cleaning", "cleaned", "interrupted"], 130),
    # R17: main may swallow it.
    "may_be_swallowed": ("swallow", ["ready", INT, "swallowed", "ended normally"], 0),
    # R14: the second one forces out while main's cleanup waits, and main's objects are destroyed.
    "second_one_forces_out": ("stubborn", ["ready", INT, "cleaning", INT, "destroyed", "interrupted"], 130),
    "forces_out_of_the_shutdown": ("leftover", ["ready", "main ends", "cleaning", INT, "interrupted"], 130),
    # A step that never yields: nothing but the default action gets the program out.
    "second_one_ends_a_step_that_never_yields": ("stuck", ["ready", INT, INT], -INT),
    "waits_for_a_step_that_blocks": ("busy", ["ready", INT, b"x", "cancelled", "interrupted"], 130),
    # R15, R16
    "leaves_the_users_handler_alone": ("own", ["ready", INT, "handled by its own handler", "ended normally"], 0),
    "is_the_default_again_after_run": ("restored", ["ready", INT], -INT),
    "is_the_default_outside_the_main_thread": ("thread", ["ready", INT], -INT),
    "stays_ignored_when_the_parent_ignores_it": ("ignored", ["ready", INT, INT, "ended normally"], 0),
    "is_the_default_when_switched_off": ("off", ["ready", INT], -INT),
    "works_again_in_the_next_run": (
        "again",
        ["ready", INT, "cleaning", "cleaned", "first run interrupted", "ready", INT, "cleaning", "cleaned",
         "interrupted"], 130),
    # SIGTERM is left alone unless asked for.
    "sigterm_kills": ("wait", ["ready", TERM], -TERM),
    "sigterm_cancels_when_asked_for": ("term", ["ready", TERM, "cleaning", "cleaned", "interrupted"], 130),
}


def ignore_sigint():
    signal.signal(INT, signal.SIG_IGN)


def default_sigint():  # a shell without job control starts background programs with SIGINT ignored
    signal.signal(INT, signal.SIG_DFL)


def play(program, case, script, status):
    child = subprocess.Popen([program, case], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             preexec_fn=ignore_sigint if case == "ignored" else default_sigint)
    seen = []
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
        child.wait()
        if rest:
            return f"it went on: {rest!r}"
        if child.returncode != status:
            return f"status {child.returncode} instead of {status}"
        return None
    finally:
        signal.alarm(0)
        child.kill()
        errors = child.communicate()[1].decode()
        print("\n".join(["its output:", *seen, "its errors:", errors]))


def wait_until_taken(pid, number):
    """Two equal signals at once are one: the second may only be sent when the first has been delivered."""
    while True:
        with open(f"/proc/{pid}/status", encoding="ascii") as lines:
            fields = dict(line.split(":", 1) for line in lines)
        pending = int(fields["SigPnd"], 16) | int(fields["ShdPnd"], 16)
        if not pending & (1 << (number - 1)):
            return


if __name__ == "__main__":
    failure = play(sys.argv[1], *CASES[sys.argv[2]])
    if failure:
        sys.exit(failure)
