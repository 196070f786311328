#!/usr/bin/env python3
# Copyright 2026 The asyncio-cpp authors
# SPDX-License-Identifier: BSL-1.0
"""What asyncio::main prints and returns: main_test.py CASE PROGRAM."""

import os
import re
import subprocess
import sys

PLACE = r" created at \S*program\.cpp:\d+"
STORY = f"std::runtime_error: no route to host\n  in task 'fetch'{PLACE}\n"
BEGUN = "begins\ncleaned up\n"


def fails(what, errors, status=1, output=BEGUN):
    return what, status, output, errors


CASES = {
    "returns_the_int_of_main": ("returns", 3, BEGUN, ""),
    "returns_0_for_void": ("void", 0, "", ""),
    "prints_an_exception_with_the_tasks_that_awaited_it": fails(
        "awaits", STORY + f"  awaited by task 'crawl'{PLACE}\n  awaited by task 'Task-1'{PLACE}\n"),
    "names_the_task_that_was_awaited_and_no_other": fails(
        "two_wait", STORY + f"  awaited by task 'first'{PLACE}\n  awaited by task 'Task-1'{PLACE}\n"),
    "names_the_child_of_a_gather": fails(
        "gathers", STORY.replace("fetch'", r"Task-\d+'") + f"  awaited by task 'Task-1'{PLACE}\n"),
    "prints_a_group_as_a_tree": fails(
        "group", "asyncio::exception_group: unhandled errors in a TaskGroup \\(2 sub-exceptions\\)\n"
        f"  in task 'Task-1'{PLACE}\n"
        f"  std::runtime_error: no route to host \\(in task 'one'{PLACE}\\)\n"
        f"  std::runtime_error: no route to host \\(in task 'two'{PLACE}\\)\n"),
    "prints_an_ended_connection_in_one_line": fails(
        "eof", f"boost::system::system_error: read: End of file \\[asio.misc:2\\]\n  in task 'Task-1'{PLACE}\n"),
    "prints_what_is_no_exception_by_its_type": fails("an_int", f"int\n  in task 'Task-1'{PLACE}\n"),
    "prints_that_main_was_cancelled": fails("cancelled", "asyncio::cancelled_error: enough\n"),
    "returns_130_after_ctrl_c": fails("interrupted", "", status=130),
    "reports_a_forgotten_failure_with_its_way": fails(
        "forgotten", r".*Task exception was never retrieved: task 'crawl'" + PLACE + r": no route to host "
        rf"\(in task 'fetch'{PLACE}, awaited by task 'crawl'{PLACE}\)" + "\n", status=0),
    "prints_a_deadlock": fails("stuck", r"asyncio::deadlock_error: asyncio: deadlock: (.|\n)*sleep(.|\n)*", output=""),
    "prints_that_a_coroutine_is_empty": fails("empty", r"asyncio::invalid_state: asyncio::run(.|\n)*", output=""),
}


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in CASES:
        sys.exit(__doc__ + "\n".join(CASES))
    what, status, output, errors = CASES[sys.argv[1]]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ASYNCIO_")}
    done = subprocess.run([sys.argv[2], what], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == status, f"status {done.returncode} instead of {status}: {done.stderr}"
    assert done.stdout == output, f"standard output is {done.stdout!r} instead of {output!r}"
    assert re.fullmatch(errors, done.stderr), f"standard error is\n{done.stderr}\ninstead of\n{errors}"


if __name__ == "__main__":
    main()
