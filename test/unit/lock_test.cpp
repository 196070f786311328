// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE lock
#include "sync_support.hpp"

#include <asyncio/gather.hpp>
#include <asyncio/lock.hpp>
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
#include <type_traits>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace sync_support;
namespace asio = boost::asio;
using asyncio::awaitable;
using asyncio::detail::permits;
using asyncio::testing::keep_alive;

namespace {

/// Holds the lock for a time and notes when it got it.
awaitable<void> hold(asyncio::lock& mutex, std::string& log, char name, asyncio::duration how_long = 0s) {
  auto const guard = co_await mutex.acquire();
  log += name;
  co_await asyncio::sleep(how_long);
}

awaitable<void> hold_forever(asyncio::lock& mutex) {
  auto const guard = co_await mutex.acquire();
  co_await asyncio::sleep_forever();
}

/// The lock works: it is free, is held by one at a time, and serves those who wait.
awaitable<bool> works(asyncio::lock& mutex) {
  auto& log = keep_alive<std::string>();
  if (mutex.locked()) co_return false;
  auto a = asyncio::create_task(hold(mutex, log, 'x', 1ms));
  auto b = asyncio::create_task(hold(mutex, log, 'x', 1ms));
  co_await a.join();
  co_await b.join();
  co_return log == "xx" && !mutex.locked() && mutex.statistics().tasks_waiting == 0;
}

}  // namespace

// -- permits: the state without a loop ------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(permits_are_taken_until_there_are_none) {
  permits p(2);
  BOOST_TEST(p.try_take());
  BOOST_TEST(p.available());
  BOOST_TEST(p.try_take());
  BOOST_TEST(!p.available());
  BOOST_TEST(!p.try_take());
  BOOST_TEST(p.free() == 0);
  p.put();
  BOOST_TEST(name_of(p.grant_next()) == '-');  // nobody waits
  BOOST_TEST(p.free() == 1);
}

BOOST_AUTO_TEST_CASE(a_permit_is_promised_to_the_first_in_line) {
  waiter a('a'), b('b');
  permits p(0);
  p.enqueue(a);
  p.enqueue(b);
  BOOST_TEST(name_of(p.grant_next()) == '-');  // nothing is free
  p.put();
  BOOST_TEST(name_of(p.grant_next()) == 'a');
  BOOST_TEST(!a.linked());
  BOOST_TEST(name_of(p.grant_next()) == '-');
  BOOST_TEST(p.free() == 0);
  BOOST_TEST(p.granted() == 1u);
  p.accept();
  BOOST_TEST(p.granted() == 0u);
  b.unlink();
}

BOOST_AUTO_TEST_CASE(a_newcomer_gets_no_permit_while_a_promise_is_open) {
  waiter a('a'), c('c');
  permits p(0);
  p.enqueue(a);
  p.put(2);
  BOOST_TEST(name_of(p.grant_next()) == 'a');
  BOOST_TEST(p.free() == 1);
  BOOST_TEST(!p.available());
  BOOST_TEST(!p.try_take());
  p.enqueue(c);
  p.accept();  // and it is served as soon as the promise is kept
  BOOST_TEST(name_of(p.grant_next()) == 'c');
  p.accept();
  BOOST_TEST(p.free() == 0);
}

BOOST_AUTO_TEST_CASE(a_promise_that_is_declined_goes_to_the_next) {
  waiter a('a'), b('b');
  permits p(0);
  p.enqueue(a);
  p.enqueue(b);
  p.put();
  BOOST_TEST(name_of(p.grant_next()) == 'a');
  p.decline();
  BOOST_TEST(name_of(p.grant_next()) == 'b');
  p.decline();
  BOOST_TEST(p.available());
}

BOOST_AUTO_TEST_CASE(who_leaves_the_line_is_not_served) {
  waiter a('a'), b('b'), c('c');
  permits p(0);
  for (waiter* w : {&a, &b, &c}) p.enqueue(*w);
  b.unlink();
  p.put(3);
  BOOST_TEST(name_of(p.grant_next()) == 'a');
  BOOST_TEST(name_of(p.grant_next()) == 'c');
  BOOST_TEST(name_of(p.grant_next()) == '-');
  BOOST_TEST(p.free() == 1);
}

BOOST_AUTO_TEST_CASE(permits_that_were_withdrawn_come_back_first) {
  waiter a('a');
  permits p(1);
  BOOST_TEST(p.try_take());
  p.put(-2);
  BOOST_TEST(p.free() == -2);
  p.enqueue(a);
  p.put();
  BOOST_TEST(name_of(p.grant_next()) == '-');
  p.put(2);
  BOOST_TEST(name_of(p.grant_next()) == 'a');
}

// -- acquire and release --------------------------------------------------------------------------------------------------

// conformance: LK1
ASYNCIO_TEST_CASE(a_free_lock_is_acquired_without_suspending) {
  asyncio::lock mutex;
  auto& others_ran = keep_alive<bool>();
  auto const handle = asyncio::loop::running().call_soon([&] { others_ran = true; });
  {
    auto const guard = co_await mutex.acquire();
    BOOST_TEST(mutex.locked());
    BOOST_TEST(guard.owns_lock());
  }
  BOOST_TEST(!mutex.locked());
  BOOST_TEST(!others_ran);
  co_await asyncio::yield();
}

// conformance: LK1, XL4
ASYNCIO_ORDERED_TEST_CASE(those_who_wait_get_the_lock_in_the_order_in_which_they_came) {
  auto& mutex = keep_alive<asyncio::lock>();
  auto& log = keep_alive<std::string>();
  std::vector<asyncio::task<void>> tasks;
  for (char name = 'a'; name <= 'e'; ++name) tasks.push_back(asyncio::create_task(hold(mutex, log, name, 1ms)));
  for (auto& t : tasks) co_await t.join();
  BOOST_TEST(log == "abcde");
}

ASYNCIO_TEST_CASE(one_coroutine_at_a_time_holds_the_lock) {
  asyncio::lock mutex;
  int inside = 0;
  int most = 0;
  int done = 0;
  auto const body = [&]() -> awaitable<void> {
    for (int i = 0; i < 10; ++i) {
      auto guard = co_await mutex.acquire();
      most = std::max(most, ++inside);
      co_await asyncio::yield();
      --inside;
      ++done;
      guard.unlock();
      if (i % 3 == 0) co_await asyncio::yield();
    }
  };
  std::vector<awaitable<void>> tasks;
  for (int i = 0; i < 10; ++i) tasks.push_back(body());
  co_await asyncio::gather(std::move(tasks));
  BOOST_TEST(most == 1);
  BOOST_TEST(done == 100);
}

// conformance: LK2, XL4, XL7
ASYNCIO_ORDERED_TEST_CASE(a_release_unlocks_but_nobody_overtakes_the_first_in_line) {
  auto& mutex = keep_alive<asyncio::lock>();
  auto& log = keep_alive<std::string>();
  auto guard = co_await mutex.acquire();
  auto first = asyncio::create_task(hold(mutex, log, 'f', 1ms));
  co_await asyncio::yield();
  guard.unlock();
  BOOST_TEST(!mutex.locked());  // until the first in line runs
  BOOST_TEST(!mutex.try_acquire().has_value());
  BOOST_TEST(mutex.statistics().tasks_waiting == 1u);
  auto const own = co_await mutex.acquire();
  log += 'o';
  BOOST_TEST(log == "fo");
  BOOST_TEST(first.done());
}

// conformance: LK4
ASYNCIO_TEST_CASE(a_guard_releases_at_the_end_of_its_scope_or_by_unlock_and_only_once) {
  asyncio::lock mutex;
  {
    auto guard = co_await mutex.acquire();
    guard.unlock();
    BOOST_TEST(!mutex.locked());
    BOOST_TEST(!guard);
    BOOST_TEST(refusal<asyncio::invalid_state>([&] {
                 guard.unlock();
                 return 0;
               }) == "asyncio: unlock() of a guard that holds nothing: it was unlocked, released or moved from before");
    auto const other = co_await mutex.acquire();
    BOOST_TEST(mutex.locked());
  }
  BOOST_TEST(!mutex.locked());
}

// conformance: LK4
ASYNCIO_TEST_CASE(releasing_a_lock_that_is_not_held_is_refused) {
  auto& mutex = keep_alive<asyncio::lock>();
  std::string const sentence =
      "asyncio::lock::release: the lock is not held. The guard that acquire() gives releases by itself, at the latest "
      "when it "
      "is destroyed; to release by hand, tell it by guard.release()";
  BOOST_TEST(refusal<asyncio::invalid_state>([&] {
               mutex.release();
               return 0;
             }) == sentence);
  BOOST_TEST(co_await works(mutex));
  // Not even while the next one has not run yet.
  auto guard = co_await mutex.acquire();
  auto& log = keep_alive<std::string>();
  auto next = asyncio::create_task(hold(mutex, log, 'n', 1ms));
  co_await asyncio::testing::wait_all_tasks_blocked();
  guard.unlock();
  BOOST_TEST(refusal<asyncio::invalid_state>([&] {
               mutex.release();
               return 0;
             }) == sentence);
  co_await next.join();
}

// conformance: LK5
ASYNCIO_TEST_CASE(any_task_may_release_what_another_one_acquired) {
  auto& mutex = keep_alive<asyncio::lock>();
  auto const take = [](asyncio::lock& m) -> awaitable<void> {
    auto guard = co_await m.acquire();
    BOOST_TEST(guard.release() == &m);
    BOOST_TEST(!guard.owns_lock());
  };
  co_await asyncio::create_task(take(mutex)).join();
  BOOST_TEST(mutex.locked());
  mutex.release();
  BOOST_TEST(co_await works(mutex));
}

// conformance: LK5
ASYNCIO_TEST_CASE(a_callback_may_release) {
  auto& mutex = keep_alive<asyncio::lock>();
  (co_await mutex.acquire()).release();
  asyncio::loop::running().call_later(1s, [&] { mutex.release(); });
  auto const guard = co_await mutex.acquire();
  BOOST_TEST((asyncio::loop::running().time() == asyncio::time_point(1s)));
}

ASYNCIO_TEST_CASE(a_guard_can_be_moved_but_not_copied) {
  using guard = asyncio::lock::guard;
  static_assert(!std::is_copy_constructible_v<guard> && !std::is_copy_assignable_v<guard>);
  static_assert(std::is_nothrow_move_constructible_v<guard> && std::is_nothrow_move_assignable_v<guard>);
  static_assert(std::is_nothrow_default_constructible_v<guard>);
  asyncio::lock a, b;
  auto first = co_await a.acquire();
  auto moved = std::move(first);
  BOOST_TEST(a.locked());
  BOOST_TEST(moved.owns_lock());
  moved = co_await b.acquire();  // which releases what it held
  BOOST_TEST(!a.locked());
  BOOST_TEST(b.locked());
  moved = guard();
  BOOST_TEST(!b.locked());
}

ASYNCIO_TEST_CASE(a_guard_that_is_not_kept_releases_at_once) {
  asyncio::lock mutex;
  (void)co_await mutex.acquire();
  BOOST_TEST(!mutex.locked());
}

ASYNCIO_TEST_CASE(a_guard_that_finds_its_lock_released_reports_it) {
  reports const handler;
  auto& mutex = keep_alive<asyncio::lock>();
  {
    auto const guard = co_await mutex.acquire();
    mutex.release();
  }
  BOOST_REQUIRE(handler.seen().size() == 1u);
  BOOST_TEST(handler.seen()[0] == "A guard found released what it was to release");
  BOOST_TEST(co_await works(mutex));
}

BOOST_AUTO_TEST_CASE(a_guard_that_finds_its_lock_released_outside_a_loop_logs_it) {
  asyncio::lock mutex;
  {
    auto const guard = mutex.try_acquire();
    BOOST_TEST(guard.has_value());
    mutex.release();
  }
  BOOST_TEST(!mutex.locked());
}

// conformance: XL7
ASYNCIO_TEST_CASE(try_acquire_takes_only_what_is_free) {
  auto& mutex = keep_alive<asyncio::lock>();
  {
    auto const guard = mutex.try_acquire();
    BOOST_REQUIRE(guard.has_value());
    BOOST_TEST(guard->owns_lock());
    BOOST_TEST(!mutex.try_acquire().has_value());
  }
  BOOST_TEST(!mutex.locked());
  BOOST_TEST(co_await works(mutex));
}

// conformance: XL5
ASYNCIO_TEST_CASE(statistics_tell_who_holds_the_lock_and_how_many_wait) {
  auto& mutex = keep_alive<asyncio::lock>();
  BOOST_TEST(!mutex.statistics().locked);
  BOOST_TEST(mutex.statistics().owner == 0u);
  auto guard = co_await mutex.acquire();
  BOOST_TEST(mutex.statistics().owner == asyncio::current_task().id());
  auto a = asyncio::create_task(hold_forever(mutex));
  auto b = asyncio::create_task(hold_forever(mutex));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(mutex.statistics().tasks_waiting == 2u);
  BOOST_TEST((a.waits_for().kind == asyncio::wait_kind::lock));
  BOOST_TEST(a.waits_for().object == &mutex);
  guard.unlock();
  BOOST_TEST(mutex.statistics().owner == 0u);
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(mutex.statistics().locked);
  BOOST_TEST((mutex.statistics().owner == a.id() || mutex.statistics().owner == b.id()));
  BOOST_TEST(mutex.statistics().tasks_waiting == 1u);
  a.cancel();
  b.cancel();
  co_await asyncio::testing::wait_all_tasks_blocked();
}

// -- cancellation ---------------------------------------------------------------------------------------------------------

// conformance: LK3
ASYNCIO_ORDERED_TEST_CASE(who_is_cancelled_leaves_the_line) {
  auto& mutex = keep_alive<asyncio::lock>();
  auto& log = keep_alive<std::string>();
  auto guard = co_await mutex.acquire();
  auto a = asyncio::create_task(hold(mutex, log, 'a'));
  auto b = asyncio::create_task(hold(mutex, log, 'b'));
  auto c = asyncio::create_task(hold(mutex, log, 'c'));
  co_await asyncio::yield();
  b.cancel("enough");
  BOOST_TEST(mutex.statistics().tasks_waiting == 2u);
  BOOST_TEST(co_await outcome(b.join().as_awaitable()) == "cancelled: enough");
  guard.unlock();
  co_await a.join();
  co_await c.join();
  BOOST_TEST(log == "ac");
  BOOST_TEST(co_await works(mutex));
}

// conformance: LK3, C14
ASYNCIO_TEST_CASE(a_lock_promised_to_who_is_cancelled_goes_to_the_next) {
  auto& mutex = keep_alive<asyncio::lock>();
  auto& log = keep_alive<std::string>();
  auto guard = co_await mutex.acquire();
  auto a = asyncio::create_task(hold(mutex, log, 'x'));
  auto b = asyncio::create_task(hold(mutex, log, 'x'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  guard.unlock();
  a.cancel();
  b.cancel();
  auto c = asyncio::create_task(hold(mutex, log, 'c'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(a.cancelled());
  BOOST_TEST(b.cancelled());
  BOOST_TEST(c.done());
  BOOST_TEST(log == "c");
  BOOST_TEST(co_await works(mutex));
}

// conformance: LK3
ASYNCIO_TEST_CASE(a_promise_that_is_cancelled_without_others_frees_the_lock) {
  auto& mutex = keep_alive<asyncio::lock>();
  auto& log = keep_alive<std::string>();
  auto guard = co_await mutex.acquire();
  auto a = asyncio::create_task(hold(mutex, log, 'a'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  guard.unlock();
  a.cancel();
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(a.cancelled());
  BOOST_TEST(log == "");
  BOOST_TEST(co_await works(mutex));
}

// conformance: LK3
ASYNCIO_TEST_CASE(a_cancel_at_any_pass_leaves_the_lock_usable) {
  // Three contend; one is cancelled after k passes, for every k until nothing is left to cancel.
  for (int victim = 0; victim < 3; ++victim) {
    for (int k = 0;; ++k) {
      auto& mutex = keep_alive<asyncio::lock>();
      auto& log = keep_alive<std::string>();
      std::vector<asyncio::task<void>> tasks;
      auto& body = keep_alive([&](char name) -> awaitable<void> {
        for (int i = 0; i < 2; ++i) {
          auto const guard = co_await mutex.acquire();
          log += name;
          co_await asyncio::yield();
        }
      });
      for (char name = 'a'; name <= 'c'; ++name) tasks.push_back(asyncio::create_task(body(name)));
      for (int i = 0; i < k; ++i) co_await asyncio::yield();
      bool const late = !tasks[static_cast<std::size_t>(victim)].cancel();
      co_await asyncio::testing::wait_all_tasks_blocked();
      for (auto& t : tasks) BOOST_REQUIRE(t.done());
      BOOST_REQUIRE(log.size() >= 4u);
      bool const usable = co_await works(mutex);
      BOOST_REQUIRE(usable);
      if (late) break;
    }
  }
}

// conformance: C10
ASYNCIO_TEST_CASE(a_cancel_that_is_pending_passes_a_free_lock_and_stops_at_one_that_is_held) {
  auto& mutex = keep_alive<asyncio::lock>();
  auto& passed = keep_alive<bool>();
  auto& body = keep_alive([&]() -> awaitable<void> {
    asyncio::current_task().cancel();
    auto guard = co_await mutex.acquire();
    passed = true;
    guard.release();
    auto const again = co_await mutex.acquire();
  });
  auto t = asyncio::create_task(body());
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(passed);
  BOOST_TEST(t.cancelled());
  mutex.release();
  BOOST_TEST(co_await works(mutex));
}

ASYNCIO_TEST_CASE(after_a_cancel_the_same_task_can_wait_again) {
  auto& mutex = keep_alive<asyncio::lock>();
  auto guard = co_await mutex.acquire();
  auto& stubborn = keep_alive([&]() -> awaitable<int> {
    int cancels = 0;
    for (;;) {
      try {
        auto const own = co_await mutex.acquire();
        co_return cancels;
      } catch (asyncio::cancelled_error const&) {
        ++cancels;
      }
    }
  });
  auto t = asyncio::create_task(stubborn());
  for (int i = 0; i < 3; ++i) {
    co_await asyncio::testing::wait_all_tasks_blocked();
    t.cancel();
  }
  co_await asyncio::testing::wait_all_tasks_blocked();
  guard.unlock();
  BOOST_TEST(co_await t.join() == 3);
}

ASYNCIO_TEST_CASE(an_operation_that_was_cancelled_cannot_be_awaited_again_and_takes_nothing) {
  auto& mutex = keep_alive<asyncio::lock>();
  (co_await mutex.acquire()).release();
  auto& twice = keep_alive([&]() -> awaitable<std::string> {
    auto operation = mutex.acquire();
    try {
      (void)co_await std::move(operation);
    } catch (asyncio::cancelled_error const&) {}
    mutex.release();
    try {
      (void)co_await std::move(operation);
    } catch (std::exception const& error) {
      co_return error.what();
    }
    co_return "done";
  });
  auto t = asyncio::create_task(twice());
  co_await asyncio::testing::wait_all_tasks_blocked();
  t.cancel();
  BOOST_TEST(co_await t.join() == "asyncio: this operation was awaited before; call the function again for a new one");
  BOOST_TEST(co_await works(mutex));
}

// -- with the rest of the library -----------------------------------------------------------------------------------------

ASYNCIO_TEST_CASE(a_timeout_gives_the_guard_through_or_leaves_the_line) {
  auto& mutex = keep_alive<asyncio::lock>();
  {
    auto const guard = co_await asyncio::timeout(1s, mutex.acquire());
    BOOST_TEST(mutex.locked());
    bool late = false;
    try {
      auto const second = co_await asyncio::timeout(1s, mutex.acquire());
    } catch (asyncio::timeout_error const&) {
      late = true;
    }
    BOOST_TEST(late);
    auto const third = co_await asyncio::move_on_after(1s, mutex.acquire());
    BOOST_TEST(!third.has_value());
    BOOST_TEST(mutex.statistics().tasks_waiting == 0u);
  }
  BOOST_TEST(co_await works(mutex));
}

ASYNCIO_TEST_CASE(a_timeout_at_the_very_moment_of_the_release_loses_nothing) {
  auto& mutex = keep_alive<asyncio::lock>();
  (co_await mutex.acquire()).release();
  auto waiter = asyncio::create_task(asyncio::move_on_after(1s, mutex.acquire()));
  co_await asyncio::yield();
  asyncio::loop::running().call_later(1s, [&] { mutex.release(); });
  auto got = co_await waiter.join();
  if (got) {
    BOOST_TEST(mutex.locked());
    got->unlock();
  }
  BOOST_TEST(co_await works(mutex));
}

ASYNCIO_TEST_CASE(gather_and_task_groups_give_guards) {
  auto& a = keep_alive<asyncio::lock>();
  auto& b = keep_alive<asyncio::lock>();
  {
    auto const [first, second] = co_await asyncio::gather(a.acquire(), b.acquire());
    BOOST_TEST(a.locked());
    BOOST_TEST(b.locked());
  }
  BOOST_TEST(!a.locked());
  std::string log;
  auto const body = [&](asyncio::task_group& group) -> awaitable<void> {
    for (int i = 0; i < 5; ++i) group.create_task(hold(a, log, 'x', 1ms));
    co_return;
  };
  co_await asyncio::with_task_group(body);
  BOOST_TEST(log == "xxxxx");
  BOOST_TEST(!a.locked());
}

ASYNCIO_TEST_CASE(a_task_group_that_fails_takes_its_tasks_out_of_the_line) {
  auto& mutex = keep_alive<asyncio::lock>();
  auto guard = co_await mutex.acquire();
  auto const fail = []() -> awaitable<void> {
    co_await asyncio::sleep(1ms);
    throw std::runtime_error("broken");
  };
  auto const body = [&](asyncio::task_group& group) -> awaitable<void> {
    for (int i = 0; i < 3; ++i) group.create_task(hold_forever(mutex));
    group.create_task(fail());
    co_return;
  };
  BOOST_TEST((co_await outcome(asyncio::with_task_group(body))).find("broken") != std::string::npos);
  BOOST_TEST(mutex.statistics().tasks_waiting == 0u);
  guard.unlock();
  BOOST_TEST(co_await works(mutex));
}

BOOST_AUTO_TEST_CASE(a_lock_works_in_plain_coroutines_of_a_plain_context) {
  asyncio::lock mutex;
  std::string log;
  asio::io_context ctx;
  for (char name = 'a'; name <= 'c'; ++name) asio::co_spawn(ctx, hold(mutex, log, name, 1us), asio::detached);
  ctx.run();
  BOOST_TEST(log == "abc");
  BOOST_TEST(!mutex.locked());
}

BOOST_AUTO_TEST_CASE(a_plain_coroutine_acquires_a_free_lock_without_suspending) {
  asyncio::lock mutex;
  asio::io_context ctx;
  bool others_ran = false;
  auto const body = [&]() -> awaitable<bool> {
    asio::post(ctx, [&] { others_ran = true; });
    auto const guard = co_await mutex.acquire();
    co_return others_ran;
  };
  std::future<bool> f = asio::co_spawn(ctx, body(), asio::use_future);
  ctx.run();
  BOOST_TEST(!f.get());
}

namespace {
awaitable<std::string> lock_or_time(asyncio::lock& mutex, asyncio::duration limit) {
  using namespace asio::experimental::awaitable_operators;
  auto const first = co_await (mutex.acquire().as_awaitable() || asyncio::sleep(limit).as_awaitable());
  co_return first.index() == 0 && std::get<0>(first).owns_lock() ? "locked" : "late";
}
}  // namespace

ASYNCIO_TEST_CASE(asios_or_operator_gets_the_lock_or_leaves_the_line) {
  auto& mutex = keep_alive<asyncio::lock>();
  BOOST_TEST(co_await lock_or_time(mutex, 1s) == "locked");
  BOOST_TEST(!mutex.locked());
  auto guard = co_await mutex.acquire();
  BOOST_TEST(co_await lock_or_time(mutex, 1s) == "late");
  BOOST_TEST(mutex.statistics().tasks_waiting == 0u);
  auto waiter = asyncio::create_task(lock_or_time(mutex, 1h));
  co_await asyncio::sleep(1s);
  guard.unlock();
  BOOST_TEST(co_await waiter.join() == "locked");
  BOOST_TEST(co_await works(mutex));
}

ASYNCIO_TEST_CASE(asios_or_operator_loses_no_lock_that_comes_together_with_the_time) {
  for (auto const when : {999us, 1000us, 1001us}) {
    auto& mutex = keep_alive<asyncio::lock>();
    (co_await mutex.acquire()).release();
    auto waiter = asyncio::create_task(lock_or_time(mutex, 1ms));
    co_await asyncio::yield();
    asyncio::loop::running().call_later(when, [&] { mutex.release(); });
    std::string const how = co_await waiter.join();
    BOOST_TEST((how == "locked" || how == "late"));
    co_await asyncio::sleep(1s);
    BOOST_TEST(co_await works(mutex));
  }
}

BOOST_AUTO_TEST_CASE(a_lock_can_be_acquired_with_a_completion_token) {
  asyncio::lock mutex;
  std::future<asyncio::lock::guard> f;
  auto const body = [&]() -> awaitable<void> {
    f = mutex.acquire()(asio::use_future);
    co_await asyncio::sleep(1ms);
    BOOST_TEST(mutex.locked());
  };
  asyncio::testing::run(body());
  f.get().unlock();
  BOOST_TEST(!mutex.locked());
}

// -- ends -----------------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_lock_may_serve_one_loop_after_another) {
  asyncio::lock mutex;
  for (int i = 0; i < 2; ++i) BOOST_TEST(asyncio::testing::run(works(mutex)));
}

BOOST_AUTO_TEST_CASE(a_loop_that_is_destroyed_while_coroutines_wait_leaves_a_free_lock) {
  // Each prefix of what happens: waiting, granted, held, in tasks and in plain coroutines.
  for (std::size_t handlers = 1; handlers < 30; ++handlers) {
    asyncio::lock mutex;
    std::string log;
    {
      asio::io_context ctx;
      asyncio::loop::of(ctx).set_exception_handler([](asyncio::exception_context const&) {});
      for (int i = 0; i < 3; ++i) {
        (void)asyncio::create_task(ctx, hold(mutex, log, 't'));
        asio::co_spawn(ctx, hold(mutex, log, 'p'), asio::detached);
      }
      auto const release_early = [&]() -> awaitable<void> {
        auto guard = co_await mutex.acquire();
        guard.unlock();
        asyncio::loop::running().context().stop();
      };
      (void)asyncio::create_task(ctx, release_early());
      for (std::size_t i = 0; i < handlers && ctx.poll_one() > 0; ++i) {}
    }
    BOOST_TEST(!mutex.locked());
    BOOST_TEST(mutex.statistics().tasks_waiting == 0u);
    BOOST_TEST(mutex.try_acquire().has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_loop_that_is_destroyed_between_promise_and_turn_gives_the_lock_back) {
  asyncio::lock mutex;
  bool got = false;
  {
    asio::io_context ctx;
    asyncio::loop::of(ctx).set_exception_handler([](asyncio::exception_context const&) {});
    (void)mutex.try_acquire()->release();
    auto const body = [&]() -> awaitable<void> {
      auto const guard = co_await mutex.acquire();
      got = true;
    };
    (void)asyncio::create_task(ctx, body());
    asio::co_spawn(ctx, body(), asio::detached);
    ctx.poll();
    mutex.release();
  }
  BOOST_TEST(!got);
  BOOST_TEST(!mutex.locked());
  BOOST_TEST(mutex.try_acquire().has_value());
}

ASYNCIO_TEST_CASE(those_who_wait_for_a_lock_that_is_destroyed_are_told) {
  auto& mutex = keep_alive<std::optional<asyncio::lock>>(std::in_place);
  mutex->try_acquire()->release();
  auto a = asyncio::create_task(outcome(mutex->acquire().as_awaitable()));
  auto b = asyncio::create_task(outcome(mutex->acquire().as_awaitable()));
  co_await asyncio::testing::wait_all_tasks_blocked();
  mutex.reset();
  b.cancel();  // even then it is not touched any more
  BOOST_TEST(co_await a.join() ==
             "asyncio::lock: destroyed while a coroutine waited for it; it must outlive those who use it");
  BOOST_TEST(co_await b.join() == "cancelled");
}

BOOST_AUTO_TEST_CASE(a_lock_that_coroutines_of_another_loop_wait_for_is_refused) {
  asyncio::lock mutex;
  asio::io_context here;
  asio::io_context there;
  std::string log;
  mutex.try_acquire()->release();
  auto const waits = asyncio::create_task(here, hold(mutex, log, 'h'));
  here.poll();
  auto const refused = asyncio::create_task(there, outcome(mutex.acquire().as_awaitable()));
  there.run();
  BOOST_TEST(refused.result() ==
             "asyncio::lock::acquire: coroutines of another loop wait for this object; give each loop its own, and "
             "cross loops "
             "with run_coroutine_threadsafe");
  mutex.release();
  here.run();
  BOOST_TEST(log == "h");
  BOOST_TEST(!mutex.locked());
}

BOOST_AUTO_TEST_CASE(debug_mode_refuses_a_release_from_another_thread_that_would_wake_somebody) {
  auto const body = []() -> awaitable<std::string> {
    asyncio::lock mutex;
    (co_await mutex.acquire()).release();
    auto waiter = asyncio::create_task(mutex.acquire());
    co_await asyncio::yield();
    std::string told;
    std::thread([&] {
      told = refusal<asyncio::invalid_state>([&] {
        mutex.release();
        return 0;
      });
    }).join();
    mutex.release();
    (co_await waiter.join()).unlock();
    co_return told;
  };
  std::string const told = asyncio::testing::run(body(), asyncio::testing::test_options().debug(true));
  BOOST_TEST(told.find("asyncio::lock::release: called from a thread that does not run the loop") == 0u);
}

BOOST_AUTO_TEST_CASE(a_deadlock_names_who_waits_for_the_lock) {
  auto const body = []() -> awaitable<void> {
    asyncio::lock mutex;
    auto const guard = co_await mutex.acquire();
    auto const again = co_await mutex.acquire();
  };
  std::string told;
  try {
    asyncio::testing::run(body());
  } catch (asyncio::deadlock_error const& e) {
    told = e.what();
  }
  BOOST_TEST(told.find("waits for lock") != std::string::npos);
}
