// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE context
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::testing::keep_alive;

namespace {

asyncio::context_var<int> number(0);

awaitable<int> read_number() { co_return number.get(); }

awaitable<int> set_and_wait(int value, asyncio::duration d) {
  int const before = number.get();
  (void)number.set(value);
  co_await asyncio::sleep(d);
  co_await asyncio::yield();
  BOOST_TEST(number.get() == value);  // it survives every suspension
  co_return before;
}

awaitable<void> add_one() {
  (void)number.set(number.get() + 1);
  co_await asyncio::yield();
  (void)number.set(number.get() + 1);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_variable_has_its_default_where_nothing_was_set) {
  asyncio::context_var<std::string> v("fallback");
  BOOST_TEST(v.get() == "fallback");
}

BOOST_AUTO_TEST_CASE(a_variable_without_default_and_value_is_an_error) {
  asyncio::context_var<int> v;
  BOOST_CHECK_THROW((void)v.get(), asyncio::error);
  auto token = v.set(3);
  BOOST_TEST(v.get() == 3);
  v.reset(token);
  BOOST_CHECK_THROW((void)v.get(), asyncio::error);
}

BOOST_AUTO_TEST_CASE(a_default_given_to_get_is_used_where_nothing_was_set) {
  asyncio::context_var<int> v(1), without;
  BOOST_TEST(v.get(7) == 7);
  BOOST_TEST(without.get(8) == 8);
  auto token = v.set(2);
  BOOST_TEST(v.get(7) == 2);
  v.reset(token);
}

BOOST_AUTO_TEST_CASE(reset_restores_the_value_before_that_set) {
  asyncio::context_var<int> v(1);
  auto first = v.set(2);
  auto second = v.set(3);
  v.reset(second);
  BOOST_TEST(v.get() == 2);
  v.reset(first);
  BOOST_TEST(v.get() == 1);
}

BOOST_AUTO_TEST_CASE(a_token_works_once_and_for_its_variable_only) {
  asyncio::context_var<int> v(1), w(1);
  auto token = v.set(2);
  BOOST_CHECK_THROW(w.reset(token), asyncio::value_error);
  v.reset(token);
  BOOST_CHECK_THROW(v.reset(token), asyncio::invalid_state);
  BOOST_TEST(v.get() == 1);
}

BOOST_AUTO_TEST_CASE(each_thread_outside_a_loop_has_a_context_of_its_own) {
  asyncio::context_var<int> v(0);
  auto token = v.set(1);
  int seen = -1;
  std::thread([&] {
    seen = v.get();
    (void)v.set(2);
  }).join();
  BOOST_TEST(seen == 0);
  BOOST_TEST(v.get() == 1);
  v.reset(token);
}

// conformance: CX4
BOOST_AUTO_TEST_CASE(a_context_is_a_handle_and_copies_name_the_same) {
  asyncio::context a;
  asyncio::context const b = a;
  asyncio::context const other;
  BOOST_TEST((a == b));
  BOOST_TEST(!(a == other));
}

BOOST_AUTO_TEST_CASE(run_makes_a_context_current_for_the_call_only) {
  auto token = number.set(5);
  asyncio::context c = asyncio::context::copy_current();
  int const inside = c.run([] {
    (void)number.set(number.get() + 1);
    return number.get();
  });
  BOOST_TEST(inside == 6);
  BOOST_TEST(number.get() == 5);
  BOOST_TEST(c.run([] { return number.get(); }) == 6);
  BOOST_CHECK_THROW(c.run([]() -> int { throw std::runtime_error("x"); }), std::runtime_error);
  BOOST_TEST(number.get() == 5);  // restored after an exception, too
  number.reset(token);
}

BOOST_AUTO_TEST_CASE(a_copy_is_independent_of_what_it_was_copied_from) {
  auto token = number.set(1);
  asyncio::context a = asyncio::context::copy_current();
  asyncio::context b = asyncio::context::copy_current();
  a.run([] { (void)number.set(2); });
  BOOST_TEST(b.run([] { return number.get(); }) == 1);
  BOOST_TEST(asyncio::context().run([] { return number.get(); }) == 0);  // a new one is empty
  number.reset(token);
}

// conformance: CX1
ASYNCIO_TEST_CASE(a_task_runs_in_a_copy_of_its_creators_context) {
  (void)number.set(1);
  auto t = asyncio::create_task(set_and_wait(2, 1s));
  (void)number.set(3);  // after the creation: the task does not see it
  int const seen = co_await t.join();
  BOOST_TEST(seen == 1);
  BOOST_TEST(number.get() == 3);  // and its own change stayed in the task
}

// conformance: CX1
ASYNCIO_TEST_CASE(a_hundred_tasks_do_not_see_each_other) {
  std::vector<asyncio::task<int>> tasks;
  for (int i = 0; i < 100; ++i) {
    (void)number.set(1000 + i);
    tasks.push_back(asyncio::create_task(set_and_wait(i, std::chrono::milliseconds(i % 7))));
  }
  for (int i = 0; i < 100; ++i) {
    int const seen = co_await tasks[static_cast<std::size_t>(i)].join();
    BOOST_REQUIRE(seen == 1000 + i);
  }
}

// conformance: CX2
ASYNCIO_TEST_CASE(tasks_that_were_given_a_context_share_it) {
  asyncio::context shared;
  auto a = asyncio::create_task(add_one(), asyncio::task_options().context(shared));
  auto b = asyncio::create_task(add_one(), asyncio::task_options().context(shared));
  co_await a.join();
  co_await b.join();
  BOOST_TEST(shared.run([] { return number.get(); }) == 4);
  BOOST_TEST(number.get() == 0);
}

// conformance: CX3
ASYNCIO_TEST_CASE(a_done_callback_runs_in_the_context_of_its_registration) {
  auto& seen = keep_alive<std::vector<int>>();
  auto note = [&](asyncio::task<void> const&) { seen.push_back(number.get()); };
  auto t = asyncio::create_task(asyncio::sleep(1s));
  (void)number.set(1);
  t.add_done_callback(note);
  (void)number.set(2);  // later changes are invisible to it
  t.add_done_callback(note);
  (void)number.set(3);
  co_await asyncio::sleep(2s);
  std::sort(seen.begin(), seen.end());  // a shuffle may call the second one first
  BOOST_TEST((seen == std::vector<int>{1, 2}));
}

// conformance: CX3
ASYNCIO_TEST_CASE(a_done_callback_registered_before_anything_was_set_sees_nothing_of_it) {
  auto& seen = keep_alive<int>(-1);
  auto t = asyncio::create_task(asyncio::sleep(1s));
  t.add_done_callback([&](asyncio::task<void> const&) { seen = number.get(); });
  (void)number.set(2);
  co_await asyncio::sleep(2s);
  BOOST_TEST(seen == 0);
}

ASYNCIO_TEST_CASE(a_callback_runs_in_a_copy_of_the_context_of_the_call) {
  auto& seen = keep_alive<std::vector<int>>();
  auto note = [&] {
    seen.push_back(number.get());
    (void)number.set(99);
  };
  (void)number.set(1);
  asyncio::loop::running().call_soon(note);
  asyncio::loop::running().call_later(1s, note);
  (void)number.set(2);
  co_await asyncio::sleep(2s);
  BOOST_TEST((seen == std::vector<int>{1, 1}));
  BOOST_TEST(number.get() == 2);
}

ASYNCIO_TEST_CASE(the_children_of_a_gather_have_copies_too) {
  (void)number.set(4);
  auto [a, b, c] = co_await asyncio::gather(set_and_wait(5, 2s), set_and_wait(6, 1s), read_number());
  BOOST_TEST(a == 4);
  BOOST_TEST(b == 4);
  BOOST_TEST(c == 4);
  BOOST_TEST(number.get() == 4);
}

ASYNCIO_TEST_CASE(a_nested_coroutine_shares_the_context_of_its_task) {
  (void)number.set(1);
  co_await add_one();
  BOOST_TEST(number.get() == 3);
}

ASYNCIO_TEST_CASE(an_eager_task_has_a_copy_as_well) {
  (void)number.set(1);
  auto t = asyncio::create_task(set_and_wait(2, 1s), asyncio::task_options().eager_start(true));
  BOOST_TEST(number.get() == 1);
  int const seen = co_await t.join();
  BOOST_TEST(seen == 1);
  BOOST_TEST(number.get() == 1);
}

BOOST_AUTO_TEST_CASE(main_sees_the_values_of_the_thread_that_runs_it) {
  auto token = number.set(8);
  BOOST_TEST(asyncio::testing::run(read_number()) == 8);
  BOOST_TEST(asyncio::testing::run(set_and_wait(9, 1s)) == 8);
  BOOST_TEST(number.get() == 8);  // main has a copy
  number.reset(token);
}

BOOST_AUTO_TEST_CASE(a_variable_never_has_the_value_of_one_that_is_gone) {
  asyncio::context().run([] {
    for (int i = 0; i < 100; ++i) {
      asyncio::context_var<int> counter(-1);
      BOOST_TEST(counter.get() == -1);
      (void)counter.set(i);
    }
  });
}
