/// @file
/// The same test stopped, or cancelled, at every one of its steps.
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

/// The body of a test: makes a new main coroutine for each run. Anything that can be called for an `awaitable<void>`, at the
/// place where it was given.
class test_body {
 public:
  template <class F>
    requires(std::is_invocable_r_v<awaitable<void>, F&> && !std::is_same_v<std::remove_cvref_t<F>, test_body>)
  test_body(F make, source_location where = BOOST_CURRENT_LOCATION)  // NOLINT: implicit by contract
      : make_(std::move(make)), where_(where) {}

  [[nodiscard]] awaitable<void> operator()() const { return make_(); }
  /// Where the main task is said to be created.
  [[nodiscard]] source_location where() const noexcept { return where_; }

 private:
  std::function<awaitable<void>()> make_;
  source_location where_;
};

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

/// Runs a case of a framework that tells of every std::exception itself; those pass through. @return what else was wrong
/// with how the case ended, empty if nothing was.
[[nodiscard]] std::string run_case_once(test_body const& body);
}  // namespace detail

}  // namespace asyncio::testing
