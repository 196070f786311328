// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Combines the instruments of one loop.
#pragma once

#include <asyncio/detail/task/task_loop.hpp>
#include <asyncio/instrument.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace asyncio::detail {

/// Notifies every instrument, in the order in which they were added. One that throws is removed. Instruments may add
/// and remove instruments during a notification; a new one is notified from the next event on.
class instruments final : public instrument, public loop_part {
 public:
  using loop_type = task_loop;
  explicit instruments(task_loop& home) noexcept : loop_(home) {}

  void add(std::shared_ptr<instrument> hooks);
  /// @return whether it was present.
  bool remove(instrument const& hooks) noexcept;

  void run_begin(std::uint64_t main) override;
  void run_end() override;
  void idle_begin() override;
  void idle_end() override;
  void task_created(std::uint64_t task, std::uint64_t creator, source_location where) override;
  void task_named(std::uint64_t task, std::string_view name) override;
  void task_started(std::uint64_t task) override;
  void step_begin(std::uint64_t task) override;
  void step_end(std::uint64_t task) override;
  void blocked(std::uint64_t task, wait_info const& what) override;
  void woken(std::uint64_t task) override;
  void cancel_requested(std::uint64_t task) override;
  void timed_out(std::uint64_t task) override;
  void task_finished(std::uint64_t task, bool cancelled, bool failed) override;

 private:
  struct entry {
    std::shared_ptr<instrument> hooks;
    std::size_t open_steps = 0;  // steps whose begin it has seen
    bool removed = false;        // erased after the current notification
  };
  template <class Call>
  void each(char const* hook, Call&& call) noexcept;
  void drop_removed() noexcept;
  /// Registers with the loop while there are instruments.
  void listen() noexcept { loop_.set_hooks(count_ > 0 ? this : nullptr); }
  void end_idle() noexcept;
  void log_removal(char const* hook) noexcept;

  task_loop& loop_;
  std::vector<entry> entries_;
  std::size_t count_ = 0;
  unsigned telling_ = 0;
  bool any_removed_ = false;
  bool idle_ = false;
};

}  // namespace asyncio::detail
