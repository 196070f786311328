// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE task_set
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::task_set;
using asyncio::testing::keep_alive;
namespace asio = boost::asio;

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

/// Counts its cancel; `cleanup` is the time it takes to end after it.
awaitable<int> counted(int& cancels, asyncio::duration cleanup = 0s) {
  bool cancelled = false;
  try {
    co_await asyncio::sleep(1h);
  } catch (asyncio::cancelled_error const&) {
    cancelled = true;
  }
  if (cancelled) ++cancels;
  if (cleanup > 0s) co_await asyncio::sleep(cleanup);
  if (cancelled) throw asyncio::cancelled_error();
  co_return 0;
}

awaitable<int> fails_in_its_cleanup() {
  bool cancelled = false;
  try {
    co_await asyncio::sleep(1h);
  } catch (asyncio::cancelled_error const&) {
    cancelled = true;
  }
  if (cancelled) throw std::runtime_error("in the cleanup");
  co_return 0;
}

/// "value", "end", "cancelled" or the text of the exception.
awaitable<std::string> next_of(task_set<int>& set) {
  std::optional<asyncio::task<int>> t = co_await set.join_next();
  if (!t) co_return "end";
  if (t->cancelled()) co_return "cancelled";
  try {
    co_return std::to_string(t->result());
  } catch (std::exception const& e) {
    co_return e.what();
  }
}

template <class T>
awaitable<std::string> outcome(awaitable<T> aw) {
  try {
    co_await std::move(aw);
  } catch (asyncio::cancelled_error const& e) {
    co_return "cancelled:" + std::string(e.message());
  } catch (std::exception const& e) {
    co_return e.what();
  }
  co_return "value";
}

}  // namespace

// conformance: XJ1
ASYNCIO_TEST_CASE(members_are_joined_in_the_order_in_which_they_end) {
  task_set<int> set;
  set.create_task(give(3, 3s));
  set.create_task(give(1, 1s));
  set.create_task(give(2, 2s));
  BOOST_TEST(set.size() == 3u);
  BOOST_TEST(co_await next_of(set) == "1");
  BOOST_TEST((now() == 1s));
  BOOST_TEST(set.size() == 2u);
  BOOST_TEST(co_await next_of(set) == "2");
  BOOST_TEST(co_await next_of(set) == "3");
  BOOST_TEST((now() == 3s));
  BOOST_TEST(co_await next_of(set) == "end");
  BOOST_TEST(set.empty());
}

// conformance: XJ1
ASYNCIO_TEST_CASE(an_empty_set_has_nothing_to_join) {
  task_set<int> set;
  BOOST_TEST(set.empty());
  BOOST_TEST(!(co_await set.join_next()).has_value());
  BOOST_TEST(!set.try_join_next().has_value());
  co_await set.shutdown();
  BOOST_TEST((co_await set.join_all()).empty());
  set.cancel_all();
  set.detach_all();
  BOOST_TEST((now() == 0s));
}

ASYNCIO_TEST_CASE(members_may_be_added_while_others_end) {
  task_set<int> set;
  set.create_task(give(1, 1s));
  int sum = 0;
  while (std::optional<asyncio::task<int>> t = co_await set.join_next()) {
    sum += t->result();
    if (t->result() < 5) set.create_task(give(t->result() + 1, 1s));
  }
  BOOST_TEST(sum == 15);
  BOOST_TEST((now() == 5s));
}

ASYNCIO_TEST_CASE(create_task_takes_a_name_and_options_and_returns_the_handle) {
  task_set<int> set;
  asyncio::task<int> const a = set.create_task(give(1, 1s), "reader");
  BOOST_TEST(a.name() == "reader");
  asyncio::task<int> const b = set.create_task(give(2, 1s), asyncio::task_options().name("writer"));
  BOOST_TEST(b.name() == "writer");
  auto const joined = co_await set.join_next();
  BOOST_TEST((*joined == a || *joined == b));
  co_await set.shutdown();
}

ASYNCIO_TEST_CASE(an_eager_member_may_have_ended_when_create_task_returns) {
  struct body {
    static awaitable<int> ready() { co_return 4; }
  };
  task_set<int> set;
  set.create_task(body::ready(), asyncio::task_options().eager_start(true));
  std::optional<asyncio::task<int>> const t = set.try_join_next();
  BOOST_REQUIRE(t.has_value());
  BOOST_TEST(t->result() == 4);
  BOOST_TEST(set.empty());
  co_return;
}

// conformance: XJ1
ASYNCIO_TEST_CASE(try_join_next_never_waits) {
  task_set<int> set;
  set.create_task(give(1, 1s));
  BOOST_TEST(!set.try_join_next().has_value());
  BOOST_TEST(set.size() == 1u);
  co_await asyncio::sleep(2s);
  std::optional<asyncio::task<int>> const t = set.try_join_next();
  BOOST_REQUIRE(t.has_value());
  BOOST_TEST(t->result() == 1);
  BOOST_TEST(!set.try_join_next().has_value());
}

// conformance: XJ2
ASYNCIO_TEST_CASE(a_member_that_fails_disturbs_nobody) {
  task_set<int> set;
  set.create_task(give(2, 2s));
  set.create_task(fail("no", 1s));
  BOOST_TEST(co_await next_of(set) == "no");
  BOOST_TEST(co_await next_of(set) == "2");
  BOOST_TEST((now() == 2s));
}

ASYNCIO_TEST_CASE(a_member_that_is_cancelled_is_joined_like_any_other) {
  task_set<int> set;
  auto victim = set.create_task(give(1, 1h));
  co_await asyncio::sleep(1s);
  victim.cancel();
  BOOST_TEST(co_await next_of(set) == "cancelled");
  BOOST_TEST((now() == 1s));
}

// conformance: XJ1
ASYNCIO_TEST_CASE(cancel_all_leaves_the_members_to_be_joined) {
  auto& cancels = keep_alive<int>();
  task_set<int> set;
  set.create_task(counted(cancels));
  set.create_task(counted(cancels, 1s));
  set.create_task(give(7, 0s));
  co_await asyncio::sleep(1s);
  set.cancel_all("enough");
  BOOST_TEST(set.size() == 3u);
  BOOST_TEST(co_await next_of(set) == "7");  // it had ended before
  auto const first = co_await set.join_next();
  std::string message;
  try {
    (void)first->result();
  } catch (asyncio::cancelled_error const& e) {
    message = e.message();
  }
  BOOST_TEST(message == "enough");
  BOOST_TEST(co_await next_of(set) == "cancelled");
  BOOST_TEST(cancels == 2);
  BOOST_TEST((now() == 2s));
  BOOST_TEST(set.empty());
}

// conformance: XJ1
ASYNCIO_TEST_CASE(shutdown_cancels_and_waits_until_all_have_ended) {
  auto& cancels = keep_alive<int>();
  task_set<int> set;
  set.create_task(counted(cancels, 1s));
  set.create_task(counted(cancels, 3s));
  set.create_task(give(1, 0s));
  co_await asyncio::sleep(1s);
  co_await set.shutdown();
  BOOST_TEST((now() == 4s));
  BOOST_TEST(cancels == 2);
  BOOST_TEST(set.empty());
  BOOST_TEST(asyncio::all_tasks().size() == 1u);
}

ASYNCIO_TEST_CASE(a_failure_during_shutdown_is_reported_and_not_hidden) {
  auto& reports = keep_alive<std::vector<std::string>>();
  asyncio::loop::running().set_exception_handler(
      [&](asyncio::exception_context const& what) { reports.push_back(what.message); });
  task_set<int> set;
  set.create_task(fails_in_its_cleanup());
  co_await asyncio::sleep(1s);
  co_await set.shutdown();
  BOOST_REQUIRE(reports.size() == 1u);
  BOOST_TEST(reports[0] == "Task exception was never retrieved");
}

ASYNCIO_TEST_CASE(a_shutdown_that_is_cancelled_keeps_what_has_not_ended) {
  auto& cancels = keep_alive<int>();
  auto& set = keep_alive<task_set<int>>();
  set.create_task(counted(cancels, 5s));
  co_await asyncio::sleep(1s);
  auto t = asyncio::create_task(set.shutdown());
  co_await asyncio::sleep(1s);
  t.cancel();
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled:");
  BOOST_TEST(set.size() == 1u);
  BOOST_TEST(co_await next_of(set) == "cancelled");
  BOOST_TEST((now() == 6s));
}

// conformance: XJ1
ASYNCIO_TEST_CASE(detach_all_empties_the_set_and_lets_its_tasks_run_on) {
  task_set<int> set;
  auto t = set.create_task(give(5, 1h));
  set.detach_all();
  BOOST_TEST(set.empty());
  BOOST_TEST(co_await next_of(set) == "end");
  BOOST_TEST(co_await t.join() == 5);
}

// conformance: XJ1
ASYNCIO_TEST_CASE(destroying_a_set_cancels_its_tasks) {
  auto& cancels = keep_alive<int>();
  asyncio::task<int> t;
  {
    task_set<int> set;
    t = set.create_task(counted(cancels));
    co_await asyncio::sleep(1s);
  }
  BOOST_TEST(t.cancelling() == 1);
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled:");
  BOOST_TEST(cancels == 1);
  BOOST_TEST((now() == 1s));
}

ASYNCIO_TEST_CASE(a_failure_nobody_joined_is_reported_when_the_set_is_destroyed) {
  auto& reports = keep_alive<int>();
  asyncio::loop::running().set_exception_handler([&](asyncio::exception_context const&) { ++reports; });
  {
    task_set<int> set;
    set.create_task(fail("no", 1s));
    co_await asyncio::sleep(2s);
    BOOST_TEST(reports == 0);
  }
  BOOST_TEST(reports == 1);
}

// conformance: XJ1
ASYNCIO_TEST_CASE(join_all_gives_the_values_in_the_order_of_the_ends) {
  task_set<int> set;
  for (int i : {3, 1, 2}) set.create_task(give(i, std::chrono::seconds(i)));
  std::vector<int> const values = co_await set.join_all();
  BOOST_TEST((values == std::vector<int>{1, 2, 3}));
  task_set<> plain;
  plain.create_task(asyncio::sleep(1s));
  co_await plain.join_all();
  BOOST_TEST((now() == 4s));
}

// conformance: XJ1
ASYNCIO_TEST_CASE(join_all_throws_the_first_failure_after_the_others_were_cancelled) {
  auto& cancels = keep_alive<int>();
  auto& reports = keep_alive<int>();
  asyncio::loop::running().set_exception_handler([&](asyncio::exception_context const&) { ++reports; });
  task_set<int> set;
  set.create_task(counted(cancels, 2s));
  set.create_task(fail("first", 1s));
  set.create_task(fails_in_its_cleanup());
  BOOST_TEST(co_await outcome(set.join_all()) == "first");
  BOOST_TEST((now() == 3s));
  BOOST_TEST(cancels == 1);
  BOOST_TEST(set.empty());
  BOOST_TEST(reports == 0);
}

ASYNCIO_TEST_CASE(results_that_cannot_be_copied_can_be_joined) {
  struct body {
    static awaitable<std::unique_ptr<int>> give_unique(int v) {
      co_await asyncio::sleep(1s);
      co_return std::make_unique<int>(v);
    }
  };
  task_set<std::unique_ptr<int>> set;
  set.create_task(body::give_unique(1));
  auto t = co_await set.join_next();
  BOOST_TEST(*(co_await t->join()) == 1);
  set.create_task(body::give_unique(2));
  auto const values = co_await set.join_all();
  BOOST_TEST(*values.at(0) == 2);
}

ASYNCIO_TEST_CASE(a_join_next_that_is_cancelled_loses_nothing) {
  auto& set = keep_alive<task_set<int>>();
  set.create_task(give(1, 2s));
  auto waiter = asyncio::create_task(next_of(set));
  co_await asyncio::sleep(1s);
  waiter.cancel();
  BOOST_TEST(co_await outcome(waiter.join().as_awaitable()) == "cancelled:");
  BOOST_TEST((now() == 1s));
  BOOST_TEST(set.size() == 1u);
  BOOST_TEST(co_await next_of(set) == "1");
}

ASYNCIO_TEST_CASE(a_join_next_that_is_cancelled_at_the_last_moment_puts_its_task_back) {
  auto& set = keep_alive<task_set<int>>();
  auto member = set.create_task(give(1, 1s));
  auto waiter = asyncio::create_task(next_of(set));
  co_await asyncio::testing::wait_all_tasks_blocked();
  member.add_done_callback([waiter](asyncio::task<int> const&) mutable { waiter.cancel(); });
  BOOST_TEST(co_await outcome(waiter.join().as_awaitable()) == "cancelled:");
  BOOST_TEST(set.size() == 1u);
  BOOST_TEST(co_await next_of(set) == "1");
}

ASYNCIO_TEST_CASE(several_who_wait_are_served_in_the_order_of_their_calls) {
  auto& set = keep_alive<task_set<int>>();
  for (int i = 1; i <= 2; ++i) set.create_task(give(i, std::chrono::seconds(i)));
  std::vector<asyncio::task<std::string>> askers;
  for (int i = 0; i < 3; ++i) {
    askers.push_back(asyncio::create_task(next_of(set)));
    co_await asyncio::testing::wait_all_tasks_blocked();
  }
  BOOST_TEST(co_await askers[0].join() == "1");
  BOOST_TEST(co_await askers[1].join() == "2");
  BOOST_TEST(co_await askers[2].join() == "end");
  BOOST_TEST((now() == 2s));
}

ASYNCIO_TEST_CASE(who_waits_for_a_member_is_given_one_that_ends_while_it_is_made) {
  auto& set = keep_alive<task_set<int>>();
  static auto const at_once = [](int value) -> awaitable<int> { co_return value; };
  (void)set.create_task(give(1, 1h));
  auto asker = asyncio::create_task(next_of(set));
  co_await asyncio::yield();
  co_await asyncio::yield();
  (void)set.create_task(at_once(7), asyncio::task_options().eager_start(true));
  BOOST_TEST((co_await asyncio::timeout(1s, asker.join())) == "7");
}

ASYNCIO_TEST_CASE(who_waits_for_a_set_that_is_destroyed_is_told_that_there_is_nothing) {
  auto& set = keep_alive(std::make_unique<task_set<int>>());
  (void)set->create_task(give(1, 1h));
  auto asker = asyncio::create_task(next_of(*set));
  co_await asyncio::yield();
  co_await asyncio::yield();
  set.reset();
  BOOST_TEST((co_await asyncio::timeout(1s, asker.join())) == "end");
}

ASYNCIO_TEST_CASE(a_set_can_be_moved) {
  task_set<int> set;
  set.create_task(give(1, 1s));
  task_set<int> moved(std::move(set));
  BOOST_TEST(moved.size() == 1u);
  BOOST_TEST(set.empty());  // NOLINT: an empty set again
  set.create_task(give(2, 2s));
  BOOST_TEST(co_await next_of(moved) == "1");
  moved = std::move(set);
  BOOST_TEST(co_await next_of(moved) == "2");
}

ASYNCIO_TEST_CASE(a_thousand_members_come_and_go) {
  task_set<int> set;
  long sum = 0;
  for (int i = 0; i < 1000; ++i) {
    set.create_task(give(i, std::chrono::milliseconds(i % 7)));
    if (set.size() >= 10) sum += (co_await set.join_next())->result();
  }
  while (auto t = co_await set.join_next()) sum += t->result();
  BOOST_TEST(sum == 499'500);
}

BOOST_AUTO_TEST_CASE(without_a_loop_create_task_says_what_to_do) {
  task_set<int> set;
  BOOST_CHECK_THROW(set.create_task(give(1, 1s)), asyncio::no_running_loop);
  BOOST_TEST(set.empty());
}

// -- raw Asio operations ------------------------------------------------------------------------------------------------

namespace {

using tcp = asio::ip::tcp;

awaitable<void> echo(tcp::socket s, std::string& log) {
  char bytes[16];
  try {
    for (;;) {
      std::size_t const n = co_await s.async_read_some(asio::buffer(bytes), asio::use_awaitable);
      log += std::string(bytes, n);
    }
  } catch (boost::system::system_error const& e) {
    log += e.code() == asio::error::operation_aborted ? "!" : ".";
    throw;
  }
}

awaitable<void> serve(tcp::acceptor& acceptor, int connections, std::string& log) {
  task_set<> set;
  for (int i = 0; i < connections; ++i) {
    tcp::socket s = co_await acceptor.async_accept(asio::use_awaitable);
    set.create_task(echo(std::move(s), log));
  }
  while (log.empty()) co_await asyncio::yield();
  co_await set.shutdown();
  log += "down";
}

awaitable<void> raw_timer() {
  asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
  co_await timer.async_wait(asio::use_awaitable);
}

awaitable<void> spawned() {
  auto const executor = co_await asio::this_coro::executor;
  co_await asio::co_spawn(executor, raw_timer(), asio::use_awaitable);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_server_shuts_its_connections_down) {
  asio::io_context ctx;
  tcp::acceptor acceptor(ctx, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket a(ctx);
  tcp::socket b(ctx);
  a.connect(acceptor.local_endpoint());
  b.connect(acceptor.local_endpoint());
  a.send(asio::buffer("a", 1));
  std::string log;
  auto t = asyncio::create_task(ctx, serve(acceptor, 2, log));
  ctx.run();
  t.result();
  BOOST_TEST(log == "a!!down");
}

BOOST_AUTO_TEST_CASE(raw_operations_in_a_set_are_cancelled_promptly) {
  struct body {
    static awaitable<std::size_t> run() {
      task_set<> set;
      for (int i = 0; i < 3; ++i) set.create_task(raw_timer());
      set.create_task(spawned());
      co_await asyncio::yield();
      set.cancel_all();
      std::size_t cancelled = 0;
      while (auto t = co_await set.join_next()) cancelled += t->cancelled() ? 1u : 0u;
      co_return cancelled;
    }
  };
  asio::io_context ctx;
  auto t = asyncio::create_task(ctx, body::run());
  ctx.run();  // returns at once: no timer is pending
  BOOST_TEST(t.result() == 4u);
}

BOOST_AUTO_TEST_CASE(a_set_works_in_a_plain_coroutine) {
  struct body {
    static awaitable<int> run(asio::io_context& ctx) {
      task_set<int> set(ctx);
      set.create_task(give(1, 1ms));
      set.create_task(give(2, 0ms));
      int sum = 0;
      for (int v : co_await set.join_all()) sum += v;
      co_return sum;
    }
  };
  asio::io_context ctx;
  int sum = 0;
  asio::co_spawn(ctx, body::run(ctx), [&](std::exception_ptr e, int s) {
    BOOST_TEST((e == nullptr));
    sum = s;
  });
  ctx.run();
  BOOST_TEST(sum == 3);
}

BOOST_AUTO_TEST_CASE(a_set_belongs_to_one_loop) {
  asio::io_context ctx;
  task_set<int> set(ctx);
  set.create_task(give(1, 0s));
  auto const text = asyncio::testing::run(outcome(next_of(set)));
  BOOST_TEST(text.rfind("asyncio::task_set: asked for the next task in another loop", 0) == 0u);
  ctx.run();
  BOOST_TEST(set.try_join_next()->result() == 1);
}

BOOST_AUTO_TEST_CASE(a_set_may_outlive_its_loop) {
  std::optional<task_set<int>> set;
  {
    asio::io_context ctx;
    asyncio::loop::of(ctx).set_exception_handler([](asyncio::exception_context const&) {});
    set.emplace(ctx);
    set->create_task(give(1, 1h));
    ctx.poll();
    BOOST_TEST(set->size() == 1u);
  }
  BOOST_TEST(set->empty());
  set.reset();
}

BOOST_AUTO_TEST_CASE(a_set_without_tasks_outlives_its_loop_and_goes_on_in_the_next) {
  static auto const body = [](task_set<int>& set, int value) -> awaitable<int> {
    set.create_task(give(value, 1s));
    auto const t = co_await set.join_next();
    co_return t->result();
  };
  task_set<int> set;
  BOOST_TEST(asyncio::testing::run(body(set, 1)) == 1);
  BOOST_TEST(asyncio::testing::run(body(set, 2)) == 2);
}

BOOST_AUTO_TEST_CASE(a_task_for_a_set_of_another_loop_is_refused) {
  static auto const add = [](task_set<int>& set) -> awaitable<std::string> {
    try {
      set.create_task(give(2, 0s));
    } catch (asyncio::value_error const& e) {
      co_return e.what();
    }
    co_return "accepted";
  };
  asio::io_context ctx;
  task_set<int> set(ctx);
  set.create_task(give(1, 0s));
  BOOST_TEST(
      asyncio::testing::run(add(set)) ==
      "asyncio::task_set::create_task: the tasks of this set live in another loop; give each loop a set of its own");
  ctx.run();
  BOOST_TEST(set.size() == 1u);
}
