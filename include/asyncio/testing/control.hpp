// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Controlling virtual time from inside a test.
#pragma once

#include <asyncio/clock.hpp>
#include <asyncio/detail/task/operation.hpp>

namespace asyncio::testing {

namespace detail {

class quiescence_operation final : public asyncio::detail::wait_node,
                                   public asyncio::detail::operation<quiescence_operation, void> {
 public:
  quiescence_operation() = default;
  quiescence_operation(quiescence_operation&& other) noexcept : wait_node(std::move(other)) {}

  bool cancel_wait() override;
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::quiescence, 0, {}, nullptr}; }
  void finish() { check_outcome(); }

 private:
  bool arm() override;
  void disarm() noexcept override {}
};

class threads_operation final : public asyncio::detail::wait_node,
                                public asyncio::detail::operation<threads_operation, void> {
 public:
  threads_operation() = default;
  threads_operation(threads_operation&& other) noexcept : wait_node(std::move(other)) {}

  bool cancel_wait() override;
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::thread, 0, {}, nullptr}; }
  void finish() { check_outcome(); }

 private:
  bool arm() override;
  void disarm() noexcept override {}
};

awaitable<void> advance_by(duration d);

}  // namespace detail

/// Trio's `wait_all_tasks_blocked`: waits until nothing else can run, without letting time pass. Conformance: XV4.
/// **Cancellation**: ends the wait. **Checkpoint**: always.
[[nodiscard("co_await it")]] inline detail::quiescence_operation wait_all_tasks_blocked() { return {}; }

/// Trio's `wait_all_threads_completed`: waits until no function of `to_thread` runs, including those whose caller was
/// cancelled. Conformance: XT4. **Cancellation**: ends the wait. **Checkpoint**: only if one is running.
[[nodiscard("co_await it")]] inline detail::threads_operation wait_all_threads_completed() { return {}; }

/// Advances virtual time by `d`, deadline by deadline: whatever becomes due runs, up to its next wait, before the call
/// returns. @param d how far to advance. @throws value_error for a negative or NaN duration, invalid_state under a real
/// clock.
/// **Cancellation**: stops at the current time. **Checkpoint**: always. Conformance: XV1, XV3, XV8.
template <class Rep, class Period>
[[nodiscard("co_await it")]] awaitable<void> advance(std::chrono::duration<Rep, Period> d) {
  return detail::advance_by(asyncio::detail::to_delay(d, "asyncio::testing::advance"));
}

}  // namespace asyncio::testing
