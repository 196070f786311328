/// @file
/// Coroutines as bodies of Boost.Test cases.
#pragma once

#include <asyncio/testing/run.hpp>

#include <boost/test/unit_test.hpp>

namespace asyncio::testing::detail {

/// How many seeds of the shuffle a case is run under besides its plain run: ASYNCIO_SHUFFLE_SEEDS, else 0.
[[nodiscard]] unsigned shuffle_seeds();

/// Runs one case, and again for each seed of the shuffle. A failure names the seed.
template <class Body>
void run_case(Body body, test_options options = {}) {
  testing::run(body(), options);
  for (unsigned seed = 1; seed <= shuffle_seeds(); ++seed) {
    BOOST_TEST_CONTEXT("ready queue shuffled with seed " << seed) {
      testing::run(body(), options.seed(seed).shuffle(true));
    }
  }
}

/// The same for a case that is about the order in which tasks run, which a shuffle would change.
template <class Body>
void run_ordered_case(Body body, test_options const& options = {}) {
  testing::run(body(), options);
}

}  // namespace asyncio::testing::detail

/// A test case whose body is a coroutine, run under virtual time:
/// `ASYNCIO_TEST_CASE(a_sleep_takes_its_time) { co_await asyncio::sleep(1h); }`
#define ASYNCIO_TEST_CASE(name)                                                         \
  static ::asyncio::awaitable<void> name##_body();                                      \
  BOOST_AUTO_TEST_CASE(name) { ::asyncio::testing::detail::run_case(&name##_body); }    \
  static ::asyncio::awaitable<void> name##_body()

/// The same for a case that checks the order in which tasks run: it is not run under the shuffle.
#define ASYNCIO_ORDERED_TEST_CASE(name)                                                      \
  static ::asyncio::awaitable<void> name##_body();                                           \
  BOOST_AUTO_TEST_CASE(name) { ::asyncio::testing::detail::run_ordered_case(&name##_body); } \
  static ::asyncio::awaitable<void> name##_body()
