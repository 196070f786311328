// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/random/loop_generator.hpp>
#include <asyncio/detail/task/way_home.hpp>
#include <asyncio/error.hpp>
#include <asyncio/random.hpp>
#include <asyncio/random_delay.hpp>
#include <asyncio/sleep.hpp>

#include <algorithm>

namespace asyncio::detail {

awaitable<duration> random_delay_between(duration min, duration max) {
  // Inside a task the loop's generator is the current one; a plain coroutine has to look it up.
  task_loop* home = task_loop::current();
  if (home == nullptr) home = co_await loop_of_coroutine();
  using seconds = std::chrono::duration<double>;
  double const drawn = home->part<loop_generator>().numbers().uniform(seconds(min).count(), seconds(max).count());
  // Seconds as double are coarser than durations: clamp to the exact limits.
  duration const delay = std::clamp(to_duration(seconds(drawn), "asyncio::random_delay"), min, max);
  co_await sleep(delay);
  co_return delay;
}

void throw_delay_order() {
  throw value_error("asyncio::random_delay: min is greater than max; give the shorter duration first");
}

}  // namespace asyncio::detail
