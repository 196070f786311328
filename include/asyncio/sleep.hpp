// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Suspending for a time: `asyncio.sleep`.
#pragma once

#include <asyncio/clock.hpp>
#include <asyncio/detail/base/timer_heap.hpp>
#include <asyncio/detail/task/operation.hpp>

#include <chrono>
#include <cstdint>
#include <type_traits>

namespace asyncio {

namespace detail {

class sleep_operation final : public wait_node, public operation<sleep_operation, void> {
 public:
  explicit sleep_operation(time_point until) noexcept : until_(until) {}
  explicit sleep_operation(duration delay) noexcept : until_(delay) { set_flag(relative); }
  sleep_operation(sleep_operation&& other) noexcept : wait_node(std::move(other)), until_(other.until_) {
    if (other.has_flag(relative)) set_flag(relative);
  }

  bool cancel_wait() override;
  [[nodiscard]] bool served() const noexcept override { return queued() && !has_flag(gave_way); }
  [[nodiscard]] wait_info describe() const noexcept override;
  void expired(loop_core& home) noexcept override;
  void run() override;
  void finish() { check_outcome(); }

 private:
  bool arm() override;
  void disarm() noexcept override;

  // Kept small: every sleeping task has one of these in its frame.
  static constexpr std::uint8_t relative = 1;  // until_ is a delay, stored relative to the loop's epoch
  static constexpr std::uint8_t over = 2;      // the deadline has passed
  static constexpr std::uint8_t gave_way = 4;  // the deadline had already passed: it only yields
  time_point until_;
};

class yield_operation final : public wait_node, public operation<yield_operation, void> {
 public:
  yield_operation() = default;
  yield_operation(yield_operation&& other) noexcept : wait_node(std::move(other)) {}

  [[nodiscard]] bool served() const noexcept override { return false; }
  bool cancel_wait() override { return false; }  // already in the ready queue: the cancellation is thrown when it runs
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::yield, 0, {}, nullptr}; }
  void finish() { check_outcome(); }

 private:
  bool arm() override;
  void disarm() noexcept override {}
};

}  // namespace detail

/// `asyncio.sleep(delay)`: suspends the calling coroutine for at least `delay` of the loop's time, while others run.
/// @param delay any chrono duration; zero yields for one pass of the ready queue, like `yield`; infinity never ends.
/// @throws value_error for a negative or NaN delay (immediately), cancelled_error when cancelled.
/// **Cancellation**: ends the sleep and removes its timer; nothing is lost. **Checkpoint**: always. **Threads**: the
/// loop's. **Cost**: no allocation, O(log timers). Equal deadlines end in call order.
/// **Example**: `co_await asyncio::sleep(1s);` Conformance: L1, L2, C22.
template <class Rep, class Period>
[[nodiscard("co_await it")]] detail::sleep_operation sleep(std::chrono::duration<Rep, Period> delay) {
  return detail::sleep_operation(detail::to_delay(delay, "asyncio::sleep"));
}

/// Sleeps until a time of the loop's clock (`loop::time()`); one in the past yields for one pass. Otherwise like
/// `sleep`. Conformance: L7.
[[nodiscard("co_await it")]] inline detail::sleep_operation sleep_until(time_point when) {
  return detail::sleep_operation(when);
}

/// @cond internal: a short compile error for the classic mistake
template <class T>
requires std::is_arithmetic_v<T> detail::sleep_operation sleep(T) {
  static_assert(
      detail::always_false<T>,
      "asyncio::sleep takes a std::chrono::duration: sleep(1s), sleep(std::chrono::duration<double>(seconds))");
  return sleep(duration::zero());
}
template <class Rep, class Period>
detail::sleep_operation sleep_until(std::chrono::duration<Rep, Period>) {
  static_assert(detail::always_false<Rep>,
                "asyncio::sleep_until takes an instant of the loop's clock: sleep_until(loop::running().time() + 1s)");
  return sleep_until(time_point());
}
/// @endcond

/// Waits until it is cancelled: Trio's `sleep_forever`. Otherwise like `sleep`.
[[nodiscard("co_await it")]] inline detail::sleep_operation sleep_forever() {
  return detail::sleep_operation(time_point::max());
}

/// `asyncio.sleep(0)`: yields to everything that is ready.
/// **Cancellation**: a pending cancellation is thrown here. **Checkpoint**: always. **Cost**: no allocation.
/// Conformance: L2, C13.
[[nodiscard("co_await it")]] inline detail::yield_operation yield() { return {}; }

}  // namespace asyncio
