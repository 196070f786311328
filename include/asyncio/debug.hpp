// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Inspecting running tasks: `python -m asyncio ps PID` and `pstree PID` from inside the program.
#pragma once

#include <asyncio/loop.hpp>
#include <asyncio/task_snapshot.hpp>

#include <chrono>
#include <iosfwd>

namespace asyncio {

/// How long to wait for the answer of a loop that runs in another thread.
inline constexpr duration answer_limit = std::chrono::seconds(1);

/// The tasks of the running loop and what each of them waits for, as plain data. Conformance: IN1-IN3, IN10.
/// @throws no_running_loop outside a loop: pass the loop instead. **Threads**: the loop's.
/// **Cost**: O(tasks); nothing is recorded in advance, except times in debug mode and with `dump_signal`.
/// **Example**: `for (auto const& t : asyncio::snapshot().tasks) std::cout << t.name << '\n';`
[[nodiscard]] loop_snapshot snapshot();
/// The same for any loop that exists during the call. A loop in another thread answers in its next pass; if it does not
/// answer in time it is stuck in a long step, and the snapshot names that step. **Threads**: any.
[[nodiscard]] loop_snapshot snapshot(loop& of, duration limit = answer_limit);

/// `asyncio ps`: a table of the running loop's tasks - id, name, state, what it waits for, its waiters, where it was
/// created, its age. In a thread without a loop: the tables of all loops of the process. Conformance: IN7.
/// **Threads**: any. **Example**: `asyncio::print_tasks(std::cerr);`
void print_tasks(std::ostream& to);
void print_tasks(std::ostream& to, loop& of, duration limit = answer_limit);
/// The same for a snapshot.
void print_tasks(std::ostream& to, loop_snapshot const& of);

/// `asyncio pstree`: the tasks as a tree, each under those that wait for it, with what it waits for, for how long, and
/// where it was created; tasks that wait for one another in a cycle are named at the end: `'a' → 'b' → 'a'`.
/// In a thread without a loop: the trees of all loops. Conformance: IN6, IN8, IN9. **Threads**: any.
/// A hanging program that was started with `ASYNCIO_DUMP_SIGNAL=1` prints it on SIGUSR1.
void print_task_tree(std::ostream& to);
void print_task_tree(std::ostream& to, loop& of, duration limit = answer_limit);
/// The same for a snapshot.
void print_task_tree(std::ostream& to, loop_snapshot const& of);

}  // namespace asyncio
