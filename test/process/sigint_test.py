#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""Starts interrupted, sends it real signals and compares how it ends: sigint_test.py PROGRAM CASE."""

import signal
import sys

sys.dont_write_bytecode = True  # A test leaves nothing in the source tree.

import player

INT, TERM = signal.SIGINT, signal.SIGTERM

# A case: how the program is called, what happens in which order, how it must end; see player.
CASES = {
    # The first SIGINT cancels main, wakes a loop that waits for nothing else, and main's cleanup has its time.
    # conformance: R12, R13
    "cancels_main": ("wait", ["ready", INT, "cleaning", "cleaned", "interrupted"], 130),
    "cancels_the_children_of_main": ("nested", ["ready", INT, "cleaning", "cleaned", "interrupted"], 130),
    # The warning of the debug mode looks for work in flight without losing the wake-up.
    "cancels_main_in_debug_mode": ("debug", ["ready", INT, "cleaning", "cleaned", "interrupted"], 130),
    # Main may swallow it.
    # conformance: R17
    "may_be_swallowed": ("swallow", ["ready", INT, "swallowed", "ended normally"], 0),
    # The second one forces out while main's cleanup waits, and main's objects are destroyed.
    # conformance: R14
    "second_one_forces_out": ("stubborn", ["ready", INT, "cleaning", INT, "destroyed", "interrupted"], 130),
    "forces_out_of_the_shutdown": ("leftover", ["ready", "main ends", "cleaning", INT, "interrupted"], 130),
    # A step that never yields: nothing but the default action gets the program out.
    "second_one_ends_a_step_that_never_yields": ("stuck", ["ready", INT, INT], -INT),
    "waits_for_a_step_that_blocks": ("busy", ["ready", INT, b"x", "cancelled", "interrupted"], 130),
    # conformance: R15, R16
    "leaves_the_users_handler_alone": ("own", ["ready", INT, "handled by its own handler", "ended normally"], 0),
    "is_the_default_again_after_run": ("restored", ["ready", INT], -INT),
    "is_the_default_outside_the_main_thread": ("thread", ["ready", INT], -INT),
    "stays_ignored_when_the_parent_ignores_it": ("ignored", ["ready", INT, INT, b"\n", "ended normally"], 0),
    "is_the_default_when_switched_off": ("off", ["ready", INT], -INT),
    "works_again_in_the_next_run": (
        "again",
        ["ready", INT, "cleaning", "cleaned", "first run interrupted", "ready", INT, "cleaning", "cleaned",
         "interrupted"], 130),
    # An asio::signal_set takes it over, and when that is gone it is run's again.
    "is_back_after_a_signal_set": (
        "signal_set", ["ready", INT, "the signal_set has it", "ready", INT, "cleaning", "cleaned", "interrupted"], 130),
    "is_back_after_a_signal_set_in_a_loop_that_is_never_idle": (
        "signal_set_in_a_busy_loop", ["ready", INT, "cancelled", "interrupted"], 130),
    # SIGTERM is left alone unless asked for.
    "sigterm_kills": ("wait", ["ready", TERM], -TERM),
    "sigterm_cancels_when_asked_for": ("term", ["ready", TERM, "cleaning", "cleaned", "interrupted"], 130),
}


if __name__ == "__main__":
    failure = player.play(sys.argv[1], *CASES[sys.argv[2]])
    if failure:
        sys.exit(failure)
