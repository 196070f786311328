// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Waiting for a change of state protected by a lock: `asyncio.Condition`.
#pragma once

#include <asyncio/lock.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

namespace asyncio {

class condition;

namespace detail {

/// `co_await condition.wait()`: waits for a notification, then for the lock.
class condition_operation final : public permit_receiver, public operation<condition_operation, void> {
 public:
  condition_operation(condition& owner, lock& mutex) noexcept : owner_(&owner), lock_(&mutex) {}
  condition_operation(condition_operation&& other) noexcept
      : permit_receiver(std::move(other)), owner_(other.owner_), lock_(other.lock_) {}

  /// Ends the wait for a notification; it acquires the lock next, in a separate turn.
  void notified() noexcept;
  /// The condition was destroyed; `lock_too`: and so was the lock.
  void orphaned(bool lock_too) noexcept;

  void granted() noexcept override;
  bool cancel_wait() override;
  [[nodiscard]] bool served() const noexcept override { return stage_ != stage::waiting && stage_ != stage::in_line; }
  void run() override;
  [[nodiscard]] wait_info describe() const noexcept override;
  void finish();

 private:
  enum class stage : std::uint8_t {
    none,     ///< Not started, or ended without the lock.
    waiting,  ///< In the condition's list.
    turn,     ///< In the ready queue, to acquire the lock.
    in_line,  ///< In the lock's list.
    granted,  ///< In the ready queue, with the lock granted.
    held,     ///< It holds the lock again.
  };

  bool arm() override;
  void disarm() noexcept override;
  void take_turn(stage next) noexcept;

  condition* owner_;
  lock* lock_;
  stage stage_ = stage::none;
  bool notified_ = false;  // notified, but not returned yet
};

}  // namespace detail

/// The result of `condition::statistics`.
struct condition_statistics {
  std::size_t tasks_waiting = 0;  ///< How many coroutines wait for a notification.
  lock_statistics lock;           ///< The state of its lock.
};

/// `asyncio.Condition`: coroutines that hold a lock wait for others to change the state it protects. `wait` releases
/// the lock and reacquires it before it returns. It must outlive its waiters.
/// **Threads**: the loop's. Coroutines of two loops cannot wait for one condition.
/// Conformance: CV1-CV7, XL5.
class condition {
 public:
  /// `asyncio.Condition()`: with its own lock.
  condition() noexcept : lock_(&own_) {}
  /// `asyncio.Condition(lock)`: with a shared lock, which must outlive the condition. Conformance: CV7.
  explicit condition(lock& shared) noexcept : lock_(&shared) {}
  /// @cond internal: a short compile error for the classic mistake
  template <std::same_as<lock> L>
  explicit condition(L&&) {
    static_assert(
        detail::always_false<L>,
        "asyncio::condition uses the lock it is given and does not keep it: give one that has a name and lives longer");
  }
  /// @endcond
  condition(condition const&) = delete;
  condition& operator=(condition const&) = delete;
  /// Destroying it with waiters is a bug: they get invalid_state, with the lock held if it is a shared one.
  ~condition() {
    if (!waiters_.empty()) [[unlikely]]
      orphan_waiters();
  }

  /// `await condition.acquire()`, `async with condition:`: acquires the lock; see `lock::acquire`.
  [[nodiscard("co_await it")]] detail::acquire_operation<lock> acquire() noexcept { return lock_->acquire(); }
  /// `lock::try_acquire` of its lock.
  [[nodiscard("what was acquired is released when this is destroyed")]] std::optional<lock::guard>
  try_acquire() noexcept {
    return lock_->try_acquire();
  }
  /// `condition.release()`: `lock::release` of its lock.
  void release() { lock_->release(); }
  /// `condition.locked()`: whether its lock is held.
  [[nodiscard]] bool locked() const noexcept { return lock_->locked(); }

  /// `await condition.wait()`: releases the lock, waits for a notification, and reacquires the lock before it returns
  /// or throws. (Python always returns True.) Test the condition again afterwards: another coroutine may have been
  /// faster.
  /// @throws invalid_state when the lock is not held or coroutines of another loop wait, cancelled_error when
  /// cancelled.
  /// **Cancellation**: ends the wait, but only after the lock is reacquired, however often it is cancelled meanwhile;
  /// the last message is used. Safe: a notification that was already received is passed on to the next waiter. A
  /// cancellation while it is in line for the lock loses the place in line. **Checkpoint**: always. **Threads**: the
  /// loop's.
  /// **Cost**: no allocation, O(1).
  /// **Example**: `auto guard = co_await c.acquire(); while (items.empty()) co_await c.wait();` Conformance: CV1, CV2,
  /// CV4, CV5.
  [[nodiscard("co_await it")]] detail::condition_operation wait() noexcept { return {*this, *lock_}; }

  /// `await condition.wait_for(predicate)`: waits until `predicate()` is true: calls it immediately, and again after
  /// each notification, with the lock held. @param predicate copied or moved, without arguments. @return its true
  /// value.
  /// @throws what the predicate throws, with the lock held; otherwise as `wait`.
  /// **Cancellation**: as for `wait`. **Checkpoint**: only if the predicate is false initially, in which case the lock
  /// must be held.
  /// **Cost**: one coroutine frame.
  /// **Example**: `co_await c.wait_for([&] { return !items.empty(); });` Conformance: CV6.
  template <class F>
  requires requires(std::decay_t<F>& f) {
    { std::invoke(f) ? true : false } -> std::same_as<bool>;
  }
  [[nodiscard("co_await it")]] awaitable<std::decay_t<std::invoke_result_t<std::decay_t<F>&>>> wait_for(F&& predicate) {
    detail::refuse_capturing_temporary<F>();
    return wait_until_true<std::decay_t<F>>(std::forward<F>(predicate));
  }
  /// @cond internal: a short compile error for the classic mistakes
  template <class F>
  auto wait_for(F&&) {
    static_assert(
        detail::always_false<F>,
        "asyncio::condition::wait_for takes a plain function that tells whether to go on: wait_for([&] { return "
        "ready; }); for a limit in time use asyncio::timeout(1s, c.wait())");
    return detail::mistake();
  }
  /// @endcond

  /// `condition.notify(n)`: wakes at most `n` waiters in FIFO order. They return once they hold the lock, which the
  /// caller still holds. @param n 0 or more. @throws value_error for a negative number, invalid_state when the lock is
  /// not held. **Checkpoint**: never. **Cost**: O(n). Conformance: CV1-CV3.
  void notify(std::ptrdiff_t n = 1);
  /// `condition.notify_all()`: wakes all waiters. @throws invalid_state when the lock is not held.
  /// **Checkpoint**: never. **Cost**: O(waiting). Conformance: CV1, CV3.
  void notify_all() { notify(std::numeric_limits<std::ptrdiff_t>::max()); }

  /// How many coroutines wait, and the state of the lock. **Cost**: O(waiting). Conformance: XL5.
  [[nodiscard]] condition_statistics statistics() const noexcept { return {waiters_.size(), lock_->statistics()}; }

 private:
  friend class detail::condition_operation;

  template <class F>
  awaitable<std::decay_t<std::invoke_result_t<F&>>> wait_until_true(F predicate) {
    for (;;) {
      auto value = std::invoke(predicate);
      if (value) co_return value;
      co_await wait();
    }
  }
  void wake(std::ptrdiff_t n) noexcept;
  void orphan_waiters() noexcept;

  lock own_;
  lock* lock_;
  detail::list<detail::ready_node> waiters_;
};

}  // namespace asyncio
