// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Prints the tasks of every participating loop to standard error on SIGUSR1.
#pragma once

#include <atomic>
#include <cstdint>

namespace asyncio::detail {

class task_loop;
enum class fork_point : std::uint8_t;

/// While an instance exists, SIGUSR1 is handled, if its default action was in force. The driver of the loop calls
/// take() between turns and prints. A thread wakes the loops, and for those that do not take the request within a
/// second (they are stuck in a step) it prints what is known of that step.
class dump_signal {
 public:
  explicit dump_signal(task_loop& core);
  dump_signal(dump_signal const&) = delete;
  dump_signal& operator=(dump_signal const&) = delete;
  ~dump_signal();

  /// Whether the signal was received since the last call.
  [[nodiscard]] bool take() noexcept;
  /// Prints the loop's tree. Call it in the loop's thread.
  void print() const;

  static void at_fork(fork_point p) noexcept;

 private:
  struct service;
  class served_again;
  [[nodiscard]] bool left_behind() const noexcept;
  task_loop& loop_;
  std::atomic<int> taken_;
};

/// Writes the tree of a loop to standard error, under a title. Call it in the loop's thread.
void dump_tree(task_loop& core, char const* title) noexcept;

}  // namespace asyncio::detail
