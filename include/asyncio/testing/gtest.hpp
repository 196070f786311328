// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Coroutines as bodies of GoogleTest cases. Needs GoogleTest 1.10 or later, which the program must find and link.
#pragma once

#include <asyncio/testing/every_step.hpp>

#include <gtest/gtest.h>

#include <string>

namespace asyncio::testing::detail {

/// Runs one case; GoogleTest reports the exceptions it knows.
inline void run_gtest(test_body const& body) {
  if (std::string const wrong = run_case_once(body); !wrong.empty())
    ADD_FAILURE_AT(body.where().file_name(), static_cast<int>(body.where().line())) << wrong;
}

/// Whether any result of the current case from index `first` on is a failure.
inline bool gtest_failed_since(int first) {
  ::testing::TestResult const& all = *::testing::UnitTest::GetInstance()->current_test_info()->result();
  for (int i = first; i < all.total_part_count(); ++i)
    if (all.GetTestPartResult(i).failed()) return true;
  return false;
}

inline int gtest_parts() {
  return ::testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count();
}

/// Ends the failed case or task: GoogleTest treats this exception as already reported.
[[noreturn]] inline void end_gtest() {
  throw ::testing::AssertionException(
      ::testing::TestPartResult(::testing::TestPartResult::kFatalFailure, nullptr, -1, "the assertion above failed"));
}

}  // namespace asyncio::testing::detail

/// A case of GoogleTest whose body is a coroutine, run under virtual time:
/// `ASYNCIO_GTEST(clock, a_sleep_takes_its_time) { co_await asyncio::sleep(1h); }`
///
/// An exception from the body, or a deadlock (reported with the names of its tasks), fails the case. `EXPECT_*` works
/// as usual. `ASSERT_*` contains a `return`, which is not allowed in coroutines: use
/// `ASYNCIO_GTEST_ASSERT(EXPECT_EQ(n, 3));` instead.
#define ASYNCIO_GTEST(suite, name)                                                                                    \
  static ::asyncio::awaitable<void> suite##_##name##_coroutine();                                                     \
  TEST(suite, name) { ::asyncio::testing::detail::run_gtest({&suite##_##name##_coroutine, BOOST_CURRENT_LOCATION}); } \
  static ::asyncio::awaitable<void> suite##_##name##_coroutine()

/// The same with a fixture, a class derived from `testing::Test`: the body is a member of a class derived from the
/// fixture.
#define ASYNCIO_GTEST_F(fixture, name)                                                                  \
  class fixture##_##name##_Coroutine : public fixture {                                                 \
   protected:                                                                                           \
    ::asyncio::awaitable<void> asyncio_body();                                                          \
  };                                                                                                    \
  GTEST_TEST_(fixture, name, fixture##_##name##_Coroutine, ::testing::internal::GetTypeId<fixture>()) { \
    auto const body = [this] { return asyncio_body(); };                                                \
    ::asyncio::testing::detail::run_gtest({body, BOOST_CURRENT_LOCATION});                              \
  }                                                                                                     \
  ::asyncio::awaitable<void> fixture##_##name##_Coroutine::asyncio_body()

/// `ASSERT_*` for coroutines: `ASYNCIO_GTEST_ASSERT(EXPECT_EQ(co_await queue.get(), 3));` ends the coroutine with an
/// exception if the expectation fails, and with it the case or task it belongs to.
#define ASYNCIO_GTEST_ASSERT(...)                                                                                      \
  do {                                                                                                                 \
    int const asyncio_parts_before = ::asyncio::testing::detail::gtest_parts();                                        \
    __VA_ARGS__;                                                                                                       \
    if (::asyncio::testing::detail::gtest_failed_since(asyncio_parts_before)) ::asyncio::testing::detail::end_gtest(); \
  } while (false)
