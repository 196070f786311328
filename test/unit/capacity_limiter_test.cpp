// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE capacity_limiter
#include "sync_support.hpp"

#include <asyncio/capacity_limiter.hpp>
#include <asyncio/gather.hpp>
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

std::string const second_token =
    "asyncio::capacity_limiter: this borrower has a token already and cannot have two; return it first, or borrow on "
    "behalf of "
    "another object";
std::string const no_token =
    "asyncio::capacity_limiter::release: this borrower has no token. The guard that acquire() gives returns it by "
    "itself; to "
    "release by hand, tell it by guard.release()";

awaitable<void> hold(asyncio::capacity_limiter& l, std::string& log, char name, asyncio::duration how_long = 1ms) {
  auto const token = co_await l.acquire();
  log += name;
  co_await asyncio::sleep(how_long);
}

/// All tokens are back.
bool idle(asyncio::capacity_limiter const& l) {
  auto const s = l.statistics();
  return s.borrowed_tokens == 0 && s.borrowers.empty() && s.tasks_waiting == 0;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_sorted_set_holds_each_value_once) {
  asyncio::detail::sorted_set<int> s;
  for (int v : {3, 1, 2}) s.add(v);
  BOOST_TEST(s.contains(2));
  BOOST_TEST(!s.contains(4));
  BOOST_TEST(s.all() == (std::vector<int>{1, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST(s.remove(2));
  BOOST_TEST(!s.remove(2));
  BOOST_TEST(s.all() == (std::vector<int>{1, 3}), boost::test_tools::per_element());
}

// conformance: XL1
ASYNCIO_TEST_CASE(tokens_are_lent_to_the_running_task) {
  asyncio::capacity_limiter l(2);
  BOOST_TEST(l.total_tokens() == 2u);
  BOOST_TEST(l.available_tokens() == 2);
  {
    auto const token = co_await l.acquire();
    BOOST_TEST(l.borrowed_tokens() == 1u);
    BOOST_TEST(l.available_tokens() == 1);
    BOOST_TEST(co_await outcome(l.acquire().as_awaitable()) == second_token);
    BOOST_TEST(refusal<asyncio::invalid_state>([&] { return l.try_acquire().has_value(); }) == second_token);
    auto const s = l.statistics();
    BOOST_REQUIRE(s.borrowers.size() == 1u);
    BOOST_TEST(s.borrowers[0].task() == asyncio::current_task().id());
  }
  BOOST_TEST(idle(l));
}

// conformance: XL1
ASYNCIO_TEST_CASE(a_release_without_a_token_is_refused) {
  asyncio::capacity_limiter l(1);
  int object = 0;
  BOOST_TEST(refusal<asyncio::invalid_state>([&] {
               l.release();
               return 0;
             }) == no_token);
  BOOST_TEST(refusal<asyncio::invalid_state>([&] {
               l.release_on_behalf_of(&object);
               return 0;
             }) == no_token);
  (co_await l.acquire()).release();
  BOOST_TEST(l.borrowed_tokens() == 1u);
  l.release();
  BOOST_TEST(refusal<asyncio::invalid_state>([&] {
               l.release();
               return 0;
             }) == no_token);
  BOOST_TEST(idle(l));
}

// conformance: XL1
ASYNCIO_TEST_CASE(tokens_can_be_borrowed_on_behalf_of_objects_and_tasks) {
  asyncio::capacity_limiter l(4);
  int a = 0;
  int b = 0;
  auto t = asyncio::create_task(asyncio::sleep(1h));
  auto const first = co_await l.acquire_on_behalf_of(&a);
  auto const second = co_await l.acquire_on_behalf_of(&b);
  BOOST_TEST(co_await outcome(l.acquire_on_behalf_of(&a).as_awaitable()) == second_token);
  auto third = co_await l.acquire_on_behalf_of(t);
  BOOST_TEST(refusal<asyncio::invalid_state>([&] { return l.try_acquire_on_behalf_of(t).has_value(); }) ==
             second_token);
  auto const own = co_await l.acquire();
  BOOST_TEST(l.borrowed_tokens() == 4u);
  BOOST_TEST(third.release() == &l);
  l.release_on_behalf_of(t);
  BOOST_TEST(l.available_tokens() == 1);
  t.cancel();
  co_await asyncio::yield();
}

ASYNCIO_TEST_CASE(nobody_cannot_borrow) {
  asyncio::capacity_limiter l(1);
  BOOST_TEST(
      refusal<asyncio::value_error>([&] { return l.acquire_on_behalf_of(nullptr); }) ==
      "asyncio::capacity_limiter::acquire_on_behalf_of: the borrower is null; give a task or the address of an object");
  BOOST_TEST(refusal<asyncio::value_error>([&] { return l.try_acquire_on_behalf_of(nullptr); }) ==
             "asyncio::capacity_limiter::try_acquire_on_behalf_of: the borrower is null; give a task or the address of "
             "an object");
  BOOST_CHECK_THROW(l.release_on_behalf_of(nullptr), asyncio::value_error);
  BOOST_CHECK_THROW((void)l.acquire_on_behalf_of(asyncio::any_task()), asyncio::invalid_state);
  std::string const negative = "asyncio::capacity_limiter: the number of tokens is negative; give 0 or more";
  BOOST_TEST(refusal<asyncio::value_error>([] {
               asyncio::capacity_limiter(-1);
               return 0;
             }) == negative);
  BOOST_TEST(refusal<asyncio::value_error>([&] {
               l.set_total_tokens(-1);
               return 0;
             }) == negative);
  BOOST_TEST(l.total_tokens() == 1u);
  co_return;
}

// conformance: XL1, XL7
ASYNCIO_TEST_CASE(try_acquire_gives_nothing_where_acquire_would_wait) {
  auto& l = keep_alive<asyncio::capacity_limiter>(1);
  int a = 0;
  int b = 0;
  auto token = l.try_acquire();
  BOOST_REQUIRE(token.has_value());
  BOOST_TEST(!l.try_acquire_on_behalf_of(&a).has_value());
  auto& log = keep_alive<std::string>();
  auto t = asyncio::create_task(hold(l, log, 'x'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  token->unlock();
  BOOST_TEST(!l.try_acquire_on_behalf_of(&a).has_value());  // it would overtake
  co_await t.join();
  auto const again = l.try_acquire_on_behalf_of(&b);
  BOOST_TEST(again.has_value());
}

// conformance: XL4
ASYNCIO_ORDERED_TEST_CASE(the_first_to_wait_is_the_first_to_get_a_token) {
  auto& l = keep_alive<asyncio::capacity_limiter>(1);
  auto& log = keep_alive<std::string>();
  std::vector<asyncio::task<void>> tasks;
  for (char name = 'a'; name <= 'd'; ++name) tasks.push_back(asyncio::create_task(hold(l, log, name)));
  for (auto& t : tasks) co_await t.join();
  BOOST_TEST(log == "abcd");
  BOOST_TEST(idle(l));
}

// conformance: XL2
ASYNCIO_TEST_CASE(more_tokens_wake_those_who_wait) {
  auto& l = keep_alive<asyncio::capacity_limiter>(0);
  auto& log = keep_alive<std::string>();
  std::vector<asyncio::task<void>> tasks;
  for (int i = 0; i < 4; ++i) tasks.push_back(asyncio::create_task(hold(l, log, 'x', 1h)));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(log == "");
  l.set_total_tokens(3);
  BOOST_TEST(log == "");
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(log == "xxx");
  l.set_total_tokens(10);
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(log == "xxxx");
  BOOST_TEST(l.available_tokens() == 6);
  for (auto& t : tasks) t.cancel();
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(idle(l));
}

// conformance: XL2
ASYNCIO_TEST_CASE(fewer_tokens_than_are_borrowed_lend_nothing_until_enough_are_back) {
  auto& l = keep_alive<asyncio::capacity_limiter>(3);
  int keys[3] = {};
  std::vector<asyncio::capacity_limiter::guard> tokens;
  for (int& key : keys) tokens.push_back(co_await l.acquire_on_behalf_of(&key));
  l.set_total_tokens(1);
  BOOST_TEST(l.borrowed_tokens() == 3u);
  BOOST_TEST(l.available_tokens() == -2);
  auto& log = keep_alive<std::string>();
  auto t = asyncio::create_task(hold(l, log, 'x'));
  for (int left = 2; left >= 1; --left) {
    tokens.pop_back();
    co_await asyncio::testing::wait_all_tasks_blocked();
    BOOST_TEST(log == "");
  }
  tokens.pop_back();
  co_await t.join();
  BOOST_TEST(log == "x");
  BOOST_TEST(idle(l));
}

// conformance: XL2
ASYNCIO_TEST_CASE(who_is_cancelled_leaves_nothing_behind) {
  auto& l = keep_alive<asyncio::capacity_limiter>(1);
  auto& log = keep_alive<std::string>();
  auto token = co_await l.acquire();
  auto a = asyncio::create_task(hold(l, log, 'a'));
  auto b = asyncio::create_task(hold(l, log, 'b'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(l.statistics().tasks_waiting == 2u);
  BOOST_TEST((a.waits_for().kind == asyncio::wait_kind::lock));
  BOOST_TEST(a.waits_for().object == &l);
  a.cancel();
  BOOST_TEST(l.statistics().tasks_waiting == 1u);
  token.unlock();
  b.cancel();  // the token is granted to it
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(a.cancelled());
  BOOST_TEST(b.cancelled());
  BOOST_TEST(log == "");
  BOOST_TEST(idle(l));
  BOOST_TEST(l.try_acquire().has_value());
}

ASYNCIO_TEST_CASE(a_cancel_at_any_pass_loses_no_token) {
  for (std::size_t victim = 0; victim < 3; ++victim) {
    for (int k = 0;; ++k) {
      auto& l = keep_alive<asyncio::capacity_limiter>(1);
      auto& body = keep_alive([&]() -> awaitable<void> {
        for (int i = 0; i < 2; ++i) {
          auto const token = co_await l.acquire();
          co_await asyncio::yield();
        }
      });
      std::vector<asyncio::task<void>> tasks;
      for (int i = 0; i < 3; ++i) tasks.push_back(asyncio::create_task(body()));
      for (int i = 0; i < k; ++i) co_await asyncio::yield();
      bool const late = !tasks[victim].cancel();
      co_await asyncio::testing::wait_all_tasks_blocked();
      for (auto& t : tasks) BOOST_REQUIRE(t.done());
      BOOST_REQUIRE(idle(l));
      BOOST_REQUIRE(l.available_tokens() == 1);
      if (late) break;
    }
  }
}

ASYNCIO_TEST_CASE(two_who_wait_on_behalf_of_one_borrower_do_not_both_get_a_token) {
  auto& l = keep_alive<asyncio::capacity_limiter>(0);
  int key = 0;
  auto a = asyncio::create_task(l.acquire_on_behalf_of(&key));
  auto b = asyncio::create_task(outcome(l.acquire_on_behalf_of(&key).as_awaitable()));
  co_await asyncio::testing::wait_all_tasks_blocked();
  l.set_total_tokens(2);
  co_await asyncio::testing::wait_all_tasks_blocked();
  std::string const how = co_await b.join();
  BOOST_TEST((how == second_token || how == "done"));  // the shuffle may let the other one in first
  if (how == second_token) {
    BOOST_TEST(l.borrowed_tokens() == 1u);
    (co_await a.join()).unlock();
  } else {
    a.cancel();
    co_await asyncio::testing::wait_all_tasks_blocked();
    if (!a.cancelled() && a.exception() == nullptr) (co_await a.join()).unlock();
  }
  BOOST_TEST(idle(l));
}

// conformance: XL5
ASYNCIO_TEST_CASE(statistics_tell_tokens_borrowers_and_who_waits) {
  auto& l = keep_alive<asyncio::capacity_limiter>(1);
  int key = 0;
  auto token = co_await l.acquire_on_behalf_of(&key);
  auto& log = keep_alive<std::string>();
  auto t = asyncio::create_task(hold(l, log, 'x'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  auto const s = l.statistics();
  BOOST_TEST(s.total_tokens == 1u);
  BOOST_TEST(s.borrowed_tokens == 1u);
  BOOST_TEST(s.tasks_waiting == 1u);
  BOOST_REQUIRE(s.borrowers.size() == 1u);
  BOOST_TEST((s.borrowers[0] == asyncio::borrower(&key)));
  BOOST_TEST(s.borrowers[0].task() == 0u);
  token.unlock();
  co_await t.join();
}

ASYNCIO_TEST_CASE(a_guard_of_a_token_can_be_moved_unlocked_and_given_up) {
  asyncio::capacity_limiter l(2);
  auto token = co_await l.acquire();
  auto moved = std::move(token);
  BOOST_TEST(moved.owns_lock());
  BOOST_TEST(static_cast<bool>(moved));
  moved.unlock();
  BOOST_TEST(!moved);
  BOOST_CHECK_THROW(moved.unlock(), asyncio::invalid_state);
  moved = co_await l.acquire();
  moved = asyncio::capacity_limiter::guard();
  BOOST_TEST(idle(l));
  reports const handler;
  {
    auto const given = co_await l.acquire();
    l.release();
  }
  BOOST_REQUIRE(handler.seen().size() == 1u);
  BOOST_TEST(handler.seen()[0] == "A guard found returned the token it was to return");
  BOOST_TEST(idle(l));
}

ASYNCIO_TEST_CASE(an_operation_that_was_cancelled_cannot_be_awaited_again_and_takes_nothing) {
  auto& l = keep_alive<asyncio::capacity_limiter>(0);
  auto& twice = keep_alive([&]() -> awaitable<std::string> {
    auto operation = l.acquire();
    try {
      (void)co_await std::move(operation);
    } catch (asyncio::cancelled_error const&) {}
    l.set_total_tokens(1);
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
  BOOST_TEST(idle(l));
}

// -- with the rest of the library -------------------------------------------------------------------------------------------

ASYNCIO_TEST_CASE(a_limiter_works_under_timeout_gather_task_groups_and_asios_or) {
  using namespace asio::experimental::awaitable_operators;
  auto& l = keep_alive<asyncio::capacity_limiter>(2);
  int key = 0;
  auto& log = keep_alive<std::string>();
  {
    auto const token = co_await asyncio::timeout(1s, l.acquire());
    auto const other = co_await l.acquire_on_behalf_of(&log);
    auto const late = co_await asyncio::move_on_after(1s, l.acquire_on_behalf_of(&key));
    BOOST_TEST(!late.has_value());
    auto const first = co_await (l.acquire_on_behalf_of(&key).as_awaitable() || asyncio::sleep(1s).as_awaitable());
    BOOST_TEST(first.index() == 1u);
    BOOST_TEST(l.statistics().tasks_waiting == 0u);
  }
  co_await asyncio::gather(hold(l, log, 'g'), hold(l, log, 'g'), hold(l, log, 'g'));
  auto const body = [&](asyncio::task_group& group) -> awaitable<void> {
    for (int i = 0; i < 3; ++i) group.create_task(hold(l, log, 't'));
    co_return;
  };
  co_await asyncio::with_task_group(body);
  BOOST_TEST(log == "gggttt");
  BOOST_TEST(idle(l));
}

BOOST_AUTO_TEST_CASE(plain_coroutines_are_borrowers_of_their_own) {
  asyncio::capacity_limiter l(2);
  std::string log;
  asio::io_context ctx;
  std::string told;
  auto const twice = [&]() -> awaitable<void> {
    auto first = co_await l.acquire();
    auto const second = co_await l.acquire();
    BOOST_TEST(l.borrowed_tokens() == 2u);
    BOOST_TEST(l.statistics().borrowers.empty());
    told = refusal<asyncio::invalid_state>([&] {
      l.release();
      return 0;
    });
  };
  asio::co_spawn(ctx, twice(), asio::detached);
  for (int i = 0; i < 3; ++i) asio::co_spawn(ctx, hold(l, log, 'x', 1us), asio::detached);
  ctx.run();
  BOOST_TEST(log == "xxx");
  BOOST_TEST(told.find("no task runs here whose token this could return") != std::string::npos);
  BOOST_TEST(idle(l));
}

// -- ends ---------------------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_loop_that_is_destroyed_while_coroutines_wait_loses_no_token) {
  asyncio::capacity_limiter l(0);
  std::string log;
  {
    asio::io_context ctx;
    asyncio::loop::of(ctx).set_exception_handler([](asyncio::exception_context const&) {});
    for (int i = 0; i < 2; ++i) {
      (void)asyncio::create_task(ctx, hold(l, log, 't'));
      asio::co_spawn(ctx, hold(l, log, 'p'), asio::detached);
    }
    ctx.poll();
    l.set_total_tokens(3);  // granted to three, and none of them runs again
  }
  BOOST_TEST(log == "");
  BOOST_TEST(idle(l));
  BOOST_TEST(l.available_tokens() == 3);
}

ASYNCIO_TEST_CASE(those_who_wait_for_a_limiter_that_is_destroyed_are_told) {
  auto& l = keep_alive<std::optional<asyncio::capacity_limiter>>(std::in_place, 0);
  auto t = asyncio::create_task(outcome(l->acquire().as_awaitable()));
  co_await asyncio::testing::wait_all_tasks_blocked();
  l.reset();
  BOOST_TEST(co_await t.join() ==
             "asyncio::capacity_limiter: destroyed while a coroutine waited for it; it must outlive those who use it");
}

BOOST_AUTO_TEST_CASE(a_limiter_that_coroutines_of_another_loop_wait_for_is_refused) {
  asyncio::capacity_limiter l(0);
  std::string log;
  asio::io_context here;
  asio::io_context there;
  (void)asyncio::create_task(here, hold(l, log, 'h'));
  here.poll();
  auto const refused = asyncio::create_task(there, outcome(l.acquire().as_awaitable()));
  there.run();
  BOOST_TEST(refused.result().find(
                 "asyncio::capacity_limiter::acquire: coroutines of another loop wait for this object") == 0u);
  l.set_total_tokens(1);
  here.run();
  BOOST_TEST(log == "h");
}

BOOST_AUTO_TEST_CASE(debug_mode_refuses_a_change_from_another_thread_that_would_wake_somebody) {
  auto const body = []() -> awaitable<std::string> {
    asyncio::capacity_limiter l(0);
    std::string log;
    auto t = asyncio::create_task(hold(l, log, 'x'));
    co_await asyncio::yield();
    std::string told;
    std::thread([&] {
      told = refusal<asyncio::invalid_state>([&] {
        l.set_total_tokens(1);
        return 0;
      });
    }).join();
    BOOST_TEST(l.total_tokens() == 0u);
    l.set_total_tokens(1);
    co_await t.join();
    co_return told;
  };
  std::string const told = asyncio::testing::run(body(), asyncio::testing::test_options().debug(true));
  BOOST_TEST(
      told.find("asyncio::capacity_limiter::set_total_tokens: called from a thread that does not run the loop") == 0u);
}
