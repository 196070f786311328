// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Debug mode's monitoring of steps and waits of tasks.
#pragma once

#include <asyncio/instrument.hpp>
#include <asyncio/loop.hpp>

#include <chrono>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace asyncio::detail {

/// Logs steps that block the loop for too long (in real time, whatever the loop's clock), and wait cycles.
class debug_watch final : public instrument {
 public:
  explicit debug_watch(loop& watched);
  void task_created(std::uint64_t task, std::uint64_t creator, source_location where) override;
  void step_begin(std::uint64_t task) override;
  void step_end(std::uint64_t task) override;
  void blocked(std::uint64_t task, wait_info const& what) override;
  void task_finished(std::uint64_t task, bool cancelled, bool failed) override;

 private:
  struct step {
    std::chrono::steady_clock::time_point since;
    std::string task;
  };
  [[nodiscard]] bool waits_for(task_base& from, task_base const& target) const;

  loop& loop_;
  std::vector<step> steps_;  // an eager start is a step inside a step
  std::unordered_map<std::uint64_t, task_base*> tasks_;
  std::set<std::string> cycles_;  // already reported
};

/// Turns it on or off for a loop.
void watch_steps(loop& l, bool on);

}  // namespace asyncio::detail
