/// @file
/// The same test stopped, or cancelled, at every one of its steps.
#pragma once

#include <asyncio/testing/run.hpp>

#include <cstddef>
#include <functional>
#include <limits>
#include <vector>

namespace asyncio::testing {

/// The body of a test: makes a new main coroutine for each run.
using test_body = std::function<awaitable<void>()>;

inline constexpr std::size_t everywhere = std::numeric_limits<std::size_t>::max();

/// How many steps a run of `body` makes. Equal runs make equal steps.
[[nodiscard]] std::size_t count_steps(test_body const& body, test_options const& options = {});

/// Runs `body` once for each of its steps, and destroys the loop there: what leaks or is destroyed twice is found by a
/// sanitizer or by counting. @param most so many steps at most, evenly spread. @return how many runs there were.
/// @throws what a run throws before it is stopped. **Example**: `testing::stop_everywhere(&transfer_in_two_steps);`
std::size_t stop_everywhere(test_body const& body, test_options const& options = {}, std::size_t most = everywhere);

/// Runs `body` once for each of its steps, and cancels the main task there. What main then returns or throws is its own
/// business. @param most so many steps at most, evenly spread. @return how many runs there were.
/// @throws deadlock_error when a run does not end.
std::size_t cancel_everywhere(test_body const& body, test_options const& options = {}, std::size_t most = everywhere);

namespace detail {
/// At most `most` of the numbers from 0 to count - 1, evenly spread.
[[nodiscard]] std::vector<std::size_t> spread(std::size_t count, std::size_t most);
}  // namespace detail

}  // namespace asyncio::testing
