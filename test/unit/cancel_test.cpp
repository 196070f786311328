// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE cancel
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/error.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::testing::keep_alive;

namespace {

asyncio::duration now() { return asyncio::loop::running().time().time_since_epoch(); }

awaitable<int> give_after(asyncio::duration d, int value) {
  co_await asyncio::sleep(d);
  co_return value;
}

template <class T>
awaitable<T> join_it(asyncio::task<T> t) {
  co_return co_await t.join();
}

/// What a joiner of the task is thrown: "cancelled: message", or else what happened.
template <class T>
awaitable<std::string> outcome(asyncio::task<T> t) {
  std::string text = "a value";
  try {
    co_await asyncio::any_task(t).join();
  } catch (asyncio::cancelled_error const& e) {
    text = "cancelled: " + std::string(e.message());
  } catch (std::exception const& e) {
    text = e.what();
  }
  co_return text;
}

/// Lets the task begin and reach its first wait.
auto settle() { return asyncio::testing::wait_all_tasks_blocked(); }

}  // namespace

// conformance: C1, C24
ASYNCIO_TEST_CASE(cancel_is_accepted_until_the_task_has_ended) {
  auto t = asyncio::create_task(give_after(1s, 1));
  co_await settle();
  BOOST_TEST(t.cancel());
  BOOST_TEST(t.cancel());
  co_await settle();
  BOOST_TEST(t.cancelled());
  BOOST_TEST(!t.cancel());
  BOOST_TEST(t.cancelling() == 2);
  auto finished = asyncio::create_task(give_after(0s, 2));
  BOOST_TEST((co_await finished.join()) == 2);
  BOOST_TEST(!finished.cancel("too late"));
  BOOST_TEST(finished.cancelling() == 0);
  BOOST_TEST(!finished.cancelled());
  BOOST_TEST(finished.result() == 2);
}

// conformance: C2, C3
ASYNCIO_TEST_CASE(a_cancel_is_counted_at_once_and_takes_effect_with_the_next_step) {
  auto t = asyncio::create_task(give_after(1s, 1));
  co_await settle();
  BOOST_TEST(t.cancelling() == 0);
  for (int n = 1; n <= 3; ++n) {
    t.cancel();
    BOOST_TEST(t.cancelling() == n);
    BOOST_TEST(!t.cancelled());
    BOOST_TEST(!t.done());
  }
  co_await settle();
  BOOST_TEST(t.cancelled());
}

namespace {
awaitable<void> throw_cancelled() {
  co_await asyncio::yield();
  throw asyncio::cancelled_error("on its own");
}
}  // namespace

// conformance: C4
ASYNCIO_TEST_CASE(a_task_that_throws_cancelled_error_is_cancelled_though_nobody_asked) {
  auto t = asyncio::create_task(throw_cancelled());
  std::string const text = co_await outcome(t);
  BOOST_TEST(text == "cancelled: on its own");
  BOOST_TEST(t.cancelled());
  BOOST_TEST(t.cancelling() == 0);
  BOOST_CHECK_THROW(t.result(), asyncio::cancelled_error);
  BOOST_CHECK_THROW((void)t.exception(), asyncio::cancelled_error);
}

namespace {
awaitable<void> inner_frame(std::string& order) {
  try {
    co_await asyncio::sleep_forever();
  } catch (asyncio::cancelled_error const&) {
    order += "inner ";
    throw;
  }
}
awaitable<void> outer_frame(std::string& order) {
  try {
    co_await inner_frame(order);
  } catch (asyncio::cancelled_error const&) {
    order += "outer";
    throw;
  }
}
}  // namespace

// conformance: C5
ASYNCIO_TEST_CASE(the_innermost_coroutine_sees_the_cancel_first) {
  auto& order = keep_alive<std::string>();
  auto t = asyncio::create_task(outer_frame(order));
  co_await settle();
  t.cancel();
  co_await settle();
  BOOST_TEST(order == "inner outer");
  BOOST_TEST(t.cancelled());
}

// conformance: C6
ASYNCIO_TEST_CASE(a_cancel_goes_down_a_chain_of_joins_to_the_task_that_waits) {
  auto innermost = asyncio::create_task(give_after(1h, 1));
  auto middle = asyncio::create_task(join_it(innermost));
  auto outer = asyncio::create_task(join_it(middle));
  co_await settle();
  outer.cancel("down");
  co_await settle();
  BOOST_TEST(innermost.cancelled());
  BOOST_TEST(middle.cancelled());
  BOOST_TEST(outer.cancelled());
  std::string const text = co_await outcome(innermost);
  BOOST_TEST(text == "cancelled: down");
  BOOST_TEST((now() == 0s));
}

// conformance: C6
ASYNCIO_TEST_CASE(both_the_joining_and_the_joined_task_may_be_cancelled) {
  auto inner = asyncio::create_task(give_after(1h, 1));
  auto outer = asyncio::create_task(join_it(inner));
  co_await settle();
  inner.cancel();
  outer.cancel();
  co_await settle();
  BOOST_TEST(inner.cancelled());
  BOOST_TEST(outer.cancelled());
}

namespace {
awaitable<int> refuse_cancel(asyncio::duration d) {
  try {
    co_await asyncio::sleep(1h);
  } catch (asyncio::cancelled_error const&) {}
  co_await asyncio::sleep(d);
  co_return 5;
}
}  // namespace

// conformance: C6
ASYNCIO_TEST_CASE(a_cancelled_joiner_of_a_task_that_refuses_gets_its_value) {
  auto inner = asyncio::create_task(refuse_cancel(2s));
  auto outer = asyncio::create_task(join_it(inner));
  co_await settle();
  outer.cancel();
  BOOST_TEST((co_await outer.join()) == 5);  // as in asyncio: the cancel was the inner task's to swallow
  BOOST_TEST((now() == 2s));
  BOOST_TEST(outer.cancelling() == 1);
}

// conformance: C7
ASYNCIO_TEST_CASE(a_task_that_joins_a_cancelled_task_ends_cancelled) {
  auto inner = asyncio::create_task(give_after(1h, 1));
  auto outer = asyncio::create_task(join_it(inner));
  co_await settle();
  inner.cancel("from below");
  std::string const text = co_await outcome(outer);
  BOOST_TEST(text == "cancelled: from below");
  BOOST_TEST(outer.cancelled());
  BOOST_TEST(outer.cancelling() == 0);
}

// conformance: C8
ASYNCIO_TEST_CASE(a_task_that_catches_its_cancel_and_returns_has_finished) {
  static auto const body = []() -> awaitable<int> {
    int value = 1;
    try {
      co_await asyncio::sleep(1h);
    } catch (asyncio::cancelled_error const&) {
      value = 2;
    }
    co_return value;
  };
  auto t = asyncio::create_task(body());
  co_await settle();
  t.cancel();
  BOOST_TEST((co_await t.join()) == 2);
  BOOST_TEST(!t.cancelled());
}

// conformance: C9
ASYNCIO_TEST_CASE(a_cancel_is_thrown_once_and_later_waits_run_their_full_time) {
  auto t = asyncio::create_task(refuse_cancel(3s));
  co_await settle();
  t.cancel();
  BOOST_TEST((co_await t.join()) == 5);
  BOOST_TEST((now() == 3s));
}

namespace {
awaitable<void> cancel_self(std::string& order) {
  auto me = asyncio::current_task();
  order += 'a';
  me.cancel("myself");
  order += 'b';
  co_await asyncio::sleep(1s);
  order += 'c';
}
awaitable<int> cancel_self_and_return() {
  asyncio::current_task().cancel("no more waits");
  co_return 1;
}
awaitable<int> cancel_self_and_fail() {
  asyncio::current_task().cancel();
  throw std::runtime_error("rather this");
  co_return 1;
}
}  // namespace

// conformance: C10
ASYNCIO_TEST_CASE(a_task_that_cancels_itself_is_cancelled_at_its_next_wait) {
  auto& order = keep_alive<std::string>();
  auto t = asyncio::create_task(cancel_self(order));
  std::string const text = co_await outcome(t);
  BOOST_TEST(text == "cancelled: myself");
  BOOST_TEST(order == "ab");
  BOOST_TEST((now() == 0s));
}

// conformance: C10
ASYNCIO_TEST_CASE(a_self_cancel_passes_waits_that_need_not_wait) {
  static auto const body = [](asyncio::task<int> ended, int& joins) -> awaitable<void> {
    asyncio::current_task().cancel();
    joins += co_await ended.join();
    joins += co_await ended.join();
    co_await asyncio::yield();
    joins = -1;
  };
  auto ended = asyncio::create_task(give_after(0s, 1));
  co_await ended.join();
  auto& joins = keep_alive<int>();
  auto t = asyncio::create_task(body(ended, joins));
  co_await settle();
  BOOST_TEST(joins == 2);
  BOOST_TEST(t.cancelled());
}

// conformance: C11
ASYNCIO_TEST_CASE(a_task_that_cancels_itself_and_returns_is_cancelled_all_the_same) {
  auto t = asyncio::create_task(cancel_self_and_return());
  std::string const text = co_await outcome(t);
  BOOST_TEST(text == "cancelled: no more waits");
  BOOST_CHECK_THROW((void)t.result(), asyncio::cancelled_error);
}

ASYNCIO_TEST_CASE(a_task_that_cancels_itself_and_fails_has_failed) {
  auto t = asyncio::create_task(cancel_self_and_fail());
  std::string const text = co_await outcome(t);
  BOOST_TEST(text == "rather this");
  BOOST_TEST(!t.cancelled());
}

// conformance: C12
ASYNCIO_TEST_CASE(a_task_cancelled_before_it_began_never_enters_its_body) {
  auto& entered = keep_alive<bool>();
  auto const argument = std::make_shared<int>(1);
  static auto const body = [](bool& flag, std::shared_ptr<int>) -> awaitable<void> {
    flag = true;
    co_return;
  };
  auto t = asyncio::create_task(body(entered, argument));
  BOOST_TEST(argument.use_count() == 2);
  t.cancel("before");
  BOOST_TEST(!t.done());
  std::string const text = co_await outcome(t);
  BOOST_TEST(text == "cancelled: before");
  BOOST_TEST(!entered);
  BOOST_TEST(argument.use_count() == 1);
}

ASYNCIO_TEST_CASE(a_cancel_before_the_start_can_be_taken_back) {
  auto t = asyncio::create_task(give_after(1s, 3));
  t.cancel();
  BOOST_TEST(t.uncancel() == 0);
  BOOST_TEST((co_await t.join()) == 3);
}

// conformance: C13
ASYNCIO_TEST_CASE(a_bare_yield_is_a_place_where_a_cancel_is_thrown) {
  static auto const spin = [](int& turns) -> awaitable<void> {
    for (;;) {
      ++turns;
      co_await asyncio::yield();
    }
  };
  auto& turns = keep_alive<int>();
  auto t = asyncio::create_task(spin(turns));
  for (int i = 0; i < 5; ++i) co_await asyncio::yield();
  t.cancel();
  int const before = turns;
  co_await asyncio::yield();
  co_await asyncio::yield();
  BOOST_TEST(t.cancelled());
  BOOST_TEST(turns == before);
}

// conformance: C14
ASYNCIO_ORDERED_TEST_CASE(a_cancel_after_the_joined_task_ended_but_before_the_joiner_ran_wins) {
  auto inner = asyncio::create_task(give_after(1s, 1));
  auto& joiner = keep_alive<asyncio::task<int>>();
  inner.add_done_callback([&joiner](asyncio::any_task const&) { joiner.cancel("just in time"); });
  joiner = asyncio::create_task(join_it(inner));
  std::string const text = co_await outcome(joiner);
  BOOST_TEST(text == "cancelled: just in time");
  BOOST_TEST(inner.result() == 1);
}

// conformance: C14
ASYNCIO_ORDERED_TEST_CASE(a_sleep_that_is_over_but_not_resumed_yet_is_cancelled) {
  static auto const sleep_then_cancel = [](asyncio::task<int>& other) -> awaitable<void> {
    co_await asyncio::sleep(1s);
    other.cancel();
  };
  auto& late = keep_alive<asyncio::task<int>>();
  auto first = asyncio::create_task(sleep_then_cancel(late));
  late = asyncio::create_task(give_after(1s, 1));
  co_await first.join();
  co_await settle();
  BOOST_TEST(late.cancelled());
  BOOST_TEST((now() == 1s));
}

// conformance: C14
ASYNCIO_ORDERED_TEST_CASE(a_timer_callback_of_the_same_instant_can_cancel_the_sleeper) {
  auto& sleeper = keep_alive(asyncio::create_task(give_after(1s, 1)));
  co_await settle();
  asyncio::loop::running().call_later(1s, [&sleeper] { sleeper.cancel(); });
  co_await asyncio::sleep(2s);
  BOOST_TEST(sleeper.cancelled());
}

// conformance: C15
ASYNCIO_TEST_CASE(the_message_of_cancel_reaches_the_task_and_its_joiners) {
  auto& seen = keep_alive<std::string>();
  static auto const body = [](std::string& text) -> awaitable<void> {
    try {
      co_await asyncio::sleep_forever();
    } catch (asyncio::cancelled_error const& e) {
      text = e.message();
      throw;
    }
  };
  auto t = asyncio::create_task(body(seen));
  co_await settle();
  t.cancel("the first");
  t.cancel("closing time");
  std::string const text = co_await outcome(t);
  BOOST_TEST(seen == "closing time");
  BOOST_TEST(text == "cancelled: closing time");
  try {
    t.result();
  } catch (asyncio::cancelled_error const& e) {
    BOOST_TEST(e.message() == "closing time");
    BOOST_TEST((e.code() == boost::asio::error::operation_aborted));
  }
}

// conformance: C16, C18, C19
ASYNCIO_TEST_CASE(uncancel_counts_down_to_zero_and_a_later_cancel_works) {
  auto t = asyncio::create_task(refuse_cancel(1h));
  BOOST_TEST(t.uncancel() == 0);
  co_await settle();
  t.cancel();
  t.cancel();
  BOOST_TEST(t.uncancel() == 1);
  co_await settle();  // caught
  BOOST_TEST(!t.done());
  BOOST_TEST(t.uncancel() == 0);
  BOOST_TEST(t.uncancel() == 0);
  t.cancel();
  co_await settle();
  BOOST_TEST(t.cancelled());
  BOOST_TEST(t.cancelling() == 1);
  BOOST_TEST(t.uncancel() == 0);
  BOOST_TEST(t.cancelled());
  BOOST_TEST(t.done());
}

// conformance: C17
ASYNCIO_TEST_CASE(uncancel_takes_a_cancel_back_that_was_not_delivered_yet) {
  static auto const body = []() -> awaitable<int> {
    asyncio::any_task me = asyncio::current_task();
    me.cancel();
    me.uncancel();
    co_await asyncio::sleep(1s);
    co_return 42;
  };
  auto t = asyncio::create_task(body());
  BOOST_TEST((co_await t.join()) == 42);
  BOOST_TEST(t.cancelling() == 0);
}

namespace {
/// asyncio's timeout, by hand: turns its own cancel into "timed out" unless somebody else cancelled too.
awaitable<std::string> timed(asyncio::duration limit, awaitable<std::string> body) {
  asyncio::any_task me = asyncio::current_task();
  auto& expired = keep_alive<bool>();  // the timer may outlive this coroutine
  auto timer = asyncio::loop::running().call_later(limit, [me, &expired]() mutable {
    expired = true;
    me.cancel();
  });
  std::string text;
  bool mine = false;
  try {
    text = co_await std::move(body);
  } catch (asyncio::cancelled_error const&) {
    mine = expired && me.uncancel() == 0;
    if (!mine) throw;
  }
  timer.cancel();
  co_return mine ? std::string("timed out") : text;
}
awaitable<std::string> text_after(asyncio::duration d) {
  co_await asyncio::sleep(d);
  co_return std::string("in time");
}
}  // namespace

// conformance: C20
ASYNCIO_TEST_CASE(the_count_tells_nested_code_its_own_cancel_from_others) {
  auto in_time = asyncio::create_task(timed(2s, text_after(1s)));
  auto late = asyncio::create_task(timed(2s, text_after(3s)));
  auto nested = asyncio::create_task(timed(5s, timed(2s, text_after(9s))));
  auto& from_outside = keep_alive(asyncio::create_task(timed(2s, text_after(3s))));
  asyncio::loop::running().call_later(2s, [&from_outside] { from_outside.cancel(); });
  std::string const a = co_await in_time.join();
  std::string const b = co_await late.join();
  std::string const c = co_await nested.join();
  std::string const d = co_await outcome(from_outside);
  BOOST_TEST(a == "in time");
  BOOST_TEST(b == "timed out");
  BOOST_TEST(c == "timed out");
  BOOST_TEST(d == "cancelled: ");
}

// conformance: C21
ASYNCIO_TEST_CASE(an_exception_thrown_while_handling_the_cancel_is_the_tasks_exception) {
  static auto const body = []() -> awaitable<void> {
    try {
      co_await asyncio::sleep_forever();
    } catch (asyncio::cancelled_error const&) {
      throw std::runtime_error("cleanup failed");
    }
  };
  auto t = asyncio::create_task(body());
  co_await settle();
  t.cancel();
  std::string const text = co_await outcome(t);
  BOOST_TEST(text == "cleanup failed");
  BOOST_TEST(!t.cancelled());
}

// conformance: C22
ASYNCIO_TEST_CASE(cancelling_a_sleep_removes_its_timer) {
  auto t = asyncio::create_task(give_after(1h, 1));
  co_await settle();
  BOOST_TEST(asyncio::loop::running().core().has_timers());
  t.cancel();
  BOOST_TEST(!asyncio::loop::running().core().has_timers());
  co_await settle();
  BOOST_TEST(t.cancelled());
  BOOST_TEST((now() == 0s));
}

// conformance: C22
ASYNCIO_ORDERED_TEST_CASE(a_cancelled_sleeper_ends_in_the_next_pass) {
  auto t = asyncio::create_task(give_after(1h, 1));
  co_await settle();
  t.cancel();
  co_await asyncio::yield();
  BOOST_TEST(t.cancelled());
}

// -- cleanup ---------------------------------------------------------------------------------------------------------------

namespace {
awaitable<void> clean_up_slowly(std::string& log) {
  std::exception_ptr pending;
  try {
    co_await asyncio::sleep_forever();
  } catch (asyncio::cancelled_error const&) {
    pending = std::current_exception();
  }
  log += "cleaning ";
  try {
    co_await asyncio::sleep(1s);
    log += "clean ";
  } catch (asyncio::cancelled_error const&) {
    log += "interrupted ";
  }
  std::rethrow_exception(pending);
}
}  // namespace

ASYNCIO_TEST_CASE(a_cleanup_may_wait_after_the_cancel) {
  auto& log = keep_alive<std::string>();
  auto t = asyncio::create_task(clean_up_slowly(log));
  co_await settle();
  t.cancel();
  std::string const text = co_await outcome(t);
  BOOST_TEST(text == "cancelled: ");
  BOOST_TEST(log == "cleaning clean ");
  BOOST_TEST((now() == 1s));
}

ASYNCIO_TEST_CASE(a_second_cancel_interrupts_the_cleanup) {
  auto& log = keep_alive<std::string>();
  auto t = asyncio::create_task(clean_up_slowly(log));
  co_await settle();
  t.cancel();
  co_await settle();
  t.cancel();
  co_await settle();
  BOOST_TEST(log == "cleaning interrupted ");
  BOOST_TEST(t.cancelled());
  BOOST_TEST(t.cancelling() == 2);
  BOOST_TEST((now() == 0s));
}

ASYNCIO_TEST_CASE(run_waits_for_the_cleanup_of_the_tasks_it_cancels_at_its_end) {
  std::string log;
  static auto const body = [](std::string& l) -> awaitable<int> {
    (void)asyncio::create_task(clean_up_slowly(l));
    co_await asyncio::yield();
    co_await asyncio::yield();
    co_return 1;
  };
  asyncio::run_options options;
  options.clock(asyncio::clock_kind::virtual_).handle_sigint(false);
  int value = 0;
  std::thread([&] { value = asyncio::run(body(log), options); }).join();
  BOOST_TEST(value == 1);
  BOOST_TEST(log == "cleaning clean ");
  co_return;
}

// -- odd graphs --------------------------------------------------------------------------------------------------------------

ASYNCIO_TEST_CASE(two_tasks_that_join_each_other_can_be_cancelled) {
  static auto const join_ref = [](asyncio::task<void>& other) -> awaitable<void> { co_await other.join(); };
  auto& a = keep_alive<asyncio::task<void>>();
  auto& b = keep_alive<asyncio::task<void>>();
  a = asyncio::create_task(join_ref(b));
  b = asyncio::create_task(join_ref(a));
  co_await settle();
  BOOST_TEST(!a.done());
  a.cancel();
  co_await settle();
  BOOST_TEST(a.cancelled());
  BOOST_TEST(b.cancelled());
}

ASYNCIO_TEST_CASE(a_ring_of_gathers_and_joins_can_be_cancelled) {
  static auto const gather_ref = [](asyncio::task<void>& other) -> awaitable<void> {
    co_await asyncio::gather(other.join(), asyncio::sleep_forever());
  };
  auto& a = keep_alive<asyncio::task<void>>();
  auto& b = keep_alive<asyncio::task<void>>();
  a = asyncio::create_task(gather_ref(b));
  b = asyncio::create_task(gather_ref(a));
  co_await settle();
  b.cancel();
  co_await settle();
  BOOST_TEST(a.done());
  BOOST_TEST(b.done());
}

ASYNCIO_TEST_CASE(a_cancel_goes_down_a_long_chain_of_joins) {
  auto const bottom = asyncio::create_task(give_after(1h, 1));
  auto t = bottom;
  for (int i = 0; i < 2000; ++i) t = asyncio::create_task(join_it(t));
  co_await settle();
  t.cancel();
  co_await settle();
  BOOST_TEST(t.cancelled());
  BOOST_TEST(bottom.cancelled());
}

ASYNCIO_TEST_CASE(cancelling_one_joiner_cancels_the_task_for_all_of_them) {
  auto shared = asyncio::create_task(give_after(1h, 1));
  auto a = asyncio::create_task(join_it(shared));
  auto b = asyncio::create_task(join_it(shared));
  co_await settle();
  a.cancel();
  co_await settle();
  BOOST_TEST(shared.cancelled());
  BOOST_TEST(b.cancelled());
  BOOST_TEST(b.cancelling() == 0);
}

ASYNCIO_TEST_CASE(a_task_may_cancel_the_task_that_waits_for_it) {
  // The waiter's cancel comes back to this task, which runs: it is delivered at its next wait.
  static auto const child = [](asyncio::task<int>& parent) -> awaitable<int> {
    parent.cancel();
    BOOST_TEST(asyncio::current_task().cancelling() == 1);
    co_await asyncio::sleep(1s);
    co_return 1;
  };
  static auto const waiter = [](asyncio::task<int>& self) -> awaitable<int> {
    auto c = asyncio::create_task(child(self));
    co_return co_await c.join();
  };
  auto& parent = keep_alive<asyncio::task<int>>();
  parent = asyncio::create_task(waiter(parent));
  co_await settle();
  BOOST_TEST(parent.cancelled());
  BOOST_TEST((now() == 0s));
}

ASYNCIO_TEST_CASE(cancel_from_a_destructor_of_a_task_that_ends_is_safe) {
  struct canceller {
    asyncio::any_task other;
    explicit canceller(asyncio::any_task t) : other(std::move(t)) {}
    ~canceller() { other.cancel(); }
  };
  static auto const body = [](asyncio::any_task other) -> awaitable<void> {
    canceller const at_end(std::move(other));
    co_await asyncio::sleep(1s);
  };
  auto sleeper = asyncio::create_task(give_after(1h, 1));
  auto t = asyncio::create_task(body(sleeper));
  co_await t.join();
  co_await settle();
  BOOST_TEST(sleeper.cancelled());
}

ASYNCIO_TEST_CASE(a_task_that_sleeps_at_once_after_its_cancel_was_caught_keeps_no_trace_of_it) {
  // Ten tasks, one after another on the same worker: none sees the cancel of the one before.
  for (int i = 0; i < 10; ++i) {
    auto victim = asyncio::create_task(give_after(1h, 1));
    co_await settle();
    victim.cancel("old news");
    co_await settle();
    BOOST_TEST(victim.cancelled());
    auto next = asyncio::create_task(give_after(1s, i));
    BOOST_TEST((co_await next.join()) == i);
    BOOST_TEST(next.cancelling() == 0);
  }
}

// -- across threads ----------------------------------------------------------------------------------------------------------

ASYNCIO_TEST_CASE(cancel_threadsafe_works_from_another_thread_and_on_a_task_that_has_ended) {
  auto t = asyncio::create_task(give_after(1h, 1));
  co_await settle();
  std::thread([t]() mutable { t.cancel_threadsafe("from afar"); }).join();
  std::string const text = co_await outcome(t);
  BOOST_TEST(text == "cancelled: from afar");
  t.cancel_threadsafe();
  co_await settle();
  BOOST_TEST(t.cancelling() == 1);
}
