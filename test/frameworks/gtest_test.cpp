// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/gtest.hpp>

#include <stdexcept>
#include <string>

using namespace std::chrono_literals;
using asyncio::awaitable;

namespace {

awaitable<int> later(int value) {
  co_await asyncio::sleep(1h);
  co_return value;
}

awaitable<void> asserts_in_a_task() {
  ASYNCIO_GTEST_ASSERT(EXPECT_EQ(co_await later(3), 4));
  ADD_FAILURE() << "after an assertion";
}

class greeting : public testing::Test {
 protected:
  void SetUp() override { word_ = "hello"; }
  std::string word_;
};

}  // namespace

ASYNCIO_GTEST(passes, an_hour_takes_no_time) {
  auto const begin = asyncio::loop::running().time();
  EXPECT_EQ(co_await later(3), 3);
  EXPECT_EQ(asyncio::loop::running().time() - begin, 1h);
}

ASYNCIO_GTEST(passes, an_assertion_that_holds) {
  ASYNCIO_GTEST_ASSERT(EXPECT_TRUE(co_await later(1) == 1));
  ASYNCIO_GTEST_ASSERT(EXPECT_THROW(throw std::runtime_error("x"), std::runtime_error));
}

ASYNCIO_GTEST(passes, the_main_task_names_the_line_of_the_case) {
  EXPECT_EQ(asyncio::current_task().created_at().line(), __LINE__ - 1U);
  EXPECT_NE(std::string(asyncio::current_task().created_at().file_name()).find("gtest_test.cpp"), std::string::npos);
  co_return;
}

ASYNCIO_GTEST_F(greeting, a_fixture_is_set_up_before_the_coroutine_begins) {
  EXPECT_EQ(co_await later(1), 1);
  EXPECT_EQ(word_, "hello");
}

// -- run one by one by ctest, which looks at what is printed ------------------------------------------------------------

ASYNCIO_GTEST(fails, throws) {
  co_await later(1);
  throw std::runtime_error("broken");
}

ASYNCIO_GTEST(fails, deadlocks) { co_await asyncio::event().wait(); }

ASYNCIO_GTEST(fails, is_cancelled) {
  asyncio::current_task().cancel("enough");
  co_await later(1);
}

ASYNCIO_GTEST(fails, an_expectation) {
  EXPECT_EQ(co_await later(3), 4);
  ADD_FAILURE() << "after an expectation";
}

ASYNCIO_GTEST(fails, an_assertion) { co_await asserts_in_a_task(); }

ASYNCIO_GTEST(fails, an_assertion_in_a_task) { co_await asyncio::gather(asserts_in_a_task(), later(1)); }
