/// @file
/// Looking at a loop's tasks, in its thread and from others.
#pragma once

#include <asyncio/task_snapshot.hpp>

#include <string>
#include <vector>

namespace asyncio::detail {

class kernel;

/// In the loop's thread only.
[[nodiscard]] loop_snapshot take_snapshot(kernel& k);
/// From any thread: waits for the loop's answer, at most as long as `limit`.
[[nodiscard]] loop_snapshot request_snapshot(kernel& k, duration limit);
/// The same for all loops of the process, oldest first.
[[nodiscard]] std::vector<loop_snapshot> request_all_snapshots(duration limit);
/// What is known of a loop that does not answer. **Threads**: any.
[[nodiscard]] loop_snapshot unanswered(kernel& k);

/// The tree of a loop whose thread this is, each line after a line end: for the texts of errors and warnings.
[[nodiscard]] std::string live_tree(kernel& k);

}  // namespace asyncio::detail
