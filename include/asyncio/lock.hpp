// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Mutual exclusion between coroutines: `asyncio.Lock`.
#pragma once

#include <asyncio/detail/sync/permit_wait.hpp>
#include <asyncio/detail/task/task_state.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace asyncio {

namespace detail {
class condition_operation;
}

/// The result of `lock::statistics`.
struct lock_statistics {
  bool locked = false;  ///< Whether it is held.
  std::uint64_t owner =
      0;  ///< The id of the task that acquired it last; 0: not held, or acquired by a coroutine that is not a task.
  std::size_t tasks_waiting = 0;  ///< How many coroutines wait for the lock.
};

/// `asyncio.Lock`: held by one coroutine at a time. Waiters are served in FIFO order: a release grants the lock to the
/// first in line, and no other coroutine can take it before that one runs. It is not recursive and has no owner: any
/// coroutine may release it. It must outlive its guards and waiters.
/// **Threads**: the loop's. Coroutines of two loops cannot wait for one lock.
/// Conformance: LK1-LK5, XL4, XL5, XL7.
class lock {
 public:
  /// The result of `acquire`: releases the lock when destroyed or by `unlock()`; `release()` gives up ownership.
  using guard = detail::guard<lock>;

  /// `asyncio.Lock()`: not held.
  lock() noexcept = default;
  lock(lock const&) = delete;
  lock& operator=(lock const&) = delete;
  /// Destroying it with waiters is a bug: they get invalid_state.
  ~lock() {
    if (!permits_.waiters().empty()) [[unlikely]]
      detail::fail_all(permits_.waiters(), "asyncio::lock");
  }

  /// `await lock.acquire()`, `async with lock:`: waits until the lock is free and takes it.
  /// @return a guard that releases it. To release manually, call `guard.release()`, then `lock.release()`.
  /// @throws cancelled_error when cancelled, invalid_state when coroutines of another loop wait for the lock.
  /// **Cancellation**: leaves the line. Safe: the lock is not taken, and a lock that was already granted goes to the
  /// next in line; only the place in line is lost. **Checkpoint**: only if it must wait. **Threads**: the loop's.
  /// **Cost**: no allocation, O(1).
  /// **Example**: `auto guard = co_await mutex.acquire();` Conformance: LK1, LK3.
  [[nodiscard("co_await it")]] detail::acquire_operation<lock> acquire() noexcept {
    return {*this, permits_, "asyncio::lock::acquire"};
  }

  /// Takes the lock without waiting. It never overtakes waiters. @return a guard, or nothing.
  /// **Checkpoint**: never. **Cost**: no allocation. Conformance: XL7.
  [[nodiscard("what was acquired is released when this is destroyed")]] std::optional<guard> try_acquire() noexcept {
    if (!try_take()) return std::nullopt;
    taken();
    return std::optional<guard>(std::in_place, *this);
  }

  /// `lock.release()`: grants the lock to the first in line, or frees it. Any coroutine or callback of the loop may
  /// call it, after `guard.release()` on the guard that holds it.
  /// @throws invalid_state when the lock is not held. **Checkpoint**: never. Conformance: LK2, LK4, LK5.
  void release() {
    if (!quick_release()) release_to_next();
  }

  /// `lock.locked()`: whether it is held. False between a release and the moment the first in line runs, although no
  /// other coroutine can take it then: use `try_acquire`. Conformance: LK2.
  [[nodiscard]] bool locked() const noexcept { return permits_.free() <= 0 && permits_.granted() == 0; }

  /// The holder and the number of waiters. **Cost**: O(waiting). Conformance: XL5.
  [[nodiscard]] lock_statistics statistics() const noexcept {
    return {locked(), holder(), permits_.waiters().size() + permits_.granted()};
  }
  /// @cond internal
  [[nodiscard]] std::uint64_t holder() const noexcept { return locked() ? owner_ : 0; }
  /// @endcond

 private:
  friend class detail::acquire_operation<lock>;
  friend class detail::guard<lock>;
  friend class detail::condition_operation;

  [[nodiscard]] bool try_take() noexcept { return permits_.try_take(); }
  /// The running coroutine has acquired it.
  void taken() noexcept {
    detail::task_loop const* const core = detail::task_loop::current();
    detail::task_base const* const task = core != nullptr ? core->current_task() : nullptr;
    owner_ = task != nullptr ? task->id() : 0;
  }
  /// Releases a lock without waiters.
  [[nodiscard]] bool quick_release() noexcept {
    if (!locked() || !permits_.waiters().empty()) return false;
    permits_.put();
    return true;
  }
  void release_to_next();

  detail::permits permits_{1};
  std::uint64_t owner_ = 0;
};

}  // namespace asyncio
