/// @file
/// Coroutines as bodies of Catch2 cases. Needs Catch2, version 2.13 or 3, which the program finds and links itself.
#pragma once

#include <asyncio/testing/everywhere.hpp>

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <string>

namespace asyncio::testing::detail {

/// Runs one case; Catch2 tells of the exceptions it knows.
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
/// What the body throws, and a deadlock with the names of the tasks in it, is a failure of the case. `CHECK`, `REQUIRE` and
/// `SECTION` work as everywhere, sections in the body only, not in its tasks. Wait first, then check: these macros evaluate what
/// they are given more than once on some compilers if there is a `co_await` in it.
#define ASYNCIO_CATCH_TEST_CASE(...)                                                                               \
  static ::asyncio::awaitable<void> ASYNCIO_DETAIL_CATCH_NAME(__LINE__)();                                         \
  ASYNCIO_DETAIL_CATCH_CASE(__VA_ARGS__) {                                                                         \
    ::asyncio::testing::detail::run_catch({&ASYNCIO_DETAIL_CATCH_NAME(__LINE__), BOOST_CURRENT_LOCATION});         \
  }                                                                                                                \
  static ::asyncio::awaitable<void> ASYNCIO_DETAIL_CATCH_NAME(__LINE__)()
