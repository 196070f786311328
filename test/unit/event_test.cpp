// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE event
#include "sync_support.hpp"

#include <asyncio/event.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/task_group.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>
#include <asyncio/timeout.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using namespace sync_support;
namespace asio = boost::asio;
using asyncio::awaitable;
using asyncio::detail::event_state;
using asyncio::testing::keep_alive;

namespace {

awaitable<void> note(asyncio::event& e, std::string& log, char name) {
  co_await e.wait();
  log += name;
}

}  // namespace

// -- the state without a loop -------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_open_gate_lets_all_in_who_stood_before_it) {
  waiter a('a'), b('b'), c('c');
  event_state g;
  BOOST_TEST(!g.is_open());
  for (waiter* w : {&a, &b, &c}) g.enqueue(*w);
  b.unlink();
  asyncio::detail::list<asyncio::detail::ready_node> in;
  g.open(in);
  BOOST_TEST(g.is_open());
  BOOST_TEST(drain(in) == "ac");
  g.open(in);  // again
  BOOST_TEST(in.empty());
}

BOOST_AUTO_TEST_CASE(a_gate_that_is_closed_again_holds_only_newcomers) {
  waiter a('a'), b('b');
  event_state g;
  g.enqueue(a);
  asyncio::detail::list<asyncio::detail::ready_node> in;
  g.open(in);
  g.close();
  BOOST_TEST(!g.is_open());
  g.enqueue(b);
  BOOST_TEST(drain(in) == "a");
  BOOST_TEST(g.waiters().size() == 1u);
  b.unlink();
}

// -- set, clear, wait -----------------------------------------------------------------------------------------------------

// conformance: EV1
ASYNCIO_TEST_CASE(waiting_for_an_event_that_is_set_does_not_suspend) {
  asyncio::event e;
  BOOST_TEST(!e.is_set());
  e.set();
  BOOST_TEST(e.is_set());
  auto& others_ran = keep_alive<bool>();
  auto const handle = asyncio::loop::running().call_soon([&] { others_ran = true; });
  co_await e.wait();
  BOOST_TEST(!others_ran);
  co_await asyncio::yield();
}

// conformance: EV1
ASYNCIO_ORDERED_TEST_CASE(set_wakes_all_who_wait_in_order_after_what_is_ready) {
  auto& e = keep_alive<asyncio::event>();
  auto& log = keep_alive<std::string>();
  auto a = asyncio::create_task(note(e, log, '1'));
  auto b = asyncio::create_task(note(e, log, '2'));
  co_await asyncio::yield();
  asyncio::loop::running().call_soon([&] { log += '3'; });
  e.set();
  BOOST_TEST(log == "");  // never inside set
  co_await a.join();
  co_await b.join();
  BOOST_TEST(log == "312");
}

// conformance: EV2
ASYNCIO_TEST_CASE(set_wakes_those_who_wait_even_if_it_is_cleared_before_they_run) {
  auto& e = keep_alive<asyncio::event>();
  auto& log = keep_alive<std::string>();
  auto a = asyncio::create_task(note(e, log, 'x'));
  auto b = asyncio::create_task(note(e, log, 'x'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  e.set();
  e.clear();
  auto late = asyncio::create_task(note(e, log, 'l'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(log == "xx");
  BOOST_TEST(!e.is_set());
  BOOST_TEST(!late.done());
  e.set();
  co_await late.join();
  BOOST_TEST(log == "xxl");
}

// conformance: EV2
ASYNCIO_TEST_CASE(after_clear_wait_waits_again) {
  asyncio::event e;
  e.set();
  e.clear();
  BOOST_TEST(!e.is_set());
  auto const reached = co_await asyncio::move_on_after(1s, e.wait());
  BOOST_TEST(!reached);
  e.clear();  // twice is once
  e.set();
  e.set();
  co_await e.wait();
}

// conformance: EV2
ASYNCIO_TEST_CASE(who_is_cancelled_leaves_and_the_others_are_woken) {
  auto& e = keep_alive<asyncio::event>();
  auto& log = keep_alive<std::string>();
  auto a = asyncio::create_task(note(e, log, 'a'));
  auto b = asyncio::create_task(note(e, log, 'b'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(e.statistics().tasks_waiting == 2u);
  a.cancel("enough");
  BOOST_TEST(e.statistics().tasks_waiting == 1u);
  e.set();
  BOOST_TEST(co_await outcome(a.join().as_awaitable()) == "cancelled: enough");
  co_await b.join();
  BOOST_TEST(log == "b");
}

// conformance: C14
ASYNCIO_TEST_CASE(a_cancel_after_the_set_ends_the_wait_and_changes_nothing_else) {
  auto& e = keep_alive<asyncio::event>();
  auto& log = keep_alive<std::string>();
  auto a = asyncio::create_task(note(e, log, 'a'));
  auto b = asyncio::create_task(note(e, log, 'b'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  e.set();
  a.cancel();
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(a.cancelled());
  BOOST_TEST(log == "b");
  BOOST_TEST(e.is_set());
  co_await e.wait();
}

ASYNCIO_TEST_CASE(a_cancel_at_any_pass_leaves_the_event_usable) {
  for (int k = 0; k < 8; ++k) {
    auto& e = keep_alive<asyncio::event>();
    auto& log = keep_alive<std::string>();
    auto victim = asyncio::create_task(note(e, log, 'v'));
    auto other = asyncio::create_task(note(e, log, 'o'));
    auto& set_later = keep_alive([&]() -> awaitable<void> {
      for (int i = 0; i < 3; ++i) co_await asyncio::yield();
      e.set();
    });
    auto setter = asyncio::create_task(set_later());
    for (int i = 0; i < k; ++i) co_await asyncio::yield();
    bool const took = victim.cancel();
    co_await asyncio::testing::wait_all_tasks_blocked();
    BOOST_REQUIRE(victim.done());
    BOOST_REQUIRE((took ? log == "o" : log == "vo" || log == "ov"));
    BOOST_REQUIRE(setter.done());
    BOOST_REQUIRE(other.done());
    BOOST_REQUIRE(e.statistics().tasks_waiting == 0u);
    co_await e.wait();
  }
}

// conformance: XL5
ASYNCIO_TEST_CASE(statistics_count_who_waits_and_the_task_tells_for_what) {
  auto& e = keep_alive<asyncio::event>();
  BOOST_TEST(e.statistics().tasks_waiting == 0u);
  auto t = asyncio::create_task(e.wait());
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(e.statistics().tasks_waiting == 1u);
  BOOST_TEST((t.waits_for().kind == asyncio::wait_kind::event));
  BOOST_TEST(t.waits_for().object == &e);
  e.set();
  BOOST_TEST(e.statistics().tasks_waiting == 0u);
  co_await t.join();
}

ASYNCIO_TEST_CASE(an_operation_that_was_cancelled_cannot_be_awaited_again_and_takes_nothing) {
  auto& e = keep_alive<asyncio::event>();
  auto& twice = keep_alive([&]() -> awaitable<std::string> {
    auto operation = e.wait();
    try {
      co_await std::move(operation);
    } catch (asyncio::cancelled_error const&) {}
    e.set();
    try {
      co_await std::move(operation);
    } catch (std::exception const& error) {
      co_return error.what();
    }
    co_return "done";
  });
  auto t = asyncio::create_task(twice());
  co_await asyncio::testing::wait_all_tasks_blocked();
  t.cancel();
  BOOST_TEST(co_await t.join() == "asyncio: this operation was awaited before; call the function again for a new one");
  BOOST_TEST(e.is_set());
}

// -- with the rest of the library -----------------------------------------------------------------------------------------

ASYNCIO_TEST_CASE(an_event_works_under_timeout_gather_and_task_groups) {
  auto& e = keep_alive<asyncio::event>();
  bool late = false;
  try {
    co_await asyncio::timeout(1s, e.wait());
  } catch (asyncio::timeout_error const&) {
    late = true;
  }
  BOOST_TEST(late);
  BOOST_TEST(e.statistics().tasks_waiting == 0u);
  asyncio::loop::running().call_later(1s, [&] { e.set(); });
  co_await asyncio::gather(e.wait(), e.wait());
  e.clear();
  asyncio::loop::running().call_later(1s, [&] { e.set(); });
  std::string log;
  auto const body = [&](asyncio::task_group& group) -> awaitable<void> {
    for (int i = 0; i < 3; ++i) group.create_task(note(e, log, 'x'));
    co_return;
  };
  co_await asyncio::with_task_group(body);
  BOOST_TEST(log == "xxx");
}

ASYNCIO_TEST_CASE(asios_or_operator_waits_for_an_event_or_a_time) {
  using namespace asio::experimental::awaitable_operators;
  auto& e = keep_alive<asyncio::event>();
  auto const late = co_await (e.wait().as_awaitable() || asyncio::sleep(1s).as_awaitable());
  BOOST_TEST(late.index() == 1u);
  BOOST_TEST(e.statistics().tasks_waiting == 0u);
  asyncio::loop::running().call_later(1s, [&] { e.set(); });
  auto const first = co_await (e.wait().as_awaitable() || asyncio::sleep(1h).as_awaitable());
  BOOST_TEST(first.index() == 0u);
}

BOOST_AUTO_TEST_CASE(an_event_works_in_plain_coroutines_of_a_plain_context) {
  asyncio::event e;
  std::string log;
  asio::io_context ctx;
  for (char name = 'a'; name <= 'c'; ++name) asio::co_spawn(ctx, note(e, log, name), asio::detached);
  asio::post(ctx, [&] { e.set(); });
  ctx.run();
  BOOST_TEST(log == "abc");
}

// -- ends -----------------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_loop_that_is_destroyed_while_coroutines_wait_leaves_a_usable_event) {
  asyncio::event e;
  std::string log;
  for (bool const set : {false, true}) {
    asio::io_context ctx;
    asyncio::loop::of(ctx).set_exception_handler([](asyncio::exception_context const&) {});
    (void)asyncio::create_task(ctx, note(e, log, 't'));
    asio::co_spawn(ctx, note(e, log, 'p'), asio::detached);
    ctx.poll();
    BOOST_TEST(e.statistics().tasks_waiting == 2u);
    if (set) e.set();
  }
  BOOST_TEST(e.statistics().tasks_waiting == 0u);
  BOOST_TEST(log == "");
  asyncio::testing::run(note(e, log, 'x'));
  BOOST_TEST(log == "x");
}

ASYNCIO_TEST_CASE(those_who_wait_for_an_event_that_is_destroyed_are_told) {
  auto& e = keep_alive<std::optional<asyncio::event>>(std::in_place);
  auto t = asyncio::create_task(outcome(e->wait().as_awaitable()));
  co_await asyncio::testing::wait_all_tasks_blocked();
  e.reset();
  BOOST_TEST(co_await t.join() ==
             "asyncio::event: destroyed while a coroutine waited for it; it must outlive those who use it");
}

BOOST_AUTO_TEST_CASE(an_event_that_coroutines_of_another_loop_wait_for_is_refused) {
  asyncio::event e;
  std::string log;
  asio::io_context here;
  asio::io_context there;
  (void)asyncio::create_task(here, note(e, log, 'h'));
  here.poll();
  auto const refused = asyncio::create_task(there, outcome(e.wait().as_awaitable()));
  there.run();
  BOOST_TEST(refused.result().find("asyncio::event::wait: coroutines of another loop wait for this object") == 0u);
  e.set();
  here.run();
  BOOST_TEST(log == "h");
}

BOOST_AUTO_TEST_CASE(debug_mode_refuses_a_set_from_another_thread_that_would_wake_somebody) {
  auto const body = []() -> awaitable<std::string> {
    asyncio::event e;
    auto t = asyncio::create_task(e.wait());
    co_await asyncio::yield();
    std::string told;
    std::thread([&] {
      told = refusal<asyncio::invalid_state>([&] {
        e.set();
        return 0;
      });
    }).join();
    BOOST_TEST(!e.is_set());
    e.set();
    co_await t.join();
    co_return told;
  };
  std::string const told = asyncio::testing::run(body(), asyncio::testing::test_options().debug(true));
  BOOST_TEST(told.find("asyncio::event::set: called from a thread that does not run the loop") == 0u);
}
