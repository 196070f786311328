// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE created_at
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <future>
#include <memory>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::source_location;
using asyncio::testing::keep_alive;

namespace {

/// Where the task that runs it was created.
awaitable<source_location> place() { co_return asyncio::current_task().created_at(); }
awaitable<source_location> place_with(int, std::unique_ptr<int>) { co_return asyncio::current_task().created_at(); }
awaitable<void> note_place(source_location& where) {
  where = asyncio::current_task().created_at();
  co_return;
}

bool is_here(source_location where, unsigned line) {
  return where.line() == line && std::string_view(where.file_name()) == __FILE__;
}

std::vector<awaitable<source_location>> two_places() {
  std::vector<awaitable<source_location>> both;
  both.push_back(place());
  both.push_back(place());
  return both;
}

/// Runs a coroutine that is not a task's.
template <class T>
awaitable<T> plainly(awaitable<T> aw) {
  auto const executor = co_await boost::asio::this_coro::executor;
  co_return co_await boost::asio::co_spawn(executor, std::move(aw), boost::asio::use_awaitable);
}

}  // namespace

#define TEST_HERE(where) BOOST_TEST(is_here(where, __LINE__), "created at " << (where))

ASYNCIO_TEST_CASE(a_test_case_is_created_where_it_is_written) {
  BOOST_TEST(is_here(asyncio::current_task().created_at(), __LINE__ - 1));
  co_return;
}

ASYNCIO_ORDERED_TEST_CASE(an_ordered_test_case_is_created_where_it_is_written) {
  BOOST_TEST(is_here(asyncio::current_task().created_at(), __LINE__ - 1));
  co_return;
}

ASYNCIO_TEST_CASE(tasks_are_created_where_the_function_for_one_task_is_called) {
  TEST_HERE(asyncio::create_task(place()).created_at());
  TEST_HERE(asyncio::create_task(place(), "name").created_at());
  TEST_HERE(asyncio::create_task(place(), asyncio::task_options()).created_at());
  TEST_HERE(asyncio::create_task_fn(place).created_at());
  TEST_HERE(asyncio::create_task_fn(place_with, 1, nullptr).created_at());
  TEST_HERE(co_await asyncio::shield(place()));
  asyncio::task_set<source_location> set;
  TEST_HERE(set.create_task(place()).created_at());
  TEST_HERE(set.create_task(place(), "name").created_at());
  co_await set.join_all();
  auto const line = __LINE__ + 1;
  auto future = asyncio::run_coroutine_threadsafe(asyncio::loop::running(), place());
  auto called = asyncio::run_coroutine_threadsafe(asyncio::loop::running(), place_with, 1, nullptr);
  co_await asyncio::sleep(1ms);
  BOOST_TEST(is_here(future.get(), line));
  BOOST_TEST(is_here(called.get(), line + 1));
}

ASYNCIO_TEST_CASE(children_are_created_where_gather_is_called) {
  auto const line = __LINE__ + 1;
  auto const [a, b] = co_await asyncio::gather(place(), place());
  BOOST_TEST(is_here(a, line));
  BOOST_TEST(is_here(b, line));
  TEST_HERE(std::get<0>(co_await asyncio::gather(asyncio::return_exceptions, place())).value());
  TEST_HERE((co_await asyncio::gather(two_places()))[1]);
  TEST_HERE((co_await asyncio::gather(asyncio::limit(1), two_places()))[1]);
  TEST_HERE((co_await asyncio::gather(asyncio::return_exceptions, two_places()))[1].value());
}

ASYNCIO_TEST_CASE(twelve_children_are_created_where_gather_is_called_and_of_more_the_place_is_unknown) {
  auto const twelve = co_await asyncio::gather(place(), place(), place(), place(), place(), place(), place(), place(),
                                               place(), place(), place(), place());
  BOOST_TEST(is_here(std::get<11>(twelve), __LINE__ - 2));
  auto const more = co_await asyncio::gather(place(), place(), place(), place(), place(), place(), place(), place(),
                                             place(), place(), place(), place(), place());
  BOOST_TEST(std::get<12>(more).file_name() == "unknown");
}

ASYNCIO_TEST_CASE(contestants_are_created_where_race_is_called) {
  TEST_HERE(std::get<0>(co_await asyncio::race(place(), asyncio::sleep(1h))));
  TEST_HERE(co_await asyncio::race(two_places()));
  TEST_HERE(std::get<0>(co_await asyncio::race_success(place(), asyncio::sleep(1h))));
  TEST_HERE(co_await asyncio::race_success(two_places()));
  TEST_HERE((co_await asyncio::race_staggered(two_places(), 1s)).value.value());
}

ASYNCIO_TEST_CASE(as_completed_makes_its_tasks_where_it_is_called) {
  auto const line = __LINE__ + 1;
  auto completed = asyncio::as_completed(two_places());
  auto const first = co_await completed.next();
  BOOST_TEST(is_here(first->created_at(), line));
}

ASYNCIO_TEST_CASE(tasks_of_a_group_are_created_where_its_functions_are_called) {
  auto const body = [](asyncio::task_group& group) -> awaitable<void> {
    TEST_HERE(group.create_task(place()).created_at());
    TEST_HERE(group.create_task(place(), "name").created_at());
    TEST_HERE(group.create_task_fn(place).created_at());
    TEST_HERE(group.create_task_fn(place_with, 1, nullptr).created_at());
    auto const start = [](asyncio::task_status<source_location> status, int) -> awaitable<void> {
      status.started(asyncio::current_task().created_at());
      co_return;
    };
    TEST_HERE(co_await group.start<source_location>(start, 1));
  };
  co_await asyncio::with_task_group(body);
}

ASYNCIO_TEST_CASE(the_cleanup_of_finally_is_created_where_that_is_called) {
  auto& where = keep_alive<source_location>();
  auto const line = __LINE__ + 1;
  co_await asyncio::finally(asyncio::yield(), note_place(where));
  BOOST_TEST(is_here(where, line));
}

ASYNCIO_TEST_CASE(a_coroutine_that_is_not_a_task_gets_one_where_the_function_that_needs_it_is_called) {
  auto const body = [](auto&) { return place(); };
  asyncio::cancellation_token const token;
  TEST_HERE(co_await plainly(asyncio::timeout(1s, place())));
  TEST_HERE(co_await plainly(asyncio::timeout_at(std::nullopt, place())));
  TEST_HERE(co_await plainly(asyncio::with_timeout(1s, body)));
  TEST_HERE((co_await plainly(asyncio::move_on_after(1s, place()))).value());
  TEST_HERE((co_await plainly(asyncio::move_on_at(std::nullopt, place()))).value());
  TEST_HERE(co_await plainly(asyncio::wait_for(place(), 1s)));
  TEST_HERE((co_await plainly(token.run_until_cancelled(place()))).value());
  TEST_HERE(co_await plainly(asyncio::with_task_group(body)));
}

BOOST_AUTO_TEST_CASE(the_main_task_is_created_where_run_is_called) {
  TEST_HERE(asyncio::run(place()));
  TEST_HERE(asyncio::run(place));
  TEST_HERE(asyncio::run(place_with, 1, nullptr));
  asyncio::runner runner;
  TEST_HERE(runner.run(place()));
  runner.close();
  TEST_HERE(asyncio::testing::run(place()));
}

BOOST_AUTO_TEST_CASE(a_test_body_is_created_where_it_is_given) {
  source_location where;
  auto const body = [&] { return note_place(where); };
  asyncio::testing::cancel_at_every_step(body);
  BOOST_TEST(is_here(where, __LINE__ - 1));
  asyncio::testing::stop_at_every_step(body);
  BOOST_TEST(is_here(where, __LINE__ - 1));
}
