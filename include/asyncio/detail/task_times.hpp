/// @file
/// Since when tasks exist and wait, and what runs now: kept only where somebody wants to look.
#pragma once

#include <asyncio/instrument.hpp>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace asyncio::detail {

class kernel;

/// **Threads**: the hooks belong to the loop's thread, the questions may come from any.
class task_times final : public instrument {
 public:
  explicit task_times(kernel const& home) noexcept : kernel_(home) {}

  struct entry {
    time_point created;
    time_point last_step;  // its end
    source_location where;
    std::string name;
  };
  [[nodiscard]] std::optional<entry> of(std::uint64_t task) const;

  struct running_step {
    std::uint64_t task = 0;
    std::string name;  // empty: not a task
    source_location where;
    duration lasts{};  // in real time
  };
  /// The innermost step that runs now.
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
    bool ended = false;  // the task, not the step
  };
  kernel const& kernel_;
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, entry> tasks_;
  std::vector<open_step> steps_;  // an eager start is a step inside a step
};

}  // namespace asyncio::detail
