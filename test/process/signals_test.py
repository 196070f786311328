#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""Starts signalled, sends it real signals and compares how it ends: signals_test.py PROGRAM CASE."""

import signal
import sys

sys.dont_write_bytecode = True  # A test leaves nothing in the source tree.

import player

INT, TERM, USR1 = signal.SIGINT, signal.SIGTERM, signal.SIGUSR1

# A case: how the program is called, what happens in which order, how it must end; see player.
CASES = {
    # SG1: a handler runs in the loop and wakes one that waits for nothing else, whoever runs it.
    "a_handler_wakes_the_loop": ("handle", ["ready", USR1, "handled 1", USR1, "handled 2", "ended normally"], 0),
    "in_a_loop_of_another_thread": ("thread", ["ready", USR1, "handled 1", USR1, "handled 2", "ended normally"], 0),
    "on_a_context_of_the_programs": ("context", ["ready", USR1, "handled 1", USR1, "handled 2", "ended normally"], 0),
    "beside_a_function_in_a_thread": ("beside_a_thread",
                                      ["ready", USR1, "handled", USR1, "handled", b"x", "read", "ended normally"], 0),
    # R12, R15: a handler of the program's goes before Ctrl-C, which comes back when it is removed.
    "a_handler_goes_before_ctrl_c": ("sigint", ["ready", INT, "my own handler", INT, "cancelled", "interrupted"], 130),
    # SG2: afterwards the action of the operating system is in force again.
    "the_default_action_is_back_after_the_removal": ("term_once", ["ready", TERM, "handled", TERM], -TERM),
    "the_default_action_is_back_after_run": ("after_run", ["ready", TERM], -TERM),
    # XT6
    "a_receiver_gives_them_one_by_one": ("receive", ["ready", USR1, "USR1", USR1, "USR1", TERM, "TERM", "closed", TERM],
                                         -TERM),
    "a_signal_that_nobody_took_is_sent_again": ("unread", ["ready", USR1, TERM, b"x", "USR1"], -TERM),
    # An asio::signal_set takes a signal over; when that is gone the loop has it again.
    "a_handler_is_back_after_a_signal_set":
        ("signal_set", ["ready", USR1, "the signal_set has it", "ready", USR1, "handled 1", "ended normally"], 0),
    "a_handler_is_back_after_a_signal_set_on_a_context":
        ("signal_set_on_a_context", ["ready", USR1, "the signal_set has it", "ready", USR1, "handled 1", "ended normally"], 0),
    "what_was_there_is_back_after_a_signal_set": ("removed_after_a_signal_set", ["the former handler", "ended normally"], 0),
    # SG4
    "a_child_has_its_own_signals": ("forked", ["the child has its signal", "the parent goes on 42", "ended normally"], 0),
    "a_child_may_run_a_loop": ("forked_loop", ["the child has handled it", "the child has ended well",
                                               "the parent has handled it", "ended normally"], 0),
}


if __name__ == "__main__":
    failure = player.play(sys.argv[1], *CASES[sys.argv[2]])
    if failure:
        sys.exit(failure)
