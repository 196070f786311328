// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE adopt
#include <asyncio/asyncio.hpp>

#include "support/allocations.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/require.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <future>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asyncio::awaitable;

namespace {

awaitable<int> give(int value) {
  co_await asyncio::yield();
  co_return value;
}

awaitable<int> give_slowly(int value) {
  co_await asyncio::sleep(1ms);
  co_return value;
}

awaitable<int> fail(char const* text) {
  co_await asyncio::yield();
  throw std::runtime_error(text);
}

awaitable<int> never() {
  co_await asyncio::sleep_forever();
  co_return 0;
}

/// Counts its destructions.
struct witness {
  explicit witness(int& n) : destroyed(&n) {}
  witness(witness&& other) noexcept : destroyed(std::exchange(other.destroyed, nullptr)) {}
  ~witness() {
    if (destroyed) ++*destroyed;
  }
  int* destroyed;
};

/// Writes what the loop's exception handler is told into a list.
void collect_reports(asio::io_context& context, std::vector<std::string>& into) {
  asyncio::loop::of(context).set_exception_handler(
      [&into](asyncio::exception_context const& what) { into.push_back(what.message + ' ' + what.task_name); });
}

}  // namespace

// -- tasks on a context that the user runs -----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(run_of_the_context_returns_when_the_tasks_have_ended) {
  asio::io_context context;
  auto a = asyncio::create_task(context, give(1));
  auto b = asyncio::create_task(context, give_slowly(2), asyncio::task_options().name("slow"));
  BOOST_TEST(!a.done());
  context.run();
  BOOST_TEST(a.result() == 1);
  BOOST_TEST(b.result() == 2);
  BOOST_TEST(b.name() == "slow");
  BOOST_TEST(context.stopped());
  context.restart();
  auto c = asyncio::create_task(context, give(3));
  context.run();
  BOOST_TEST(c.result() == 3);
}

BOOST_AUTO_TEST_CASE(run_does_not_return_while_a_task_waits_and_does_when_it_is_cancelled) {
  asio::io_context context;
  auto t = asyncio::create_task(context, never());
  BOOST_TEST(context.run_for(2ms) >= 1u);
  BOOST_TEST(!context.stopped());
  asio::post(context, [&t] { t.cancel(); });
  context.run();
  BOOST_TEST(t.cancelled());
}

BOOST_AUTO_TEST_CASE(run_does_not_wait_for_the_timer_of_a_call_that_was_cancelled) {
  asio::io_context context;
  auto handle = asyncio::loop::of(context).call_later(1h, [] {});
  context.poll();
  asio::post(context, [&handle] { handle.cancel(); });
  auto const before = std::chrono::steady_clock::now();
  context.run_for(1s);
  BOOST_TEST((std::chrono::steady_clock::now() - before < 500ms));
}

BOOST_AUTO_TEST_CASE(tasks_make_tasks_join_and_gather_as_in_run) {
  asio::io_context context;
  static auto const body = []() -> awaitable<int> {
    auto t = asyncio::create_task(give(1));
    auto [a, b] = co_await asyncio::gather(give(10), give_slowly(20));
    co_return a + b + co_await t.join();
  };
  auto t = asyncio::create_task(context, body());
  context.run();
  BOOST_TEST(t.result() == 31);
}

BOOST_AUTO_TEST_CASE(cancel_from_outside_before_run_reaches_the_task_where_it_waits) {
  asio::io_context context;
  auto before_start = asyncio::create_task(context, give(1));
  before_start.cancel();
  auto waiting = asyncio::create_task(context, never());
  context.poll();
  waiting.cancel("from main");
  context.run();
  BOOST_TEST(before_start.cancelled());
  BOOST_TEST(waiting.cancelled());
}

BOOST_AUTO_TEST_CASE(an_exception_of_a_task_does_not_leave_the_context) {
  asio::io_context context;
  auto t = asyncio::create_task(context, fail("inside"));
  context.run();
  BOOST_TEST(t.done());
  BOOST_CHECK_THROW((void)t.result(), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(an_exception_nobody_takes_is_told_to_the_loops_handler_also_after_run_has_returned) {
  std::vector<std::string> reports;
  asio::io_context context;
  collect_reports(context, reports);
  {
    auto t = asyncio::create_task(context, fail("x"), asyncio::task_options().name("kept"));
    (void)asyncio::create_task(context, fail("y"), asyncio::task_options().name("dropped"));
    context.run();
    BOOST_TEST(reports.size() == 1u);
  }
  BOOST_TEST(reports.size() == 2u);
  BOOST_TEST(reports.at(0) == "Task exception was never retrieved dropped");
  BOOST_TEST(reports.at(1) == "Task exception was never retrieved kept");
}

// conformance: T29
BOOST_AUTO_TEST_CASE(a_keyboard_interrupt_leaves_the_context_and_the_other_tasks_go_on) {
  asio::io_context context;
  static auto const interrupted = []() -> awaitable<void> {
    co_await asyncio::yield();
    throw asyncio::keyboard_interrupt();
  };
  auto t = asyncio::create_task(context, interrupted());
  auto other = asyncio::create_task(context, give_slowly(1));
  BOOST_CHECK_THROW(context.run(), asyncio::keyboard_interrupt);
  BOOST_TEST(t.done());
  context.run();
  BOOST_TEST(other.result() == 1);
}

BOOST_AUTO_TEST_CASE(a_keyboard_interrupt_after_an_asio_operation_leaves_the_context_too) {
  asio::io_context context;
  static auto const interrupted = []() -> awaitable<void> {
    asio::steady_timer timer(co_await asio::this_coro::executor, 1ms);
    co_await timer.async_wait(asio::use_awaitable);
    throw asyncio::keyboard_interrupt();
  };
  auto t = asyncio::create_task(context, interrupted());
  BOOST_CHECK_THROW(context.run(), asyncio::keyboard_interrupt);
  BOOST_TEST(t.done());
}

BOOST_AUTO_TEST_CASE(a_plain_handler_finds_its_loop) {
  asio::io_context context;
  asyncio::loop& home = asyncio::loop::of(context);
  BOOST_TEST(&asyncio::loop::of(context) == &home);
  asyncio::loop* seen = nullptr;
  asyncio::task<int> t;
  asio::post(context, [&] {
    seen = asyncio::loop::running_or_null();
    t = asyncio::create_task(give(5));
  });
  context.run();
  BOOST_TEST(seen == &home);
  BOOST_TEST(t.result() == 5);
  BOOST_TEST(asyncio::loop::running_or_null() == nullptr);
}

// -- library operations in plain coroutines ------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(library_operations_work_in_plain_coroutines) {
  asio::io_context context;
  static auto const body = []() -> awaitable<int> {
    co_await asyncio::sleep(1ms);
    co_await asyncio::yield();
    BOOST_TEST(!asyncio::current_task());
    int const slept = static_cast<int>(asyncio::loop::running().time().time_since_epoch().count() != 0);
    auto [a, b] = co_await asyncio::gather(give(1), give(2));
    auto t = asyncio::create_task(give_slowly(3));
    co_return slept + a + b + co_await t.join();
  };
  std::future<int> f = asio::co_spawn(context, body(), asio::use_future);
  context.run();
  BOOST_TEST(f.get() == 7);
}

BOOST_AUTO_TEST_CASE(a_plain_coroutine_that_asio_has_resumed_finds_its_loop) {
  asio::io_context context;
  static auto const body = [](asio::io_context& here) -> awaitable<int> {
    auto const executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
    auto [a, b] = co_await asyncio::gather(asyncio::return_exceptions, give(1), fail("no luck"));
    BOOST_TEST(!b);
    co_await asio::post(executor, asio::use_awaitable);
    auto [c, d] = co_await asyncio::gather(give(3), give(4));
    co_await asio::post(executor, asio::use_awaitable);
    auto const t = asyncio::create_task(here, give(5));
    co_await asio::post(executor, asio::use_awaitable);
    while (!t.done()) co_await asio::post(executor, asio::use_awaitable);
    asyncio::event happened;
    happened.set();
    co_await happened.wait();
    co_return *a + c + d + co_await t.join();  // it has ended: nothing to wait for
  };
  std::future<int> f = asio::co_spawn(context, body(context), asio::use_future);
  context.run_for(10s);
  BOOST_REQUIRE((f.wait_for(0s) == std::future_status::ready));
  BOOST_TEST(f.get() == 13);
}

BOOST_AUTO_TEST_CASE(an_exception_comes_to_a_plain_coroutine_that_waits) {
  asio::io_context context;
  asyncio::future<int> granted(asyncio::loop::of(context));
  std::string text;
  auto const waits = [&](int depth, auto const& self) -> awaitable<int> {
    if (depth > 0) co_return co_await self(depth - 1, self);
    co_return co_await granted.wait();
  };
  auto const plain = [&]() -> awaitable<void> {
    try {
      co_await waits(2, waits);
    } catch (std::runtime_error const& e) {
      text = e.what();
    }
  };
  asio::co_spawn(context, plain(), asio::detached);
  context.poll();
  granted.set_exception(std::make_exception_ptr(std::runtime_error("came late")));
  context.restart();
  context.run();
  BOOST_TEST(text == "came late");
}

BOOST_AUTO_TEST_CASE(library_operations_work_in_a_coroutine_on_a_strand) {
  asio::io_context context;
  (void)asyncio::loop::of(context);
  std::future<int> f = asio::co_spawn(asio::make_strand(context), give_slowly(4), asio::use_future);
  context.run();
  BOOST_TEST(f.get() == 4);
}

BOOST_AUTO_TEST_CASE(a_coroutine_without_a_loop_gets_an_exception_at_its_await) {
  asio::thread_pool pool(1);
  std::future<int> f = asio::co_spawn(pool, give_slowly(4), asio::use_future);
  BOOST_CHECK_THROW(f.get(), asyncio::no_running_loop);
  pool.join();
}

BOOST_AUTO_TEST_CASE(operations_that_throw_at_once_throw_at_their_await_in_plain_coroutines_too) {
  asio::io_context other;
  auto foreign = asyncio::create_task(other, give(1));
  asio::io_context context;
  static auto const body = [](asyncio::task<int> t) -> awaitable<int> { co_return co_await t.join(); };
  std::future<int> f = asio::co_spawn(context, body(foreign), asio::use_future);
  context.run();
  BOOST_CHECK_THROW(f.get(), asyncio::invalid_state);
  other.run();
  BOOST_TEST(foreign.result() == 1);
}

BOOST_AUTO_TEST_CASE(asios_or_operator_takes_the_first_and_cancels_the_library_wait_of_the_other) {
  using namespace asio::experimental::awaitable_operators;
  asio::io_context context;
  int destroyed = 0;
  static auto const loser = [](witness) -> awaitable<int> {
    co_await asyncio::sleep(1h);
    co_return 0;
  };
  static auto const body = [](int& n) -> awaitable<std::size_t> {
    auto const winner = co_await (give_slowly(1) || loser(witness(n)));
    co_return winner.index();
  };
  std::future<std::size_t> f = asio::co_spawn(context, body(destroyed), asio::use_future);
  context.run();  // and not for an hour
  BOOST_TEST(f.get() == 0u);
  BOOST_TEST(destroyed == 1);
}

BOOST_AUTO_TEST_CASE(asios_and_operator_takes_both_and_an_error_cancels_the_other) {
  using namespace asio::experimental::awaitable_operators;
  asio::io_context context;
  static auto const both = []() -> awaitable<int> {
    auto const [a, b] = co_await (give(1) && give_slowly(2));
    co_return a + b;
  };
  static auto const one_fails = []() -> awaitable<int> {
    auto const [a, b] = co_await (never() && fail("first"));
    co_return a + b;
  };
  std::future<int> good = asio::co_spawn(context, both(), asio::use_future);
  std::future<int> bad = asio::co_spawn(context, one_fails(), asio::use_future);
  context.run();
  BOOST_TEST(good.get() == 3);
  BOOST_CHECK_THROW(bad.get(), std::exception);
}

BOOST_AUTO_TEST_CASE(asios_operators_work_on_joins_inside_a_task) {
  using namespace asio::experimental::awaitable_operators;
  asio::io_context context;
  static auto const body = []() -> awaitable<std::size_t> {
    auto slow = asyncio::create_task(never());
    auto quick = asyncio::create_task(give(1));
    auto const first = co_await (slow.join().as_awaitable() || quick.join().as_awaitable());
    BOOST_TEST(slow.cancelling() == 1);  // a cancelled join cancels its task, as everywhere
    co_return first.index();
  };
  auto t = asyncio::create_task(context, body());
  context.run();
  BOOST_TEST(t.result() == 1u);
}

// -- completion tokens -----------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_operation_takes_a_future_a_callback_and_deferred) {
  asio::io_context context;
  std::future<void> f;
  bool called = false;
  bool deferred_called = false;
  asyncio::task<int> t = asyncio::create_task(context, give_slowly(9));
  std::future<int> joined;
  asio::post(context, [&] {
    f = asyncio::sleep(1ms)(asio::use_future);
    asyncio::sleep(1ms)([&called](std::exception_ptr const& e) { called = !e; });
    auto later = asyncio::yield()(asio::deferred);
    std::move(later)([&deferred_called](std::exception_ptr const& e) { deferred_called = !e; });
    joined = t.join()(asio::use_future);
  });
  context.run();
  f.get();
  BOOST_TEST(called);
  BOOST_TEST(deferred_called);
  BOOST_TEST(joined.get() == 9);
}

BOOST_AUTO_TEST_CASE(an_operation_outside_a_loop_starts_on_the_executor_of_its_token) {
  asio::io_context context;
  bool called = false;
  asyncio::sleep(1ms)(
      asio::bind_executor(context.get_executor(), [&called](std::exception_ptr const& e) { called = !e; }));
  context.run();
  BOOST_TEST(called);
  BOOST_CHECK_THROW(asyncio::sleep(1ms)(asio::use_future), asyncio::no_running_loop);
}

BOOST_AUTO_TEST_CASE(a_cancellation_slot_ends_an_operation) {
  asio::io_context context;
  (void)asyncio::loop::of(context);
  asio::cancellation_signal signal;
  std::string outcome;
  asio::post(context, [&] {
    asyncio::sleep(1h)(asio::bind_cancellation_slot(signal.slot(), [&outcome](std::exception_ptr const& e) {
      try {
        if (e) std::rethrow_exception(e);
        outcome = "slept";
      } catch (boost::system::system_error const& x) {
        outcome = x.code() == asio::error::operation_aborted ? "aborted" : x.what();
      }
    }));
  });
  asio::steady_timer later(context, 1ms);
  later.async_wait([&signal](boost::system::error_code const&) { signal.emit(asio::cancellation_type::terminal); });
  context.run();
  BOOST_TEST(outcome == "aborted");
}

BOOST_AUTO_TEST_CASE(as_tuple_gives_the_exception_beside_the_value) {
  asio::io_context context;
  static auto const body = []() -> awaitable<void> {
    auto good = asyncio::create_task(give(5));
    auto bad = asyncio::create_task(fail("told"));
    auto const [no_error, value] = co_await good.join()(asio::as_tuple(asio::use_awaitable));
    BOOST_TEST((no_error == nullptr));
    BOOST_TEST(value == 5);
    auto const [error, nothing] = co_await bad.join()(asio::as_tuple(asio::use_awaitable));
    BOOST_TEST(nothing == 0);
    BOOST_CHECK_THROW(std::rethrow_exception(error), std::runtime_error);
  };
  auto t = asyncio::create_task(context, body());
  context.run();
  t.result();
}

// -- two contexts in one thread ------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(two_contexts_in_one_thread_keep_their_tasks_apart) {
  asio::io_context one;
  asio::io_context two;
  std::size_t seen_one = 0;
  std::size_t seen_two = 0;
  static auto const count = [](std::size_t& n) -> awaitable<int> {
    n = asyncio::all_tasks().size();
    co_await asyncio::yield();
    co_return 1;
  };
  auto a = asyncio::create_task(one, count(seen_one));
  auto b = asyncio::create_task(two, count(seen_two));
  auto c = asyncio::create_task(two, give(2));
  while (!a.done() || !b.done() || !c.done()) {
    one.poll_one();
    two.poll_one();
  }
  BOOST_TEST(seen_one == 1u);
  BOOST_TEST(seen_two == 2u);
  BOOST_TEST(asyncio::all_tasks(asyncio::loop::of(one)).empty());
}

// conformance: T10
BOOST_AUTO_TEST_CASE(a_task_of_another_loop_cannot_be_joined_before_it_has_ended) {
  asio::io_context one;
  asio::io_context two;
  static auto const join_it = [](asyncio::task<int> t) -> awaitable<int> { co_return co_await t.join(); };
  auto target = asyncio::create_task(two, give(7), asyncio::task_options().name("abroad"));
  auto early = asyncio::create_task(one, join_it(target));
  one.run();
  std::string text;
  try {
    (void)early.result();
  } catch (asyncio::invalid_state const& e) {
    text = e.what();
  }
  BOOST_TEST(text.find("task 'abroad' belongs to another loop") != std::string::npos);
  two.run();
  one.restart();
  auto late = asyncio::create_task(one, join_it(target));
  one.run();
  BOOST_TEST(late.result() == 7);
}

// -- the end of a loop with pending tasks --------------------------------------------------------------------------------------

namespace {
awaitable<int> hold_and_join(asyncio::task<int> t, witness) { co_return co_await t.join(); }
awaitable<void> hold_and_wait(witness) {
  asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
  co_await timer.async_wait(asio::use_awaitable);
}
awaitable<void> hold_and_sleep(witness) { co_await asyncio::sleep_forever(); }
awaitable<void> hold_and_nap(witness) { co_await asyncio::sleep(1h); }
}  // namespace

// conformance: T21
BOOST_AUTO_TEST_CASE(a_destroyed_loop_reports_its_pending_tasks_and_destroys_everything_once) {
  std::vector<std::string> reports;
  int destroyed = 0;
  asyncio::task<int> kept;
  {
    asio::io_context context;
    collect_reports(context, reports);
    kept = asyncio::create_task(context, never(), asyncio::task_options().name("target"));
    (void)asyncio::create_task(context, hold_and_join(kept, witness(destroyed)), asyncio::task_options().name("join"));
    (void)asyncio::create_task(context, hold_and_wait(witness(destroyed)), asyncio::task_options().name("raw"));
    (void)asyncio::create_task(context, hold_and_nap(witness(destroyed)), asyncio::task_options().name("sleep"));
    context.poll();
    (void)asyncio::create_task(context, hold_and_sleep(witness(destroyed)), asyncio::task_options().name("fresh"));
    asio::co_spawn(context, hold_and_sleep(witness(destroyed)), asio::detached);
    BOOST_TEST(destroyed == 0);
  }
  BOOST_TEST(destroyed == 5);
  std::vector<std::string> expected;
  for (char const* name : {"target", "join", "raw", "sleep", "fresh"})
    expected.push_back(std::string("Task was destroyed but it is pending! ") + name);
  BOOST_TEST(reports == expected, boost::test_tools::per_element());
  BOOST_TEST(kept.done());
  BOOST_TEST(kept.cancelled());
  BOOST_TEST(!kept.cancel());
  BOOST_CHECK_THROW((void)kept.result(), asyncio::cancelled_error);
  BOOST_CHECK_THROW(kept.add_done_callback([](asyncio::any_task const&) {}), asyncio::invalid_state);
  kept.cancel_threadsafe();
}

// conformance: T22
BOOST_AUTO_TEST_CASE(children_of_a_gather_are_not_reported_beside_the_task_that_waits_for_them) {
  std::vector<std::string> reports;
  int destroyed = 0;
  static auto const body = [](int& n) -> awaitable<void> {
    co_await asyncio::gather(hold_and_sleep(witness(n)), hold_and_nap(witness(n)));
  };
  {
    asio::io_context context;
    collect_reports(context, reports);
    (void)asyncio::create_task(context, body(destroyed), asyncio::task_options().name("parent"));
    context.poll();
    BOOST_TEST(asyncio::all_tasks(asyncio::loop::of(context)).size() == 3u);
  }
  BOOST_TEST(destroyed == 2);
  BOOST_TEST(reports.size() == 1u);
  BOOST_TEST(reports.at(0) == "Task was destroyed but it is pending! parent");
}

BOOST_AUTO_TEST_CASE(done_callbacks_and_calls_of_a_destroyed_loop_are_destroyed_uncalled) {
  auto const token = std::make_shared<int>(0);
  {
    asio::io_context context;
    asyncio::loop::of(context).set_exception_handler([](asyncio::exception_context const&) {});
    auto t = asyncio::create_task(context, never());
    t.add_done_callback([token](asyncio::any_task const&) { ++*token; });
    asyncio::loop::of(context).call_soon([token] { ++*token; });
    asyncio::loop::of(context).call_later(1h, [token] { ++*token; });
    BOOST_TEST(token.use_count() == 4);
  }
  BOOST_TEST(token.use_count() == 1);
  BOOST_TEST(*token == 0);
}

BOOST_AUTO_TEST_CASE(a_loop_destroyed_with_a_wake_up_in_its_queue_is_clean) {
  int destroyed = 0;
  std::size_t reports = 0;
  {
    asio::io_context context;
    asyncio::loop::of(context).set_exception_handler([&reports](asyncio::exception_context const&) { ++reports; });
    auto t = asyncio::create_task(context, hold_and_sleep(witness(destroyed)));
    auto raw = asyncio::create_task(context, hold_and_wait(witness(destroyed)));
    auto join =
        asyncio::create_task(context, hold_and_join(asyncio::create_task(context, never()), witness(destroyed)));
    context.poll();
    t.cancel();
    raw.cancel();
    join.cancel();
  }
  BOOST_TEST(destroyed == 3);
  BOOST_TEST(reports == 4u);
}

BOOST_AUTO_TEST_CASE(a_loop_destroyed_under_asios_operators_is_clean) {
  using namespace asio::experimental::awaitable_operators;
  int destroyed = 0;
  static auto const body = [](int& n) -> awaitable<void> {
    co_await (hold_and_sleep(witness(n)) || hold_and_wait(witness(n)));
  };
  {
    asio::io_context context;
    asyncio::loop::of(context).set_exception_handler([](asyncio::exception_context const&) {});
    (void)asyncio::create_task(context, body(destroyed));
    asio::co_spawn(context, body(destroyed), asio::detached);
    context.poll();
  }
  BOOST_TEST(destroyed == 4);
}

BOOST_AUTO_TEST_CASE(a_stopped_context_can_go_on_later) {
  asio::io_context context;
  auto t = asyncio::create_task(context, give_slowly(1));
  asio::post(context, [&context] { context.stop(); });
  context.run();
  BOOST_TEST(!t.done());
  context.restart();
  context.run();
  BOOST_TEST(t.result() == 1);
}

BOOST_AUTO_TEST_CASE(an_exception_of_a_plain_handler_leaves_run_and_loses_no_wake_up) {
  asio::io_context context;
  auto t = asyncio::create_task(context, give_slowly(1));
  static auto const body = []() -> awaitable<int> {
    // A handler on the task's own executor, in the middle of a pass.
    asio::dispatch(co_await asio::this_coro::executor, [] { throw std::logic_error("handler"); });
    co_return 1;
  };
  auto thrower = asyncio::create_task(context, body());
  auto u = asyncio::create_task(context, give(2));
  asio::post(context, [] { throw std::range_error("plain"); });
  int thrown = 0;
  for (;;) {
    try {
      context.run();
      break;
    } catch (std::range_error const&) {
      ++thrown;
    }
  }
  BOOST_TEST(thrown == 1);
  BOOST_TEST(t.result() == 1);
  BOOST_TEST(u.result() == 2);
  BOOST_CHECK_THROW((void)thrower.result(), std::logic_error);
}

// -- without memory -----------------------------------------------------------------------------------------------------

namespace {

/// Runs what is ready in the context, the n-th allocation failing. @return whether it came to that.
bool poll_without_memory(asio::io_context& context, std::size_t n) {
  support::failing_allocation const fails(n);
  try {
    context.poll();
  } catch (std::bad_alloc const&) {}
  return fails.happened();
}

template <class A>
awaitable<void> note(A operation, std::string& log) {
  try {
    (void)co_await std::move(operation);
    log += "done";
  } catch (asyncio::error const& e) {
    log += e.what();
  } catch (boost::system::system_error const&) {
    log += "cancelled";
  }
}

/// How the coroutine of a context ends that is woken by `wake` and finds no memory to go on with at first.
template <class A, class Wake>
std::string resumed_without_memory(A operation, Wake wake) {
  std::string log;
  log.reserve(200);  // it is not this one that is to fail
  asio::io_context context;
  asio::co_spawn(context, note(std::move(operation), log), asio::detached);
  context.poll();
  wake();
  BOOST_TEST(poll_without_memory(context, 0));
  BOOST_TEST(log == "");
  context.restart();
  context.poll();
  return log;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_coroutine_that_is_woken_when_there_is_no_memory_goes_on_when_there_is) {
  if (!support::allocations_are_seen) return;
  asyncio::queue<int> queue;
  BOOST_TEST(resumed_without_memory(queue.get(), [&] { queue.put_nowait(1); }) == "done");
  BOOST_TEST(queue.empty());

  asyncio::lock lock;
  auto held = lock.try_acquire();
  BOOST_TEST(resumed_without_memory(lock.acquire(), [&] { held.reset(); }) == "done");
  BOOST_TEST(!lock.locked());
  BOOST_TEST(lock.try_acquire().has_value());

  auto event = std::make_optional<asyncio::event>();
  std::string const destroyed = resumed_without_memory(event->wait(), [&] { event.reset(); });
  BOOST_TEST(destroyed.starts_with("asyncio::event: destroyed while a coroutine waited for it"));
}

// -- an executor that never runs anything at once -------------------------------------------------------------------------

namespace {
auto queueing(asio::io_context& context) {
  return asio::require(context.get_executor(), asio::execution::blocking.never);
}
}  // namespace

BOOST_AUTO_TEST_CASE(a_coroutine_that_is_queued_to_go_on_is_destroyed_once_with_its_context) {
  int destroyed = 0;
  asyncio::event event;
  bool went_on = false;
  auto const body = [&](witness) -> awaitable<void> {
    co_await event.wait();
    went_on = true;
  };
  {
    asio::io_context context;
    asio::co_spawn(queueing(context), body(witness(destroyed)), asio::detached);
    context.poll();
    event.set();
    context.run_one();  // the loop's turn, which hands it over
    BOOST_TEST(!went_on);
    BOOST_TEST(destroyed == 0);
  }
  BOOST_TEST(!went_on);
  BOOST_TEST(destroyed == 1);
}

BOOST_AUTO_TEST_CASE(a_cancel_between_the_waking_and_the_going_on_gives_back_what_was_promised) {
  asyncio::lock lock;
  auto held = lock.try_acquire();
  asio::cancellation_signal cancel;
  std::string first, second;
  asio::io_context context;
  asio::co_spawn(queueing(context), note(lock.acquire(), first),
                 asio::bind_cancellation_slot(cancel.slot(), asio::detached));
  asio::co_spawn(queueing(context), note(lock.acquire(), second), asio::detached);
  context.poll();
  held.reset();
  cancel.emit(asio::cancellation_type::terminal);  // co_spawn sends it through the executor
  context.restart();
  context.run_one();  // the loop's turn, which hands the coroutine over, behind the cancel
  BOOST_TEST(first == "");
  context.poll();
  BOOST_TEST(first == "cancelled");
  BOOST_TEST(second == "done");
  BOOST_TEST(!lock.locked());
}
