/// @file
/// One coroutine at a time: `asyncio.Lock`.
#pragma once

#include <asyncio/detail/permit_wait.hpp>
#include <asyncio/detail/task_state.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace asyncio {

namespace detail {
class condition_operation;
}

/// What `lock::statistics` tells.
struct lock_statistics {
  bool locked = false;            ///< Whether it is held.
  std::uint64_t owner = 0;        ///< The id of the task that acquired it last; 0: not held, or by a coroutine that is no task.
  std::size_t tasks_waiting = 0;  ///< How many coroutines wait for it.
};

/// `asyncio.Lock`: held by one coroutine at a time. The first to wait is the first to get it: a release promises the lock to
/// the first in line, and nobody can take it before that coroutine runs. It is not reentrant and not owned: any coroutine
/// may release it. It must outlive its guards and those who wait for it.
/// **Threads**: the loop's. Coroutines of two loops cannot wait for one lock.
/// Conformance: LK1-LK5, XL4, XL5, XL7.
class lock {
 public:
  /// What `acquire` gives: releases the lock when it is destroyed, or by `unlock()`; `release()` gives the ownership up.
  using guard = detail::guard<lock>;

  /// `asyncio.Lock()`: not held.
  lock() noexcept = default;
  lock(lock const&) = delete;
  lock& operator=(lock const&) = delete;
  /// Those who still wait get invalid_state; that is a mistake of the program.
  ~lock() {
    if (!permits_.waiters().empty()) [[unlikely]] detail::fail_all(permits_.waiters(), "asyncio::lock");
  }

  /// `await lock.acquire()`, `async with lock:`: waits until the lock is free and takes it.
  /// @return a guard that releases it. A coroutine that must release by hand calls `guard.release()`, then `lock.release()`.
  /// @throws cancelled_error when cancelled, invalid_state when coroutines of another loop wait for the lock.
  /// **Cancellation**: leaves the line. Safe: the lock is not taken, and one that was promised already goes to the next in
  /// line; only the place in line is lost. **Checkpoint**: only if it must wait. **Threads**: the loop's.
  /// **Cost**: no allocation, O(1).
  /// **Example**: `auto guard = co_await mutex.acquire();` Conformance: LK1, LK3.
  [[nodiscard("co_await it")]] detail::acquire_operation<lock> acquire() noexcept {
    return {*this, permits_, "asyncio::lock::acquire"};
  }

  /// Takes the lock if that needs no waiting. It never overtakes those who wait. @return a guard, or nothing.
  /// **Checkpoint**: never. **Cost**: no allocation. Conformance: XL7.
  [[nodiscard("what was acquired is released when this is destroyed")]] std::optional<guard> try_acquire() noexcept {
    if (!try_take()) return std::nullopt;
    taken();
    return std::optional<guard>(std::in_place, *this);
  }

  /// `lock.release()`: promises the lock to the first in line, or frees it. Any coroutine or callback of the loop may call
  /// it; the guard that was given for it must have been told: `guard.release()`.
  /// @throws invalid_state when the lock is not held. **Checkpoint**: never. Conformance: LK2, LK4, LK5.
  void release() {
    if (!quick_release()) release_to_next();
  }

  /// `lock.locked()`: whether it is held. False between a release and the moment when the first in line runs, although
  /// nobody else can take it then: ask `try_acquire`. Conformance: LK2.
  [[nodiscard]] bool locked() const noexcept { return permits_.free() <= 0 && permits_.promised() == 0; }

  /// Who holds it and how many wait. **Cost**: O(waiting). Conformance: XL5.
  [[nodiscard]] lock_statistics statistics() const noexcept {
    return {locked(), holder(), permits_.waiters().size() + permits_.promised()};
  }
  /// @cond internal
  [[nodiscard]] std::uint64_t holder() const noexcept { return locked() ? owner_ : 0; }
  /// @endcond

 private:
  friend class detail::acquire_operation<lock>;
  friend class detail::guard<lock>;
  friend class detail::condition_operation;

  [[nodiscard]] bool try_take() noexcept { return permits_.try_take(); }
  /// A coroutine that runs now has got it.
  void taken() noexcept {
    detail::kernel const* const k = detail::kernel::current();
    detail::task_base const* const task = k != nullptr ? k->current_task() : nullptr;
    owner_ = task != nullptr ? task->id() : 0;
  }
  /// The release of a lock that nobody waits for.
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
