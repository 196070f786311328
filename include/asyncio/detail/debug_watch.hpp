/// @file
/// The debug mode's eye on the steps and waits of tasks.
#pragma once

#include <asyncio/instrument.hpp>
#include <asyncio/loop.hpp>

#include <chrono>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace asyncio::detail {

/// Logs steps that hold up everybody else (real time, whatever the loop's clock), and tasks that wait for one another.
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
  std::set<std::string> rings_;  // that were reported
};

}  // namespace asyncio::detail
