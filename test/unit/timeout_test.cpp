// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE timeout
#include <asyncio/gather.hpp>
#include <asyncio/shield.hpp>
#include <asyncio/task_group.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>
#include <asyncio/timeout.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <limits>
#include <memory>
#include <string>
#include <vector>

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::use_awaitable;
using asyncio::awaitable;
using asyncio::time_point;
using asyncio::timeout_scope;
using asyncio::testing::keep_alive;

namespace {

time_point now() { return asyncio::loop::running().time(); }

/// A step that takes its time: the clock goes on, nothing else can run.
void work_for(asyncio::duration d) { asyncio::loop::running().core().time_source().jump_to(now() + d); }

/// How an awaitable ended.
template <class T>
awaitable<std::string> outcome(awaitable<T> aw) {
  try {
    co_await std::move(aw);
    co_return "done";
  } catch (asyncio::timeout_error const&) {
    co_return "timeout";
  } catch (asyncio::cancelled_error const&) {
    co_return "cancelled";
  } catch (boost::system::system_error const& e) {
    co_return e.code() == asio::error::operation_aborted ? "aborted" : "system_error";
  } catch (std::exception const& e) {
    co_return e.what();
  }
}

awaitable<int> answer_after(asyncio::duration d) {
  co_await asyncio::sleep(d);
  co_return 42;
}

awaitable<int> answer_at_once() { co_return 42; }

awaitable<void> fail_after(asyncio::duration d) {
  co_await asyncio::sleep(d);
  throw std::runtime_error("broken");
}

/// What the scope says when its body ends, in whatever way.
struct last_look {
  timeout_scope& scope;
  bool& expired;
  ~last_look() { expired = scope.expired(); }
};

awaitable<void> sleep_in(timeout_scope& scope, asyncio::duration d, bool& expired) {
  last_look const look{scope, expired};
  co_await asyncio::sleep(d);
}

/// Swallows one cancel.
awaitable<int> stubborn(asyncio::duration d) {
  try {
    co_await asyncio::sleep(d);
  } catch (asyncio::cancelled_error const&) {
    co_return -1;
  }
  co_return 1;
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

}  // namespace

// -- timeout and timeout_at ------------------------------------------------------------------------------------------------

// conformance: TO3
ASYNCIO_TEST_CASE(a_body_in_time_gives_its_value) {
  auto const start = now();
  BOOST_TEST(co_await asyncio::timeout(1s, answer_after(10ms)) == 42);
  BOOST_TEST((now() == start + 10ms));
  co_await asyncio::timeout(1s, asyncio::sleep(5ms));  // an operation, and void
  BOOST_TEST((now() == start + 15ms));
}

// conformance: TO1
ASYNCIO_TEST_CASE(a_body_that_takes_too_long_ends_with_timeout_error_at_the_deadline) {
  auto const start = now();
  BOOST_TEST(co_await outcome(asyncio::timeout(10ms, answer_after(10s))) == "timeout");
  BOOST_TEST((now() == start + 10ms));
}

// conformance: TO1
ASYNCIO_TEST_CASE(the_timeout_error_has_asios_code_and_carries_the_cancel_inside) {
  bool caught = false;
  try {
    co_await asyncio::timeout(10ms, asyncio::sleep(10s));
  } catch (asyncio::timeout_error const& e) {
    caught = true;
    BOOST_TEST((e.code() == boost::system::errc::timed_out));
    BOOST_TEST(is_nested_in<asyncio::cancelled_error>(e));
  }
  BOOST_TEST(caught);
}

// conformance: TO1
ASYNCIO_TEST_CASE(timeout_at_ends_the_body_at_an_instant_of_the_loops_clock) {
  auto const deadline = now() + 20ms;
  co_await asyncio::sleep(15ms);
  BOOST_TEST(co_await outcome(asyncio::timeout_at(deadline, asyncio::sleep(1h))) == "timeout");
  BOOST_TEST((now() == deadline));
}

// conformance: TO2
ASYNCIO_TEST_CASE(the_body_sees_a_cancel_not_the_timeout) {
  auto body = outcome(answer_after(10s));
  BOOST_TEST(co_await asyncio::timeout(10ms, std::move(body)) == "cancelled");
}

// conformance: TO3
ASYNCIO_TEST_CASE(nullopt_is_no_limit) {
  std::optional<std::chrono::seconds> const none;
  BOOST_TEST(co_await asyncio::timeout(std::nullopt, answer_after(100h)) == 42);
  BOOST_TEST(co_await asyncio::timeout(none, answer_after(100h)) == 42);
  BOOST_TEST(co_await asyncio::timeout_at(std::nullopt, answer_after(100h)) == 42);
  BOOST_TEST(co_await asyncio::timeout(std::chrono::hours::max(), answer_after(100h)) == 42);
}

// conformance: TO4
ASYNCIO_ORDERED_TEST_CASE(a_limit_of_zero_is_up_at_the_first_wait) {
  auto const start = now();
  BOOST_TEST(co_await outcome(asyncio::timeout(0s, answer_after(10s))) == "timeout");
  BOOST_TEST(co_await outcome(asyncio::timeout(0s, asyncio::yield())) == "timeout");
  BOOST_TEST(co_await outcome(asyncio::timeout(0s, asyncio::sleep(0s))) == "timeout");
  BOOST_TEST((now() == start));
}

// conformance: TO4, XS16
ASYNCIO_ORDERED_TEST_CASE(a_negative_limit_and_an_instant_in_the_past_are_up_at_the_first_wait) {
  co_await asyncio::sleep(20s);
  BOOST_TEST(co_await outcome(asyncio::timeout(-11s, asyncio::yield())) == "timeout");
  BOOST_TEST(co_await outcome(asyncio::timeout_at(now() - 11s, asyncio::yield())) == "timeout");
  BOOST_TEST(co_await outcome(asyncio::timeout_at(now(), asyncio::yield())) == "timeout");
}

// conformance: TO4, XS6b
ASYNCIO_TEST_CASE(a_body_that_never_waits_finishes_whatever_the_limit) {
  BOOST_TEST(co_await asyncio::timeout(0s, answer_at_once()) == 42);
  BOOST_TEST(co_await asyncio::timeout(-1s, answer_at_once()) == 42);
  co_await asyncio::sleep(1ms);  // and nothing comes after it
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
}

// conformance: TO5
ASYNCIO_TEST_CASE(an_exception_of_the_body_passes_through_and_nothing_is_left_behind) {
  BOOST_TEST(co_await outcome(asyncio::timeout(10ms, fail_after(1ms))) == "broken");
  co_await asyncio::sleep(1s);
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
}

namespace {
awaitable<void> crash_in_cleanup() {
  try {
    co_await asyncio::sleep(1s);
  } catch (asyncio::cancelled_error const&) {
    throw std::runtime_error("crash");
  }
}
}  // namespace

// conformance: TO6
ASYNCIO_TEST_CASE(an_exception_out_of_the_handling_of_the_cancel_wins) {
  BOOST_TEST(co_await outcome(asyncio::timeout(10ms, crash_in_cleanup())) == "crash");
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
  co_await asyncio::sleep(1ms);
}

namespace {
awaitable<void> cancel_itself_in(timeout_scope& scope, bool& expired) {
  last_look const look{scope, expired};
  asyncio::current_task().cancel();
  co_await asyncio::sleep(10s);
}
}  // namespace

// conformance: TO7
ASYNCIO_TEST_CASE(a_cancel_from_elsewhere_stays_a_cancel) {
  auto& expired = keep_alive<bool>(true);
  auto t = asyncio::create_task(asyncio::with_timeout(10s, cancel_itself_in, std::ref(expired)));
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled");
  BOOST_TEST(t.cancelled());
  BOOST_TEST(!expired);
}

// conformance: TO7
ASYNCIO_TEST_CASE(a_cancel_of_the_task_ends_the_wait_before_the_deadline_and_says_why) {
  auto const start = now();
  auto t = asyncio::create_task(asyncio::timeout(10s, answer_after(1h)));
  co_await asyncio::sleep(1ms);
  t.cancel("enough");
  std::string message;
  try {
    co_await t.join();
  } catch (asyncio::cancelled_error const& e) {
    message = e.message();
  }
  BOOST_TEST(message == "enough");
  BOOST_TEST((now() == start + 1ms));
}

namespace {
awaitable<void> cancel_at(asyncio::any_task t, time_point when) {
  co_await asyncio::sleep_until(when);
  t.cancel();
}
}  // namespace

// conformance: TO7, C20
ASYNCIO_TEST_CASE(a_cancel_in_the_same_pass_as_the_expiry_is_not_taken_for_the_timeout) {
  auto const deadline = now() + 10ms;
  auto t = asyncio::create_task(asyncio::timeout_at(deadline, answer_after(1h)));
  co_await cancel_at(t, deadline);
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) != "done");
  // Whichever came first: with a second request besides the timeout's own it is a cancel.
  BOOST_TEST((t.cancelled() || t.cancelling() == 0));
}

// conformance: TO7, C20
ASYNCIO_ORDERED_TEST_CASE(an_expiry_and_a_cancel_before_the_body_runs_again_give_a_cancel) {
  auto const deadline = now() + 10ms;
  auto t = asyncio::create_task(asyncio::timeout_at(deadline, answer_after(1h)));
  co_await asyncio::yield();
  auto const handle =
      asyncio::loop::running().call_at(deadline, [t]() mutable { t.cancel(); });  // after the timeout's own
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled");
  BOOST_TEST(t.cancelled());
  BOOST_TEST(t.cancelling() == 1);
}

// conformance: TO8
ASYNCIO_TEST_CASE(after_a_caught_timeout_the_task_is_not_cancelled) {
  BOOST_TEST(co_await outcome(asyncio::timeout(1ms, answer_after(10s))) == "timeout");
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
  co_await asyncio::sleep(1ms);
  BOOST_TEST(co_await outcome(asyncio::timeout(1ms, answer_after(10s))) == "timeout");
}

namespace {
awaitable<void> nested_at(timeout_scope& outer, time_point deadline, std::vector<std::string>& seen,
                          bool& inner_expired) {
  try {
    co_await asyncio::with_timeout(deadline - now(), sleep_in, asyncio::duration(10s), std::ref(inner_expired));
  } catch (asyncio::timeout_error const&) {
    seen.push_back("timeout");
    throw;
  } catch (asyncio::cancelled_error const&) {
    seen.push_back("cancelled");
    seen.push_back(outer.expired() ? "outer expired" : "outer active");
    throw;
  }
}
}  // namespace

// conformance: TO9, XS6
ASYNCIO_TEST_CASE(of_two_nested_timeouts_with_one_deadline_only_the_outer_one_throws_timeout_error) {
  std::vector<std::string> seen;
  bool inner_expired = false;
  auto const deadline = now() + 10ms;
  auto both = asyncio::with_timeout(10ms, nested_at, deadline, std::ref(seen), std::ref(inner_expired));
  BOOST_TEST(co_await outcome(std::move(both)) == "timeout");
  BOOST_TEST(inner_expired);
  BOOST_TEST(seen == (std::vector<std::string>{"cancelled", "outer expired"}), boost::test_tools::per_element());
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
}

// conformance: TO9
ASYNCIO_TEST_CASE(the_inner_of_two_nested_timeouts_throws_when_it_is_the_earlier_one) {
  auto const start = now();
  auto inner = outcome(asyncio::timeout(10ms, answer_after(10s)));
  BOOST_TEST(co_await asyncio::timeout(20ms, std::move(inner)) == "timeout");
  BOOST_TEST((now() == start + 10ms));
}

// conformance: TO9
ASYNCIO_TEST_CASE(the_outer_of_two_nested_timeouts_goes_through_the_inner_one_as_a_cancel) {
  auto const start = now();
  std::string seen;
  auto inner = outcome(asyncio::timeout(20ms, answer_after(10s)));
  auto const body = [](awaitable<std::string> aw, std::string& to) -> awaitable<void> {
    to = co_await std::move(aw);
    co_await asyncio::sleep(10s);
  };
  BOOST_TEST(co_await outcome(asyncio::timeout(10ms, body(std::move(inner), seen))) == "done");
  BOOST_TEST(seen == "cancelled");
  BOOST_TEST((now() == start + 10s + 10ms));
}

namespace {
awaitable<void> crunch(asyncio::duration numbers) {
  work_for(numbers);
  co_await asyncio::sleep(1s);
}
awaitable<void> crunch_then_sleep(std::string& inner) {
  inner = co_await outcome(asyncio::timeout(10ms, crunch(100ms)));
  co_await asyncio::sleep(10s);
}
awaitable<void> crunch_within(std::string& inner) { inner = co_await outcome(asyncio::timeout(3ms, crunch(5ms))); }
}  // namespace

// conformance: TO10
ASYNCIO_ORDERED_TEST_CASE(when_a_busy_loop_lets_both_expire_the_inner_throws_first_and_the_outer_at_the_next_wait) {
  auto const start = now();
  std::string inner;
  BOOST_TEST(co_await outcome(asyncio::timeout(110ms, crunch_then_sleep(inner))) == "timeout");
  BOOST_TEST(inner == "timeout");
  BOOST_TEST((now() == start + 110ms));
}

// conformance: TO10, XS6
ASYNCIO_TEST_CASE(when_both_have_expired_before_the_body_waits_the_inner_sees_a_cancel) {
  std::string inner;
  BOOST_TEST(co_await outcome(asyncio::timeout(2ms, crunch_within(inner))) == "done");
  BOOST_TEST(inner == "cancelled");  // the one cancel was swallowed: the body finished
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
}

namespace {
awaitable<std::string> time_out_in_cleanup(std::string& cleanup) {
  std::string const body = co_await outcome(answer_after(10s));
  cleanup = co_await outcome(asyncio::timeout(10ms, answer_after(10s)));
  if (body == "cancelled") throw asyncio::cancelled_error();
  co_return body;
}
}  // namespace

// conformance: TO11
ASYNCIO_TEST_CASE(a_timeout_in_the_cleanup_of_a_timed_out_body_works_on_its_own) {
  auto const start = now();
  std::string cleanup;
  BOOST_TEST(co_await outcome(asyncio::timeout(10ms, time_out_in_cleanup(cleanup))) == "timeout");
  BOOST_TEST(cleanup == "timeout");
  BOOST_TEST((now() == start + 20ms));
}

namespace {
awaitable<std::string> after_cancel(asyncio::duration limit, bool cancel_again) {
  asyncio::current_task().cancel();
  std::string const first = co_await outcome(answer_after(1s));
  BOOST_TEST(first == "cancelled");
  BOOST_TEST(asyncio::current_task().cancelling() == 1);
  if (cancel_again) asyncio::current_task().cancel();
  co_return co_await outcome(asyncio::timeout(limit, answer_after(1s)));
}
}  // namespace

// conformance: TO12
ASYNCIO_TEST_CASE(a_timeout_after_a_cancel_that_was_dealt_with_still_works) {
  BOOST_TEST(co_await asyncio::create_task(after_cancel(0s, false)) == "timeout");
  BOOST_TEST(co_await asyncio::create_task(after_cancel(10ms, false)) == "timeout");
}

// conformance: TO12
ASYNCIO_TEST_CASE(a_new_cancel_in_a_timeout_after_a_cancel_is_a_cancel) {
  BOOST_TEST(co_await asyncio::create_task(after_cancel(100ms, true)) == "cancelled");
}

namespace {
/// Lets no cancel through to its last wait.
awaitable<void> last_wait(timeout_scope& scope) {
  auto const executor = co_await asio::this_coro::executor;
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await asio::post(executor, use_awaitable);
  BOOST_TEST(scope.expired());
}

awaitable<int> count_after_late_expiry(int baseline) {
  for (int i = 0; i < baseline; ++i) {
    asyncio::current_task().cancel();
    co_await outcome(answer_after(1s));
  }
  co_await asyncio::with_timeout(0s, last_wait);
  co_await asyncio::yield();  // hits nothing
  auto const executor = co_await asio::this_coro::executor;
  co_await asio::post(executor, use_awaitable);
  co_return asyncio::current_task().cancelling();
}
}  // namespace

// conformance: XS5, XS6b
ASYNCIO_TEST_CASE(a_timeout_that_was_left_before_anybody_noticed_cancels_nothing_afterwards) {
  BOOST_TEST(co_await asyncio::create_task(count_after_late_expiry(0)) == 0);
  BOOST_TEST(co_await asyncio::create_task(count_after_late_expiry(1)) == 1);
}

// conformance: XS15
ASYNCIO_TEST_CASE(a_limit_counts_from_the_first_step_not_from_the_call) {
  auto later = asyncio::timeout(10ms, answer_after(8ms));
  co_await asyncio::sleep(1s);
  BOOST_TEST(co_await std::move(later) == 42);
}

// conformance: XS16
BOOST_AUTO_TEST_CASE(nan_is_refused_at_once_in_words) {
  auto const nan = std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN());
  auto const says_nan = [](asyncio::value_error const& e) {
    return std::string(e.what()).find("asyncio: a timeout: the duration is NaN") == 0;
  };
  BOOST_CHECK_EXCEPTION((void)asyncio::timeout(nan, answer_at_once()), asyncio::value_error, says_nan);
  BOOST_CHECK_EXCEPTION((void)asyncio::move_on_after(nan, answer_at_once()), asyncio::value_error, says_nan);
  BOOST_CHECK_EXCEPTION((void)asyncio::wait_for(answer_at_once(), nan), asyncio::value_error, says_nan);
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_was_moved_from_is_refused_at_once_by_name) {
  auto aw = answer_at_once();
  auto const owner = std::move(aw);
  auto const names = [](char const* who) {
    return [who](asyncio::invalid_state const& e) {
      return std::string(e.what()).find(std::string(who) + ": the awaitable is empty") == 0;
    };
  };
  BOOST_CHECK_EXCEPTION((void)asyncio::timeout(1s, std::move(aw)), asyncio::invalid_state, names("asyncio::timeout"));
  BOOST_CHECK_EXCEPTION((void)asyncio::move_on_after(1s, std::move(aw)), asyncio::invalid_state,
                        names("asyncio::move_on_after"));
  BOOST_CHECK_EXCEPTION((void)asyncio::wait_for(std::move(aw), 1s), asyncio::invalid_state, names("asyncio::wait_for"));
}

ASYNCIO_TEST_CASE(the_body_runs_in_the_calling_task) {
  auto const me = asyncio::current_task();
  auto const who = []() -> awaitable<asyncio::any_task> {
    co_await asyncio::yield();
    BOOST_TEST(asyncio::all_tasks().size() == 1u);
    co_return asyncio::current_task();
  };
  BOOST_TEST((co_await asyncio::timeout(1s, who()) == me));
}

ASYNCIO_TEST_CASE(a_move_only_value_that_has_no_default_passes_through) {
  struct token {
    explicit token(int v) : value(std::make_unique<int>(v)) {}
    std::unique_ptr<int> value;
  };
  auto const make = [](int v) -> awaitable<token> {
    co_await asyncio::yield();
    co_return token(v);
  };
  token const a = co_await asyncio::timeout(1s, make(1));
  auto const b = co_await asyncio::move_on_after(1s, make(2));
  BOOST_TEST(*a.value + *b.value().value == 3);
}

ASYNCIO_TEST_CASE(a_timed_out_gather_ends_all_its_children_first) {
  int ended = 0;
  auto const child = [](int& n) -> awaitable<void> {
    try {
      co_await asyncio::sleep(10s);
    } catch (asyncio::cancelled_error const&) {
      ++n;
      throw;
    }
  };
  auto all = asyncio::gather(child(ended), child(ended), child(ended));
  BOOST_TEST(co_await outcome(asyncio::timeout(10ms, std::move(all))) == "timeout");
  BOOST_TEST(ended == 3);
  BOOST_TEST(asyncio::all_tasks().size() == 1u);
}

namespace {
awaitable<void> group_with_a_crash(asyncio::task_group& group) {
  group.create_task(crash_in_cleanup());
  co_await asyncio::sleep(1s);
}
}  // namespace

// conformance: TO17
ASYNCIO_TEST_CASE(a_child_of_a_group_that_crashes_while_the_timeout_cancels_it_shows_as_an_exception_group) {
  std::vector<std::string> errors;
  try {
    co_await asyncio::timeout(10ms, asyncio::with_task_group(group_with_a_crash));
  } catch (asyncio::exception_group const& group) {
    for (auto const& e : group.exceptions()) {
      try {
        std::rethrow_exception(e);
      } catch (std::runtime_error const& x) {
        errors.push_back(x.what());
      }
    }
  }
  BOOST_TEST(errors == std::vector<std::string>{"crash"}, boost::test_tools::per_element());
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
}

namespace {
awaitable<int> depth(int n) {
  if (n == 0) co_return co_await answer_after(10s);
  co_return co_await asyncio::timeout(asyncio::duration(std::chrono::seconds(n)), depth(n - 1));
}
}  // namespace

ASYNCIO_TEST_CASE(of_fifty_nested_timeouts_the_earliest_one_throws) {
  auto const start = now();
  BOOST_TEST(co_await outcome(depth(50)) == "timeout");
  BOOST_TEST((now() == start + 1s));
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
}

BOOST_AUTO_TEST_CASE(a_loop_that_is_destroyed_under_a_timeout_takes_it_along) {
  auto ctx = std::make_unique<asio::io_context>();
  asyncio::loop::of(*ctx).set_exception_handler([](asyncio::exception_context const&) {});
  (void)asyncio::create_task(*ctx, asyncio::timeout(1h, answer_after(2h)));
  (void)asyncio::create_task(*ctx, asyncio::timeout(0s, asyncio::timeout(std::nullopt, answer_after(2h))));
  ctx->poll_one();
  ctx.reset();
}

// -- with_timeout ----------------------------------------------------------------------------------------------------------

// conformance: TO1, TO3
ASYNCIO_TEST_CASE(the_scope_knows_its_deadline_and_whether_it_has_expired) {
  auto const body = [](timeout_scope& scope, time_point start) -> awaitable<int> {
    BOOST_TEST((scope.when() == start + 1s));
    BOOST_TEST(!scope.expired());
    co_await asyncio::sleep(10ms);
    BOOST_TEST((scope.when() > now()));
    co_return 7;
  };
  BOOST_TEST(co_await asyncio::with_timeout(1s, body, now()) == 7);
  bool expired = false;
  auto late = asyncio::with_timeout(1ms, sleep_in, asyncio::duration(1s), std::ref(expired));
  BOOST_TEST(co_await outcome(std::move(late)) == "timeout");
  BOOST_TEST(expired);
  auto in_time = asyncio::with_timeout(1s, sleep_in, asyncio::duration(1ms), std::ref(expired));
  BOOST_TEST(co_await outcome(std::move(in_time)) == "done");
  BOOST_TEST(!expired);
}

// conformance: TO3
ASYNCIO_TEST_CASE(a_scope_without_a_limit_has_no_deadline) {
  auto const body = [](timeout_scope& scope) -> awaitable<void> {
    BOOST_TEST(!scope.when().has_value());
    BOOST_TEST(to_string(scope) == "<Timeout [active] when=none>");
    co_await asyncio::sleep(10h);
    BOOST_TEST(!scope.expired());
  };
  co_await asyncio::with_timeout(std::nullopt, body);
}

// conformance: TO13
ASYNCIO_TEST_CASE(reschedule_moves_the_deadline_and_drops_the_timer_before) {
  auto const start = now();
  auto const body = [](timeout_scope& scope, time_point t) -> awaitable<void> {
    scope.reschedule(t + 30ms);
    BOOST_TEST((scope.when() == t + 30ms));
    co_await asyncio::sleep(20ms);  // past the first deadline
    scope.reschedule(15ms);
    BOOST_TEST((scope.when() == t + 35ms));
    co_await asyncio::sleep(1s);
  };
  BOOST_TEST(co_await outcome(asyncio::with_timeout(10ms, body, start)) == "timeout");
  BOOST_TEST((now() == start + 35ms));
}

// conformance: TO13
ASYNCIO_TEST_CASE(reschedule_to_nullopt_takes_the_limit_away) {
  auto const body = [](timeout_scope& scope) -> awaitable<int> {
    scope.reschedule(std::nullopt);
    BOOST_TEST(!scope.when());
    co_await asyncio::sleep(1h);
    co_return 1;
  };
  BOOST_TEST(co_await asyncio::with_timeout(10ms, body) == 1);
  auto const back = [](timeout_scope& scope) -> awaitable<int> {
    scope.reschedule(10ms);
    co_await asyncio::sleep(1h);
    co_return 1;
  };
  BOOST_TEST(co_await outcome(asyncio::with_timeout(std::nullopt, back)) == "timeout");
}

// conformance: TO13, TO4
ASYNCIO_TEST_CASE(reschedule_into_the_past_is_due_at_the_next_wait) {
  auto const start = now();
  auto const body = [](timeout_scope& scope) -> awaitable<void> {
    scope.reschedule(now() - 1s);
    BOOST_TEST(!scope.expired());  // not inside the call
    co_await asyncio::sleep(1s);
  };
  BOOST_TEST(co_await outcome(asyncio::with_timeout(1h, body)) == "timeout");
  BOOST_TEST((now() == start));
}

// conformance: TO13
ASYNCIO_TEST_CASE(a_deadline_that_is_due_but_has_not_struck_can_still_be_moved) {
  auto const body = [](timeout_scope& scope) -> awaitable<int> {
    work_for(20ms);
    scope.reschedule(10ms);
    co_await asyncio::sleep(5ms);
    co_return 5;
  };
  BOOST_TEST(co_await asyncio::with_timeout(10ms, body) == 5);
  auto const zero = [](timeout_scope& scope) -> awaitable<int> {
    scope.reschedule(10ms);  // the turn that was queued at once is taken back
    co_await asyncio::sleep(5ms);
    co_return 6;
  };
  BOOST_TEST(co_await asyncio::with_timeout(0s, zero) == 6);
}

// conformance: TO13
ASYNCIO_TEST_CASE(another_task_may_move_the_deadline) {
  auto const start = now();
  auto& scope = keep_alive<timeout_scope*>();
  struct shown {
    timeout_scope*& to;
    ~shown() { to = nullptr; }
  };
  auto const body = [](timeout_scope& own, timeout_scope*& to) -> awaitable<void> {
    to = &own;
    shown const until_the_end{to};
    co_await asyncio::sleep(50s);
  };
  auto t = asyncio::create_task(asyncio::with_timeout(10s, body, std::ref(scope)));
  co_await asyncio::sleep(1s);
  BOOST_REQUIRE(scope != nullptr);
  BOOST_TEST((scope->when() == start + 10s));
  scope->reschedule(start + 30s);
  BOOST_TEST((scope->when() == start + 30s));
  scope->reschedule(std::nullopt);
  BOOST_TEST(!scope->when());
  t.cancel();
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled");
}

namespace {
std::string reschedule_error(timeout_scope& scope) {
  try {
    scope.reschedule(1s);
    return "accepted";
  } catch (asyncio::invalid_state const& e) {
    return e.what();
  }
}
}  // namespace

// conformance: TO14
ASYNCIO_TEST_CASE(reschedule_while_the_body_is_being_cancelled_is_refused_with_the_state) {
  auto const body = [](timeout_scope& scope) -> awaitable<std::string> {
    co_await outcome(answer_after(1s));
    BOOST_TEST(to_string(scope) == "<Timeout [expiring]>");
    BOOST_TEST(scope.expired());
    co_return reschedule_error(scope);
  };
  BOOST_TEST(
      co_await asyncio::with_timeout(10ms, body) ==
      "asyncio::timeout_scope::reschedule: this timeout is expiring; only an active one can be moved: do it before the "
      "deadline, while the body runs");
}

// conformance: TO14, TO16
ASYNCIO_TEST_CASE(reschedule_after_the_end_is_refused_with_the_state) {
  auto& me = *asyncio::current_task().ref().get();
  timeout_scope finished(me, 1s);
  co_await asyncio::yield();
  finished.leave();
  BOOST_TEST(reschedule_error(finished).find("this timeout is finished") != std::string::npos);
  BOOST_TEST(to_string(finished) == "<Timeout [finished]>");

  timeout_scope expired(me, 1ms);
  BOOST_TEST(co_await outcome(answer_after(1s)) == "cancelled");
  expired.leave();
  BOOST_TEST(reschedule_error(expired).find("this timeout is expired") != std::string::npos);
  BOOST_TEST(to_string(expired) == "<Timeout [expired]>");
  BOOST_TEST(expired.expired());
  BOOST_TEST(me.cancelling() == 0);
}

// conformance: TO16
ASYNCIO_TEST_CASE(an_active_scope_prints_its_deadline_in_seconds) {
  auto const body = [](timeout_scope& scope, std::string text) -> awaitable<void> {
    BOOST_TEST(to_string(scope) == text);
    co_return;
  };
  time_point const epoch;
  auto until = [&](asyncio::duration d) { return epoch + d - now(); };
  co_await asyncio::with_timeout(until(10s), body, std::string("<Timeout [active] when=10.0>"));
  co_await asyncio::with_timeout(until(12500ms), body, std::string("<Timeout [active] when=12.5>"));
  co_await asyncio::with_timeout(until(1234567us), body, std::string("<Timeout [active] when=1.235>"));
}

// conformance: XS16
ASYNCIO_TEST_CASE(reschedule_refuses_nan_and_keeps_the_deadline) {
  auto const body = [](timeout_scope& scope) -> awaitable<bool> {
    auto const before = scope.when();
    bool refused = false;
    try {
      scope.reschedule(std::chrono::duration<float>(std::numeric_limits<float>::quiet_NaN()));
    } catch (asyncio::value_error const&) {
      refused = true;
    }
    co_return refused&& scope.when() == before;
  };
  BOOST_TEST(co_await asyncio::with_timeout(1s, body));
}

ASYNCIO_TEST_CASE(with_timeout_keeps_the_function_and_its_arguments_alive) {
  auto const text = std::make_shared<std::string>("kept");
  auto body = [text](timeout_scope&, std::unique_ptr<int> n) -> awaitable<std::string> {
    co_await asyncio::sleep(1ms);
    co_return *text + std::to_string(*n);
  };
  auto call = asyncio::with_timeout(1s, body, std::make_unique<int>(7));
  BOOST_TEST(co_await std::move(call) == "kept7");
}

// -- move_on_after ---------------------------------------------------------------------------------------------------------

// conformance: XS14
ASYNCIO_TEST_CASE(move_on_after_gives_the_value_or_nothing) {
  auto const start = now();
  std::optional<int> const in_time = co_await asyncio::move_on_after(1s, answer_after(1ms));
  BOOST_TEST(in_time.value() == 42);
  std::optional<int> const late = co_await asyncio::move_on_after(1s, answer_after(1h));
  BOOST_TEST(!late.has_value());
  BOOST_TEST((now() == start + 1s + 1ms));
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
}

// conformance: XS14
ASYNCIO_TEST_CASE(move_on_after_without_a_value_tells_whether_the_body_finished) {
  bool const in_time = co_await asyncio::move_on_after(1s, asyncio::sleep(1ms));
  bool const late = co_await asyncio::move_on_after(1ms, asyncio::sleep(1s));
  BOOST_TEST(in_time);
  BOOST_TEST(!late);
}

// conformance: XS14
ASYNCIO_TEST_CASE(move_on_at_takes_an_instant) {
  auto const start = now();
  BOOST_TEST(!co_await asyncio::move_on_at(start + 5ms, asyncio::sleep(1s)));
  BOOST_TEST((now() == start + 5ms));
  BOOST_TEST(co_await asyncio::move_on_at(std::nullopt, asyncio::sleep(1s)));
}

// conformance: XS5
ASYNCIO_TEST_CASE(a_body_that_was_cancelled_but_gave_a_value_has_given_it) {
  auto const value = co_await asyncio::move_on_after(1ms, stubborn(1s));
  BOOST_TEST(value.value() == -1);
  BOOST_TEST(co_await asyncio::timeout(1ms, stubborn(1s)) == -1);
}

// conformance: XS14, TO7
ASYNCIO_TEST_CASE(move_on_after_lets_exceptions_and_cancels_through) {
  auto const move_on = [](awaitable<void> aw) -> awaitable<void> {
    (void)co_await asyncio::move_on_after(1s, std::move(aw));
  };
  BOOST_TEST(co_await outcome(move_on(fail_after(1ms))) == "broken");
  auto t = asyncio::create_task(move_on(asyncio::sleep(10s)));
  co_await asyncio::yield();
  t.cancel();
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled");
}

// -- current_effective_deadline --------------------------------------------------------------------------------------------

namespace {
awaitable<time_point> effective() {
  co_await asyncio::yield();
  co_return asyncio::current_effective_deadline();
}
awaitable<time_point> effective_within(asyncio::duration limit) {
  co_return co_await asyncio::timeout(limit, effective());
}
}  // namespace

// conformance: XS13
ASYNCIO_TEST_CASE(the_effective_deadline_is_the_earliest_of_the_enclosing_ones) {
  auto const start = now();
  BOOST_TEST((asyncio::current_effective_deadline() == time_point::max()));
  BOOST_TEST((co_await effective_within(1s) == start + 1s));
  BOOST_TEST((co_await asyncio::timeout(2s, effective_within(1s)) == start + 1s));
  BOOST_TEST((co_await asyncio::timeout(1s, effective_within(2s)) == start + 1s));
  BOOST_TEST((co_await asyncio::timeout(std::nullopt, effective_within(2s)) == start + 2s));
  BOOST_TEST((asyncio::current_effective_deadline() == time_point::max()));
}

// conformance: XS13
ASYNCIO_TEST_CASE(the_effective_deadline_follows_reschedule_and_stays_when_it_has_passed) {
  auto const body = [](timeout_scope& scope, time_point start) -> awaitable<void> {
    scope.reschedule(start + 5ms);
    BOOST_TEST((asyncio::current_effective_deadline() == start + 5ms));
    co_await outcome(answer_after(1s));
    BOOST_TEST((asyncio::current_effective_deadline() == start + 5ms));  // up: now is no time left
  };
  co_await asyncio::with_timeout(1s, body, now());
  BOOST_TEST((asyncio::current_effective_deadline() == time_point::max()));
}

// conformance: XS13
ASYNCIO_TEST_CASE(structured_children_inherit_the_effective_deadline) {
  auto const start = now();
  auto const [a, b] = co_await asyncio::timeout(2s, asyncio::gather(effective(), effective_within(1s)));
  BOOST_TEST((a == start + 2s));
  BOOST_TEST((b == start + 1s));
}

// conformance: XS13
ASYNCIO_TEST_CASE(a_shield_and_a_task_of_its_own_stop_the_effective_deadline) {
  BOOST_TEST((co_await asyncio::timeout(2s, asyncio::shield(effective())) == time_point::max()));
  auto const spawn = []() -> awaitable<time_point> { co_return co_await asyncio::create_task(effective()); };
  BOOST_TEST((co_await asyncio::timeout(2s, spawn()) == time_point::max()));
}

// conformance: XS13
BOOST_AUTO_TEST_CASE(outside_a_task_there_is_no_effective_deadline) {
  BOOST_TEST((asyncio::current_effective_deadline() == time_point::max()));
}

// -- raw Asio operations ---------------------------------------------------------------------------------------------------

namespace {

struct connection {
  explicit connection(asio::any_io_executor const& executor) : client(executor), server(executor) {
    asio::ip::tcp::acceptor acceptor(executor, {asio::ip::address_v4::loopback(), 0});
    client.connect(acceptor.local_endpoint());
    acceptor.accept(server);
  }
  asio::ip::tcp::socket client;
  asio::ip::tcp::socket server;
  char byte = 0;
};

awaitable<std::string> read_three_times() {
  connection c(co_await asio::this_coro::executor);
  std::string seen;
  for (int i = 0; i < 2; ++i) {
    auto read = c.client.async_read_some(asio::buffer(&c.byte, 1), use_awaitable);
    seen += co_await outcome(asyncio::timeout(1ms, std::move(read))) + ' ';
  }
  c.server.send(asio::buffer("x", 1));  // the reads that were given up take nothing of it
  auto read = c.client.async_read_some(asio::buffer(&c.byte, 1), use_awaitable);
  co_await asyncio::timeout(1s, std::move(read));
  co_return seen + c.byte;
}

/// Runs a task in a context of its own. @return whether the context ran out of work, i.e. nothing was left pending.
template <class T>
bool run_in_own_context(awaitable<T> body, T& result) {
  asio::io_context ctx;
  auto t = asyncio::create_task(ctx, std::move(body));
  ctx.run_for(1s);
  result = t.result();
  return ctx.stopped();
}

}  // namespace

// conformance: C23
BOOST_AUTO_TEST_CASE(a_socket_read_that_times_out_throws_timeout_error_and_leaves_nothing_pending) {
  std::string seen;
  BOOST_TEST(run_in_own_context(read_three_times(), seen));
  BOOST_TEST(seen == "timeout timeout x");
}

namespace {
awaitable<std::string> wait_for_a_timer(std::exception_ptr& error) {
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours(1));
  auto wait = timer.async_wait(use_awaitable);
  try {
    co_await asyncio::timeout(1ms, std::move(wait));
  } catch (...) {
    error = std::current_exception();
  }
  co_return timer.cancel() == 0 ? "nothing pending" : "still pending";
}
}  // namespace

// conformance: C23
BOOST_AUTO_TEST_CASE(a_steady_timer_under_a_timeout_is_cancelled_and_its_abort_is_nested_in_the_timeout_error) {
  std::exception_ptr error;
  std::string seen;
  BOOST_TEST(run_in_own_context(wait_for_a_timer(error), seen));
  BOOST_TEST(seen == "nothing pending");
  BOOST_REQUIRE(error != nullptr);
  BOOST_CHECK_EXCEPTION(std::rethrow_exception(error), asyncio::timeout_error,
                        [](auto const& e) { return is_nested_in<boost::system::system_error>(e); });
}

namespace {
awaitable<std::string> co_spawned_body(std::string& inner) {
  auto const note = [](std::string& to) -> awaitable<void> {
    to = co_await outcome(answer_after(1h));
    throw asyncio::cancelled_error();
  };
  auto const executor = co_await asio::this_coro::executor;
  auto spawned = asio::co_spawn(executor, note(inner), use_awaitable);
  co_return co_await outcome(asyncio::timeout(1ms, std::move(spawned)));
}
}  // namespace

// conformance: C23
BOOST_AUTO_TEST_CASE(a_co_spawn_under_a_timeout_is_cancelled_through_its_slot) {
  std::string inner;
  std::string seen;
  BOOST_TEST(run_in_own_context(co_spawned_body(inner), seen));
  BOOST_TEST(seen == "timeout");
  BOOST_TEST(inner == "aborted");
}

namespace {
awaitable<std::string> aborted_by_somebody_else() {
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours(1));
  auto const handle = asyncio::loop::running().call_soon([&timer] { timer.cancel(); });
  auto wait = timer.async_wait(use_awaitable);
  co_return co_await outcome(asyncio::timeout(1h, std::move(wait)));
}
}  // namespace

BOOST_AUTO_TEST_CASE(an_abort_that_the_timeout_did_not_cause_stays_an_abort) {
  std::string seen;
  BOOST_TEST(run_in_own_context(aborted_by_somebody_else(), seen));
  BOOST_TEST(seen == "aborted");
}

namespace {
awaitable<std::string> posted_body() {
  auto posted = asio::post(co_await asio::this_coro::executor, use_awaitable);
  co_return co_await outcome(asyncio::timeout(0s, std::move(posted)));
}
}  // namespace

// conformance: TO4, C14
BOOST_AUTO_TEST_CASE(a_raw_operation_that_cannot_be_cancelled_times_out_when_it_has_ended) {
  std::string seen;
  BOOST_TEST(run_in_own_context(posted_body(), seen));
  BOOST_TEST(seen == "timeout");
}

// -- coroutines that are not tasks -------------------------------------------------------------------------------------------

namespace {

awaitable<std::string> all_kinds() {
  std::string seen = co_await outcome(asyncio::timeout(1ms, answer_after(1h)));
  seen += ' ' + co_await outcome(asyncio::timeout(1h, answer_after(1ms)));
  seen += ' ' + co_await outcome(asyncio::timeout(1h, fail_after(1ms)));
  bool const moved_on = !co_await asyncio::move_on_after(1ms, asyncio::sleep(1h));
  seen += moved_on ? " moved" : " stayed";
  bool expired = false;
  auto with = asyncio::with_timeout(1ms, sleep_in, asyncio::duration(1h), std::ref(expired));
  seen += ' ' + co_await outcome(std::move(with));
  co_return seen + (expired ? " expired" : " active");
}
char const* const all_kinds_outcome = "timeout done broken moved timeout expired";

}  // namespace

BOOST_AUTO_TEST_CASE(timeouts_work_in_a_plain_co_spawn) {
  asio::io_context ctx;
  std::string seen;
  asio::co_spawn(ctx, all_kinds(), [&](std::exception_ptr e, std::string s) { seen = e ? "failed" : s; });
  ctx.run_for(1s);
  BOOST_TEST(ctx.stopped());
  BOOST_TEST(seen == all_kinds_outcome);
}

ASYNCIO_TEST_CASE(timeouts_work_in_a_co_spawn_inside_a_task_and_cancel_only_their_own_body) {
  auto const executor = co_await asio::this_coro::executor;
  BOOST_TEST(co_await asio::co_spawn(executor, all_kinds(), use_awaitable) == all_kinds_outcome);
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
}

ASYNCIO_TEST_CASE(the_operands_of_asios_or_have_timeouts_of_their_own) {
  using namespace asio::experimental::awaitable_operators;
  auto const start = now();
  auto const first = co_await (outcome(asyncio::timeout(10ms, answer_after(1h))) && answer_after(20ms));
  BOOST_TEST(std::get<0>(first) == "timeout");
  BOOST_TEST(std::get<1>(first) == 42);  // was not cancelled along with it
  BOOST_TEST((now() == start + 20ms));
}

ASYNCIO_TEST_CASE(a_timeout_around_asios_operators_claims_the_abort_of_both_operands) {
  using namespace asio::experimental::awaitable_operators;
  BOOST_TEST(co_await outcome(asyncio::timeout(10ms, answer_after(1h) && answer_after(2h))) == "timeout");
  BOOST_TEST(co_await outcome(asyncio::timeout(10ms, answer_after(1h) || answer_after(2h))) == "timeout");
}

ASYNCIO_TEST_CASE(a_detached_co_spawn_that_begins_inside_a_task_does_not_cancel_that_task) {
  auto& seen = keep_alive<std::string>();
  auto const detached = [](std::string& to) -> awaitable<void> {
    to = co_await outcome(asyncio::timeout(1ms, answer_after(1h)));
  };
  asio::co_spawn(co_await asio::this_coro::executor, detached(seen), asio::detached);
  co_await asyncio::sleep(1s);
  BOOST_TEST(seen == "timeout");
}

ASYNCIO_TEST_CASE(a_cancel_of_a_coroutine_that_is_not_a_task_ends_its_timeout_as_a_cancel) {
  using namespace asio::experimental::awaitable_operators;
  auto const start = now();
  std::string seen;
  auto const limited = [](std::string& to) -> awaitable<void> {
    to = co_await outcome(asyncio::timeout(1h, answer_after(2h)));
  };
  auto const winner = co_await (limited(seen) || answer_after(1ms));
  BOOST_TEST(winner.index() == 1u);
  BOOST_TEST(seen == "aborted");
  BOOST_TEST((now() == start + 1ms));
}
