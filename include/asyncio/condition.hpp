/// @file
/// Waiting for a change of what a lock protects: `asyncio.Condition`.
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

  /// It waits no longer for a notification; the lock comes next, in a turn of its own.
  void notified() noexcept;
  /// The condition is gone; `lock_too`: so is the lock.
  void orphaned(bool lock_too) noexcept;

  void promised() noexcept override;
  bool cancel_wait() override;
  [[nodiscard]] bool served() const noexcept override { return stage_ != stage::waiting && stage_ != stage::in_line; }
  void run() override;
  [[nodiscard]] wait_info describe() const noexcept override;
  void finish();

 private:
  enum class stage : std::uint8_t {
    none,      ///< It has not begun, or it is over without the lock.
    waiting,   ///< In the condition's list.
    turn,      ///< In the ready queue: then it asks for the lock.
    in_line,   ///< In the lock's list.
    promised,  ///< In the ready queue: then the lock is its own.
    held,      ///< It has the lock again.
  };

  bool arm() override;
  void disarm() noexcept override;
  void take_turn(stage next) noexcept;

  condition* owner_;
  lock* lock_;
  stage stage_ = stage::none;
  bool notified_ = false;  // and has not returned yet
};

}  // namespace detail

/// What `condition::statistics` tells.
struct condition_statistics {
  std::size_t tasks_waiting = 0;  ///< How many coroutines wait for a notification.
  lock_statistics lock;           ///< Of its lock.
};

/// `asyncio.Condition`: coroutines that hold a lock wait for others to change what it protects. `wait` releases the lock, and
/// holds it again when it returns. It must outlive those who wait for it.
/// **Threads**: the loop's. Coroutines of two loops cannot wait for one condition.
/// Conformance: CV1-CV7, XL5.
class condition {
 public:
  /// `asyncio.Condition()`: with a lock of its own.
  condition() noexcept : lock_(&own_) {}
  /// `asyncio.Condition(lock)`: with a lock that others use as well. It must outlive the condition. Conformance: CV7.
  explicit condition(lock& shared) noexcept : lock_(&shared) {}
  /// @cond internal: one sentence instead of a page for the classic mistake
  template <std::same_as<lock> L>
  explicit condition(L&&) {
    static_assert(detail::always_false<L>,
                  "asyncio::condition uses the lock it is given and does not keep it: give one that has a name and lives longer");
  }
  /// @endcond
  condition(condition const&) = delete;
  condition& operator=(condition const&) = delete;
  /// Those who still wait get invalid_state, with the lock held if it is a shared one; that is a mistake of the program.
  ~condition() {
    if (!waiters_.empty()) [[unlikely]] orphan_waiters();
  }

  /// `await condition.acquire()`, `async with condition:`: takes the lock; everything as for `lock::acquire`.
  [[nodiscard("co_await it")]] detail::acquire_operation<lock> acquire() noexcept { return lock_->acquire(); }
  /// `lock::try_acquire` of its lock.
  [[nodiscard("what was acquired is released when this is destroyed")]] std::optional<lock::guard> try_acquire() noexcept {
    return lock_->try_acquire();
  }
  /// `condition.release()`: `lock::release` of its lock.
  void release() { lock_->release(); }
  /// `condition.locked()`: whether its lock is held.
  [[nodiscard]] bool locked() const noexcept { return lock_->locked(); }

  /// `await condition.wait()`: releases the lock, waits for a notification, and takes the lock again before it returns or
  /// throws. (Python returns True, always.) Ask again for what you wait for: another may have been faster.
  /// @throws invalid_state when the lock is not held or coroutines of another loop wait, cancelled_error when cancelled.
  /// **Cancellation**: ends the wait, but not before the lock is held again, however often it is cancelled meanwhile; the
  /// message is the last one's. Safe: a notification that came before is passed on to the next who waits. A cancel that
  /// comes while it stands in line for the lock costs the place in line. **Checkpoint**: always. **Threads**: the loop's.
  /// **Cost**: no allocation, O(1).
  /// **Example**: `auto guard = co_await c.acquire(); while (items.empty()) co_await c.wait();` Conformance: CV1, CV2, CV4, CV5.
  [[nodiscard("co_await it")]] detail::condition_operation wait() noexcept { return {*this, *lock_}; }

  /// `await condition.wait_for(predicate)`: waits until `predicate()` is true: calls it at once, and again with the lock held
  /// after each notification. @param predicate copied or moved, without arguments. @return its true value.
  /// @throws what the predicate throws, with the lock held; everything else as for `wait`.
  /// **Cancellation**: as for `wait`. **Checkpoint**: only if the predicate is false at first; then the lock must be held.
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
  /// @cond internal: one sentence instead of a page for the classic mistakes
  template <class F>
  auto wait_for(F&&) {
    static_assert(detail::always_false<F>,
                  "asyncio::condition::wait_for takes a plain function that tells whether to go on: wait_for([&] { return "
                  "ready; }); for a limit in time use asyncio::timeout(1s, c.wait())");
    return detail::mistake();
  }
  /// @endcond

  /// `condition.notify(n)`: wakes at most `n` of those who wait, in the order in which they came. They return when they have
  /// the lock, which the caller still holds. @param n 0 or more. @throws value_error for a negative number, invalid_state
  /// when the lock is not held. **Checkpoint**: never. **Cost**: O(n). Conformance: CV1-CV3.
  void notify(std::ptrdiff_t n = 1);
  /// `condition.notify_all()`: wakes all who wait. @throws invalid_state when the lock is not held.
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
