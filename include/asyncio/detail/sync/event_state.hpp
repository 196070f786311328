// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The state of an event.
#pragma once

#include <asyncio/detail/base/list.hpp>
#include <asyncio/detail/task/task_loop.hpp>

#include <utility>

namespace asyncio::detail {

/// Open or closed, and its waiters. Independent of a loop: the owner queues the nodes that it returns.
class event_state {
 public:
  [[nodiscard]] bool is_open() const noexcept { return open_; }
  /// Opens it and moves all waiters to `let_in`, in FIFO order.
  void open(list<ready_node>& let_in) noexcept {
    open_ = true;
    let_in.splice_back(waiters_);
  }
  /// Closes it for later arrivals; waiters that were let in are unaffected.
  void close() noexcept { open_ = false; }
  /// Adds a waiter to a closed event_state; it leaves by unlink().
  void enqueue(ready_node& waiter) noexcept { waiters_.push_back(waiter); }

  [[nodiscard]] list<ready_node>& waiters() noexcept { return waiters_; }
  [[nodiscard]] list<ready_node> const& waiters() const noexcept { return waiters_; }

 private:
  list<ready_node> waiters_;
  bool open_ = false;
};

}  // namespace asyncio::detail
