/// @file
/// What is known of a loop's tasks at one moment, as plain data: what `snapshot()` returns and the tables are made of.
#pragma once

#include <asyncio/instrument.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace asyncio {

/// How far a task is.
enum class task_stage : std::uint8_t {
  created,  ///< Its body was not entered yet.
  ready,    ///< What it waited for has happened; its turn has not come.
  running,  ///< It runs, or one of its callees does.
  waiting,  ///< It waits for something: see `task_snapshot::waits_for`.
};

/// A short text for a task_stage, as the tables print it.
[[nodiscard]] std::string_view to_string(task_stage s) noexcept;

/// One task that has not ended.
struct task_snapshot {
  std::uint64_t id = 0;
  std::string name;
  task_stage stage = task_stage::created;
  wait_info waits_for;  ///< Its `object` only tells objects apart: the object may be gone.
  std::vector<std::uint64_t> awaits;      ///< The tasks whose end it waits for, among those of the snapshot.
  std::vector<std::uint64_t> awaited_by;  ///< The tasks that wait for its end.
  int cancelling = 0;                     ///< Cancel requests that were not taken back.
  time_point deadline = time_point::max();  ///< The earliest timeout it is in; the largest instant when it is in none.
  source_location created_at;
  std::optional<time_point> created;  ///< When; only if times are recorded (debug mode, `dump_signal`).
  std::optional<time_point> since;    ///< The end of its last step: since when it waits. As above.
};

/// A loop and its tasks.
struct loop_snapshot {
  std::uint32_t loop = 0;  ///< A number that no other loop of the process has.
  bool answered = true;    ///< False: the loop did not answer in time; `reason` says what it is doing, if that is known.
  std::string reason;
  time_point now;                          ///< The loop's time.
  std::vector<task_snapshot> tasks;        ///< Oldest first.
  std::vector<wait_info> other_coroutines;  ///< What coroutines wait for that are not tasks (plain `co_spawn`).

  /// The task with that id, or null.
  [[nodiscard]] task_snapshot const* find(std::uint64_t id) const noexcept;
};

}  // namespace asyncio
