// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Receives what other threads send to a loop: the only part of a loop that they access.
#pragma once

#include <asyncio/detail/asio/handler_memory.hpp>
#include <asyncio/detail/base/process_state.hpp>
#include <asyncio/detail/loop/ready_node.hpp>

#include <atomic>
#include <mutex>

namespace asyncio::detail {

/// Accepts nodes from any thread and queues them in the loop in order of arrival; only the first one wakes the loop. It
/// may outlive the loop: afterwards, sending fails.
class mailbox {
 public:
  explicit mailbox(loop_core& home) noexcept : home_(&home) {}
  mailbox(mailbox const&) = delete;
  mailbox& operator=(mailbox const&) = delete;

  /// Gives `node` a turn in the loop, which calls its run(), or its abandon() if the loop ends before. @return false if
  /// the loop has ended: the caller keeps the node. **Threads**: any.
  bool send(ready_node& node) noexcept;
  /// Whether the loop has ended. **Threads**: any.
  [[nodiscard]] bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }

  // -- the loop's side -----------------------------------------------------------------------------------------------
  /// Whether there may be nodes that are not queued yet.
  [[nodiscard]] bool waiting() const noexcept { return waiting_.load(std::memory_order_acquire); }
  /// Moves the received nodes to the end of `to`.
  void collect(list<ready_node>& to) noexcept;
  /// Takes back a node that was sent and has not run yet.
  void withdraw(ready_node& node) noexcept;
  /// Rejects further nodes and abandons the received ones.
  void close() noexcept;

 private:
  friend class fork_watch;
  void at_fork(fork_point p) noexcept;
  void post_wake_up();
  void deliver();

  std::mutex mutex_;
  loop_core* home_;
  list<ready_node> nodes_;
  bool posted_ = false;  // a wake_up is queued in the context
  std::atomic<bool> waiting_{false};
  std::atomic<bool> closed_{false};
  handler_blocks<1> memory_;  // a wake-up must not fail, and there is one at a time
  fork_watch watch_{*this};
};

}  // namespace asyncio::detail
