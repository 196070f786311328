/// @file
/// The debug mode's eye on the steps of tasks.
#pragma once

#include <asyncio/instrument.hpp>
#include <asyncio/loop.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace asyncio::detail {

/// Logs steps that hold up everybody else: real time, whatever the loop's clock.
class debug_watch final : public instrument {
 public:
  debug_watch(loop& watched, duration slow_step) noexcept : loop_(watched), slow_step_(slow_step) {}
  void step_begin(std::uint64_t task) override;
  void step_end(std::uint64_t task) override;

 private:
  struct step {
    std::chrono::steady_clock::time_point since;
    std::string task;
  };
  loop& loop_;
  duration slow_step_;
  std::vector<step> steps_;  // an eager start is a step inside a step
};

}  // namespace asyncio::detail
