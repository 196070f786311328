// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE as_completed
#include "lazy_range.hpp"

#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <limits>
#include <list>
#include <memory>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::testing::keep_alive;

namespace {

asyncio::duration now() { return asyncio::loop::running().time().time_since_epoch(); }

awaitable<int> give(int value, asyncio::duration d) {
  co_await asyncio::sleep(d);
  co_return value;
}

awaitable<int> fail(std::string text, asyncio::duration d) {
  co_await asyncio::sleep(d);
  throw std::runtime_error(text);
}

awaitable<void> nothing(asyncio::duration d) { co_await asyncio::sleep(d); }

awaitable<int> seconds_of(int n) { co_return co_await give(n, std::chrono::seconds(n)); }

awaitable<int> logged(std::string& log, char name) {
  log += name;
  co_await asyncio::sleep(1s);
  co_return name;
}

std::vector<asyncio::task<int>> three() {
  std::vector<asyncio::task<int>> tasks;
  tasks.push_back(asyncio::create_task(give(2, 200ms)));
  tasks.push_back(asyncio::create_task(give(3, 300ms)));
  tasks.push_back(asyncio::create_task(give(1, 100ms)));
  return tasks;
}

template <class T>
awaitable<std::vector<T>> rest_of(asyncio::as_completed_iterator<T>& completed) {
  std::vector<T> values;
  while (auto task = co_await completed.next()) values.push_back(task->result());
  co_return values;
}

awaitable<std::string> next_of(asyncio::as_completed_iterator<int>& completed) {
  try {
    auto const task = co_await completed.next();
    co_return task ? std::to_string(task->result()) : "end";
  } catch (asyncio::timeout_error const&) {
    co_return "late";
  }
}

std::vector<int> list_of(int a, int b, int c) { return {a, b, c}; }

bool starts_with(std::string const& text, std::string const& start) { return text.rfind(start, 0) == 0; }

}  // namespace

// conformance: A1
ASYNCIO_TEST_CASE(tasks_come_in_the_order_in_which_they_end) {
  auto tasks = three();
  auto completed = asyncio::as_completed(tasks);
  auto first = co_await completed.next();
  BOOST_REQUIRE(first.has_value());
  BOOST_TEST(first->result() == 1);
  BOOST_TEST((now() == 100ms));
  auto second = co_await completed.next();
  BOOST_TEST(second->result() == 2);
  BOOST_TEST((now() == 200ms));
  auto third = co_await completed.next();
  BOOST_TEST(third->result() == 3);
  BOOST_TEST((now() == 300ms));
  BOOST_TEST(!(co_await completed.next()).has_value());
  BOOST_TEST(!(co_await completed.next()).has_value());
}

// conformance: A2
ASYNCIO_TEST_CASE(the_very_tasks_that_were_passed_come_back) {
  auto tasks = three();
  auto completed = asyncio::as_completed(tasks);
  BOOST_TEST((*(co_await completed.next()) == tasks[2]));
  BOOST_TEST((*(co_await completed.next()) == tasks[0]));
  BOOST_TEST((*(co_await completed.next()) == tasks[1]));
}

// conformance: A1, A2
ASYNCIO_TEST_CASE(awaitables_become_tasks_and_come_as_they_end) {
  std::vector<awaitable<int>> bodies;
  for (int n : list_of(2, 3, 1)) bodies.push_back(seconds_of(n));
  auto completed = asyncio::as_completed(bodies);
  for (auto const& body : bodies) BOOST_TEST(!body.valid());  // moved from
  BOOST_TEST(asyncio::all_tasks().size() == 4u);              // they are tasks already
  auto const values = co_await rest_of(completed);
  BOOST_TEST(values == list_of(1, 2, 3), boost::test_tools::per_element());
  BOOST_TEST((now() == 3s));
}

ASYNCIO_ORDERED_TEST_CASE(awaitables_start_in_the_order_of_the_range) {
  auto& log = keep_alive<std::string>();
  std::vector<awaitable<int>> bodies;
  for (char c : std::string("abc")) bodies.push_back(logged(log, c));
  auto completed = asyncio::as_completed(std::move(bodies));
  co_await asyncio::yield();
  BOOST_TEST(log == "abc");
  co_await rest_of(completed);
}

ASYNCIO_TEST_CASE(lazy_ranges_and_rvalues_are_accepted) {
  auto lazy = asyncio::as_completed(lazy_range(1, 4, &seconds_of));
  auto const values = co_await rest_of(lazy);
  BOOST_TEST(values.size() == 3u);
  auto of_temporary = asyncio::as_completed(three());
  BOOST_TEST((co_await rest_of(of_temporary)).size() == 3u);
  std::list<asyncio::task<int>> const linked{asyncio::create_task(give(5, 1s))};
  auto of_const = asyncio::as_completed(linked);
  BOOST_TEST((co_await rest_of(of_const)).size() == 1u);
}

ASYNCIO_TEST_CASE(operations_of_the_library_are_awaitables_too) {
  std::vector<awaitable<void>> bodies;
  bodies.push_back(asyncio::sleep(2s));
  bodies.push_back(asyncio::sleep(1s));
  auto completed = asyncio::as_completed(std::move(bodies));
  int n = 0;
  while (co_await completed.next()) BOOST_TEST((now() == std::chrono::seconds(++n)));
  BOOST_TEST(n == 2);
}

ASYNCIO_ORDERED_TEST_CASE(what_has_ended_already_comes_first_in_the_order_of_the_arguments) {
  auto tasks = three();
  tasks.push_back(asyncio::create_task(give(9, 1h)));
  co_await asyncio::sleep(1s);
  auto completed = asyncio::as_completed(tasks);
  BOOST_TEST((*(co_await completed.next()) == tasks[0]));
  BOOST_TEST((*(co_await completed.next()) == tasks[1]));
  BOOST_TEST((*(co_await completed.next()) == tasks[2]));
  BOOST_TEST((now() == 1s));
  BOOST_TEST((*(co_await completed.next()) == tasks[3]));
  BOOST_TEST((now() == 1h));
}

ASYNCIO_TEST_CASE(what_has_ended_already_comes_in_the_next_pass_where_a_cancel_is_thrown) {
  auto const ended = asyncio::create_task(give(1, 0s));
  co_await asyncio::sleep(1s);
  auto completed = asyncio::as_completed(std::vector(1, ended));
  asyncio::current_task().cancel();
  bool cancelled = false;
  try {
    co_await completed.next();
  } catch (asyncio::cancelled_error const&) {
    cancelled = true;
  }
  BOOST_TEST(cancelled);
  asyncio::current_task().uncancel();
  BOOST_TEST((co_await completed.next())->result() == 1);
}

ASYNCIO_TEST_CASE(next_throws_nothing_that_a_task_threw) {
  std::vector tasks{asyncio::create_task(fail("no", 1s)), asyncio::create_task(give(2, 3s)),
                    asyncio::create_task(give(3, 1h))};
  tasks[2].cancel();
  auto completed = asyncio::as_completed(tasks);
  auto const cancelled = co_await completed.next();
  BOOST_TEST(cancelled->cancelled());
  auto const failed = co_await completed.next();
  std::string text;
  try {
    (void)failed->result();
  } catch (std::runtime_error const& e) {
    text = e.what();
  }
  BOOST_TEST(text == "no");
  BOOST_TEST((co_await completed.next())->result() == 2);
}

ASYNCIO_TEST_CASE(nothing_gives_nothing) {
  std::vector<asyncio::task<int>> const no_tasks;
  auto of_tasks = asyncio::as_completed(no_tasks);
  BOOST_TEST(!(co_await of_tasks.next()).has_value());
  auto of_awaitables = asyncio::as_completed(std::vector<awaitable<int>>(), 1s);
  BOOST_TEST(!(co_await of_awaitables.next()).has_value());
  BOOST_TEST((now() == 0s));
}

// conformance: A3
ASYNCIO_TEST_CASE(after_the_timeout_next_throws_and_cancels_nothing) {
  auto tasks = three();
  auto completed = asyncio::as_completed(tasks, 120ms);
  BOOST_TEST(co_await next_of(completed) == "1");
  BOOST_TEST(co_await next_of(completed) == "late");
  BOOST_TEST((now() == 120ms));
  BOOST_TEST(co_await next_of(completed) == "late");
  BOOST_TEST(co_await next_of(completed) == "end");
  BOOST_TEST(tasks[1].cancelling() == 0);
  BOOST_TEST(co_await tasks[1].join() == 3);
}

// conformance: A3
ASYNCIO_TEST_CASE(what_ended_in_time_is_given_even_after_the_timeout) {
  auto tasks = three();
  auto completed = asyncio::as_completed(tasks, 250ms);
  co_await asyncio::sleep(1h);
  BOOST_TEST(co_await next_of(completed) == "1");
  BOOST_TEST(co_await next_of(completed) == "2");
  BOOST_TEST(co_await next_of(completed) == "late");
  BOOST_TEST(co_await next_of(completed) == "end");
}

// conformance: A3
ASYNCIO_TEST_CASE(the_timeout_may_have_any_unit_and_counts_from_the_call) {
  std::vector tasks{asyncio::create_task(give(1, 1h))};
  auto completed = asyncio::as_completed(tasks, std::chrono::duration<double>(1.5));
  co_await asyncio::sleep(1s);
  BOOST_TEST(co_await next_of(completed) == "late");
  BOOST_TEST((now() == 1500ms));
  auto again = asyncio::as_completed(tasks, std::optional<asyncio::duration>());
  BOOST_TEST(co_await next_of(again) == "1");
  BOOST_TEST((now() == 1h));
}

BOOST_AUTO_TEST_CASE(a_timeout_that_is_not_a_number_is_a_value_error) {
  auto const nan = std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN());
  std::vector<asyncio::task<int>> const none;
  BOOST_CHECK_THROW((void)asyncio::as_completed(none, nan), asyncio::value_error);
}

// conformance: A4
ASYNCIO_TEST_CASE(an_unused_timeout_leaves_no_timer) {
  std::vector tasks{asyncio::create_task(give(1, 1s)), asyncio::create_task(give(2, 2s))};
  auto completed = asyncio::as_completed(tasks, 1h);
  BOOST_TEST((co_await rest_of(completed)).size() == 2u);
  BOOST_TEST(!asyncio::loop::running().core().has_timers());
  {
    std::vector more{asyncio::create_task(give(1, 0s))};
    auto const dropped = asyncio::as_completed(more, 1h);
    co_await more[0].join();
  }
  BOOST_TEST(!asyncio::loop::running().core().has_timers());
}

// conformance: A5
ASYNCIO_TEST_CASE(the_iteration_can_be_broken_off_and_resumed) {
  auto tasks = three();
  auto completed = asyncio::as_completed(tasks);
  while (auto task = co_await completed.next()) {
    if (task->result() == 1) break;
  }
  co_await asyncio::sleep(150ms);
  auto moved = std::move(completed);
  BOOST_TEST((co_await rest_of(moved)).size() == 2u);
  BOOST_TEST((now() == 300ms));
}

// conformance: A5
ASYNCIO_TEST_CASE(a_next_that_is_cancelled_loses_nothing) {
  auto tasks = three();
  auto& completed = keep_alive(asyncio::as_completed(tasks));
  auto waiter = asyncio::create_task(next_of(completed));
  co_await asyncio::sleep(50ms);
  waiter.cancel();
  bool cancelled = false;
  try {
    co_await waiter.join();
  } catch (asyncio::cancelled_error const&) {
    cancelled = true;
  }
  BOOST_TEST(cancelled);
  BOOST_TEST((now() == 50ms));
  BOOST_TEST(co_await rest_of(completed) == list_of(1, 2, 3), boost::test_tools::per_element());
}

// conformance: A5
ASYNCIO_TEST_CASE(a_next_that_is_cancelled_after_its_task_ended_hands_it_on) {
  std::vector tasks{asyncio::create_task(give(1, 1s)), asyncio::create_task(give(2, 2s))};
  auto& completed = keep_alive(asyncio::as_completed(tasks));
  auto unlucky = asyncio::create_task(next_of(completed));
  co_await asyncio::testing::wait_all_tasks_blocked();
  auto lucky = asyncio::create_task(next_of(completed));
  co_await asyncio::testing::wait_all_tasks_blocked();
  // This callback runs right after the iterator has heard of the end and before the waiter is resumed.
  tasks[0].add_done_callback([unlucky](asyncio::task<int> const&) mutable { unlucky.cancel(); });
  BOOST_TEST(co_await lucky.join() == "1");
  BOOST_TEST((now() == 1s));
  BOOST_TEST(unlucky.cancelled());
  BOOST_TEST(co_await next_of(completed) == "2");
}

// conformance: A6
ASYNCIO_TEST_CASE(who_asks_first_gets_the_first) {
  auto tasks = three();
  auto& completed = keep_alive(asyncio::as_completed(tasks));
  std::vector<asyncio::task<std::string>> askers;
  for (int i = 0; i < 4; ++i) {
    askers.push_back(asyncio::create_task(next_of(completed)));
    co_await asyncio::testing::wait_all_tasks_blocked();
  }
  BOOST_TEST(co_await askers[2].join() == "3");
  BOOST_TEST(co_await askers[1].join() == "2");
  BOOST_TEST(co_await askers[0].join() == "1");
  BOOST_TEST(co_await askers[3].join() == "end");
  BOOST_TEST((now() == 300ms));
}

// conformance: A3
ASYNCIO_TEST_CASE(everyone_who_waits_learns_of_the_timeout) {
  std::vector tasks{asyncio::create_task(give(1, 1h)), asyncio::create_task(give(2, 1h))};
  auto completed = asyncio::as_completed(tasks, 1s);
  auto [a, b, c] = co_await asyncio::gather(next_of(completed), next_of(completed), next_of(completed));
  std::vector<std::string> got{a, b, c};
  std::ranges::sort(got);
  BOOST_TEST(got[0] == "end");  // there were two tasks
  BOOST_TEST(got[1] == "late");
  BOOST_TEST(got[2] == "late");
  BOOST_TEST((now() == 1s));
}

// conformance: A7
ASYNCIO_TEST_CASE(the_same_task_twice_comes_once) {
  auto t = asyncio::create_task(give(1, 1s));
  std::vector tasks{t, t, t};
  auto completed = asyncio::as_completed(tasks);
  BOOST_TEST((co_await rest_of(completed)).size() == 1u);
}

// conformance: A7
ASYNCIO_TEST_CASE(tasks_that_end_at_the_same_time_all_come) {
  std::vector tasks{asyncio::create_task(give(1, 1s)), asyncio::create_task(give(2, 1s))};
  auto completed = asyncio::as_completed(tasks);
  auto const values = co_await rest_of(completed);
  BOOST_REQUIRE(values.size() == 2u);
  BOOST_TEST(values[0] + values[1] == 3);
  BOOST_TEST((now() == 1s));
}

ASYNCIO_TEST_CASE(dropping_the_iterator_leaves_the_tasks_running) {
  std::vector tasks{asyncio::create_task(give(1, 1h))};
  { auto const dropped = asyncio::as_completed(tasks); }
  BOOST_TEST(tasks[0].cancelling() == 0);
  BOOST_TEST(co_await tasks[0].join() == 1);
}

ASYNCIO_TEST_CASE(a_wait_for_the_next_outlives_its_iterator) {
  auto& completed = keep_alive(
      std::make_unique<asyncio::as_completed_iterator<int>>(asyncio::as_completed(lazy_range(1, 2, &seconds_of))));
  auto waiter = asyncio::create_task(next_of(*completed));
  co_await asyncio::testing::wait_all_tasks_blocked();
  completed.reset();
  BOOST_TEST(co_await waiter.join() == "1");
}

ASYNCIO_TEST_CASE(tasks_of_different_types_come_as_any_task) {
  auto number = asyncio::create_task(give(4, 2s));
  auto none = asyncio::create_task(nothing(1s));
  std::vector<asyncio::any_task> tasks{number, none};
  asyncio::as_completed_iterator<asyncio::any_task> completed = asyncio::as_completed(tasks);
  BOOST_TEST((*(co_await completed.next()) == none));
  BOOST_TEST((*(co_await completed.next()) == number));
  BOOST_TEST(!(co_await completed.next()).has_value());
}

ASYNCIO_TEST_CASE(a_used_awaitable_is_refused_and_nothing_is_started) {
  std::vector<awaitable<int>> bodies;
  bodies.push_back(seconds_of(1));
  bodies.push_back(seconds_of(1));
  auto used = std::move(bodies[1]);
  std::string text;
  try {
    auto const refused = asyncio::as_completed(bodies);
  } catch (asyncio::invalid_state const& e) {
    text = e.what();
  }
  BOOST_TEST(starts_with(text, "asyncio::as_completed: the awaitable is empty"));
  BOOST_TEST(asyncio::all_tasks().size() == 1u);
  co_return;
}

BOOST_AUTO_TEST_CASE(a_task_of_another_loop_is_a_value_error) {
  boost::asio::io_context other;
  auto foreign = asyncio::create_task(other, give(1, 0s), asyncio::task_options().name("foreign"));
  struct user {
    static awaitable<std::string> body(asyncio::task<int> t) {
      std::vector tasks{t};
      try {
        auto const refused = asyncio::as_completed(tasks);
      } catch (asyncio::value_error const& e) {
        co_return e.what();
      }
      co_return "accepted";
    }
  };
  auto const text = asyncio::testing::run(user::body(foreign));
  BOOST_TEST(starts_with(text, "asyncio::as_completed: task 'foreign' belongs to another loop"));
  other.run();
  BOOST_TEST(foreign.result() == 1);
}

BOOST_AUTO_TEST_CASE(an_iterator_that_crosses_loops_is_a_value_error) {
  boost::asio::io_context other;
  std::vector tasks{asyncio::create_task(other, give(1, 0s))};
  std::optional<asyncio::as_completed_iterator<int>> completed;
  auto make = [&] { completed = asyncio::as_completed(tasks); };
  boost::asio::post(other, make);
  other.run();
  struct user {
    static awaitable<std::string> body(asyncio::as_completed_iterator<int>& it) {
      try {
        co_await it.next();
      } catch (asyncio::value_error const& e) {
        co_return e.what();
      }
      co_return "accepted";
    }
  };
  BOOST_TEST(starts_with(asyncio::testing::run(user::body(*completed)),
                         "asyncio::as_completed: asked for the next task in another loop"));
}

BOOST_AUTO_TEST_CASE(as_completed_works_in_a_plain_coroutine_of_a_context_without_a_loop) {
  boost::asio::io_context ctx;
  struct plain {
    static awaitable<int> ready(int n) { co_return n; }
    static awaitable<int> body() {
      std::vector<awaitable<int>> bodies;
      bodies.push_back(ready(1));
      bodies.push_back(ready(2));
      auto completed = asyncio::as_completed(std::move(bodies), 1h);
      int sum = 0;
      while (auto task = co_await completed.next()) sum += task->result();
      co_return sum;
    }
  };
  int sum = 0;
  boost::asio::co_spawn(ctx, plain::body(), [&](std::exception_ptr e, int n) {
    BOOST_TEST((e == nullptr));
    sum = n;
  });
  ctx.run();
  BOOST_TEST(sum == 3);
}

BOOST_AUTO_TEST_CASE(an_iterator_may_outlive_its_loop) {
  std::vector<asyncio::task<int>> tasks;
  std::optional<asyncio::as_completed_iterator<int>> completed;
  {
    boost::asio::io_context ctx;
    asyncio::loop::of(ctx).set_exception_handler([](asyncio::exception_context const&) {});
    tasks.push_back(asyncio::create_task(ctx, give(1, 1h)));
    auto make = [&] { completed = asyncio::as_completed(tasks, 1h); };
    boost::asio::post(ctx, make);
    ctx.poll();
    BOOST_TEST(!tasks[0].done());
  }
  BOOST_TEST(tasks[0].done());
  completed.reset();
}
