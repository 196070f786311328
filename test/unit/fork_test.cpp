// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE fork
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono_literals;
using asyncio::awaitable;

namespace {

/// Calls `check` in a child process. @return whether it gave true there.
template <class Check>
bool in_a_child(Check check) {
  ::pid_t const child = ::fork();
  if (child == 0) {
    bool good = false;
    try {
      good = check();
    } catch (...) {}
    ::_exit(good ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return status == 0;
}

template <class Call>
bool finds_no_loop(Call call) {
  try {
    call();
  } catch (asyncio::no_running_loop const&) {
    return true;
  }
  return false;
}

}  // namespace

// conformance: SG4
ASYNCIO_TEST_CASE(a_child_that_a_coroutine_forks_has_no_running_loop_and_no_current_task) {
  co_await asyncio::yield();
  BOOST_TEST(asyncio::loop::running_or_null() != nullptr);
  BOOST_TEST(in_a_child([] { return asyncio::loop::running_or_null() == nullptr; }));
  BOOST_TEST(in_a_child([] { return finds_no_loop([] { (void)asyncio::loop::running(); }); }));
  BOOST_TEST(in_a_child([] { return finds_no_loop([] { (void)asyncio::current_task(); }); }));
  co_await asyncio::sleep(1s);  // the parent's loop goes on
  BOOST_TEST(asyncio::loop::running_or_null() != nullptr);
}

// What CPython does: else all workers of a server draw the same numbers.
BOOST_AUTO_TEST_CASE(a_child_draws_random_numbers_of_its_own) {
  asyncio::random::seed(1);
  auto const here = asyncio::random::getstate();
  BOOST_TEST(in_a_child([&] { return asyncio::random::getstate() != here; }));
  BOOST_TEST((asyncio::random::getstate() == here));
}

// conformance: SG4
ASYNCIO_TEST_CASE(a_child_may_run_a_loop_of_its_own) {
  auto const body = []() -> awaitable<int> {
    co_await asyncio::sleep(1h);
    auto t = asyncio::create_task(asyncio::yield());
    co_await t.join();
    co_return 7;
  };
  co_await asyncio::yield();
  BOOST_TEST(in_a_child([body] { return asyncio::testing::run(body()) == 7; }));
}
