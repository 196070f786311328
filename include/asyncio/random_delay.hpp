// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Sleeping for a random time: `asyncio.sleep(random.uniform(a, b))`.
#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/detail/base/callable.hpp>

#include <type_traits>

namespace asyncio {

namespace detail {
awaitable<duration> random_delay_between(duration min, duration max);
[[noreturn]] void throw_delay_order();
}  // namespace detail

/// `d = random.uniform(min, max); await asyncio.sleep(d); return d`: sleeps a random time. @param min the minimum.
/// @param max the maximum. @return the chosen delay, exact to the nanosecond. @throws value_error (immediately) for a
/// negative or NaN duration or min > max, cancelled_error when cancelled.
/// The number is drawn from the running loop's generator when the coroutine starts: one `random::uniform` in seconds.
/// **Cancellation**: as for `sleep`. **Checkpoint**: always. **Threads**: the loop's. **Cost**: a coroutine frame.
/// **Example**: `auto slept = co_await asyncio::random_delay(10s);`
template <class Rep, class Period, class Rep2, class Period2>
[[nodiscard("co_await it")]] awaitable<duration> random_delay(std::chrono::duration<Rep, Period> min,
                                                              std::chrono::duration<Rep2, Period2> max) {
  duration const from = detail::to_delay(min, "asyncio::random_delay");
  duration const to = detail::to_delay(max, "asyncio::random_delay");
  if (from > to) detail::throw_delay_order();
  return detail::random_delay_between(from, to);
}
/// @cond internal: a short compile error for the classic mistake
template <class T, class... U>
requires std::is_arithmetic_v<T> awaitable<duration> random_delay(T, U...) {
  static_assert(detail::always_false<T>, "asyncio::random_delay takes std::chrono::durations: random_delay(1s, 2s)");
  return detail::random_delay_between(duration::zero(), duration::zero());
}
/// @endcond
/// From zero to `max`.
template <class Rep, class Period>
[[nodiscard("co_await it")]] awaitable<duration> random_delay(std::chrono::duration<Rep, Period> max) {
  return random_delay(duration::zero(), max);
}

}  // namespace asyncio
