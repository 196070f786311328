// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// At most n borrowers at a time: AnyIO's and Trio's `CapacityLimiter`.
#pragma once

#include <asyncio/detail/base/sorted_set.hpp>
#include <asyncio/detail/sync/permit_wait.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace asyncio {

class any_task;

namespace detail {
class limiter_operation;
}

/// A borrower of tokens of a `capacity_limiter`: a task, or an object identified by its address. A value type.
class borrower {
 public:
  /// No borrower: a coroutine that is not a task.
  borrower() noexcept = default;
  /// An object; null means no borrower.
  borrower(void const* object) noexcept;  // NOLINT: implicit by contract
  /// A task. @throws invalid_state for an empty handle.
  borrower(any_task const& task);  // NOLINT: implicit by contract

  /// Whether it is neither a task nor an object.
  [[nodiscard]] bool is_nobody() const noexcept { return kind_ == kind::nobody; }
  /// The id of the task; 0 when it is not a task.
  [[nodiscard]] std::uint64_t task() const noexcept { return kind_ == kind::task ? value_ : 0; }
  /// Equal when they denote the same borrower; the order is unspecified.
  friend auto operator<=>(borrower const&, borrower const&) = default;

 private:
  friend class capacity_limiter;
  friend class detail::limiter_operation;

  enum class kind : std::uint8_t { nobody, task, object };
  static borrower running_task() noexcept;

  kind kind_ = kind::nobody;
  std::uint64_t value_ = 0;
};

/// The result of `capacity_limiter::statistics`.
class capacity_limiter_statistics {
 public:
  capacity_limiter_statistics() noexcept {}

  std::size_t borrowed_tokens = 0;  ///< Tokens that are borrowed, or granted to a waiter.
  std::size_t total_tokens = 0;     ///< The total number of tokens.
  std::vector<borrower> borrowers;  ///< The borrowers, except coroutines that are not tasks.
  std::size_t tasks_waiting = 0;    ///< How many coroutines wait for a token.
};

/// AnyIO's `CapacityLimiter`: a number of tokens, adjustable at any time. Each is lent to a *borrower*, which may hold
/// only one: the running task, or an object chosen by the program. Waiters are served in FIFO order. It must outlive
/// its guards and waiters.
/// **Threads**: the loop's. Coroutines of two loops cannot wait for one limiter.
/// Conformance: XL1, XL2, XL4, XL5, XL7.
class capacity_limiter {
 public:
  /// The result of `acquire`: returns the token when destroyed or by `unlock()`; `release()` gives up ownership.
  class guard;

  /// `CapacityLimiter(total_tokens)`. @throws value_error for a negative number; 0 lends no tokens until the number is
  /// raised.
  explicit capacity_limiter(std::ptrdiff_t total_tokens);
  capacity_limiter(capacity_limiter const&) = delete;
  capacity_limiter& operator=(capacity_limiter const&) = delete;
  /// Destroying it with waiters is a bug: they get invalid_state.
  ~capacity_limiter() {
    if (!permits_.waiters().empty()) [[unlikely]]
      detail::fail_all(permits_.waiters(), "asyncio::capacity_limiter");
  }

  /// `await limiter.acquire()`, `async with limiter:`: borrows a token for the running task; waits while there is none.
  /// In a coroutine that is not a task each call is a separate borrower, and only the guard can return its token.
  /// @return a guard that returns the token. @throws invalid_state when the task already has a token of this limiter,
  /// or coroutines of another loop wait for it; cancelled_error when cancelled.
  /// **Cancellation**: leaves the line. Safe: no token is borrowed, and one that was already granted goes to the next
  /// in line; only the place in line is lost. **Checkpoint**: only if it must wait. **Threads**: the loop's.
  /// **Cost**: O(borrowers) at most; no allocation once as many have borrowed at a time.
  /// **Example**: `auto token = co_await limiter.acquire();` Conformance: XL1.
  [[nodiscard("co_await it")]] detail::limiter_operation acquire() noexcept;
  /// `await limiter.acquire_on_behalf_of(borrower)`: `acquire` for another borrower: a task, or an object by its
  /// address.
  /// @throws value_error for a null pointer; otherwise as `acquire`. Conformance: XL1.
  [[nodiscard("co_await it")]] detail::limiter_operation acquire_on_behalf_of(borrower who);

  /// `limiter.acquire_nowait()`: borrows a token for the running task without waiting. It never overtakes waiters.
  /// @return a guard, or nothing where AnyIO raises WouldBlock. @throws invalid_state when the task has a token.
  /// **Checkpoint**: never. Conformance: XL1, XL7.
  [[nodiscard("what was acquired is released when this is destroyed")]] std::optional<guard> try_acquire();
  /// `limiter.acquire_on_behalf_of_nowait(borrower)`. @throws value_error for a null pointer; otherwise as
  /// `try_acquire`.
  [[nodiscard("what was acquired is released when this is destroyed")]] std::optional<guard> try_acquire_on_behalf_of(
      borrower who);

  /// `limiter.release()`: returns the running task's token; call `guard.release()` on its guard first.
  /// @throws invalid_state if it has none. **Checkpoint**: never. Conformance: XL1.
  void release();
  /// `limiter.release_on_behalf_of(borrower)`. @throws invalid_state when it has no token.
  void release_on_behalf_of(borrower who);

  /// `limiter.total_tokens`.
  [[nodiscard]] std::size_t total_tokens() const noexcept { return static_cast<std::size_t>(total_); }
  /// `limiter.total_tokens = n`: additional tokens are granted to waiters immediately. If fewer than are borrowed, none
  /// is granted until enough have been returned. @throws value_error for a negative number. **Checkpoint**: never.
  /// **Cost**: O(waiters woken). Conformance: XL2.
  void set_total_tokens(std::ptrdiff_t total);
  /// `limiter.borrowed_tokens`: tokens that are borrowed or granted to a waiter.
  [[nodiscard]] std::size_t borrowed_tokens() const noexcept {
    return static_cast<std::size_t>(total_ - permits_.free());
  }
  /// `limiter.available_tokens`: `total_tokens - borrowed_tokens`; negative when the total was lowered below the number
  /// borrowed.
  [[nodiscard]] std::ptrdiff_t available_tokens() const noexcept { return permits_.free(); }
  /// The numbers and the borrowers. **Cost**: one allocation, O(borrowers + waiting). Conformance: XL5.
  [[nodiscard]] capacity_limiter_statistics statistics() const;

 private:
  friend class detail::limiter_operation;

  void require_new(borrower who) const;
  [[nodiscard]] bool try_borrow(borrower who);
  void enter(borrower who);
  void give_back(borrower who);

  detail::permits permits_;
  std::ptrdiff_t total_;
  detail::sorted_set<borrower> borrowers_;
};

/// Holds one token. Movable, not copyable; an empty one holds nothing. It must not outlive the limiter.
class [[nodiscard("the token is returned when this is destroyed: give it a name")]] capacity_limiter::guard {
 public:
  /// Holds nothing.
  guard() noexcept = default;
  guard(guard && other) noexcept : held_(std::exchange(other.held_, nullptr)), who_(other.who_) {}
  guard& operator=(guard&& other) noexcept {
    guard taken(std::move(other));
    std::swap(held_, taken.held_);
    std::swap(who_, taken.who_);
    return *this;
  }
  /// Returns the token. Never throws: if it was already returned, this is reported to the loop's exception handler.
  ~guard();

  /// Returns the token now. @throws invalid_state when the guard is empty or the token was already returned.
  void unlock();
  /// Gives up ownership: the program returns the token by `release()` or `release_on_behalf_of(who)`.
  /// @return the limiter; null for an empty guard.
  capacity_limiter* release() noexcept { return std::exchange(held_, nullptr); }
  /// Whether it holds a token.
  [[nodiscard]] bool owns_lock() const noexcept { return held_ != nullptr; }
  [[nodiscard]] explicit operator bool() const noexcept { return held_ != nullptr; }

  /// @cond internal
  guard(capacity_limiter & held, borrower who) noexcept : held_(&held), who_(who) {}
  /// @endcond

 private:
  capacity_limiter* held_ = nullptr;
  borrower who_;
};

namespace detail {

/// `co_await limiter.acquire()`.
class limiter_operation final : public permit_wait, public operation<limiter_operation, capacity_limiter::guard> {
 public:
  /// Borrows for the task that awaits it.
  explicit limiter_operation(capacity_limiter& from) noexcept;
  limiter_operation(capacity_limiter& from, borrower who) noexcept;
  limiter_operation(limiter_operation&& other) noexcept
      : permit_wait(std::move(other)), from_(other.from_), who_(other.who_), for_running_(other.for_running_) {}

  bool ready() noexcept;
  capacity_limiter::guard finish();

 private:
  capacity_limiter* from_;
  borrower who_;
  bool for_running_;
  bool borrowed_ = false;  // without having waited
};

}  // namespace detail

inline detail::limiter_operation capacity_limiter::acquire() noexcept { return detail::limiter_operation(*this); }

}  // namespace asyncio
