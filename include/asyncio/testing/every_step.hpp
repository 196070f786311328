// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Stopping or cancelling a test at every one of its steps.
#pragma once

#include <asyncio/testing/run.hpp>

#include <cstddef>
#include <functional>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace asyncio::testing {

/// The body of a test: creates a new main coroutine for each run. Wraps any callable that returns `awaitable<void>`,
/// and where it was defined.
class test_body {
 public:
  template <class F>
  requires(std::is_invocable_r_v<awaitable<void>, F&> && !std::is_same_v<std::remove_cvref_t<F>, test_body>)
      test_body(F make, source_location where = BOOST_CURRENT_LOCATION)  // NOLINT: implicit by contract
      : make_(std::move(make)), where_(where) {}

  [[nodiscard]] awaitable<void> operator()() const { return make_(); }
  /// The creation place reported for the main task.
  [[nodiscard]] source_location where() const noexcept { return where_; }

 private:
  std::function<awaitable<void>()> make_;
  source_location where_;
};

inline constexpr std::size_t every_step = std::numeric_limits<std::size_t>::max();

/// The number of steps in a run of `body`. Runs are reproducible.
[[nodiscard]] std::size_t count_steps(test_body const& body, test_options const& options = {});

/// Runs `body` once for each of its steps, and destroys the loop there: leaks and double destruction are then found by
/// a sanitizer or by counting. @param most the maximum number of steps, evenly spread. @return the number of runs.
/// @throws what a run throws before it is stopped. **Example**: `testing::stop_at_every_step(&transfer_in_two_steps);`
std::size_t stop_at_every_step(test_body const& body, test_options const& options = {}, std::size_t most = every_step);

/// Runs `body` once for each of its steps, and cancels the main task there. What main then returns or throws is
/// ignored. @param most the maximum number of steps, evenly spread. @return the number of runs.
/// @throws deadlock_error if a run does not end.
std::size_t cancel_at_every_step(test_body const& body, test_options const& options = {},
                                 std::size_t most = every_step);

namespace detail {
/// At most `most` of the numbers from 0 to count - 1, evenly spread.
[[nodiscard]] std::vector<std::size_t> spread(std::size_t count, std::size_t most);

/// Runs a case for a framework that reports every std::exception itself; those pass through. @return any other problem
/// with how the case ended, empty if none.
[[nodiscard]] std::string run_case_once(test_body const& body);
}  // namespace detail

/// Deprecated aliases, kept for one version.
[[deprecated("asyncio: testing::everywhere is called every_step now")]] inline constexpr std::size_t everywhere =
    every_step;
[[deprecated("asyncio: testing::stop_everywhere is called stop_at_every_step now")]] inline std::size_t stop_everywhere(
    test_body const& body, test_options const& options = {}, std::size_t most = every_step) {
  return stop_at_every_step(body, options, most);
}
[[deprecated("asyncio: testing::cancel_everywhere is called cancel_at_every_step now")]] inline std::size_t
cancel_everywhere(test_body const& body, test_options const& options = {}, std::size_t most = every_step) {
  return cancel_at_every_step(body, options, most);
}

}  // namespace asyncio::testing
