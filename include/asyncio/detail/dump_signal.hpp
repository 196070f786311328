/// @file
/// SIGUSR1 prints the tasks of every loop that takes part to standard error.
#pragma once

#include <atomic>
#include <cstdint>

namespace asyncio::detail {

class kernel;
enum class fork_point : std::uint8_t;

/// While there is one, SIGUSR1 is handled, if its default action was in force. Whoever drives the loop asks take() between
/// turns and prints. A thread wakes the loops, and for those that do not take the request within a second - they are stuck
/// in a step - it prints what is known of that.
class dump_signal {
 public:
  explicit dump_signal(kernel& k);
  dump_signal(dump_signal const&) = delete;
  dump_signal& operator=(dump_signal const&) = delete;
  ~dump_signal();

  /// Whether the signal has come since the last call.
  [[nodiscard]] bool take() noexcept;
  /// Prints the loop's tree. In its thread.
  void print() const;

  static void at_fork(fork_point p) noexcept;
  /// In the child of a fork: a loop that comes over it, or that somebody goes on with, takes part again.
  static void serve_again();

 private:
  struct service;
  kernel& kernel_;
  std::atomic<int> taken_;
};

/// Writes the tree of a loop whose thread this is to standard error, under a line of text.
void dump_tree(kernel& k, char const* title) noexcept;

}  // namespace asyncio::detail
