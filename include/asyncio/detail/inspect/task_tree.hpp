// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Formatting snapshots as text. Pure functions of plain data.
#pragma once

#include <asyncio/task_snapshot.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace asyncio::detail {

/// Finds the cycles of tasks that wait for one another, each once, starting with the smallest id. A lock's waiter waits
/// for the task that holds the lock. One cycle is found per connected group, which is enough to explain a deadlock.
[[nodiscard]] std::vector<std::vector<std::uint64_t>> find_cycles(loop_snapshot const& s);
/// "'a' → 'b' → 'a'".
[[nodiscard]] std::string cycle_text(loop_snapshot const& s, std::vector<std::uint64_t> const& cycle);

/// The lines of a tree, each with its newline: tasks under those that wait for them, starting with tasks that are not
/// awaited.
[[nodiscard]] std::string tree_text(loop_snapshot const& s);
/// The same as a table with a heading.
[[nodiscard]] std::string table_text(loop_snapshot const& s);

/// "350 ms", "2.0 s", "3 min 20 s", "5 h 2 min".
[[nodiscard]] std::string format_duration(duration d);
/// "file.cpp:12", without directories.
[[nodiscard]] std::string place_text(source_location where);

}  // namespace asyncio::detail
