// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The state of a loop's tasks at one moment, as plain data: returned by `snapshot()` and printed by the tables.
#pragma once

#include <asyncio/instrument.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace asyncio {

/// The state of a task.
enum class task_stage : std::uint8_t {
  created,  ///< Its body has not been entered yet.
  ready,    ///< Its wait is over, and it is queued to run.
  running,  ///< It is running, or one of its callees is.
  waiting,  ///< It is waiting: see `task_snapshot::waits_for`.
};

/// A short text for a task_stage, as the tables print it.
[[nodiscard]] std::string_view to_string(task_stage s) noexcept;

/// One task that has not ended.
struct task_snapshot {
  std::uint64_t id = 0;
  std::string name;
  task_stage stage = task_stage::created;
  wait_info waits_for;                      ///< Its `object` is for comparison only: the object may be destroyed.
  std::vector<std::uint64_t> awaits;        ///< The tasks in the snapshot whose end it waits for.
  std::vector<std::uint64_t> awaited_by;    ///< The tasks that wait for its end.
  int cancelling = 0;                       ///< Cancellation requests that were not withdrawn.
  time_point deadline = time_point::max();  ///< The earliest timeout in force; the largest time_point if none.
  source_location created_at;
  std::optional<time_point> created;  ///< Creation time; only if times are recorded (debug mode, `dump_signal`).
  std::optional<time_point> since;    ///< The end of its last step. As above.
};

/// A loop and its tasks.
struct loop_snapshot {
  std::uint32_t loop = 0;  ///< A number unique among the loops of the process.
  bool answered = true;    ///< False: the loop did not answer in time; `reason` says what it is doing, if known.
  std::string reason;
  time_point now;                           ///< The loop's time.
  std::vector<task_snapshot> tasks;         ///< Oldest first.
  std::vector<wait_info> other_coroutines;  ///< The waits of coroutines that are not tasks (plain `co_spawn`).

  /// The task with that id, or null.
  [[nodiscard]] task_snapshot const* find(std::uint64_t id) const noexcept;
};

}  // namespace asyncio
