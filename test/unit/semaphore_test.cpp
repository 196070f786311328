// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE semaphore
#include "sync_support.hpp"

#include <asyncio/gather.hpp>
#include <asyncio/semaphore.hpp>
#include <asyncio/task_group.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>
#include <asyncio/timeout.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using namespace sync_support;
namespace asio = boost::asio;
using asyncio::awaitable;
using asyncio::testing::keep_alive;

namespace {

/// Takes a permit for good.
awaitable<void> take(asyncio::semaphore& s, std::string& log, char name) {
  auto guard = co_await s.acquire();
  guard.release();
  log += name;
}

awaitable<void> hold(asyncio::semaphore& s, asyncio::duration how_long) {
  auto const guard = co_await s.acquire();
  co_await asyncio::sleep(how_long);
}

}  // namespace

// conformance: SE1
ASYNCIO_TEST_CASE(the_initial_value_is_zero_or_more) {
  BOOST_TEST(asyncio::semaphore().value() == 1u);
  BOOST_TEST(asyncio::semaphore(5).value() == 5u);
  BOOST_TEST(!asyncio::semaphore(5).locked());
  asyncio::semaphore none(0);
  BOOST_TEST(none.locked());
  BOOST_TEST(none.value() == 0u);
  BOOST_TEST(!none.try_acquire().has_value());
  std::string const sentence =
      "asyncio::semaphore: the initial value is negative; it is a number of permits, 0 or more";
  BOOST_TEST(refusal<asyncio::value_error>([] {
               asyncio::semaphore(-1);
               return 0;
             }) == sentence);
  BOOST_TEST(refusal<asyncio::value_error>([] {
               asyncio::bounded_semaphore(-1);
               return 0;
             }) == sentence);
  co_return;
}

ASYNCIO_TEST_CASE(permits_are_taken_without_suspending_as_long_as_there_are_some) {
  asyncio::semaphore s(2);
  auto& others_ran = keep_alive<bool>();
  auto const handle = asyncio::loop::running().call_soon([&] { others_ran = true; });
  {
    auto const a = co_await s.acquire();
    BOOST_TEST(!s.locked());
    auto const b = co_await s.acquire();
    BOOST_TEST(s.locked());
    BOOST_TEST(!others_ran);
  }
  BOOST_TEST(s.value() == 2u);
  co_await asyncio::yield();
}

ASYNCIO_TEST_CASE(no_more_than_n_are_inside) {
  asyncio::semaphore s(3);
  int inside = 0;
  int most = 0;
  auto const body = [&]() -> awaitable<void> {
    for (int i = 0; i < 4; ++i) {
      auto const guard = co_await s.acquire();
      most = std::max(most, ++inside);
      co_await asyncio::sleep(1ms);
      --inside;
    }
  };
  std::vector<awaitable<void>> tasks;
  for (int i = 0; i < 10; ++i) tasks.push_back(body());
  co_await asyncio::gather(std::move(tasks));
  BOOST_TEST(most == 3);
  BOOST_TEST(s.value() == 3u);
}

// conformance: SE2
ASYNCIO_ORDERED_TEST_CASE(who_releases_and_acquires_again_stands_behind_those_who_wait) {
  auto& s = keep_alive<asyncio::semaphore>(1);
  auto& log = keep_alive<std::string>();
  auto& twice = keep_alive([&](char name) -> awaitable<void> {
    for (int i = 1; i <= 2; ++i) {
      auto const guard = co_await s.acquire();
      log += name;
      log += static_cast<char>('0' + i);
      co_await asyncio::sleep(10ms);
    }
  });
  std::vector<asyncio::task<void>> tasks;
  for (char name = 'a'; name <= 'c'; ++name) tasks.push_back(asyncio::create_task(twice(name)));
  for (auto& t : tasks) co_await t.join();
  BOOST_TEST(log == "a1b1c1a2b2c2");
}

// conformance: SE2, SE3, XL4
ASYNCIO_ORDERED_TEST_CASE(permits_in_excess_wait_for_those_who_were_woken_first) {
  // CPython's test_acquire_fifo_order_4.
  auto& s = keep_alive<asyncio::semaphore>(0);
  auto& log = keep_alive<std::string>();
  auto& fourth = keep_alive<asyncio::task<void>>();
  auto& one = keep_alive([&]() -> awaitable<void> {
    (co_await s.acquire()).release();
    BOOST_TEST(s.value() == 0u);  // the others were woken
    auto const four = [](std::string& to) -> awaitable<void> {
      to += '4';
      co_return;
    };
    fourth = asyncio::create_task_fn(four, std::ref(log));
    log += '1';
  });
  auto& two = keep_alive([&]() -> awaitable<void> {
    for (int i = 0; i < 3; ++i) s.release();
    BOOST_TEST(s.value() == 2u);
    BOOST_TEST(s.locked());  // the first one has not run yet
    BOOST_TEST(!s.try_acquire().has_value());
    (co_await s.acquire()).release();
    log += '2';
  });
  auto& three = keep_alive([&]() -> awaitable<void> {
    (co_await s.acquire()).release();
    BOOST_TEST(s.locked());
    log += '3';
  });
  auto a = asyncio::create_task(one());
  auto b = asyncio::create_task(two());
  auto c = asyncio::create_task(three());
  co_await asyncio::yield();
  BOOST_TEST(s.value() == 2u);
  BOOST_TEST(s.statistics().tasks_waiting == 3u);
  co_await a.join();
  co_await b.join();
  co_await c.join();
  co_await fourth.join();
  BOOST_TEST(log == "1234");
}

// conformance: SE5
ASYNCIO_TEST_CASE(several_permits_released_at_once_wake_several) {
  auto& s = keep_alive<asyncio::semaphore>(0);
  auto& log = keep_alive<std::string>();
  std::vector<asyncio::task<void>> tasks;
  for (int i = 0; i < 4; ++i) tasks.push_back(asyncio::create_task(take(s, log, 'x')));
  co_await asyncio::testing::wait_all_tasks_blocked();
  for (int i = 0; i < 3; ++i) s.release();
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(log == "xxx");
  BOOST_TEST(s.value() == 0u);
  s.release();
  s.release();
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(log == "xxxx");
  BOOST_TEST(s.value() == 1u);
}

// conformance: SE3, XL7
ASYNCIO_TEST_CASE(a_semaphore_is_locked_while_somebody_comes_first) {
  auto& s = keep_alive<asyncio::semaphore>(0);
  auto& log = keep_alive<std::string>();
  auto t = asyncio::create_task(take(s, log, 'x'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  s.release();
  s.release();
  BOOST_TEST(s.value() == 1u);
  BOOST_TEST(s.locked());
  BOOST_TEST(!s.try_acquire().has_value());
  co_await t.join();
  BOOST_TEST(!s.locked());
  BOOST_TEST(s.try_acquire().has_value());
}

// conformance: SE4
ASYNCIO_TEST_CASE(who_is_cancelled_is_skipped) {
  auto& s = keep_alive<asyncio::semaphore>(0);
  auto& log = keep_alive<std::string>();
  auto a = asyncio::create_task(take(s, log, 'a'));
  auto b = asyncio::create_task(take(s, log, 'b'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  a.cancel();
  s.release();
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(a.cancelled());
  BOOST_TEST(log == "b");
  BOOST_TEST(s.value() == 0u);
}

// conformance: SE4, C14
ASYNCIO_TEST_CASE(a_permit_promised_to_who_is_cancelled_goes_to_the_next_or_is_free) {
  auto& s = keep_alive<asyncio::semaphore>(0);
  auto& log = keep_alive<std::string>();
  auto a = asyncio::create_task(take(s, log, 'a'));
  auto b = asyncio::create_task(take(s, log, 'b'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  s.release();
  s.release();  // one for each
  a.cancel();
  b.cancel();
  auto c = asyncio::create_task(take(s, log, 'c'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(a.cancelled());
  BOOST_TEST(b.cancelled());
  BOOST_TEST(c.done());
  BOOST_TEST(log == "c");
  BOOST_TEST(s.value() == 1u);
}

// conformance: SE4
ASYNCIO_TEST_CASE(a_cancel_at_any_pass_neither_loses_nor_doubles_a_permit) {
  for (int n = 1; n <= 2; ++n) {
    for (std::size_t victim = 0; victim < 4; ++victim) {
      for (int k = 0;; ++k) {
        auto& s = keep_alive<asyncio::semaphore>(n);
        auto& body = keep_alive([&]() -> awaitable<void> {
          for (int i = 0; i < 2; ++i) {
            auto const guard = co_await s.acquire();
            co_await asyncio::yield();
          }
        });
        std::vector<asyncio::task<void>> tasks;
        for (int i = 0; i < 4; ++i) tasks.push_back(asyncio::create_task(body()));
        for (int i = 0; i < k; ++i) co_await asyncio::yield();
        bool const late = !tasks[victim].cancel();
        co_await asyncio::testing::wait_all_tasks_blocked();
        for (auto& t : tasks) BOOST_REQUIRE(t.done());
        BOOST_REQUIRE(s.value() == static_cast<std::size_t>(n));
        BOOST_REQUIRE(!s.locked());
        if (late) break;
      }
    }
  }
}

// conformance: SE6
ASYNCIO_TEST_CASE(a_bounded_semaphore_refuses_a_release_too_many) {
  asyncio::bounded_semaphore s(1);
  std::string const sentence =
      "asyncio::bounded_semaphore::release: it has all its permits already; release once for each acquire (a guard "
      "does it by "
      "itself), or use a semaphore";
  BOOST_TEST(refusal<asyncio::value_error>([&] {
               s.release();
               return 0;
             }) == sentence);
  {
    auto const guard = co_await s.acquire();
    BOOST_TEST(s.value() == 0u);
  }
  BOOST_TEST(s.value() == 1u);
  BOOST_TEST(refusal<asyncio::value_error>([&] {
               s.release();
               return 0;
             }) == sentence);
  asyncio::semaphore unbounded(1);
  unbounded.release();
  BOOST_TEST(unbounded.value() == 2u);
}

ASYNCIO_TEST_CASE(the_guard_of_a_bounded_semaphore_that_was_released_by_hand_reports_it) {
  reports const handler;
  asyncio::bounded_semaphore s(1);
  {
    auto const guard = co_await s.acquire();
    s.release();
  }
  BOOST_TEST(handler.seen().size() == 1u);
  BOOST_TEST(s.value() == 1u);
}

// conformance: XL12
ASYNCIO_TEST_CASE(a_permit_is_an_object_that_can_be_moved_kept_and_given_up) {
  asyncio::semaphore s(2);
  std::vector<asyncio::semaphore::guard> permits;
  permits.push_back(co_await s.acquire());
  permits.push_back(co_await s.acquire());
  BOOST_TEST(s.locked());
  permits.pop_back();
  BOOST_TEST(s.value() == 1u);
  permits.back().release();
  permits.clear();
  BOOST_TEST(s.value() == 1u);  // one permit was taken for good
}

// conformance: XL5
ASYNCIO_TEST_CASE(statistics_tell_the_value_and_who_waits) {
  auto& s = keep_alive<asyncio::semaphore>(1);
  auto guard = co_await s.acquire();
  auto t = asyncio::create_task(hold(s, 1ms));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(s.statistics().value == 0u);
  BOOST_TEST(s.statistics().tasks_waiting == 1u);
  BOOST_TEST((t.waits_for().kind == asyncio::wait_kind::lock));
  BOOST_TEST(t.waits_for().object == &s);
  guard.unlock();
  co_await t.join();
  BOOST_TEST(s.statistics().value == 1u);
  BOOST_TEST(s.statistics().tasks_waiting == 0u);
}

ASYNCIO_TEST_CASE(an_operation_that_was_cancelled_cannot_be_awaited_again_and_takes_nothing) {
  auto& s = keep_alive<asyncio::semaphore>(0);
  auto& twice = keep_alive([&]() -> awaitable<std::string> {
    auto operation = s.acquire();
    try {
      (void)co_await std::move(operation);
    } catch (asyncio::cancelled_error const&) {}
    s.release();
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
  BOOST_TEST(s.value() == 1u);
}

// -- with the rest of the library -----------------------------------------------------------------------------------------

ASYNCIO_TEST_CASE(a_semaphore_works_under_timeout_and_task_groups_and_asios_or) {
  using namespace asio::experimental::awaitable_operators;
  auto& s = keep_alive<asyncio::semaphore>(1);
  {
    auto const guard = co_await asyncio::timeout(1s, s.acquire());
    auto const late = co_await asyncio::move_on_after(1s, s.acquire());
    BOOST_TEST(!late.has_value());
    auto const first = co_await (s.acquire().as_awaitable() || asyncio::sleep(1s).as_awaitable());
    BOOST_TEST(first.index() == 1u);
  }
  BOOST_TEST(s.value() == 1u);
  auto const body = [&](asyncio::task_group& group) -> awaitable<void> {
    for (int i = 0; i < 5; ++i) group.create_task(hold(s, 1ms));
    co_return;
  };
  co_await asyncio::with_task_group(body);
  BOOST_TEST(s.value() == 1u);
}

BOOST_AUTO_TEST_CASE(a_semaphore_works_in_plain_coroutines_of_a_plain_context) {
  asyncio::semaphore s(1);
  asio::io_context ctx;
  for (int i = 0; i < 3; ++i) asio::co_spawn(ctx, hold(s, 1us), asio::detached);
  ctx.run();
  BOOST_TEST(s.value() == 1u);
}

// -- ends -----------------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_loop_that_is_destroyed_while_coroutines_wait_loses_no_permit) {
  asyncio::semaphore s(0);
  std::string log;
  {
    asio::io_context ctx;
    asyncio::loop::of(ctx).set_exception_handler([](asyncio::exception_context const&) {});
    (void)asyncio::create_task(ctx, take(s, log, 't'));
    asio::co_spawn(ctx, take(s, log, 'p'), asio::detached);
    (void)asyncio::create_task(ctx, take(s, log, 't'));
    ctx.poll();
    s.release();
    s.release();  // granted to two of them, and none of the three runs again
  }
  BOOST_TEST(log == "");
  BOOST_TEST(s.value() == 2u);
  BOOST_TEST(!s.locked());
  BOOST_TEST(s.statistics().tasks_waiting == 0u);
}

ASYNCIO_TEST_CASE(those_who_wait_for_a_semaphore_that_is_destroyed_are_told) {
  auto& s = keep_alive<std::optional<asyncio::semaphore>>(std::in_place, 0);
  auto t = asyncio::create_task(outcome(s->acquire().as_awaitable()));
  co_await asyncio::testing::wait_all_tasks_blocked();
  s.reset();
  BOOST_TEST(co_await t.join() ==
             "asyncio::semaphore: destroyed while a coroutine waited for it; it must outlive those who use it");
}

BOOST_AUTO_TEST_CASE(a_semaphore_that_coroutines_of_another_loop_wait_for_is_refused) {
  asyncio::semaphore s(0);
  std::string log;
  asio::io_context here;
  asio::io_context there;
  (void)asyncio::create_task(here, take(s, log, 'h'));
  here.poll();
  auto const refused = asyncio::create_task(there, outcome(s.acquire().as_awaitable()));
  there.run();
  BOOST_TEST(refused.result().find("asyncio::semaphore::acquire: coroutines of another loop wait for this object") ==
             0u);
  s.release();
  here.run();
  BOOST_TEST(log == "h");
}

BOOST_AUTO_TEST_CASE(debug_mode_refuses_a_release_from_another_thread_that_would_wake_somebody) {
  auto const body = []() -> awaitable<std::string> {
    asyncio::semaphore s(0);
    std::string log;
    auto t = asyncio::create_task(take(s, log, 'x'));
    co_await asyncio::yield();
    std::string told;
    std::thread([&] {
      told = refusal<asyncio::invalid_state>([&] {
        s.release();
        return 0;
      });
    }).join();
    BOOST_TEST(s.value() == 0u);
    s.release();
    co_await t.join();
    co_return told;
  };
  std::string const told = asyncio::testing::run(body(), asyncio::testing::test_options().debug(true));
  BOOST_TEST(told.find("asyncio::semaphore::release: called from a thread that does not run the loop") == 0u);
}
