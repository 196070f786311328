// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE barrier
#include "sync_support.hpp"

#include <asyncio/barrier.hpp>
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
using asyncio::barrier_phase;
using asyncio::detail::barrier_state;
using asyncio::testing::keep_alive;
using arrival = asyncio::detail::barrier_state::arrival;
using nodes = asyncio::detail::list<asyncio::detail::ready_node>;

namespace {

/// The index as text, or how the wait failed.
awaitable<std::string> pass(asyncio::barrier& b) {
  try {
    co_return std::to_string(co_await b.wait());
  } catch (asyncio::broken_barrier const&) {
    co_return "broken";
  } catch (asyncio::cancelled_error const&) {
    co_return "cancelled";
  }
}

std::string results(std::vector<asyncio::task<std::string>> const& tasks) {
  std::string all;
  for (auto const& t : tasks) all += (all.empty() ? "" : " ") + (t.done() ? t.result() : std::string("waits"));
  return all;
}

std::vector<asyncio::task<std::string>> start(asyncio::barrier& b, int n) {
  std::vector<asyncio::task<std::string>> tasks;
  for (int i = 0; i < n; ++i) tasks.push_back(asyncio::create_task(pass(b)));
  return tasks;
}

/// A round of the barrier works.
awaitable<bool> works(asyncio::barrier& b) {
  auto tasks = start(b, static_cast<int>(b.parties()));
  co_await asyncio::testing::wait_all_tasks_blocked();
  std::vector<std::string> indices;
  for (auto const& t : tasks) indices.push_back(t.done() ? t.result() : std::string("waits"));
  std::sort(indices.begin(), indices.end());
  for (std::size_t i = 0; i < indices.size(); ++i)
    if (indices[i] != std::to_string(i)) co_return false;
  co_return b.n_waiting() == 0 && b.statistics().phase == barrier_phase::filling;
}

}  // namespace

// -- the state without a loop -----------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_round_fills_drains_and_begins_anew) {
  waiter a('a'), b('b'), c('c'), d('d');
  barrier_state s(3);
  BOOST_TEST(s.admits());
  BOOST_TEST((s.arrive(a) == arrival::waits));
  BOOST_TEST((s.arrive(b) == arrival::waits));
  BOOST_TEST(s.count() == 2u);
  BOOST_TEST((s.arrive(c) == arrival::last));
  BOOST_TEST((s.phase() == barrier_phase::draining));
  nodes others;
  s.complete_round(others);
  BOOST_TEST(drain(others) == "ab");
  BOOST_TEST(!s.admits());
  s.enqueue(d);
  nodes newcomers;
  s.leave(newcomers);
  s.leave(newcomers);
  BOOST_TEST(newcomers.empty());
  BOOST_TEST(!s.round_broken());
  s.leave(newcomers);
  BOOST_TEST((s.phase() == barrier_phase::filling));
  BOOST_TEST(drain(newcomers) == "d");
}

BOOST_AUTO_TEST_CASE(a_reset_ends_the_round_and_its_parties_leave_before_the_next_begins) {
  waiter a('a'), b('b');
  barrier_state s(3);
  nodes parties, newcomers;
  s.reset(parties);
  BOOST_TEST((s.phase() == barrier_phase::filling));  // there was nothing to end
  BOOST_TEST((s.arrive(a) == arrival::waits));
  s.reset(parties);
  BOOST_TEST((s.phase() == barrier_phase::resetting));
  BOOST_TEST(s.round_broken());
  BOOST_TEST(!s.admits());
  s.enqueue(b);
  s.leave(newcomers);
  BOOST_TEST((s.phase() == barrier_phase::filling));
  BOOST_TEST(drain(parties) == "a");
  BOOST_TEST(drain(newcomers) == "b");
}

BOOST_AUTO_TEST_CASE(an_aborted_barrier_turns_away_until_it_is_reset) {
  waiter a('a'), b('b'), c('c');
  barrier_state s(2);
  nodes parties, newcomers;
  BOOST_TEST((s.arrive(a) == arrival::waits));
  s.abort(parties, newcomers);
  BOOST_TEST(drain(parties) == "a");
  BOOST_TEST((s.arrive(b) == arrival::turned_away));
  s.leave(newcomers);
  BOOST_TEST((s.phase() == barrier_phase::broken));
  s.reset(parties);
  BOOST_TEST((s.arrive(c) == arrival::waits));
  c.unlink();
}

// -- rounds -----------------------------------------------------------------------------------------------------------------

// conformance: BA1
ASYNCIO_TEST_CASE(a_barrier_needs_at_least_one_party) {
  std::string const sentence = "asyncio::barrier: it needs at least one party; give the number of coroutines that meet";
  BOOST_TEST(refusal<asyncio::value_error>([] {
               asyncio::barrier(0);
               return 0;
             }) == sentence);
  BOOST_TEST(refusal<asyncio::value_error>([] {
               asyncio::barrier(-3);
               return 0;
             }) == sentence);
  asyncio::barrier b(5);
  BOOST_TEST(b.parties() == 5u);
  BOOST_TEST(b.n_waiting() == 0u);
  BOOST_TEST(!b.broken());
  co_return;
}

// conformance: BA1
ASYNCIO_ORDERED_TEST_CASE(all_parties_go_on_together_with_an_index_each) {
  auto& b = keep_alive<asyncio::barrier>(3);
  auto tasks = start(b, 2);
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(results(tasks) == "waits waits");
  BOOST_TEST(co_await b.wait() == 2u);
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(results(tasks) == "0 1");
}

// conformance: BA1
ASYNCIO_TEST_CASE(a_barrier_can_be_passed_again_and_again) {
  auto& b = keep_alive<asyncio::barrier>(3);
  auto& rounds = keep_alive<int>();
  auto& body = keep_alive([&]() -> awaitable<void> {
    for (int i = 0; i < 5; ++i) {
      if (co_await b.wait() == 0) ++rounds;
      BOOST_TEST(rounds >= i);
    }
  });
  co_await asyncio::gather(body(), body(), body());
  BOOST_TEST(rounds == 5);
}

// conformance: BA2
ASYNCIO_TEST_CASE(a_barrier_of_one_party_never_waits) {
  asyncio::barrier b(1);
  auto& others_ran = keep_alive<bool>();
  auto const handle = asyncio::loop::running().call_soon([&] { others_ran = true; });
  for (int i = 0; i < 3; ++i) BOOST_TEST(co_await b.wait() == 0u);
  BOOST_TEST(!others_ran);
  co_await asyncio::yield();
}

// conformance: BA3, XL5
ASYNCIO_TEST_CASE(the_phases_can_be_seen) {
  auto& b = keep_alive<asyncio::barrier>(3);
  auto tasks = start(b, 2);
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(b.n_waiting() == 2u);
  BOOST_TEST((b.statistics().phase == barrier_phase::filling));
  BOOST_TEST(b.statistics().parties == 3u);
  BOOST_TEST(b.statistics().tasks_waiting == 2u);
  BOOST_TEST((tasks[0].waits_for().kind == asyncio::wait_kind::event));
  BOOST_TEST(tasks[0].waits_for().object == &b);
  co_await b.wait();
  BOOST_TEST(b.n_waiting() == 0u);
  BOOST_TEST((b.statistics().phase == barrier_phase::draining));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST((b.statistics().phase == barrier_phase::filling));
  auto other = start(b, 1);
  co_await asyncio::testing::wait_all_tasks_blocked();
  b.reset();
  BOOST_TEST((b.statistics().phase == barrier_phase::resetting));
  BOOST_TEST(b.n_waiting() == 0u);
  b.abort();
  BOOST_TEST((b.statistics().phase == barrier_phase::broken));
  BOOST_TEST(b.broken());
  co_await asyncio::testing::wait_all_tasks_blocked();
}

// conformance: BA4
ASYNCIO_ORDERED_TEST_CASE(who_comes_while_a_round_drains_waits_for_the_next) {
  auto& b = keep_alive<asyncio::barrier>(2);
  auto first = start(b, 1);
  co_await asyncio::testing::wait_all_tasks_blocked();
  co_await b.wait();
  auto next = asyncio::create_task(pass(b), asyncio::task_options().eager_start(true));
  BOOST_TEST(b.statistics().tasks_waiting == 1u);
  BOOST_TEST(b.n_waiting() == 0u);
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(first[0].result() == "0");
  BOOST_TEST(!next.done());
  BOOST_REQUIRE(b.n_waiting() == 1u);
  BOOST_TEST(co_await b.wait() == 1u);
  BOOST_TEST(co_await next.join() == "0");
}

// conformance: XL12
ASYNCIO_TEST_CASE(the_index_names_one_leader_for_each_round) {
  auto& b = keep_alive<asyncio::barrier>(4);
  auto& leaders = keep_alive<int>();
  auto& body = keep_alive([&]() -> awaitable<void> {
    for (int i = 0; i < 3; ++i)
      if (co_await b.wait() == b.parties() - 1) ++leaders;
  });
  co_await asyncio::gather(body(), body(), body(), body());
  BOOST_TEST(leaders == 3);
}

// -- cancellation -----------------------------------------------------------------------------------------------------------

// conformance: BA5
ASYNCIO_TEST_CASE(who_is_cancelled_leaves_and_the_barrier_waits_for_one_more) {
  auto& b = keep_alive<asyncio::barrier>(3);
  auto tasks = start(b, 2);
  co_await asyncio::testing::wait_all_tasks_blocked();
  tasks[0].cancel();
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(tasks[0].result() == "cancelled");
  BOOST_TEST(b.n_waiting() == 1u);
  BOOST_TEST(!b.broken());
  auto more = start(b, 2);
  co_await asyncio::testing::wait_all_tasks_blocked();
  std::vector<std::string> indices{tasks[1].result(), more[0].result(), more[1].result()};
  std::sort(indices.begin(), indices.end());
  BOOST_TEST(indices == (std::vector<std::string>{"0", "1", "2"}), boost::test_tools::per_element());
  BOOST_TEST(co_await works(b));
}

// conformance: BA5, C14
ASYNCIO_TEST_CASE(a_cancel_when_the_round_is_complete_ends_only_that_wait) {
  auto& b = keep_alive<asyncio::barrier>(3);
  auto tasks = start(b, 2);
  co_await asyncio::testing::wait_all_tasks_blocked();
  co_await b.wait();
  tasks[0].cancel();
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(tasks[0].result() == "cancelled");
  BOOST_TEST((tasks[1].result() == "0" || tasks[1].result() == "1"));
  BOOST_TEST(co_await works(b));
}

// conformance: BA5
ASYNCIO_TEST_CASE(a_cancel_at_any_pass_leaves_the_barrier_usable) {
  for (std::size_t victim = 0; victim < 4; ++victim) {
    for (int k = 0; k < 8; ++k) {
      auto& b = keep_alive<asyncio::barrier>(2);
      auto& body = keep_alive([&]() -> awaitable<void> {
        for (int i = 0; i < 2; ++i) co_await b.wait();
      });
      std::vector<asyncio::task<void>> tasks;
      for (int i = 0; i < 4; ++i) tasks.push_back(asyncio::create_task(body()));
      for (int i = 0; i < k; ++i) co_await asyncio::yield();
      tasks[victim].cancel();
      co_await asyncio::testing::wait_all_tasks_blocked();
      BOOST_REQUIRE((b.statistics().phase == barrier_phase::filling));
      BOOST_REQUIRE(b.n_waiting() <= 1u);
      BOOST_REQUIRE(b.statistics().tasks_waiting == b.n_waiting());
      for (auto& t : tasks) t.cancel();
      co_await asyncio::testing::wait_all_tasks_blocked();
      BOOST_REQUIRE(b.n_waiting() == 0u);
      bool const usable = co_await works(b);
      BOOST_REQUIRE(usable);
    }
  }
}

ASYNCIO_ORDERED_TEST_CASE(a_cancel_at_the_entrance_leaves_the_next_round_alone) {
  for (bool const woken : {false, true}) {
    auto& b = keep_alive<asyncio::barrier>(2);
    auto first = start(b, 1);
    co_await asyncio::testing::wait_all_tasks_blocked();
    co_await b.wait();
    auto blocked = asyncio::create_task(pass(b), asyncio::task_options().eager_start(true));
    if (woken) co_await asyncio::yield();  // the round has drained and the next turn is its own
    blocked.cancel();
    co_await asyncio::testing::wait_all_tasks_blocked();
    BOOST_TEST(blocked.result() == "cancelled");
    BOOST_TEST(b.n_waiting() == 0u);
    BOOST_TEST(co_await works(b));
  }
}

// -- reset and abort --------------------------------------------------------------------------------------------------------

// conformance: BA6
ASYNCIO_TEST_CASE(a_reset_breaks_the_round_and_the_barrier_is_usable_again) {
  auto& b = keep_alive<asyncio::barrier>(3);
  b.reset();  // of an idle barrier: nothing happens
  BOOST_TEST(co_await works(b));
  auto tasks = start(b, 2);
  co_await asyncio::testing::wait_all_tasks_blocked();
  b.reset();
  auto next = start(b, 3);
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(results(tasks) == "broken broken");
  BOOST_TEST(results(next).find("waits") == std::string::npos);
  BOOST_TEST(results(next).find("broken") == std::string::npos);
  BOOST_TEST(!b.broken());
  BOOST_TEST(co_await works(b));
}

// conformance: BA6
ASYNCIO_TEST_CASE(reset_and_abort_may_be_awaited_as_in_python) {
  auto& b = keep_alive<asyncio::barrier>(2);
  auto& others_ran = keep_alive<bool>();
  auto const handle = asyncio::loop::running().call_soon([&] { others_ran = true; });
  co_await b.abort();
  BOOST_TEST(b.broken());
  co_await b.reset();
  BOOST_TEST(!b.broken());
  BOOST_TEST(!others_ran);
  BOOST_TEST(co_await works(b));
}

// conformance: BA7
ASYNCIO_ORDERED_TEST_CASE(a_reset_while_a_round_drains_ends_it_for_those_who_have_not_run_on) {
  auto& b = keep_alive<asyncio::barrier>(4);
  auto tasks = start(b, 3);
  co_await asyncio::testing::wait_all_tasks_blocked();
  asyncio::loop::running().call_soon([] {});
  // The first one that runs on resets the barrier.
  auto& resetting = keep_alive([&]() -> awaitable<std::string> {
    std::string const index = co_await pass(b);
    b.reset();
    co_return index;
  });
  auto last = asyncio::create_task(resetting());
  auto blocked = asyncio::create_task(pass(b));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(last.result() == "3");  // who is out is out
  BOOST_TEST(results(tasks) == "broken broken broken");
  BOOST_TEST(!blocked.done());  // it waits for the new round
  BOOST_TEST(b.n_waiting() == 1u);
  BOOST_TEST(!b.broken());
  auto more = start(b, 3);
  BOOST_TEST(co_await blocked.join() == "0");
  BOOST_TEST(co_await works(b));
}

// conformance: BA7
ASYNCIO_TEST_CASE(a_reset_after_a_round_has_drained_changes_nothing_for_those_who_passed) {
  auto& b = keep_alive<asyncio::barrier>(2);
  auto tasks = start(b, 2);
  co_await asyncio::testing::wait_all_tasks_blocked();
  b.reset();
  BOOST_TEST(results(tasks).find("broken") == std::string::npos);
  BOOST_TEST(co_await works(b));
}

// conformance: BA8
ASYNCIO_TEST_CASE(an_abort_breaks_all_waits_until_the_reset) {
  auto& b = keep_alive<asyncio::barrier>(3);
  auto tasks = start(b, 2);
  co_await asyncio::testing::wait_all_tasks_blocked();
  b.abort();
  auto later = start(b, 2);
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(results(tasks) == "broken broken");
  BOOST_TEST(results(later) == "broken broken");
  BOOST_TEST(b.broken());
  BOOST_TEST(co_await outcome(b.wait().as_awaitable()) ==
             "asyncio::barrier::wait: the barrier was aborted; reset() makes it usable again");
  b.reset();
  BOOST_TEST(!b.broken());
  BOOST_TEST(co_await works(b));
}

// conformance: BA8
ASYNCIO_ORDERED_TEST_CASE(an_abort_while_a_round_drains_breaks_those_who_have_not_run_on_and_those_at_the_entrance) {
  auto& b = keep_alive<asyncio::barrier>(3);
  auto tasks = start(b, 2);
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(co_await b.wait() == 2u);
  auto blocked = asyncio::create_task(pass(b), asyncio::task_options().eager_start(true));
  b.abort();
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(results(tasks) == "broken broken");
  BOOST_TEST(blocked.result() == "broken");
  b.reset();
  BOOST_TEST(co_await works(b));
}

// conformance: BA8
ASYNCIO_TEST_CASE(an_abort_followed_by_a_reset_breaks_the_waits_and_leaves_a_usable_barrier) {
  auto& b = keep_alive<asyncio::barrier>(3);
  auto tasks = start(b, 2);
  co_await asyncio::testing::wait_all_tasks_blocked();
  b.abort();
  b.reset();
  BOOST_TEST(!b.broken());
  auto next = start(b, 1);
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(results(tasks) == "broken broken");
  BOOST_TEST(results(next) == "waits");
  b.reset();
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(co_await works(b));
}

// -- with the rest of the library -------------------------------------------------------------------------------------------

ASYNCIO_TEST_CASE(a_barrier_works_under_timeout_and_task_groups_and_asios_or) {
  using namespace asio::experimental::awaitable_operators;
  auto& b = keep_alive<asyncio::barrier>(2);
  auto const late = co_await asyncio::move_on_after(1s, b.wait());
  BOOST_TEST(!late.has_value());
  auto const first = co_await (b.wait().as_awaitable() || asyncio::sleep(1s).as_awaitable());
  BOOST_TEST(first.index() == 1u);
  BOOST_TEST(b.n_waiting() == 0u);
  auto const body = [&](asyncio::task_group& group) -> awaitable<void> {
    group.create_task(pass(b));
    group.create_task(pass(b));
    co_return;
  };
  co_await asyncio::with_task_group(body);
  BOOST_TEST(co_await works(b));
}

BOOST_AUTO_TEST_CASE(a_barrier_works_in_plain_coroutines_of_a_plain_context) {
  asyncio::barrier b(3);
  std::string log;
  asio::io_context ctx;
  auto const body = [&]() -> awaitable<void> {
    for (int i = 0; i < 2; ++i) log += static_cast<char>('0' + co_await b.wait());
  };
  for (int i = 0; i < 3; ++i) asio::co_spawn(ctx, body(), asio::detached);
  ctx.run();
  std::sort(log.begin(), log.end());
  BOOST_TEST(log == "001122");
}

// -- ends ---------------------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_loop_that_is_destroyed_at_any_stage_of_a_round_leaves_a_usable_barrier) {
  for (int others = 1; others <= 3;
       ++others) {  // the round is not complete; it is; it is and somebody is at the entrance
    asyncio::barrier b(3);
    {
      asio::io_context ctx;
      asyncio::loop::of(ctx).set_exception_handler([](asyncio::exception_context const&) {});
      auto const body = [&]() -> awaitable<void> { co_await b.wait(); };
      asio::co_spawn(ctx, body(), asio::detached);
      (void)asyncio::create_task(ctx, body());
      ctx.poll();
      auto const stopping = [&](int more) -> awaitable<void> {
        if (more >= 2) co_await b.wait();
        if (more >= 3) (void)asyncio::create_task(b.wait(), asyncio::task_options().eager_start(true));
        asyncio::loop::running().context().stop();
        asyncio::loop::running().core().interrupt_drain();
      };
      (void)asyncio::create_task(ctx, stopping(others));
      ctx.run();
    }
    BOOST_TEST(b.n_waiting() == 0u);
    BOOST_TEST(b.statistics().tasks_waiting == 0u);
    BOOST_TEST((b.statistics().phase == barrier_phase::filling));
    BOOST_TEST(asyncio::testing::run(works(b)));
  }
}

ASYNCIO_TEST_CASE(those_who_wait_at_a_barrier_that_is_destroyed_are_told) {
  auto& b = keep_alive<std::optional<asyncio::barrier>>(std::in_place, 2);
  auto t = asyncio::create_task(outcome(b->wait().as_awaitable()));
  co_await asyncio::testing::wait_all_tasks_blocked();
  b.reset();
  BOOST_TEST(co_await t.join() ==
             "asyncio::barrier: destroyed while a coroutine waited for it; it must outlive those who use it");
}

BOOST_AUTO_TEST_CASE(a_barrier_at_which_coroutines_of_another_loop_wait_is_refused) {
  asyncio::barrier b(2);
  asio::io_context here;
  asio::io_context there;
  auto const waits = asyncio::create_task(here, pass(b));
  here.poll();
  auto const refused = asyncio::create_task(there, outcome(b.wait().as_awaitable()));
  there.run();
  BOOST_TEST(refused.result().find("asyncio::barrier::wait: coroutines of another loop wait for this object") == 0u);
  BOOST_TEST(b.n_waiting() == 1u);
  b.abort();
  here.run();
  BOOST_TEST(waits.result() == "broken");
}

BOOST_AUTO_TEST_CASE(debug_mode_refuses_an_abort_or_reset_from_another_thread_that_would_wake_somebody) {
  auto const body = []() -> awaitable<std::string> {
    asyncio::barrier b(2);
    auto t = asyncio::create_task(pass(b));
    co_await asyncio::yield();
    std::string told;
    std::thread([&] {
      told = refusal<asyncio::invalid_state>([&] {
        b.abort();
        return 0;
      });
      told += refusal<asyncio::invalid_state>([&] {
        b.reset();
        return 0;
      });
    }).join();
    BOOST_TEST(b.n_waiting() == 1u);
    co_await b.wait();
    co_await t.join();
    co_return told;
  };
  std::string const told = asyncio::testing::run(body(), asyncio::testing::test_options().debug(true));
  BOOST_TEST(told.find("asyncio::barrier::abort: called from a thread that does not run the loop") == 0u);
  BOOST_TEST(told.find("asyncio::barrier::reset: called from a thread that does not run the loop") !=
             std::string::npos);
}
