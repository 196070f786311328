// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE sleep
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <future>
#include <limits>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::testing::keep_alive;

namespace {

asyncio::duration now() { return asyncio::loop::running().time().time_since_epoch(); }

template <class Call>
std::string refusal(Call call) {
  try {
    (void)call();
  } catch (asyncio::value_error const& e) {
    return e.what();
  }
  return "accepted";
}

awaitable<void> note_after(asyncio::duration d, char name, std::string& order) {
  co_await asyncio::sleep(d);
  order += name;
}

awaitable<void> spin(int times, char name, std::string& order) {
  for (int i = 0; i < times; ++i) {
    order += name;
    co_await asyncio::yield();
  }
}

auto const nan_seconds = std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN());
auto const infinite_seconds = std::chrono::duration<double>(std::numeric_limits<double>::infinity());

}  // namespace

// conformance: L1
ASYNCIO_TEST_CASE(a_sleep_takes_its_time) {
  co_await asyncio::sleep(1h);
  BOOST_TEST((now() == 1h));
  co_await asyncio::sleep(1ns);
  BOOST_TEST((now() == 1h + 1ns));
  co_await asyncio::sleep(std::chrono::duration<double>(0.25));
  BOOST_TEST((now() == 1h + 250ms + 1ns));
}

// conformance: L1
ASYNCIO_TEST_CASE(a_nan_delay_is_refused_at_once) {
  BOOST_TEST(refusal([] { return asyncio::sleep(nan_seconds); }) ==
             "asyncio::sleep: the duration is NaN; pass a number of seconds, milliseconds, ...");
  co_return;
}

ASYNCIO_TEST_CASE(a_negative_delay_is_refused_at_once) {
  BOOST_TEST(refusal([] { return asyncio::sleep(-1ns); }) ==
             "asyncio::sleep: the duration is negative; a delay starts at zero");
  BOOST_TEST(refusal([] { return asyncio::sleep(-infinite_seconds); }) ==
             "asyncio::sleep: the duration is negative; a delay starts at zero");
  co_return;
}

// conformance: L2
ASYNCIO_ORDERED_TEST_CASE(a_sleep_of_zero_yields_exactly_one_pass) {
  auto& order = keep_alive<std::string>();
  auto& loop = asyncio::loop::running();
  loop.call_soon([&] { order += 'a'; });
  co_await asyncio::sleep(0s);
  order += '0';
  loop.call_soon([&] { order += 'b'; });
  co_await asyncio::yield();
  order += '1';
  BOOST_TEST(order == "a0b1");
  BOOST_TEST((now() == 0s));
}

ASYNCIO_ORDERED_TEST_CASE(tasks_that_yield_take_turns) {
  auto& order = keep_alive<std::string>();
  auto a = asyncio::create_task(spin(3, 'a', order));
  auto b = asyncio::create_task(spin(2, 'b', order));
  co_await a.join();
  co_await b.join();
  BOOST_TEST(order == "ababa");
}

ASYNCIO_ORDERED_TEST_CASE(equal_deadlines_end_in_the_order_of_the_sleeps) {
  auto& order = keep_alive<std::string>();
  std::vector<asyncio::task<void>> tasks;
  for (char c = 'a'; c <= 'e'; ++c) tasks.push_back(asyncio::create_task(note_after(1s, c, order)));
  for (auto& t : tasks) co_await t.join();
  BOOST_TEST(order == "abcde");
}

ASYNCIO_TEST_CASE(sleeps_end_by_deadline_whatever_their_order) {
  auto& order = keep_alive<std::string>();
  std::vector<asyncio::task<void>> tasks;
  tasks.push_back(asyncio::create_task(note_after(3s, 'c', order)));
  tasks.push_back(asyncio::create_task(note_after(1s, 'a', order)));
  tasks.push_back(asyncio::create_task(note_after(2s, 'b', order)));
  for (auto& t : tasks) co_await t.join();
  BOOST_TEST(order == "abc");
}

ASYNCIO_ORDERED_TEST_CASE(a_callback_for_the_same_instant_runs_before_the_sleeper) {
  auto& order = keep_alive<std::string>();
  auto t = asyncio::create_task(note_after(1s, 's', order));
  co_await asyncio::yield();
  asyncio::loop::running().call_at(asyncio::time_point(1s), [&] { order += 'c'; });
  co_await t.join();
  BOOST_TEST(order == "cs");
}

ASYNCIO_TEST_CASE(the_delay_counts_from_the_await_and_not_from_the_call) {
  auto nap = asyncio::sleep(1s);
  co_await asyncio::sleep(5s);
  co_await std::move(nap);
  BOOST_TEST((now() == 6s));
}

// conformance: L7
ASYNCIO_TEST_CASE(sleep_until_ends_at_the_instant) {
  co_await asyncio::sleep_until(asyncio::time_point(90s));
  BOOST_TEST((now() == 90s));
}

ASYNCIO_ORDERED_TEST_CASE(sleep_until_an_instant_in_the_past_gives_way_for_one_pass) {
  co_await asyncio::sleep(10s);
  auto& calls = keep_alive<int>(0);
  asyncio::loop::running().call_soon([&] { ++calls; });
  co_await asyncio::sleep_until(asyncio::time_point(3s));
  BOOST_TEST(calls == 1);
  asyncio::loop::running().call_soon([&] { ++calls; });
  co_await asyncio::sleep_until(asyncio::loop::running().time());
  BOOST_TEST(calls == 2);
  BOOST_TEST((now() == 10s));
}

// conformance: C22
ASYNCIO_TEST_CASE(a_cancelled_sleep_ends_at_once_and_removes_its_timer) {
  auto t = asyncio::create_task(asyncio::sleep(1h));
  co_await asyncio::sleep(1s);
  BOOST_TEST(asyncio::loop::running().core().has_timers());
  t.cancel("enough");
  BOOST_TEST(!asyncio::loop::running().core().has_timers());
  std::string message;
  try {
    co_await t.join();
  } catch (asyncio::cancelled_error const& e) {
    message = e.message();
  }
  BOOST_TEST(message == "enough");
  BOOST_TEST((now() == 1s));
}

// conformance: C13
ASYNCIO_TEST_CASE(a_yield_is_a_cancellation_point) {
  auto& order = keep_alive<std::string>();
  auto t = asyncio::create_task(spin(100, 'x', order));
  co_await asyncio::yield();
  co_await asyncio::yield();
  t.cancel();
  bool cancelled = false;
  try {
    co_await t.join();
  } catch (asyncio::cancelled_error const&) {
    cancelled = true;
  }
  BOOST_TEST(cancelled);
  BOOST_TEST(order.size() < 5u);
}

ASYNCIO_ORDERED_TEST_CASE(a_sleep_cancelled_at_its_very_deadline_ends_cancelled) {
  auto t = asyncio::create_task(asyncio::sleep(2s));
  auto cancel = [t]() mutable { t.cancel(); };
  co_await asyncio::yield();
  asyncio::loop::running().call_at(asyncio::time_point(2s), cancel);
  bool cancelled = false;
  try {
    co_await t.join();
  } catch (asyncio::cancelled_error const&) {
    cancelled = true;
  }
  BOOST_TEST(cancelled);
  BOOST_TEST((now() == 2s));
}

ASYNCIO_TEST_CASE(sleep_forever_ends_only_by_a_cancel) {
  auto t = asyncio::create_task(asyncio::sleep_forever());
  auto u = asyncio::create_task(asyncio::sleep(infinite_seconds));
  co_await asyncio::sleep(std::chrono::hours(24 * 365 * 100));
  BOOST_TEST(!t.done());
  BOOST_TEST(!u.done());
  BOOST_TEST((t.waits_for().kind == asyncio::wait_kind::forever));
  BOOST_TEST((u.waits_for().kind == asyncio::wait_kind::forever));
  t.cancel();
  u.cancel();
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(t.cancelled());
  BOOST_TEST(u.cancelled());
}

ASYNCIO_TEST_CASE(a_sleeping_task_tells_until_when) {
  auto t = asyncio::create_task(asyncio::sleep(7s));
  auto y = asyncio::create_task(asyncio::sleep_until(asyncio::time_point(9s)));
  co_await asyncio::sleep(1s);
  BOOST_TEST((t.waits_for().kind == asyncio::wait_kind::sleep));
  BOOST_TEST((t.waits_for().until == asyncio::time_point(7s)));
  BOOST_TEST((y.waits_for().until == asyncio::time_point(9s)));
}

ASYNCIO_TEST_CASE(a_sleep_works_with_other_completion_tokens) {
  // Short, since it takes that long: what is spawned counts as I/O in flight, for which virtual time waits.
  std::future<void> done = asyncio::sleep(3ms)(boost::asio::use_future);
  co_await asyncio::sleep(2ms)(boost::asio::use_awaitable);
  BOOST_TEST((now() == 2ms));
  BOOST_TEST((done.wait_for(0s) == std::future_status::timeout));
  co_await asyncio::sleep(2ms);
  BOOST_TEST((done.wait_for(0s) == std::future_status::ready));
}

ASYNCIO_TEST_CASE(a_sleep_converts_to_an_awaitable) {
  awaitable<void> a = asyncio::sleep(1s);
  awaitable<void> b = asyncio::yield();
  co_await std::move(a);
  co_await std::move(b);
  BOOST_TEST((now() == 1s));
}

BOOST_AUTO_TEST_CASE(a_sleep_works_in_a_plain_coroutine_of_a_plain_context) {
  boost::asio::io_context ctx;
  auto body = [](int& step) -> awaitable<void> {
    co_await asyncio::sleep(0s);
    step = 1;
    co_await asyncio::yield();
    step = 2;
    co_await asyncio::sleep(1us);
    step = 3;
    auto const slept = co_await asyncio::random_delay(0s, 1us);
    step = slept <= 1us ? 4 : -1;
  };
  int step = 0;
  boost::asio::co_spawn(ctx, body(step), boost::asio::detached);
  ctx.run();
  BOOST_TEST(step == 4);
}

// -- random_delay -------------------------------------------------------------------------------------------------------

ASYNCIO_TEST_CASE(a_random_delay_sleeps_what_it_returns) {
  for (int i = 0; i < 50; ++i) {
    auto const before = now();
    auto const slept = co_await asyncio::random_delay(1s, 2s);
    BOOST_REQUIRE((slept >= 1s && slept <= 2s));
    BOOST_REQUIRE((now() - before == slept));
  }
}

ASYNCIO_TEST_CASE(a_random_delay_of_one_argument_starts_at_zero) {
  asyncio::duration least = 10s;
  for (int i = 0; i < 50; ++i) {
    auto const slept = co_await asyncio::random_delay(10s);
    least = std::min(least, slept);
  }
  BOOST_TEST((least < 5s));
  BOOST_TEST((least >= 0s));
}

ASYNCIO_TEST_CASE(a_random_delay_is_the_generators_next_uniform_number) {
  asyncio::random::seed(7);
  asyncio::random::generator reference;
  reference.seed(7);
  double const expected = reference.uniform(0.5, 2.0);
  auto const slept = co_await asyncio::random_delay(500ms, 2s);
  BOOST_TEST(std::chrono::duration<double>(slept).count() == expected, boost::test_tools::tolerance(1e-9));
}

ASYNCIO_TEST_CASE(a_random_delay_between_equal_ends_is_exact) {
  for (int i = 1; i < 2000; ++i) {
    asyncio::duration const d(i * 1'000'003);
    auto const slept = co_await asyncio::random_delay(d, d);
    BOOST_REQUIRE((slept == d));
  }
}

ASYNCIO_TEST_CASE(a_random_delay_refuses_impossible_arguments_at_once) {
  BOOST_TEST(refusal([] { return asyncio::random_delay(2s, 1s); }) ==
             "asyncio::random_delay: min is greater than max; give the shorter duration first");
  BOOST_TEST(refusal([] { return asyncio::random_delay(-1s, 1s); }) ==
             "asyncio::random_delay: the duration is negative; a delay starts at zero");
  BOOST_TEST(refusal([] { return asyncio::random_delay(nan_seconds); }) ==
             "asyncio::random_delay: the duration is NaN; pass a number of seconds, milliseconds, ...");
  co_return;
}

ASYNCIO_TEST_CASE(a_cancelled_random_delay_throws_cancelled_error) {
  auto t = asyncio::create_task(asyncio::random_delay(1h, 2h));
  co_await asyncio::sleep(1s);
  t.cancel();
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(t.cancelled());
}
