// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE condition
#include "sync_support.hpp"

#include <asyncio/condition.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/task_group.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>
#include <asyncio/timeout.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using namespace sync_support;
namespace asio = boost::asio;
using asyncio::awaitable;
using asyncio::testing::keep_alive;

namespace {

std::string const wait_sentence =
    "asyncio::condition::wait: the lock is not held; take it first: auto guard = co_await c.acquire();";
std::string const notify_sentence =
    "asyncio::condition::notify: the lock is not held; take it first: auto guard = co_await c.acquire();";

awaitable<void> note(asyncio::condition& c, std::string& log, char name) {
  auto const guard = co_await c.acquire();
  co_await c.wait();
  BOOST_TEST(c.locked());
  log += name;
}

awaitable<void> notify(asyncio::condition& c, std::ptrdiff_t n = 1) {
  auto const guard = co_await c.acquire();
  c.notify(n);
}

/// Waits however often it is cancelled, and tells what it saw.
awaitable<std::string> wait_and_tell(asyncio::condition& c) {
  auto const guard = co_await c.acquire();
  std::string const how = co_await outcome(c.wait().as_awaitable());
  co_return how + (c.locked() ? ", locked" : ", unlocked");
}

awaitable<void> hold(asyncio::lock& mutex, asyncio::duration how_long, std::string& log, char name) {
  auto const guard = co_await mutex.acquire();
  log += name;
  co_await asyncio::sleep(how_long);
}

}  // namespace

// -- wait and notify ------------------------------------------------------------------------------------------------------

// conformance: CV1
ASYNCIO_TEST_CASE(wait_and_notify_want_the_lock_held) {
  asyncio::condition c;
  BOOST_TEST(co_await outcome(c.wait().as_awaitable()) == wait_sentence);
  BOOST_TEST(refusal<asyncio::invalid_state>([&] {
               c.notify();
               return 0;
             }) == notify_sentence);
  BOOST_TEST(refusal<asyncio::invalid_state>([&] {
               c.notify_all();
               return 0;
             }) == notify_sentence);
  BOOST_TEST(!c.locked());
  auto const guard = co_await c.acquire();
  c.notify();
  c.notify_all();
  BOOST_TEST(refusal<asyncio::value_error>([&] {
               c.notify(-1);
               return 0;
             }) == "asyncio::condition::notify: the number is negative; it is how many to wake, at most");
}

// conformance: CV2
ASYNCIO_ORDERED_TEST_CASE(a_notified_waiter_goes_on_only_when_the_lock_is_released) {
  auto& c = keep_alive<asyncio::condition>();
  auto& log = keep_alive<std::string>();
  auto a = asyncio::create_task(note(c, log, '1'));
  auto b = asyncio::create_task(note(c, log, '2'));
  auto d = asyncio::create_task(note(c, log, '3'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(!c.locked());
  {
    auto guard = co_await c.acquire();
    c.notify();
    co_await asyncio::testing::wait_all_tasks_blocked();
    BOOST_TEST(log == "");
  }
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(log == "1");
  co_await notify(c, 1);
  co_await notify(c, 2);
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(log == "123");
  BOOST_TEST(a.done());
  BOOST_TEST(b.done());
  BOOST_TEST(d.done());
}

// conformance: CV3
ASYNCIO_ORDERED_TEST_CASE(notify_wakes_at_most_n_in_the_order_in_which_they_came) {
  auto& c = keep_alive<asyncio::condition>();
  auto& log = keep_alive<std::string>();
  std::vector<asyncio::task<void>> tasks;
  for (char name = 'a'; name <= 'e'; ++name) tasks.push_back(asyncio::create_task(note(c, log, name)));
  co_await asyncio::testing::wait_all_tasks_blocked();
  co_await notify(c, 0);
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(log == "");
  co_await notify(c, 2);
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(log == "ab");
  co_await notify(c, 2048);
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(log == "abcde");
}

// conformance: CV3
ASYNCIO_TEST_CASE(notify_all_wakes_all_and_nobody_who_comes_later) {
  auto& c = keep_alive<asyncio::condition>();
  auto& log = keep_alive<std::string>();
  std::vector<asyncio::task<void>> tasks;
  for (int i = 0; i < 5; ++i) tasks.push_back(asyncio::create_task(note(c, log, 'x')));
  co_await asyncio::testing::wait_all_tasks_blocked();
  {
    auto const guard = co_await c.acquire();
    c.notify_all();
    BOOST_TEST(c.statistics().tasks_waiting == 0u);
  }
  auto late = asyncio::create_task(note(c, log, 'l'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(log == "xxxxx");
  BOOST_TEST(!late.done());
  co_await notify(c);
  co_await late.join();
}

// conformance: CV6
ASYNCIO_TEST_CASE(wait_for_asks_before_it_waits_and_after_each_notification) {
  auto& c = keep_alive<asyncio::condition>();
  auto& value = keep_alive<int>();
  auto& asked = keep_alive<int>();
  auto& body = keep_alive([&]() -> awaitable<int> {
    auto const guard = co_await c.acquire();
    co_return co_await c.wait_for([&] {
      ++asked;
      return value >= 2 ? value : 0;
    });
  });
  auto t = asyncio::create_task(body());
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(asked == 1);
  for (int i = 1; i <= 2; ++i) {
    BOOST_TEST(!t.done());
    value = i;
    co_await notify(c);
    co_await asyncio::testing::wait_all_tasks_blocked();
    BOOST_TEST(asked == 1 + i);
  }
  BOOST_TEST(co_await t.join() == 2);
}

// conformance: CV6
ASYNCIO_TEST_CASE(a_predicate_that_is_true_needs_no_lock_and_a_false_one_does) {
  asyncio::condition c;
  BOOST_TEST(co_await c.wait_for([] { return true; }));
  auto const never = [] { return false; };
  BOOST_TEST(co_await outcome(c.wait_for(never)) == wait_sentence);
  auto const pointer = co_await c.wait_for([] { return std::make_unique<int>(7); });
  BOOST_TEST(*pointer == 7);
}

ASYNCIO_TEST_CASE(an_exception_of_the_predicate_leaves_with_the_lock_held) {
  asyncio::condition c;
  auto guard = co_await c.acquire();
  auto const broken = []() -> bool { throw std::runtime_error("broken"); };
  BOOST_TEST(co_await outcome(c.wait_for(broken)) == "broken");
  BOOST_TEST(c.locked());
}

// conformance: CV7
ASYNCIO_TEST_CASE(several_conditions_share_a_lock) {
  auto& mutex = keep_alive<asyncio::lock>();
  auto& filled = keep_alive<asyncio::condition>(mutex);
  auto& emptied = keep_alive<asyncio::condition>(mutex);
  auto& items = keep_alive<std::vector<int>>();
  auto& got = keep_alive<std::vector<int>>();
  auto& producer = keep_alive([&]() -> awaitable<void> {
    for (int i = 0; i < 10; ++i) {
      auto const guard = co_await mutex.acquire();
      co_await emptied.wait_for([&] { return items.size() < 2; });
      items.push_back(i);
      filled.notify();
    }
  });
  auto& consumer = keep_alive([&]() -> awaitable<void> {
    for (int i = 0; i < 10; ++i) {
      auto const guard = co_await filled.acquire();
      co_await filled.wait_for([&] { return !items.empty(); });
      got.push_back(items.front());
      items.erase(items.begin());
      emptied.notify();
    }
  });
  co_await asyncio::gather(producer(), consumer());
  BOOST_TEST(got.size() == 10u);
  BOOST_TEST(got.back() == 9);
  BOOST_TEST(!mutex.locked());
  auto guard = filled.try_acquire();
  BOOST_TEST(emptied.locked());
  guard->release();
  emptied.release();
  BOOST_TEST(!mutex.locked());
}

// conformance: XL5
ASYNCIO_TEST_CASE(statistics_tell_who_waits_and_for_what) {
  auto& c = keep_alive<asyncio::condition>();
  auto& log = keep_alive<std::string>();
  auto t = asyncio::create_task(note(c, log, 'x'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(c.statistics().tasks_waiting == 1u);
  BOOST_TEST(!c.statistics().lock.locked);
  BOOST_TEST((t.waits_for().kind == asyncio::wait_kind::event));
  BOOST_TEST(t.waits_for().object == &c);
  {
    auto const guard = co_await c.acquire();
    c.notify();
    co_await asyncio::testing::wait_all_tasks_blocked();
    BOOST_TEST(c.statistics().tasks_waiting == 0u);
    BOOST_TEST(c.statistics().lock.owner == asyncio::current_task().id());
    BOOST_TEST(c.statistics().lock.tasks_waiting == 1u);
    BOOST_TEST((t.waits_for().kind == asyncio::wait_kind::lock));
  }
  co_await t.join();
}

ASYNCIO_TEST_CASE(after_a_wait_the_lock_belongs_to_the_waiter_again) {
  auto& c = keep_alive<asyncio::condition>();
  auto& body = keep_alive([&]() -> awaitable<bool> {
    auto const guard = co_await c.acquire();
    co_await c.wait();
    co_return c.statistics().lock.owner == asyncio::current_task().id();
  });
  auto t = asyncio::create_task(body());
  co_await asyncio::testing::wait_all_tasks_blocked();
  co_await notify(c);
  BOOST_TEST(co_await t.join());
}

// -- cancellation ---------------------------------------------------------------------------------------------------------

// conformance: CV4
ASYNCIO_TEST_CASE(a_cancelled_wait_takes_the_lock_before_it_throws) {
  auto& c = keep_alive<asyncio::condition>();
  auto t = asyncio::create_task(wait_and_tell(c));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(!c.locked());
  t.cancel("enough");
  BOOST_TEST(co_await t.join() == "cancelled: enough, locked");
  BOOST_TEST(!c.locked());
  BOOST_TEST(c.statistics().tasks_waiting == 0u);
}

// conformance: CV4
ASYNCIO_TEST_CASE(a_cancelled_wait_waits_for_the_lock_however_often_it_is_cancelled) {
  auto& c = keep_alive<asyncio::condition>();
  auto t = asyncio::create_task(wait_and_tell(c));
  co_await asyncio::testing::wait_all_tasks_blocked();
  auto guard = co_await c.acquire();
  for (char const* const message : {"first", "second", "third"}) {
    t.cancel(message);
    co_await asyncio::testing::wait_all_tasks_blocked();
    BOOST_TEST(!t.done());
    BOOST_TEST(c.statistics().lock.tasks_waiting == 1u);
  }
  guard.unlock();
  BOOST_TEST(co_await t.join() == "cancelled: third, locked");
  BOOST_TEST(!c.locked());
}

// conformance: CV4
ASYNCIO_TEST_CASE(a_cancel_after_the_notification_still_takes_the_lock_first) {
  auto& c = keep_alive<asyncio::condition>();
  auto t = asyncio::create_task(wait_and_tell(c));
  co_await asyncio::testing::wait_all_tasks_blocked();
  auto guard = co_await c.acquire();
  c.notify();
  t.cancel("late");
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(!t.done());
  guard.unlock();
  BOOST_TEST(co_await t.join() == "cancelled: late, locked");
}

// conformance: CV4, LK3
ASYNCIO_ORDERED_TEST_CASE(a_cancel_between_the_promise_of_the_lock_and_the_turn_gives_the_lock_to_the_next) {
  auto& mutex = keep_alive<asyncio::lock>();
  auto& c = keep_alive<asyncio::condition>(mutex);
  auto& log = keep_alive<std::string>();
  auto waiter = asyncio::create_task(wait_and_tell(c));
  co_await asyncio::testing::wait_all_tasks_blocked();
  auto guard = co_await mutex.acquire();
  c.notify();
  co_await asyncio::testing::wait_all_tasks_blocked();  // it stands in line
  auto next = asyncio::create_task(hold(mutex, 10ms, log, 'n'));
  co_await asyncio::testing::wait_all_tasks_blocked();  // ... before this one
  guard.unlock();
  waiter.cancel();
  co_await asyncio::sleep(1ms);
  BOOST_TEST(log == "n");
  BOOST_TEST(!waiter.done());  // as in asyncio, it stands at the end of the line now
  co_await next.join();
  BOOST_TEST(co_await waiter.join() == "cancelled, locked");
  BOOST_TEST(!mutex.locked());
}

// conformance: CV5
ASYNCIO_TEST_CASE(a_notification_given_to_who_is_cancelled_is_passed_on) {
  auto& c = keep_alive<asyncio::condition>();
  auto& log = keep_alive<std::string>();
  auto a = asyncio::create_task(wait_and_tell(c));
  co_await asyncio::testing::wait_all_tasks_blocked();
  auto b = asyncio::create_task(note(c, log, 'b'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  {
    auto const guard = co_await c.acquire();
    c.notify();
    a.cancel();
  }
  BOOST_TEST(co_await a.join() == "cancelled, locked");
  co_await b.join();
  BOOST_TEST(log == "b");
}

// conformance: CV5
ASYNCIO_TEST_CASE(a_notification_is_passed_on_when_the_cancel_comes_while_the_lock_is_waited_for) {
  auto& c = keep_alive<asyncio::condition>();
  auto& log = keep_alive<std::string>();
  auto a = asyncio::create_task(wait_and_tell(c));
  co_await asyncio::testing::wait_all_tasks_blocked();
  auto b = asyncio::create_task(note(c, log, 'b'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  {
    auto const guard = co_await c.acquire();
    c.notify();
    co_await asyncio::testing::wait_all_tasks_blocked();
    a.cancel();
    co_await asyncio::testing::wait_all_tasks_blocked();
  }
  BOOST_TEST(co_await a.join() == "cancelled, locked");
  co_await b.join();
  BOOST_TEST(log == "b");
}

// conformance: CV5
ASYNCIO_TEST_CASE(a_cancel_without_a_notification_wakes_nobody_else) {
  auto& c = keep_alive<asyncio::condition>();
  auto& log = keep_alive<std::string>();
  auto a = asyncio::create_task(wait_and_tell(c));
  auto b = asyncio::create_task(note(c, log, 'b'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  a.cancel();
  co_await a.join();
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(!b.done());
  co_await notify(c);
  co_await b.join();
}

// conformance: CV4, CV5
ASYNCIO_TEST_CASE(a_cancel_at_any_pass_leaves_the_condition_usable) {
  for (int cancels = 1; cancels <= 2; ++cancels) {
    for (int k = 0; k < 14; ++k) {
      auto& c = keep_alive<asyncio::condition>();
      auto& log = keep_alive<std::string>();
      auto victim = asyncio::create_task(note(c, log, 'v'));
      auto other = asyncio::create_task(note(c, log, 'o'));
      auto& notifier = keep_alive([&]() -> awaitable<void> {
        for (int i = 0; i < 3; ++i) co_await asyncio::yield();
        auto const guard = co_await c.acquire();
        co_await asyncio::yield();
        c.notify();
        co_await asyncio::yield();
        co_await asyncio::yield();
      });
      auto n = asyncio::create_task(notifier());
      for (int i = 0; i < k; ++i) co_await asyncio::yield();
      for (int i = 0; i < cancels; ++i) {
        victim.cancel();
        co_await asyncio::yield();
      }
      co_await asyncio::testing::wait_all_tasks_blocked();
      BOOST_REQUIRE(n.done());
      BOOST_REQUIRE(!c.locked());
      if (!other.done()) co_await notify(c, 2);  // the victim was served, or it was cancelled before the other waited
      co_await asyncio::testing::wait_all_tasks_blocked();
      BOOST_REQUIRE(victim.done());
      BOOST_REQUIRE(other.done());
      BOOST_REQUIRE(log.find('o') != std::string::npos);
      BOOST_REQUIRE(victim.cancelled() == (log.find('v') == std::string::npos));
      BOOST_REQUIRE(!c.locked());
      BOOST_REQUIRE(c.statistics().tasks_waiting == 0u);
    }
  }
}

// conformance: C17
ASYNCIO_TEST_CASE(a_cancel_that_was_taken_back_before_the_turn_does_not_end_the_wait) {
  auto& c = keep_alive<asyncio::condition>();
  auto t = asyncio::create_task(wait_and_tell(c));
  co_await asyncio::testing::wait_all_tasks_blocked();
  {
    auto const guard = co_await c.acquire();
    c.notify();
    t.cancel();
    t.uncancel();
  }
  BOOST_TEST(co_await t.join() == "done, locked");
}

// -- with the rest of the library -----------------------------------------------------------------------------------------

// conformance: CV7
ASYNCIO_TEST_CASE(a_timeout_ends_the_wait_with_the_lock_held) {
  asyncio::condition c;
  auto const guard = co_await c.acquire();
  bool late = false;
  try {
    co_await asyncio::timeout(1s, c.wait());
  } catch (asyncio::timeout_error const&) {
    late = true;
  }
  BOOST_TEST(late);
  BOOST_TEST(c.locked());
  auto const never = [] { return false; };
  auto const value = co_await asyncio::move_on_after(1s, c.wait_for(never));
  BOOST_TEST(!value.has_value());
  BOOST_TEST(c.locked());
}

ASYNCIO_TEST_CASE(a_condition_works_in_a_task_group_that_fails) {
  asyncio::condition c;
  std::string log;
  auto const fail = []() -> awaitable<void> {
    co_await asyncio::sleep(1ms);
    throw std::runtime_error("broken");
  };
  auto const body = [&](asyncio::task_group& group) -> awaitable<void> {
    for (int i = 0; i < 3; ++i) group.create_task(note(c, log, 'x'));
    group.create_task(fail());
    co_return;
  };
  BOOST_TEST((co_await outcome(asyncio::with_task_group(body))).find("broken") != std::string::npos);
  BOOST_TEST(log == "");
  BOOST_TEST(!c.locked());
}

BOOST_AUTO_TEST_CASE(a_condition_works_in_plain_coroutines_of_a_plain_context) {
  asyncio::condition c;
  std::string log;
  asio::io_context ctx;
  for (char name = 'a'; name <= 'c'; ++name) asio::co_spawn(ctx, note(c, log, name), asio::detached);
  auto const later = [&]() -> awaitable<void> {
    co_await asyncio::sleep(1us);
    co_await notify(c, 3);
  };
  asio::co_spawn(ctx, later(), asio::detached);
  ctx.run();
  BOOST_TEST(log == "abc");
  BOOST_TEST(!c.locked());
}

ASYNCIO_TEST_CASE(an_operand_of_asios_or_that_is_cancelled_takes_the_lock_and_releases_it) {
  using namespace asio::experimental::awaitable_operators;
  auto& c = keep_alive<asyncio::condition>();
  auto& log = keep_alive<std::string>();
  auto const first = co_await (note(c, log, 'n') || asyncio::sleep(1s).as_awaitable());
  BOOST_TEST(first.index() == 1u);
  BOOST_TEST(log == "");
  BOOST_TEST(!c.locked());
  BOOST_TEST(c.statistics().tasks_waiting == 0u);
  (co_await c.acquire()).release();
  asyncio::loop::running().call_later(2s, [&] { c.release(); });
  auto const second = co_await (note(c, log, 'n') || asyncio::sleep(1s).as_awaitable());
  BOOST_TEST(second.index() == 1u);
  co_await asyncio::sleep(2s);
  BOOST_TEST(!c.locked());
}

// -- ends -----------------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_loop_that_is_destroyed_at_any_stage_of_a_wait_leaves_a_free_lock) {
  // 0: it waits for a notification; 1: it was notified; 2: it stands in line for the lock; 3: the lock is granted to it.
  for (int stage = 0; stage < 4; ++stage) {
    asyncio::condition c;
    std::string log;
    {
      asio::io_context ctx;
      asyncio::loop::of(ctx).set_exception_handler([](asyncio::exception_context const&) {});
      (void)asyncio::create_task(ctx, note(c, log, 't'));
      asio::co_spawn(ctx, note(c, log, 'p'), asio::detached);
      ctx.poll();
      BOOST_TEST(c.statistics().tasks_waiting == 2u);
      if (stage > 0) {
        auto guard = c.try_acquire();
        c.notify_all();
        if (stage > 1) ctx.poll();
        if (stage > 2) guard->unlock();
      }
    }
    BOOST_TEST(log == "");
    BOOST_TEST(!c.locked());
    BOOST_TEST(c.statistics().tasks_waiting == 0u);
    BOOST_TEST(c.try_acquire().has_value());
  }
}

ASYNCIO_TEST_CASE(those_who_wait_for_a_condition_that_is_destroyed_are_told_with_a_shared_lock_held) {
  std::string const sentence =
      "asyncio::condition: destroyed while a coroutine waited for it; it must outlive those who use it";
  auto& mutex = keep_alive<asyncio::lock>();
  auto& shared = keep_alive<std::optional<asyncio::condition>>(std::in_place, mutex);
  auto& body = keep_alive([&]() -> awaitable<std::string> {
    auto const guard = co_await mutex.acquire();
    std::string const how = co_await outcome(shared->wait().as_awaitable());
    co_return how + (mutex.locked() ? ", locked" : ", unlocked");
  });
  auto t = asyncio::create_task(body());
  co_await asyncio::testing::wait_all_tasks_blocked();
  shared.reset();
  BOOST_TEST(co_await t.join() == sentence + ", locked");
  BOOST_TEST(!mutex.locked());
  auto& own = keep_alive<std::optional<asyncio::condition>>(std::in_place);
  own->try_acquire()->release();
  auto u = asyncio::create_task(outcome(own->wait().as_awaitable()));
  co_await asyncio::testing::wait_all_tasks_blocked();
  own.reset();
  BOOST_TEST(co_await u.join() == sentence);
}

// conformance: CV7
BOOST_AUTO_TEST_CASE(a_condition_that_coroutines_of_another_loop_wait_for_is_refused) {
  asyncio::condition c;
  std::string log;
  asio::io_context here;
  asio::io_context there;
  (void)asyncio::create_task(here, note(c, log, 'h'));
  here.poll();
  auto const refused = asyncio::create_task(there, wait_and_tell(c));
  there.run();
  BOOST_TEST(refused.result() ==
             "asyncio::condition::wait: coroutines of another loop wait for this object; give each loop its own, and "
             "cross loops "
             "with run_coroutine_threadsafe, locked");
  {
    auto const guard = c.try_acquire();
    c.notify();
  }
  here.run();
  BOOST_TEST(log == "h");
}

BOOST_AUTO_TEST_CASE(debug_mode_refuses_a_notification_from_another_thread) {
  auto const body = []() -> awaitable<std::string> {
    asyncio::condition c;
    std::string log;
    auto t = asyncio::create_task(note(c, log, 'x'));
    co_await asyncio::yield();
    std::string told;
    {
      auto const guard = co_await c.acquire();
      std::thread([&] {
        told = refusal<asyncio::invalid_state>([&] {
          c.notify();
          return 0;
        });
      }).join();
      c.notify();
    }
    co_await t.join();
    co_return told;
  };
  std::string const told = asyncio::testing::run(body(), asyncio::testing::test_options().debug(true));
  BOOST_TEST(told.find("asyncio::condition::notify: called from a thread that does not run the loop") == 0u);
}
