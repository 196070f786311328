// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE as_result
#include <asyncio/as_result.hpp>
#include <asyncio/exception_group.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <memory>
#include <stdexcept>
#include <string>

using namespace std::chrono_literals;
using asyncio::awaitable;

namespace {

awaitable<std::unique_ptr<int>> answer() {
  co_await asyncio::sleep(1s);
  co_return std::make_unique<int>(42);
}

awaitable<void> fails() {
  co_await asyncio::sleep(1s);
  throw std::runtime_error("no");
}

awaitable<int> throws_an_int() {
  co_await asyncio::yield();
  throw 7;
}

awaitable<void> is_interrupted() {
  co_await asyncio::yield();
  throw asyncio::keyboard_interrupt();
}

}  // namespace

ASYNCIO_TEST_CASE(a_value_is_a_result_with_it) {
  auto r = co_await asyncio::as_result(answer());
  BOOST_TEST_REQUIRE(r.has_value());
  BOOST_TEST(**r == 42);
}

ASYNCIO_TEST_CASE(an_exception_is_a_result_without_value) {
  auto const r = co_await asyncio::as_result(fails());
  BOOST_TEST_REQUIRE(r.has_error());
  BOOST_TEST(asyncio::describe(r.error()) == "std::runtime_error: no");
  BOOST_CHECK_THROW(r.value(), std::runtime_error);
}

ASYNCIO_TEST_CASE(what_is_no_exception_is_an_error_too) {
  auto const r = co_await asyncio::as_result(throws_an_int());
  BOOST_TEST_REQUIRE(r.has_error());
  BOOST_CHECK_THROW((void)r.value(), int);
}

ASYNCIO_TEST_CASE(an_operation_can_be_asked_for_its_outcome) {
  BOOST_TEST((co_await asyncio::as_result(asyncio::sleep(1s))).has_value());
}

ASYNCIO_TEST_CASE(a_cancellation_is_no_outcome) {
  auto t = asyncio::create_task(asyncio::as_result(answer()));
  co_await asyncio::testing::wait_all_tasks_blocked();
  t.cancel();
  BOOST_CHECK_THROW((void)co_await t.join(), asyncio::cancelled_error);
}

BOOST_AUTO_TEST_CASE(ctrl_c_is_no_outcome) {
  BOOST_CHECK_THROW((void)asyncio::testing::run(asyncio::as_result(is_interrupted())), asyncio::keyboard_interrupt);
}
