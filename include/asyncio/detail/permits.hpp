/// @file
/// Permits that are handed over first come, first served: what a lock, a semaphore and a limiter have in common.
#pragma once

#include <asyncio/detail/kernel.hpp>
#include <asyncio/detail/list.hpp>

#include <cstddef>

namespace asyncio::detail {

/// A number of permits and those who wait for one. It knows no loop: whoever owns it queues the nodes that it returns.
///
/// A permit that becomes free while somebody waits is *promised* to the first in line and is nobody else's from then on.
/// The promise ends when that waiter runs: it accepts, or declines because it was cancelled meanwhile. As in asyncio, a
/// newcomer does not get even a free permit while a promise is open, so nobody is served before those who came first.
class permits {
 public:
  explicit permits(std::ptrdiff_t free) noexcept : free_(free) {}

  /// Whether a newcomer gets a permit. Then nobody waits.
  [[nodiscard]] bool available() const noexcept { return free_ > 0 && promised_ == 0; }
  /// Takes one if it is available.
  [[nodiscard]] bool try_take() noexcept {
    if (!available()) return false;
    --free_;
    return true;
  }
  /// Puts `waiter` in line; it leaves by unlink().
  void enqueue(ready_node& waiter) noexcept { waiters_.push_back(waiter); }

  /// Adds free permits; a negative number withdraws as many, also such as are in use.
  void put(std::ptrdiff_t count = 1) noexcept { free_ += count; }
  /// Takes one whether there is one or not: `free` may become negative.
  void force_take() noexcept { --free_; }

  /// Promises a free permit to the first in line and takes it out of the line. @return whom; null: nobody.
  [[nodiscard]] ready_node* promise_next() noexcept {
    if (free_ <= 0 || waiters_.empty()) return nullptr;
    --free_;
    ++promised_;
    return &waiters_.pop_front();
  }
  /// A promise is kept. Call promise_next() until it returns null: others may have waited for this only.
  void accept() noexcept { --promised_; }
  /// The permit that was promised is free again. Call promise_next() until it returns null.
  void decline() noexcept {
    --promised_;
    ++free_;
  }

  [[nodiscard]] std::ptrdiff_t free() const noexcept { return free_; }
  [[nodiscard]] std::size_t promised() const noexcept { return promised_; }
  /// Those who wait and have no promise, the first in line first.
  [[nodiscard]] list<ready_node>& waiters() noexcept { return waiters_; }
  [[nodiscard]] list<ready_node> const& waiters() const noexcept { return waiters_; }

 private:
  std::ptrdiff_t free_;
  std::size_t promised_ = 0;
  list<ready_node> waiters_;
};

}  // namespace asyncio::detail
