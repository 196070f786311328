// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The entries of a loop's ready queue and timer heap.
#pragma once

#include <asyncio/detail/base/list.hpp>
#include <asyncio/detail/base/timer_heap.hpp>

namespace asyncio::detail {

class loop_core;
class task_base;

/// An entry in the ready queue, immediately or from a deadline on.
class ready_node : public list_node<>, public timer_node {
 public:
  /// Called in the loop's thread when it is the node's turn; the node is already out of the queue.
  virtual void run() = 0;
  /// Called when the loop is destroyed before the node's turn.
  virtual void abandon() noexcept = 0;
  /// Called when the deadline passed to add_timer expires; the node is already out of the heap. As in asyncio, it gets
  /// a turn in the queue.
  virtual void expired(loop_core& home) noexcept;
  /// For the start of a task: the task, unless it is cancelled; otherwise null.
  [[nodiscard]] virtual task_base* startable() noexcept { return nullptr; }
  /// Whether a shuffled pass still runs it before everything queued after it.
  [[nodiscard]] virtual bool goes_first() const noexcept { return false; }

 protected:
  ~ready_node() = default;
};

}  // namespace asyncio::detail
