// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// At most n coroutines at a time: `asyncio.Semaphore` and `asyncio.BoundedSemaphore`.
#pragma once

#include <asyncio/detail/sync/permit_wait.hpp>

#include <cstddef>
#include <limits>
#include <optional>

namespace asyncio {

/// The result of `semaphore::statistics`.
struct semaphore_statistics {
  std::size_t value = 0;          ///< Permits that are neither taken nor granted to a waiter.
  std::size_t tasks_waiting = 0;  ///< How many coroutines wait for a permit.
};

/// `asyncio.Semaphore`: a number of permits. `acquire` takes one and waits while there is none, `release` adds one.
/// Waiters are served in FIFO order, and a newcomer never overtakes. Permits have no owner: any coroutine may add one.
/// It must outlive its guards and waiters.
/// **Threads**: the loop's. Coroutines of two loops cannot wait for one semaphore.
/// Conformance: SE1-SE5, XL4, XL5, XL7, XL12.
class semaphore {
 public:
  /// The result of `acquire`: returns the permit when destroyed or by `unlock()`; `release()` gives up ownership.
  using guard = detail::guard<semaphore>;

  /// `asyncio.Semaphore(value=1)`. @throws value_error for a negative value. Conformance: SE1.
  explicit semaphore(std::ptrdiff_t value = 1) : semaphore(value, std::numeric_limits<std::ptrdiff_t>::max()) {}
  semaphore(semaphore const&) = delete;
  semaphore& operator=(semaphore const&) = delete;
  /// Destroying it with waiters is a bug: they get invalid_state.
  ~semaphore() {
    if (!permits_.waiters().empty()) [[unlikely]]
      detail::fail_all(permits_.waiters(), "asyncio::semaphore");
  }

  /// `await semaphore.acquire()`, `async with semaphore:`: waits for a permit and takes it.
  /// @return a guard that returns it. For asyncio's acquire without a matching release, call `guard.release()`.
  /// @throws cancelled_error when cancelled, invalid_state when coroutines of another loop wait for the semaphore.
  /// **Cancellation**: leaves the line. Safe: no permit is taken, and one that was already granted goes to the next in
  /// line; only the place in line is lost. **Checkpoint**: only if it must wait. **Threads**: the loop's.
  /// **Cost**: no allocation, O(1).
  /// **Example**: `auto permit = co_await connections.acquire();` Conformance: SE2, SE4.
  [[nodiscard("co_await it")]] detail::acquire_operation<semaphore> acquire() noexcept {
    return {*this, permits_, "asyncio::semaphore::acquire"};
  }

  /// Takes a permit without waiting. It never overtakes waiters. @return a guard, or nothing.
  /// **Checkpoint**: never. **Cost**: no allocation. Conformance: XL7.
  [[nodiscard("what was acquired is released when this is destroyed")]] std::optional<guard> try_acquire() noexcept {
    if (!try_take()) return std::nullopt;
    return std::optional<guard>(std::in_place, *this);
  }

  /// `semaphore.release()`: adds a permit, which goes to the first in line, if any. It need not have been acquired.
  /// @throws value_error when a bounded_semaphore already has all its permits. **Checkpoint**: never. Conformance: SE5,
  /// SE6.
  void release() {
    if (!quick_release()) release_to_next();
  }

  /// `semaphore.locked()`: whether `acquire` would have to wait: there is no permit, or others are in line.
  /// Conformance: SE3.
  [[nodiscard]] bool locked() const noexcept { return !permits_.available(); }
  /// The number of permits that are neither taken nor granted. It can be positive although `locked()`.
  [[nodiscard]] std::size_t value() const noexcept { return static_cast<std::size_t>(permits_.free()); }
  /// The numbers of free permits and of waiters. **Cost**: O(waiting). Conformance: XL5.
  [[nodiscard]] semaphore_statistics statistics() const noexcept {
    return {value(), permits_.waiters().size() + permits_.granted()};
  }

 protected:
  /// @cond internal
  semaphore(std::ptrdiff_t value, std::ptrdiff_t bound);
  /// @endcond

 private:
  friend class detail::acquire_operation<semaphore>;
  friend class detail::guard<semaphore>;

  [[nodiscard]] bool try_take() noexcept { return permits_.try_take(); }
  void taken() noexcept {}
  /// Releases a permit when there are no waiters.
  [[nodiscard]] bool quick_release() noexcept {
    if (permits_.free() >= bound_ || !permits_.waiters().empty()) return false;
    permits_.put();
    return true;
  }
  void release_to_next();

  detail::permits permits_;
  std::ptrdiff_t bound_;
};

/// `asyncio.BoundedSemaphore`: a semaphore whose `release` throws value_error if it would exceed the initial number of
/// permits. Otherwise like `semaphore`. Conformance: SE6.
class bounded_semaphore : public semaphore {
 public:
  /// `asyncio.BoundedSemaphore(value=1)`. @throws value_error for a negative value.
  explicit bounded_semaphore(std::ptrdiff_t value = 1) : semaphore(value, value) {}
};

}  // namespace asyncio
