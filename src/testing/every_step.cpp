// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/testing/every_step.hpp>

#include <algorithm>

namespace asyncio::testing {

std::size_t count_steps(test_body const& body, test_options const& options) {
  detail::kept_alive const keep_alive;
  detail::observed_run observed(options, true);
  asyncio::run(body(), observed.to_run_options(), body.where());
  return observed.steps();
}

std::size_t stop_at_every_step(test_body const& body, test_options const& options, std::size_t most) {
  std::vector<std::size_t> const places = detail::spread(count_steps(body, options), most);
  for (std::size_t const steps : places) {
    try {
      run(body(), test_options(options).stop_after(steps), body.where());
    } catch (stopped const&) {}
  }
  return places.size();
}

std::size_t cancel_at_every_step(test_body const& body, test_options const& options, std::size_t most) {
  std::vector<std::size_t> const places = detail::spread(count_steps(body, options), most);
  for (std::size_t const steps : places) {
    try {
      run(body(), test_options(options).cancel_after(steps), body.where());
    } catch (deadlock_error const&) {
      throw;
    } catch (...) {}
  }
  return places.size();
}

namespace detail {

std::vector<std::size_t> spread(std::size_t count, std::size_t most) {
  std::size_t const n = std::min(count, most);
  std::vector<std::size_t> numbers(n);
  for (std::size_t i = 0; i < n; ++i) numbers[i] = i * count / n;
  return numbers;
}

std::string run_case_once(test_body const& body) {
  try {
    run(body(), {}, body.where());
  } catch (cancelled_error const& e) {
    return "the case ended with a cancel that nobody caught: " + std::string(e.what());
  }
  return {};
}

}  // namespace detail
}  // namespace asyncio::testing
