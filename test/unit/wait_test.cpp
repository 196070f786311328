// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE wait
#include "lazy_range.hpp"

#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <limits>
#include <list>
#include <memory>
#include <optional>
#include <ranges>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
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

awaitable<void> note(std::string& log, std::string text) {
  log += text;
  co_return;
}

std::vector<asyncio::task<int>> three() {
  std::vector<asyncio::task<int>> tasks;
  tasks.push_back(asyncio::create_task(give(1, 100ms)));
  tasks.push_back(asyncio::create_task(give(2, 150ms)));
  tasks.push_back(asyncio::create_task(give(3, 50ms)));
  return tasks;
}

asyncio::task<int> make(int i) { return asyncio::create_task(give(i, std::chrono::seconds(i))); }

template <class Call>
std::string refusal(Call call) {
  try {
    (void)call();
  } catch (asyncio::value_error const& e) {
    return e.what();
  }
  return "accepted";
}

bool starts_with(std::string const& text, std::string const& start) { return text.rfind(start, 0) == 0; }

}  // namespace

// conformance: W1, W4
ASYNCIO_TEST_CASE(wait_returns_when_the_last_task_has_ended) {
  auto tasks = three();
  auto [done, pending] = co_await asyncio::wait(tasks);
  BOOST_TEST((now() == 150ms));
  BOOST_TEST(pending.empty());
  BOOST_REQUIRE(done.size() == 3u);
  for (std::size_t i = 0; i < 3; ++i) BOOST_TEST((done[i] == tasks[i]));  // in the order of the arguments
  BOOST_TEST(done[1].result() == 2);
}

// conformance: W1
ASYNCIO_TEST_CASE(wait_throws_nothing_that_a_task_threw) {
  std::vector tasks{asyncio::create_task(fail("no", 1s)), asyncio::create_task(give(1, 2s))};
  auto const r = co_await asyncio::wait(tasks);
  BOOST_TEST((now() == 2s));
  BOOST_REQUIRE(r.done.size() == 2u);
  std::string text;
  try {
    (void)r.done[0].result();
  } catch (std::runtime_error const& e) {
    text = e.what();
  }
  BOOST_TEST(text == "no");
}

// conformance: W5
ASYNCIO_TEST_CASE(first_completed_returns_with_the_first) {
  auto tasks = three();
  auto [done, pending] = co_await asyncio::wait(tasks, asyncio::first_completed);
  BOOST_TEST((now() == 50ms));
  BOOST_REQUIRE(done.size() == 1u);
  BOOST_TEST((done[0] == tasks[2]));
  BOOST_REQUIRE(pending.size() == 2u);
  BOOST_TEST((pending[0] == tasks[0] && pending[1] == tasks[1]));
  auto const rest = co_await asyncio::wait(pending);
  BOOST_TEST(rest.done.size() == 2u);
  BOOST_TEST((now() == 150ms));
}

// conformance: W5
ASYNCIO_TEST_CASE(first_completed_counts_a_failure_and_a_cancel) {
  std::vector failing{asyncio::create_task(fail("no", 1s)), asyncio::create_task(give(1, 1h))};
  auto const r = co_await asyncio::wait(failing, asyncio::first_completed);
  BOOST_TEST(r.done.size() == 1u);
  BOOST_TEST((r.done[0].exception() != nullptr));
  failing[1].cancel();
  std::vector cancelled{failing[1], asyncio::create_task(give(1, 1h))};
  auto const s = co_await asyncio::wait(cancelled, asyncio::first_completed);
  BOOST_REQUIRE(s.done.size() == 1u);
  BOOST_TEST(s.done[0].cancelled());
  BOOST_TEST((now() == 1s));
}

// conformance: W5
ASYNCIO_TEST_CASE(first_completed_gives_all_that_have_ended_when_it_returns) {
  std::vector tasks{asyncio::create_task(give(1, 1s)), asyncio::create_task(give(2, 1s)),
                    asyncio::create_task(give(3, 2s))};
  auto const r = co_await asyncio::wait(tasks, asyncio::first_completed);
  BOOST_TEST(r.done.size() == 2u);
  BOOST_TEST(r.pending.size() == 1u);
  BOOST_TEST((now() == 1s));
}

// conformance: W6
ASYNCIO_TEST_CASE(first_exception_returns_with_the_first_failure) {
  std::vector tasks{asyncio::create_task(give(1, 1s)), asyncio::create_task(fail("no", 2s)),
                    asyncio::create_task(give(3, 3s))};
  auto const r = co_await asyncio::wait(tasks, asyncio::first_exception);
  BOOST_TEST((now() == 2s));
  BOOST_TEST(r.done.size() == 2u);
  BOOST_REQUIRE(r.pending.size() == 1u);
  BOOST_TEST((r.pending[0] == tasks[2]));
  BOOST_TEST((tasks[1].exception() != nullptr));
}

// conformance: W6
ASYNCIO_TEST_CASE(first_exception_without_a_failure_waits_for_all) {
  auto tasks = three();
  auto const r = co_await asyncio::wait(tasks, asyncio::first_exception);
  BOOST_TEST((now() == 150ms));
  BOOST_TEST(r.done.size() == 3u);
}

// conformance: W6
ASYNCIO_TEST_CASE(a_cancelled_task_is_no_exception_for_first_exception) {
  auto tasks = three();
  tasks[2].cancel();
  auto const r = co_await asyncio::wait(tasks, asyncio::first_exception);
  BOOST_TEST((now() == 150ms));
  BOOST_TEST(r.pending.empty());
  BOOST_TEST(tasks[2].cancelled());
}

// conformance: W6
ASYNCIO_TEST_CASE(first_exception_sees_a_failure_from_before) {
  std::vector tasks{asyncio::create_task(fail("no", 1s)), asyncio::create_task(give(1, 1h))};
  co_await asyncio::sleep(2s);
  auto const r = co_await asyncio::wait(tasks, asyncio::first_exception);
  BOOST_TEST((now() == 2s));
  BOOST_TEST(r.pending.size() == 1u);
  BOOST_TEST((tasks[0].exception() != nullptr));
}

// conformance: W7
ASYNCIO_TEST_CASE(after_the_timeout_wait_returns_what_is_done_and_cancels_nothing) {
  auto tasks = three();
  auto const r = co_await asyncio::wait(tasks, asyncio::all_completed, 110ms);
  BOOST_TEST((now() == 110ms));
  BOOST_TEST(r.done.size() == 2u);
  BOOST_REQUIRE(r.pending.size() == 1u);
  BOOST_TEST(co_await r.pending[0].join() == 2);
  BOOST_TEST((now() == 150ms));
}

// conformance: W7
ASYNCIO_TEST_CASE(a_timeout_may_have_any_unit) {
  auto t = asyncio::create_task(give(1, 1h));
  std::vector tasks{t};
  co_await asyncio::wait(tasks, asyncio::all_completed, 1min);
  BOOST_TEST((now() == 1min));
  co_await asyncio::wait(tasks, asyncio::first_completed, std::chrono::duration<double>(0.25));
  BOOST_TEST((now() == 1min + 250ms));
  co_await asyncio::wait(tasks, asyncio::first_completed, std::optional<asyncio::duration>(750ms));
  BOOST_TEST((now() == 61s));
  co_await asyncio::wait(tasks, 1ns);
  BOOST_TEST((now() == 61s + 1ns));
  auto const r = co_await asyncio::wait(tasks, asyncio::all_completed, std::nullopt);
  BOOST_TEST(r.done.size() == 1u);
  BOOST_TEST((now() == 1h));
}

// conformance: W7
ASYNCIO_TEST_CASE(a_timeout_of_zero_or_less_is_one_look) {
  std::vector tasks{asyncio::create_task(give(1, 1s)), asyncio::create_task(give(2, 1h))};
  auto const none = co_await asyncio::wait(tasks, asyncio::all_completed, 0s);
  BOOST_TEST(none.done.empty());
  co_await asyncio::sleep(2s);
  auto const one = co_await asyncio::wait(tasks, asyncio::all_completed, -1s);
  BOOST_TEST(one.done.size() == 1u);
  BOOST_TEST((now() == 2s));
}

ASYNCIO_TEST_CASE(an_endless_timeout_is_none) {
  std::vector tasks{asyncio::create_task(give(1, 1h))};
  auto const r = co_await asyncio::wait(tasks, asyncio::all_completed, asyncio::duration::max());
  BOOST_TEST(r.done.size() == 1u);
  auto const infinite = std::chrono::duration<double>(std::numeric_limits<double>::infinity());
  co_await asyncio::wait(tasks, asyncio::all_completed, infinite);
  BOOST_TEST((now() == 1h));
}

// conformance: W8
ASYNCIO_ORDERED_TEST_CASE(a_task_that_ends_at_the_instant_of_the_timeout_is_done) {
  std::vector tasks{asyncio::create_task(give(2, 150ms)), asyncio::create_task(give(1, 100ms))};
  co_await asyncio::yield();  // as in a task of its own: the sleeps begin before the wait
  auto const r = co_await asyncio::wait(tasks, asyncio::all_completed, 100ms);
  BOOST_TEST((now() == 100ms));
  BOOST_REQUIRE(r.done.size() == 1u);
  BOOST_TEST((r.done[0] == tasks[1]));
}

// conformance: W9
ASYNCIO_TEST_CASE(waiting_again_takes_no_time) {
  auto tasks = three();
  co_await asyncio::wait(tasks);
  for (auto const when : {asyncio::all_completed, asyncio::first_completed, asyncio::first_exception}) {
    auto const r = co_await asyncio::wait(tasks, when);
    BOOST_TEST(r.done.size() == 3u);
  }
  BOOST_TEST((now() == 150ms));
}

// conformance: W9
ASYNCIO_ORDERED_TEST_CASE(wait_gives_way_even_when_all_have_ended) {
  std::vector tasks{asyncio::create_task(give(1, 0s))};
  co_await tasks[0].join();
  auto& log = keep_alive<std::string>();
  auto other = asyncio::create_task(note(log, "other"));
  co_await asyncio::wait(tasks);
  BOOST_TEST(log == "other");
}

// conformance: W10
ASYNCIO_TEST_CASE(cancelling_the_waiter_does_not_cancel_the_tasks) {
  struct waiter {
    static awaitable<void> body(std::vector<asyncio::task<int>> tasks) { co_await asyncio::wait(tasks, 2h); }
  };
  std::vector tasks{asyncio::create_task(give(7, 1h))};
  auto t = asyncio::create_task(waiter::body(tasks));
  co_await asyncio::sleep(1s);
  BOOST_TEST(t.cancel("enough"));
  std::string message;
  try {
    co_await t.join();
  } catch (asyncio::cancelled_error const& e) {
    message = e.message();
  }
  BOOST_TEST(message == "enough");
  BOOST_TEST((now() == 1s));
  BOOST_TEST(tasks[0].cancelling() == 0);
  BOOST_TEST(co_await tasks[0].join() == 7);
  BOOST_TEST(!asyncio::loop::running().core().has_timers());  // its timeout is gone too
}

// conformance: W10
ASYNCIO_TEST_CASE(a_cancel_after_the_end_but_before_the_resumption_is_not_lost) {
  struct waiter {
    static awaitable<void> body(std::vector<asyncio::task<int>> tasks) { co_await asyncio::wait(tasks); }
  };
  std::vector tasks{asyncio::create_task(give(1, 1s))};
  asyncio::any_task t = asyncio::create_task(waiter::body(tasks));
  tasks[0].add_done_callback([t](asyncio::task<int> const&) mutable { t.cancel(); });
  bool cancelled = false;
  try {
    co_await t.join();
  } catch (asyncio::cancelled_error const&) {
    cancelled = true;
  }
  BOOST_TEST(cancelled);
  BOOST_TEST(tasks[0].result() == 1);
}

// conformance: W2
BOOST_AUTO_TEST_CASE(nothing_to_wait_for_is_a_value_error) {
  std::vector<asyncio::task<int>> const none;
  auto const text = refusal([&] { return asyncio::wait(none); });
  BOOST_TEST(starts_with(text, "asyncio::wait: the range of tasks is empty"));
}

// conformance: W2
ASYNCIO_TEST_CASE(an_unknown_return_when_is_a_value_error) {
  auto tasks = three();
  auto const text = refusal([&] { return asyncio::wait(tasks, static_cast<asyncio::return_when>(9)); });
  BOOST_TEST(starts_with(text, "asyncio::wait: 9 is no return_when"));
  auto const nan = std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN());
  BOOST_TEST(refusal([&] { return asyncio::wait(tasks, asyncio::all_completed, nan); }) != "accepted");
  co_return;
}

ASYNCIO_TEST_CASE(an_empty_handle_is_refused) {
  std::vector<asyncio::task<int>> tasks{asyncio::task<int>()};
  std::string text;
  try {
    co_await asyncio::wait(tasks);
  } catch (asyncio::invalid_state const& e) {
    text = e.what();
  }
  BOOST_TEST(starts_with(text, "asyncio::wait: this handle names no task"));
}

// conformance: W3
ASYNCIO_TEST_CASE(the_same_task_twice_counts_once) {
  auto t = asyncio::create_task(give(1, 1s));
  std::vector tasks{t, t, t};
  auto const r = co_await asyncio::wait(tasks);
  BOOST_TEST(r.done.size() == 1u);
}

// conformance: W3
ASYNCIO_TEST_CASE(any_range_of_handles_will_do) {
  auto const r = co_await asyncio::wait(lazy_range(1, 4, &make));
  BOOST_TEST(r.done.size() == 3u);
  BOOST_TEST((now() == 3s));

  std::list<asyncio::task<int>> const linked(r.done.begin(), r.done.end());
  BOOST_TEST((co_await asyncio::wait(linked)).done.size() == 3u);
  std::array<asyncio::task<int>, 2> pair{r.done[0], r.done[1]};
  BOOST_TEST((co_await asyncio::wait(pair)).done.size() == 2u);

  std::istringstream numbers("1 2");  // an input range can be read only once
  auto const next = [&numbers](int) {
    int number = 0;
    numbers >> number;
    return make(number);
  };
  auto const s = co_await asyncio::wait(lazy_range(0, 2, next));
  BOOST_TEST(s.done.size() == 2u);
}

// conformance: W1
ASYNCIO_TEST_CASE(tasks_of_different_types_are_waited_for_as_any_task) {
  struct body {
    static awaitable<void> nothing() { co_await asyncio::sleep(2s); }
  };
  auto number = asyncio::create_task(give(4, 1s));
  auto nothing = asyncio::create_task(body::nothing());
  std::vector<asyncio::any_task> tasks{number, nothing};
  asyncio::wait_result<asyncio::any_task> const r = co_await asyncio::wait(tasks, asyncio::first_completed);
  BOOST_REQUIRE(r.done.size() == 1u);
  BOOST_TEST((r.done[0] == number));
  BOOST_TEST((r.pending[0] == nothing));
}

ASYNCIO_TEST_CASE(tasks_can_be_given_one_by_one) {
  auto a = make(1);
  auto b = make(2);
  auto c = make(3);
  auto const all = co_await asyncio::wait(a, b);
  static_assert(std::is_same_v<decltype(all.done), std::vector<asyncio::task<int>>>);
  BOOST_TEST(all.done.size() == 2u);
  BOOST_TEST((all.done[0] == a));
  BOOST_TEST(all.pending.empty());
  BOOST_TEST((now() == 2s));
  auto const again = co_await asyncio::wait(a, c, a);
  BOOST_TEST(again.done.size() == 2u);
}

ASYNCIO_TEST_CASE(settings_stand_behind_tasks_that_are_given_one_by_one) {
  auto a = make(1);
  auto b = make(2);
  auto c = make(3);
  auto const first = co_await asyncio::wait(a, b, c, asyncio::first_completed);
  BOOST_TEST(first.done.size() == 1u);
  BOOST_TEST(first.pending.size() == 2u);
  auto const in_time = co_await asyncio::wait(a, b, c, 1500ms);
  BOOST_TEST(in_time.done.size() == 2u);
  BOOST_TEST((now() == 2500ms));
  auto const both = co_await asyncio::wait(b, c, asyncio::all_completed, 1ms);
  BOOST_TEST(both.pending.size() == 1u);
}

ASYNCIO_TEST_CASE(tasks_of_different_types_can_be_given_one_by_one) {
  auto a = make(1);
  auto b = asyncio::create_task(asyncio::sleep(2s));
  asyncio::any_task const c = make(3);
  auto const two = co_await asyncio::wait(a, b);
  static_assert(std::is_same_v<decltype(two.done), std::vector<asyncio::any_task>>);
  BOOST_TEST(two.done.size() == 2u);
  auto const first = co_await asyncio::wait(a, a, c, asyncio::first_completed);
  BOOST_TEST((first.done[0] == a));
  BOOST_TEST((first.pending[0] == c));
}

ASYNCIO_TEST_CASE(tasks_without_a_result_can_be_waited_for) {
  auto& log = keep_alive<std::string>();
  std::vector tasks{asyncio::create_task(note(log, "a")), asyncio::create_task(note(log, "a"))};
  asyncio::wait_result<void> const r = co_await asyncio::wait(tasks);
  BOOST_TEST(r.done.size() == 2u);
  BOOST_TEST(log == "aa");
}

ASYNCIO_TEST_CASE(several_may_wait_for_the_same_tasks) {
  struct waiter {
    static awaitable<std::size_t> body(std::vector<asyncio::task<int>> tasks, asyncio::return_when when) {
      auto const r = co_await asyncio::wait(tasks, when);
      co_return r.done.size();
    }
  };
  auto tasks = three();
  auto [a, b, c] = co_await asyncio::gather(waiter::body(tasks, asyncio::all_completed),
                                            waiter::body(tasks, asyncio::first_completed),
                                            waiter::body(tasks, asyncio::first_exception));
  BOOST_TEST(a == 3u);
  BOOST_TEST(b == 1u);
  BOOST_TEST(c == 3u);
}

ASYNCIO_TEST_CASE(a_failure_that_wait_saw_is_still_reported_when_nobody_takes_it) {
  auto& reports = keep_alive<std::vector<std::string>>();
  asyncio::loop::running().set_exception_handler(
      [&](asyncio::exception_context const& what) { reports.push_back(what.message); });
  {
    std::vector tasks{asyncio::create_task(fail("no", 1s))};
    co_await asyncio::wait(tasks, asyncio::first_exception);
  }
  BOOST_REQUIRE(reports.size() == 1u);
  BOOST_TEST(reports[0] == "Task exception was never retrieved");
}

ASYNCIO_TEST_CASE(the_wait_of_a_task_is_told_to_who_asks) {
  struct waiter {
    static awaitable<void> body(std::vector<asyncio::task<int>> tasks) { co_await asyncio::wait(tasks); }
  };
  std::vector tasks{asyncio::create_task(give(1, 1s))};
  auto t = asyncio::create_task(waiter::body(tasks));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST((t.waits_for().kind == asyncio::wait_kind::gather));
  co_await t.join();
}

BOOST_AUTO_TEST_CASE(a_task_of_another_loop_is_a_value_error) {
  boost::asio::io_context other;
  auto foreign = asyncio::create_task(other, give(1, 0s), asyncio::task_options().name("foreign"));
  struct waiter {
    static awaitable<std::string> body(asyncio::task<int> t) {
      std::vector tasks{asyncio::create_task(give(1, 1h)), t};
      try {
        co_await asyncio::wait(tasks);
      } catch (asyncio::value_error const& e) {
        co_return e.what();
      }
      co_return "accepted";
    }
  };
  auto const text = asyncio::testing::run(waiter::body(foreign));
  BOOST_TEST(starts_with(text, "asyncio::wait: task 'foreign' belongs to another loop"));
  other.run();
  BOOST_TEST(foreign.result() == 1);
}

BOOST_AUTO_TEST_CASE(wait_works_in_a_plain_coroutine) {
  boost::asio::io_context ctx;
  std::vector tasks{asyncio::create_task(ctx, give(1, 0s)), asyncio::create_task(ctx, give(2, 0s))};
  struct plain {
    static awaitable<std::size_t> body(std::vector<asyncio::task<int>> const& all) {
      auto const r = co_await asyncio::wait(all, asyncio::all_completed, 1h);
      co_return r.done.size();
    }
  };
  std::size_t done = 0;
  boost::asio::co_spawn(ctx, plain::body(tasks), [&](std::exception_ptr e, std::size_t n) {
    BOOST_TEST((e == nullptr));
    done = n;
  });
  ctx.run();
  BOOST_TEST(done == 2u);
}

BOOST_AUTO_TEST_CASE(a_loop_that_is_destroyed_under_a_wait_leaves_nothing) {
  auto alive = std::make_shared<int>(0);
  struct bodies {
    static awaitable<void> endless(std::shared_ptr<int>) { co_await asyncio::sleep_forever(); }
    static awaitable<void> waits(std::shared_ptr<int>, std::vector<asyncio::task<void>> tasks) {
      co_await asyncio::wait(tasks, 1h);
    }
  };
  {
    boost::asio::io_context ctx;
    asyncio::loop::of(ctx).set_exception_handler([](asyncio::exception_context const&) {});
    std::vector tasks{asyncio::create_task(ctx, bodies::endless(alive))};
    auto t = asyncio::create_task(ctx, bodies::waits(alive, tasks));
    ctx.poll();
    BOOST_TEST(!t.done());
    BOOST_TEST(alive.use_count() > 1);
  }
  BOOST_TEST(alive.use_count() == 1);
}
