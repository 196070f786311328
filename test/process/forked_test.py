#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""Starts forked, which forks or exits, and compares what it says and how it ends: forked_test.py PROGRAM CASE."""

import sys

sys.dont_write_bytecode = True  # A test leaves nothing in the source tree.

import player

END = "ended normally"

# A case: how the program is called, what it says, how it must end, and what is in its errors; see player.
CASES = {
    # Prefork servers: a signal that is sent to the child is the child's alone.
    "a_worker_handles_its_own_signal": ("worker", ["the child: exit 7", "the parent got 0", "the parent got 1", END], 0, ""),
    "a_worker_has_its_own_ctrl_c": ("worker_ctrl_c", ["the child: exit 8", "the parent got 0", "the parent got 1", END], 0, ""),
    "a_worker_without_a_loop_has_the_default_action":
        ("worker_without_a_loop", ["the child: killed by 15", "the parent got 0", "the parent got 1", END], 0, ""),
    "a_worker_without_a_loop_is_ended_by_ctrl_c":
        ("worker_without_a_loop_ctrl_c", ["the child: killed by 2", "the parent got 0", "the parent got 1", END], 0, ""),
    "no_child_hangs_that_is_forked_beside_threads": ("beside_threads", ["the children: exit 5", END], 0, ""),
    "a_child_has_threads_of_its_own": ("beside_a_pool", ["the child: exit 5", END], 0, ""),
    # Daemons: the child goes on with the parent's context.
    "a_daemon_goes_on_with_a_context": ("daemon", ["served", "the daemon: exit 4", END], 0, ""),
    "a_daemon_of_which_asio_was_not_told": ("daemon_without_notify", ["served", "the daemon: exit 4", END], 0, ""),
    "a_daemon_is_told_of_the_threads_it_lost": ("daemon_with_a_pool", ["the daemon: exit 6", END], 0, ""),
    "a_child_may_go_on_with_a_runner": ("runner", ["the child: exit 4", END], 0, ""),
    # std::exit, and static objects.
    "exit_in_a_coroutine": ("exit", [], 3, ""),
    "exit_with_the_dump_signal": ("exit_with_dump_signal", [], 3, ""),
    "exit_of_a_child_with_the_dump_signal": ("exit_of_a_child", ["the child: exit 4", END], 0, ""),
    "exit_in_a_coroutine_of_a_static_context": ("exit_in_a_static_context", [], 3, "Task was destroyed but it is pending!"),
    "a_static_handle_of_a_failure_is_reported":
        ("static_handle", [END], 0, "Task exception was never retrieved: task 'Task-1'"),
}


if __name__ == "__main__":
    failure = player.play(sys.argv[1], *CASES[sys.argv[2]])
    if failure:
        sys.exit(failure)
