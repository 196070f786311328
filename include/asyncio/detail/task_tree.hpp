/// @file
/// Snapshots as text. Plain functions of plain data.
#pragma once

#include <asyncio/task_snapshot.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace asyncio::detail {

/// The tasks that wait for one another in a ring: each ring once, beginning with the smallest id. A lock's waiter waits for
/// the task that holds the lock. One ring per knot of tasks is found: enough to see why nothing moves.
[[nodiscard]] std::vector<std::vector<std::uint64_t>> find_rings(loop_snapshot const& s);
/// "'a' → 'b' → 'a'".
[[nodiscard]] std::string ring_text(loop_snapshot const& s, std::vector<std::uint64_t> const& ring);

/// The lines of a tree, each with its line end: who waits for whom, under those whom nobody waits for.
[[nodiscard]] std::string tree_text(loop_snapshot const& s);
/// The same as a table with a heading.
[[nodiscard]] std::string table_text(loop_snapshot const& s);

/// "350 ms", "2.0 s", "3 min 20 s", "5 h 2 min".
[[nodiscard]] std::string human(duration d);
/// "file.cpp:12", without the folders.
[[nodiscard]] std::string place_text(source_location where);

}  // namespace asyncio::detail
