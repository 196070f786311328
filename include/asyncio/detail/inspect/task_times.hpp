// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Creation and wait times of tasks, and the running step: recorded on demand only.
#pragma once

#include <asyncio/detail/task/task_loop.hpp>
#include <asyncio/instrument.hpp>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace asyncio::detail {

/// Once attached to a loop it records everything from then on.
/// **Threads**: the hooks run in the loop's thread, the queries may come from any thread.
class task_times final : public instrument, public loop_part {
 public:
  using loop_type = task_loop;
  explicit task_times(task_loop& home);

  struct entry {
    time_point created;
    time_point last_step;  // end of the last step
    source_location where;
    std::string name;
  };
  [[nodiscard]] std::optional<entry> of(std::uint64_t task) const;

  struct running_step {
    std::uint64_t task = 0;
    std::string name;  // empty: not a task
    source_location where;
    duration lasts{};  // its duration so far, in real time
  };
  /// The innermost running step.
  [[nodiscard]] std::optional<running_step> running() const;

  void task_created(std::uint64_t task, std::uint64_t creator, source_location where) override;
  void task_named(std::uint64_t task, std::string_view name) override;
  void step_begin(std::uint64_t task) override;
  void step_end(std::uint64_t task) override;
  void task_finished(std::uint64_t task, bool cancelled, bool failed) override;

 private:
  struct open_step {
    std::uint64_t task;
    std::chrono::steady_clock::time_point since;
    bool ended = false;  // whether the task, not the step, has ended
  };
  task_loop const& loop_;
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, entry> tasks_;
  std::vector<open_step> steps_;  // an eager start is a step inside a step
};

}  // namespace asyncio::detail
