// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#if !__has_include(<catch2/catch_test_macros.hpp>)
#define CATCH_CONFIG_MAIN
#endif
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/catch2.hpp>

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
  auto const n = co_await later(3);
  REQUIRE(n == 4);
  FAIL_CHECK("after an assertion");
}

}  // namespace

ASYNCIO_CATCH_TEST_CASE("an hour takes no time") {
  auto const begin = asyncio::loop::running().time();
  auto const n = co_await later(3);
  CHECK(n == 3);
  REQUIRE(asyncio::loop::running().time() - begin == 1h);
}

ASYNCIO_CATCH_TEST_CASE("the main task names the line of the case", "[place]") {
  CHECK(asyncio::current_task().created_at().line() == __LINE__ - 1U);
  CHECK(std::string(asyncio::current_task().created_at().file_name()).find("catch2_test.cpp") != std::string::npos);
  co_return;
}

ASYNCIO_CATCH_TEST_CASE("each section has a run of its own") {
  std::string text = "a";
  co_await later(1);
  SECTION("one") {
    text += co_await later(1) == 1 ? "b" : "?";
    CHECK(text == "ab");
  }
  SECTION("other") {
    text += "c";
    CHECK(text == "ac");
  }
}

// -- run one by one by ctest, which looks at what is printed ------------------------------------------------------------

ASYNCIO_CATCH_TEST_CASE("throws", "[.]") {
  co_await later(1);
  throw std::runtime_error("broken");
}

ASYNCIO_CATCH_TEST_CASE("deadlocks", "[.]") { co_await asyncio::event().wait(); }

ASYNCIO_CATCH_TEST_CASE("is_cancelled", "[.]") {
  asyncio::current_task().cancel("enough");
  co_await later(1);
}

ASYNCIO_CATCH_TEST_CASE("a_check", "[.]") {
  auto const n = co_await later(3);
  CHECK(n == 4);
  FAIL_CHECK("after a check");
}

ASYNCIO_CATCH_TEST_CASE("an_assertion", "[.]") { co_await asserts_in_a_task(); }

ASYNCIO_CATCH_TEST_CASE("an_assertion_in_a_task", "[.]") { co_await asyncio::gather(asserts_in_a_task(), later(1)); }
