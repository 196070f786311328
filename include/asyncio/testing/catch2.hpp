// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Coroutines as bodies of Catch2 cases. Needs Catch2, version 2.13 or 3, which the program must find and link.
#pragma once

#include <asyncio/testing/every_step.hpp>

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <string>

namespace asyncio::testing::detail {

/// Runs one case; Catch2 reports the exceptions it knows.
inline void run_catch(test_body const& body) {
  std::string const wrong = run_case_once(body);
#ifdef CATCH_CONFIG_PREFIX_ALL
  if (!wrong.empty()) CATCH_FAIL(wrong);
#else
  if (!wrong.empty()) FAIL(wrong);
#endif
}

}  // namespace asyncio::testing::detail

#ifdef CATCH_CONFIG_PREFIX_ALL
#define ASYNCIO_DETAIL_CATCH_CASE CATCH_TEST_CASE
#else
#define ASYNCIO_DETAIL_CATCH_CASE TEST_CASE
#endif
#define ASYNCIO_DETAIL_CATCH_JOIN(a, b) a##b
#define ASYNCIO_DETAIL_CATCH_NAME(line) ASYNCIO_DETAIL_CATCH_JOIN(asyncio_catch_case_, line)

/// A case of Catch2 whose body is a coroutine, run under virtual time; the arguments are those of TEST_CASE:
/// `ASYNCIO_CATCH_TEST_CASE("a sleep takes its time", "[clock]") { co_await asyncio::sleep(1h); }`
///
/// An exception from the body, or a deadlock (reported with the names of its tasks), fails the case. `CHECK`, `REQUIRE`
/// and `SECTION` work as usual, sections only in the body, not in its tasks. Wait first, then check: on some compilers
/// these macros evaluate an argument that contains `co_await` more than once.
#define ASYNCIO_CATCH_TEST_CASE(...)                                                                       \
  static ::asyncio::awaitable<void> ASYNCIO_DETAIL_CATCH_NAME(__LINE__)();                                 \
  ASYNCIO_DETAIL_CATCH_CASE(__VA_ARGS__) {                                                                 \
    ::asyncio::testing::detail::run_catch({&ASYNCIO_DETAIL_CATCH_NAME(__LINE__), BOOST_CURRENT_LOCATION}); \
  }                                                                                                        \
  static ::asyncio::awaitable<void> ASYNCIO_DETAIL_CATCH_NAME(__LINE__)()
