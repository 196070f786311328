// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Snapshots of a loop's tasks, from its thread and from others.
#pragma once

#include <asyncio/task_snapshot.hpp>

#include <string>
#include <vector>

namespace asyncio::detail {

class task_loop;

/// In the loop's thread only.
[[nodiscard]] loop_snapshot take_snapshot(task_loop& core);
/// From any thread: waits for the loop's answer, for at most `limit`.
[[nodiscard]] loop_snapshot request_snapshot(task_loop& core, duration limit);
/// The same for all loops of the process, oldest first.
[[nodiscard]] std::vector<loop_snapshot> request_all_snapshots(duration limit);
/// What is known of a loop that does not answer. **Threads**: any.
[[nodiscard]] loop_snapshot unanswered(task_loop& core);

/// The tree of a loop, each line preceded by a newline, for error and warning texts. Call it in the loop's thread.
[[nodiscard]] std::string live_tree_of(task_loop& core);

}  // namespace asyncio::detail
