// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Permits granted in FIFO order: the common part of a lock, a semaphore and a limiter.
#pragma once

#include <asyncio/detail/base/list.hpp>
#include <asyncio/detail/task/task_loop.hpp>

#include <cstddef>

namespace asyncio::detail {

/// A number of permits and their waiters. Independent of a loop: the owner queues the nodes that it returns.
///
/// A permit that becomes free while others wait is *granted* to the first in line and reserved for it from then on. The
/// grant ends when that waiter runs: it accepts, or declines because it was cancelled meanwhile. As in asyncio, a
/// newcomer does not get even a free permit while a grant is pending, so no waiter is overtaken.
class permits {
 public:
  explicit permits(std::ptrdiff_t free) noexcept : free_(free) {}

  /// Whether a newcomer gets a permit. If so, there are no waiters.
  [[nodiscard]] bool available() const noexcept { return free_ > 0 && granted_ == 0; }
  /// Takes a permit if one is available.
  [[nodiscard]] bool try_take() noexcept {
    if (!available()) return false;
    --free_;
    return true;
  }
  /// Puts `waiter` in line; it leaves by unlink().
  void enqueue(ready_node& waiter) noexcept { waiters_.push_back(waiter); }

  /// Adds free permits; a negative number withdraws as many, even if they are in use.
  void put(std::ptrdiff_t count = 1) noexcept { free_ += count; }
  /// Takes a permit unconditionally: `free` may become negative.
  void force_take() noexcept { --free_; }

  /// Grants a free permit to the first in line and removes it from the line. @return the waiter; null if none.
  [[nodiscard]] ready_node* grant_next() noexcept {
    if (free_ <= 0 || waiters_.empty()) return nullptr;
    --free_;
    ++granted_;
    return &waiters_.pop_front();
  }
  /// Ends a grant by accepting. Call grant_next() until it returns null: other waiters may have waited only for this.
  void accept() noexcept { --granted_; }
  /// Ends a grant by declining: the permit is free again. Call grant_next() until it returns null.
  void decline() noexcept {
    --granted_;
    ++free_;
  }

  [[nodiscard]] std::ptrdiff_t free() const noexcept { return free_; }
  [[nodiscard]] std::size_t granted() const noexcept { return granted_; }
  /// The waiters without a grant, in line order.
  [[nodiscard]] list<ready_node>& waiters() noexcept { return waiters_; }
  [[nodiscard]] list<ready_node> const& waiters() const noexcept { return waiters_; }

 private:
  std::ptrdiff_t free_;
  std::size_t granted_ = 0;
  list<ready_node> waiters_;
};

}  // namespace asyncio::detail
