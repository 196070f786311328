/// @file
/// Waiting for time: `asyncio.sleep`.
#pragma once

#include <asyncio/clock.hpp>
#include <asyncio/detail/operation.hpp>
#include <asyncio/detail/timer_heap.hpp>

#include <chrono>

namespace asyncio {

namespace detail {

class sleep_operation final : public wait_node, public timer_node, public operation<sleep_operation, void> {
 public:
  explicit sleep_operation(time_point until) noexcept : until_(until), relative_(false) {}
  explicit sleep_operation(duration d) noexcept : delay_(d), relative_(true) {}
  sleep_operation(sleep_operation&& other) noexcept
      : until_(other.until_), delay_(other.delay_), relative_(other.relative_) {}

  bool cancel_wait() override;
  [[nodiscard]] wait_info describe() const noexcept override;
  void expired() override;
  void run() override;
  void finish() { check_outcome(); }

 private:
  bool arm() override;
  void disarm() noexcept override;

  time_point until_{};
  duration delay_{};
  bool relative_;
  bool expired_ = false;
};

class yield_operation final : public wait_node, public operation<yield_operation, void> {
 public:
  yield_operation() = default;
  yield_operation(yield_operation&&) noexcept {}

  bool cancel_wait() override { return false; }  // it is in the ready queue already: the cancel waits there with it
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::yield, 0, {}, nullptr}; }
  void finish() { check_outcome(); }

 private:
  bool arm() override;
  void disarm() noexcept override {}
};

}  // namespace detail

/// `asyncio.sleep(delay)`: suspends the calling coroutine for at least `delay` of the loop's time; the others run on.
/// @param delay any chrono duration; zero gives way for one pass of the ready queue, like `yield`; infinity never ends.
/// @throws value_error for a negative or NaN delay (at once), cancelled_error when cancelled.
/// **Cancellation**: ends the sleep and removes its timer; nothing is lost. **Checkpoint**: always. **Threads**: the
/// loop's. **Cost**: no allocation, O(log timers). Equal deadlines end in the order of the calls.
/// **Example**: `co_await asyncio::sleep(1s);` Conformance: L1, L2, C22.
template <class Rep, class Period>
[[nodiscard("co_await it")]] detail::sleep_operation sleep(std::chrono::duration<Rep, Period> delay) {
  return detail::sleep_operation(detail::to_delay(delay, "asyncio::sleep"));
}

/// Sleeps until an instant of the loop's clock (`loop::time()`); one in the past gives way for one pass.
/// Everything else as for `sleep`. Conformance: L7.
[[nodiscard("co_await it")]] inline detail::sleep_operation sleep_until(time_point when) {
  return detail::sleep_operation(when);
}

/// Waits until it is cancelled: Trio's `sleep_forever`. Everything else as for `sleep`.
[[nodiscard("co_await it")]] inline detail::sleep_operation sleep_forever() {
  return detail::sleep_operation(time_point::max());
}

/// `asyncio.sleep(0)`: lets everything that is ready run first.
/// **Cancellation**: a cancel is thrown here. **Checkpoint**: always. **Cost**: no allocation. Conformance: L2, C13.
[[nodiscard("co_await it")]] inline detail::yield_operation yield() { return {}; }

}  // namespace asyncio
