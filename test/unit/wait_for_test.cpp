// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE wait_for
#include <asyncio/shield.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>
#include <asyncio/timeout.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <string>

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asyncio::awaitable;
using asyncio::time_point;
using asyncio::testing::keep_alive;

namespace {

time_point now() { return asyncio::loop::running().time(); }

/// How an awaitable ended.
template <class T>
awaitable<std::string> outcome(awaitable<T> aw) {
  try {
    co_await std::move(aw);
    co_return "done";
  } catch (asyncio::timeout_error const&) {
    co_return "timeout";
  } catch (asyncio::cancelled_error const& e) {
    co_return e.message().empty() ? "cancelled" : "cancelled: " + std::string(e.message());
  } catch (std::exception const& e) {
    co_return e.what();
  }
}

awaitable<int> answer_after(asyncio::duration d) {
  co_await asyncio::sleep(d);
  co_return 42;
}

/// What happened to a body.
struct record {
  bool started = false;
  bool cancelled = false;
  bool ended = false;
};

/// Waits a second; when it is cancelled it takes `cleanup` to end, then does as `last_words` says.
enum class last_words { rethrow, value, other_error };
awaitable<int> recorded(record& r, asyncio::duration cleanup, last_words words) {
  r.started = true;
  try {
    co_await asyncio::sleep(1s);
  } catch (asyncio::cancelled_error const&) {
    r.cancelled = true;
  }
  if (r.cancelled) co_await asyncio::sleep(cleanup);
  r.ended = true;
  if (!r.cancelled) co_return 42;
  if (words == last_words::value) co_return -1;
  if (words == last_words::other_error) throw std::runtime_error("crash");
  throw asyncio::cancelled_error();
}

template <class E>
bool is_nested_in(std::exception const& e) {
  try {
    std::rethrow_if_nested(e);
  } catch (E const&) {
    return true;
  } catch (...) {}
  return false;
}

/// Whether the wait ends with a timeout_error in which a cancel is nested.
template <class T>
awaitable<bool> times_out_with_its_cause(awaitable<T> aw) {
  try {
    co_await std::move(aw);
  } catch (asyncio::timeout_error const& e) {
    co_return is_nested_in<asyncio::cancelled_error>(e);
  }
  co_return false;
}

}  // namespace

// conformance: WF1
ASYNCIO_TEST_CASE(the_result_in_time_is_given) {
  BOOST_TEST(co_await asyncio::wait_for(answer_after(10ms), 1s) == 42);
  BOOST_TEST(co_await asyncio::wait_for(asyncio::create_task(answer_after(10ms)), 1s) == 42);
  co_await asyncio::wait_for(asyncio::sleep(1ms), 1s);
}

// conformance: WF1
ASYNCIO_TEST_CASE(nullopt_waits_as_long_as_it_takes) {
  std::optional<asyncio::duration> const none;
  BOOST_TEST(co_await asyncio::wait_for(answer_after(100h), std::nullopt) == 42);
  BOOST_TEST(co_await asyncio::wait_for(asyncio::create_task(answer_after(100h)), none) == 42);
}

// conformance: WF2
ASYNCIO_TEST_CASE(a_task_that_takes_too_long_is_cancelled_and_awaited) {
  auto const start = now();
  auto& r = keep_alive<record>();
  auto t = asyncio::create_task(recorded(r, 20ms, last_words::rethrow));
  BOOST_TEST(co_await outcome(asyncio::wait_for(t, 100ms)) == "timeout");
  BOOST_TEST(t.cancelled());
  BOOST_TEST(r.ended);
  BOOST_TEST((now() == start + 120ms));
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
}

// conformance: WF2
ASYNCIO_TEST_CASE(an_awaitable_that_takes_too_long_is_cancelled_and_awaited) {
  auto const start = now();
  record r;
  BOOST_TEST(co_await outcome(asyncio::wait_for(recorded(r, 20ms, last_words::rethrow), 100ms)) == "timeout");
  BOOST_TEST(r.ended);
  BOOST_TEST((now() == start + 120ms));
}

// conformance: WF2
ASYNCIO_TEST_CASE(the_cancel_is_the_cause_of_the_timeout_error) {
  auto& r = keep_alive<record>();
  BOOST_TEST(co_await times_out_with_its_cause(asyncio::wait_for(recorded(r, 0s, last_words::rethrow), 1ms)));
  auto t = asyncio::create_task(answer_after(1s));
  BOOST_TEST(co_await times_out_with_its_cause(asyncio::wait_for(t, 1ms)));
  auto zero = asyncio::create_task(recorded(r, 1ms, last_words::rethrow));
  co_await asyncio::sleep(1ms);
  BOOST_TEST(co_await times_out_with_its_cause(asyncio::wait_for(zero, 0s)));
}

// conformance: WF3
ASYNCIO_TEST_CASE(a_value_in_spite_of_the_cancel_is_given) {
  auto& r = keep_alive<record>();
  BOOST_TEST(co_await asyncio::wait_for(recorded(r, 1ms, last_words::value), 10ms) == -1);
  BOOST_TEST(co_await asyncio::wait_for(asyncio::create_task(recorded(r, 1ms, last_words::value)), 10ms) == -1);
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
}

// conformance: WF4
ASYNCIO_TEST_CASE(an_error_out_of_the_cancelled_body_propagates) {
  auto& r = keep_alive<record>();
  BOOST_TEST(co_await outcome(asyncio::wait_for(recorded(r, 1ms, last_words::other_error), 10ms)) == "crash");
  auto t = asyncio::create_task(recorded(r, 1ms, last_words::other_error));
  BOOST_TEST(co_await outcome(asyncio::wait_for(t, 10ms)) == "crash");
  auto zero = asyncio::create_task(recorded(r, 1ms, last_words::other_error));
  co_await asyncio::sleep(1ms);
  BOOST_TEST(co_await outcome(asyncio::wait_for(zero, 0s)) == "crash");
}

// conformance: WF5
ASYNCIO_TEST_CASE(with_no_time_left_a_task_that_is_done_gives_its_result) {
  auto t = asyncio::create_task(answer_after(1ms));
  co_await asyncio::sleep(2ms);
  BOOST_TEST(co_await asyncio::wait_for(t, 0s) == 42);
  BOOST_TEST(co_await asyncio::wait_for(t, -1s) == 42);
  BOOST_TEST(co_await asyncio::wait_for(t.join(), 0s) == 42);
}

// conformance: WF5
ASYNCIO_TEST_CASE(with_no_time_left_a_coroutine_is_never_begun) {
  record r;
  BOOST_TEST(co_await outcome(asyncio::wait_for(recorded(r, 0s, last_words::rethrow), 0s)) == "timeout");
  BOOST_TEST(co_await outcome(asyncio::wait_for(recorded(r, 0s, last_words::rethrow), -1s)) == "timeout");
  BOOST_TEST(!r.started);
}

// conformance: WF5
ASYNCIO_TEST_CASE(with_no_time_left_a_task_that_has_not_begun_never_does) {
  auto& r = keep_alive<record>();
  auto t = asyncio::create_task(recorded(r, 0s, last_words::rethrow));
  BOOST_TEST(co_await outcome(asyncio::wait_for(t, 0s)) == "timeout");
  BOOST_TEST(t.cancelled());
  BOOST_TEST(!r.started);
}

// conformance: WF5
ASYNCIO_TEST_CASE(with_no_time_left_a_running_task_is_cancelled_and_awaited) {
  for (auto const limit : {0s, -1s}) {
    auto& r = keep_alive<record>();
    auto t = asyncio::create_task(recorded(r, 5ms, last_words::rethrow));
    co_await asyncio::sleep(1ms);
    auto const start = now();
    BOOST_TEST(co_await outcome(asyncio::wait_for(t, limit)) == "timeout");
    BOOST_TEST(t.cancelled());
    BOOST_TEST(r.ended);
    BOOST_TEST((now() == start + 5ms));
    BOOST_TEST(t.cancelling() == 1);
  }
}

// conformance: WF3, WF5
ASYNCIO_TEST_CASE(with_no_time_left_a_value_in_spite_of_the_cancel_is_given) {
  auto& r = keep_alive<record>();
  auto t = asyncio::create_task(recorded(r, 5ms, last_words::value));
  co_await asyncio::sleep(1ms);
  BOOST_TEST(co_await asyncio::wait_for(t, 0s) == -1);
}

// conformance: WF5
ASYNCIO_ORDERED_TEST_CASE(with_no_time_left_an_operation_still_succeeds_if_it_need_not_wait) {
  BOOST_TEST(co_await outcome(asyncio::wait_for(asyncio::yield(), 0s)) == "timeout");
  auto t = asyncio::create_task(answer_after(1ms));
  BOOST_TEST(co_await outcome(asyncio::wait_for(asyncio::shield(t), 0s)) == "timeout");
  BOOST_TEST(co_await t.join() == 42);
  BOOST_TEST(co_await asyncio::wait_for(asyncio::shield(t), 0s) == 42);
}

// conformance: WF5
ASYNCIO_TEST_CASE(a_wait_with_no_time_left_gives_way_to_others_and_can_be_cancelled) {
  auto& r = keep_alive<record>();
  auto& others_ran = keep_alive<bool>();
  auto const handle = asyncio::loop::running().call_soon([&] { others_ran = true; });
  BOOST_TEST(co_await outcome(asyncio::wait_for(recorded(r, 0s, last_words::rethrow), 0s)) == "timeout");
  co_await asyncio::yield();
  BOOST_TEST(others_ran);
  auto const cancelled_before = [](record& to) -> awaitable<int> {
    asyncio::current_task().cancel();
    co_return co_await asyncio::wait_for(recorded(to, 0s, last_words::rethrow), 0s);
  };
  BOOST_TEST(co_await outcome(asyncio::create_task(cancelled_before(r)).join().as_awaitable()) == "cancelled");
}

// conformance: WF6
ASYNCIO_TEST_CASE(a_cancel_of_the_wait_cancels_the_task_and_waits_for_it) {
  for (std::optional<asyncio::duration> const limit :
       {std::optional<asyncio::duration>(), std::optional<asyncio::duration>(60s)}) {
    auto const start = now();
    auto& r = keep_alive<record>();
    auto inner = asyncio::create_task(recorded(r, 5ms, last_words::rethrow));
    auto wait = asyncio::create_task(asyncio::wait_for(inner, limit));
    co_await asyncio::sleep(1ms);
    wait.cancel("enough");
    BOOST_TEST(co_await outcome(wait.join().as_awaitable()) == "cancelled: enough");
    BOOST_TEST(inner.cancelled());
    BOOST_TEST(r.ended);
    BOOST_TEST((now() == start + 6ms));
  }
}

// conformance: WF6
ASYNCIO_TEST_CASE(a_cancel_of_the_wait_before_anything_began_cancels_both) {
  auto inner = asyncio::create_task(answer_after(10s));
  auto wait = asyncio::create_task(asyncio::wait_for(inner, 60s));
  auto const handle = asyncio::loop::running().call_soon([wait]() mutable { wait.cancel(); });
  BOOST_TEST(co_await outcome(wait.join().as_awaitable()) == "cancelled");
  BOOST_TEST(wait.cancelled());
}

// conformance: WF6
ASYNCIO_TEST_CASE(a_cancel_while_a_timed_out_task_cleans_up_is_a_cancel) {
  auto& r = keep_alive<record>();
  auto inner = asyncio::create_task(recorded(r, 100ms, last_words::rethrow));
  co_await asyncio::sleep(1ms);
  for (auto const limit : {10ms, 0ms}) {
    auto& s = keep_alive<record>();
    auto slow = asyncio::create_task(recorded(s, 100ms, last_words::rethrow));
    co_await asyncio::sleep(1ms);
    auto wait = asyncio::create_task(asyncio::wait_for(slow, limit));
    co_await asyncio::sleep(50ms);
    BOOST_TEST(s.cancelled);
    BOOST_TEST(!wait.done());
    wait.cancel("stop");
    BOOST_TEST(co_await outcome(wait.join().as_awaitable()) == "cancelled: stop");
    BOOST_TEST(slow.done() == (limit > 0ms));  // with no time left it was cancelled before, and nobody waits for it
  }
  inner.cancel();
  BOOST_TEST(co_await outcome(inner.join().as_awaitable()) == "cancelled");
}

ASYNCIO_TEST_CASE(with_no_time_left_a_cancel_that_is_under_way_is_no_timeout) {
  auto inner = asyncio::create_task(answer_after(1s));
  auto const body = [](asyncio::task<int> t) -> awaitable<int> {
    asyncio::current_task().cancel("mine");
    co_return co_await asyncio::wait_for(t, 0s);
  };
  auto wait = asyncio::create_task(body(inner));
  BOOST_TEST(co_await outcome(wait.join().as_awaitable()) == "cancelled: mine");
  BOOST_TEST(co_await outcome(inner.join().as_awaitable()) == "cancelled");
}

// conformance: WF6
ASYNCIO_TEST_CASE(a_cancelled_wait_lets_a_task_that_ignores_cancels_finish) {
  auto const slow = [](bool& exited, time_point until) -> awaitable<void> {
    while (now() < until) {
      try {
        co_await asyncio::sleep_until(until);
      } catch (asyncio::cancelled_error const&) {}
    }
    exited = true;
  };
  auto& exited = keep_alive<bool>();
  auto const until = now() + 200ms;
  auto wait = asyncio::create_task(asyncio::wait_for(slow(exited, until), 400ms));
  co_await asyncio::yield();
  wait.cancel();
  (void)co_await outcome(wait.join().as_awaitable());
  BOOST_TEST((exited || wait.cancelled()));  // under the shuffle the cancel may come before its first step
  exited = false;
  (void)co_await outcome(asyncio::wait_for(slow(exited, now() + 200ms), 100ms));
  BOOST_TEST(exited);
}

// conformance: WF7
ASYNCIO_ORDERED_TEST_CASE(a_cancel_in_the_pass_in_which_the_task_ends_wins_and_the_task_keeps_its_result) {
  auto const at_once = []() -> awaitable<std::string> { co_return "kept"; };
  auto const wait = [](asyncio::task<std::string> t, bool& reached_end) -> awaitable<void> {
    co_await asyncio::wait_for(t, 100s);
    co_await asyncio::sleep(1s);
    reached_end = true;
  };
  auto& reached_end = keep_alive<bool>();
  auto inner = asyncio::create_task(at_once());
  auto t = asyncio::create_task(wait(inner, reached_end));
  co_await asyncio::yield();
  BOOST_TEST(inner.done());
  t.cancel();
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled");
  BOOST_TEST(co_await inner.join() == "kept");
  BOOST_TEST(!reached_end);
}

// conformance: WF8
ASYNCIO_TEST_CASE(a_result_that_comes_in_the_pass_in_which_the_wait_begins_is_given) {
  auto const at_once = []() -> awaitable<int> { co_return 1; };
  BOOST_TEST(co_await asyncio::wait_for(asyncio::create_task(at_once()), 200ms) == 1);
  BOOST_TEST(co_await asyncio::wait_for(at_once(), 200ms) == 1);
}

// conformance: WF9
ASYNCIO_TEST_CASE(a_shielded_task_survives_the_timeout) {
  auto const start = now();
  auto t = asyncio::create_task(answer_after(100ms));
  BOOST_TEST(co_await outcome(asyncio::wait_for(asyncio::shield(t), 10ms)) == "timeout");
  BOOST_TEST((now() == start + 10ms));
  BOOST_TEST(!t.done());
  BOOST_TEST(t.cancelling() == 0);
  BOOST_TEST(co_await t.join() == 42);
  BOOST_TEST((now() == start + 100ms));
}

// conformance: WF9
ASYNCIO_TEST_CASE(a_shielded_task_survives_a_timeout_of_zero_and_none_waits_for_it) {
  auto t = asyncio::create_task(answer_after(10ms));
  BOOST_TEST(co_await outcome(asyncio::wait_for(asyncio::shield(t), 0s)) == "timeout");
  BOOST_TEST(!t.done());
  BOOST_TEST(co_await asyncio::wait_for(asyncio::shield(t), std::nullopt) == 42);
}

ASYNCIO_TEST_CASE(a_move_only_result_is_moved_out_of_the_task) {
  auto const make = []() -> awaitable<std::unique_ptr<int>> {
    co_await asyncio::yield();
    co_return std::make_unique<int>(5);
  };
  auto const p = co_await asyncio::wait_for(asyncio::create_task(make()), 1s);
  BOOST_TEST(*p == 5);
}

BOOST_AUTO_TEST_CASE(a_handle_that_names_no_task_is_refused) {
  BOOST_CHECK_THROW((void)asyncio::wait_for(asyncio::task<int>(), 1s), asyncio::invalid_state);
  auto const wait = []() -> awaitable<void> { co_await asyncio::wait_for(asyncio::task<int>(), 0s); };
  BOOST_CHECK_THROW(asyncio::testing::run(wait()), asyncio::invalid_state);
}

namespace {
awaitable<std::string> raw_timer() {
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours(1));
  auto wait = timer.async_wait(asio::use_awaitable);
  std::string seen = co_await outcome(asyncio::wait_for(std::move(wait), 1ms));
  seen += timer.cancel() == 0 ? ", nothing pending" : ", still pending";
  auto spawned = asio::co_spawn(co_await asio::this_coro::executor, answer_after(1h), asio::use_awaitable);
  co_return seen + ", " + co_await outcome(asyncio::wait_for(std::move(spawned), 1ms));
}
}  // namespace

// conformance: C23, WF2
BOOST_AUTO_TEST_CASE(raw_asio_operations_are_cancelled_and_leave_nothing_pending) {
  asio::io_context ctx;
  auto t = asyncio::create_task(ctx, raw_timer());
  ctx.run_for(1s);
  BOOST_TEST(ctx.stopped());
  BOOST_TEST(t.result() == "timeout, nothing pending, timeout");
}

BOOST_AUTO_TEST_CASE(wait_for_works_in_a_plain_co_spawn) {
  auto const body = []() -> awaitable<std::string> {
    record r;
    std::string seen = co_await outcome(asyncio::wait_for(answer_after(1h), 1ms));
    seen += ' ' + co_await outcome(asyncio::wait_for(recorded(r, 0s, last_words::rethrow), 0s));
    auto t = asyncio::create_task(recorded(r, 1ms, last_words::rethrow));
    co_await asyncio::yield();
    co_await asyncio::yield();
    seen += ' ' + co_await outcome(asyncio::wait_for(t, 0s));
    seen += r.ended ? " ended" : " lost";
    auto quick = asyncio::create_task(answer_after(1ms));
    co_return seen + ' ' + std::to_string(co_await asyncio::wait_for(quick, 1h));
  };
  asio::io_context ctx;
  std::string seen;
  asio::co_spawn(ctx, body(), [&](std::exception_ptr e, std::string s) { seen = e ? "failed" : s; });
  ctx.run_for(1s);
  BOOST_TEST(ctx.stopped());
  BOOST_TEST(seen == "timeout timeout timeout ended 42");
}
