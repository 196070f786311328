// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE cancellation_token
#include "sync_support.hpp"

#include <asyncio/cancellation_token.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/race.hpp>
#include <asyncio/run.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>
#include <asyncio/to_thread.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <latch>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

using namespace std::chrono_literals;
using namespace sync_support;
namespace asio = boost::asio;
using asyncio::awaitable;
using asyncio::cancellation_token;
using asyncio::testing::keep_alive;

namespace {

asyncio::duration now() { return asyncio::loop::running().time().time_since_epoch(); }

awaitable<int> give(int value, asyncio::duration d) {
  co_await asyncio::sleep(d);
  co_return value;
}

awaitable<void> note(cancellation_token token, std::string& log, char name) {
  co_await token.cancelled();
  log += name;
}

}  // namespace

// The first case, because the process must not have had a second thread: the standard library's own callbacks are told otherwise
// then, and with libstdc++ 12 such a wait would never end in another thread.
BOOST_AUTO_TEST_CASE(a_wait_that_was_told_before_the_first_thread_began_may_end_in_another) {
  cancellation_token const token;
  std::string log;
  asio::io_context ctx;
  asio::co_spawn(ctx, note(token, log, 'x'), asio::detached);
  std::optional<cancellation_token> below = token.child_token();
  ctx.poll();
  token.cancel();
  std::jthread([&] {
    below.reset();
    ctx.run();
  }).join();
  BOOST_TEST(log == "x");
}

// -- tokens without a loop ----------------------------------------------------------------------------------------------

// conformance: XJ3
BOOST_AUTO_TEST_CASE(a_cancel_goes_down_to_all_below_and_never_up) {
  cancellation_token const root;
  cancellation_token const left = root.child_token();
  cancellation_token const right = root.child_token();
  cancellation_token const below = left.child_token();
  BOOST_TEST(!below.is_cancelled());
  BOOST_TEST(left.cancel());
  BOOST_TEST(left.is_cancelled());
  BOOST_TEST(below.is_cancelled());
  BOOST_TEST(!right.is_cancelled());
  BOOST_TEST(!root.is_cancelled());
  BOOST_TEST(root.cancel());
  BOOST_TEST(right.is_cancelled());
}

// conformance: XJ3
BOOST_AUTO_TEST_CASE(a_token_below_a_cancelled_one_is_cancelled_from_the_start) {
  cancellation_token const root;
  root.cancel();
  BOOST_TEST(root.child_token().is_cancelled());
  BOOST_TEST(root.child_token().child_token().is_cancelled());
}

// conformance: XJ3
BOOST_AUTO_TEST_CASE(a_cancel_comes_through_tokens_whose_handles_are_gone) {
  cancellation_token const root;
  cancellation_token const below = root.child_token().child_token().child_token();
  root.cancel();
  BOOST_TEST(below.is_cancelled());
  std::optional<cancellation_token> gone(std::in_place);
  cancellation_token const orphan = gone->child_token();
  gone.reset();
  BOOST_TEST(!orphan.is_cancelled());
  BOOST_TEST(orphan.cancel());
}

// conformance: XJ3
BOOST_AUTO_TEST_CASE(copies_are_the_same_token_and_the_first_cancel_counts) {
  cancellation_token a;
  cancellation_token b = a;
  BOOST_TEST((a == b));
  BOOST_TEST((a != cancellation_token()));
  BOOST_TEST((a != a.child_token()));
  BOOST_TEST(b.cancel());
  BOOST_TEST(!a.cancel());
  BOOST_TEST(a.is_cancelled());
  cancellation_token const moved = std::move(a);
  BOOST_TEST(a.is_cancelled());  // there is no empty token
  a = cancellation_token();
  BOOST_TEST(!a.is_cancelled());
  BOOST_TEST(moved.is_cancelled());
}

// conformance: XJ3
BOOST_AUTO_TEST_CASE(a_guard_cancels_at_the_end_of_its_scope_unless_it_is_disarmed) {
  cancellation_token const token;
  {
    asyncio::cancellation_guard guard = token.drop_guard();
    asyncio::cancellation_guard const moved = std::move(guard);
    BOOST_TEST(!token.is_cancelled());
    BOOST_TEST(refusal<asyncio::invalid_state>([&] { return guard.disarm(); }) ==
               "asyncio::cancellation_guard::disarm: this guard was moved from or disarmed before");
  }
  BOOST_TEST(token.is_cancelled());

  cancellation_token const other;
  {
    asyncio::cancellation_guard guard = other.drop_guard();
    BOOST_TEST((guard.disarm() == other));
  }
  BOOST_TEST(!other.is_cancelled());
}

BOOST_AUTO_TEST_CASE(the_standard_library_may_listen_and_speak) {
  cancellation_token const token;
  std::stop_token const early = token.child_token().stop_token();  // of a token that nobody has
  std::stop_token const stop = token.stop_token();
  std::string told;
  cancellation_token const below = token.child_token();
  std::stop_callback const callback(stop,
                                    [&] { told += below.is_cancelled() ? "below is cancelled" : "below is not"; });
  BOOST_TEST(!stop.stop_requested());
  token.cancel();
  BOOST_TEST(stop.stop_requested());
  BOOST_TEST(told == "below is cancelled");
  BOOST_TEST(!early.stop_requested());
  BOOST_TEST(below.stop_token().stop_requested());
  BOOST_TEST(token.child_token().stop_token().stop_requested());

  std::stop_source source;
  cancellation_token const listens;
  std::stop_callback const passes_on(source.get_token(), [listens] { listens.cancel(); });
  source.request_stop();
  BOOST_TEST(listens.is_cancelled());
}

BOOST_AUTO_TEST_CASE(who_is_told_may_drop_the_tokens_and_find_the_others_told) {
  std::optional<cancellation_token> root(std::in_place);
  std::optional<cancellation_token> below = root->child_token();
  std::stop_token const last = below->stop_token();
  bool others_told = false;
  std::stop_callback const callback(root->stop_token(), [&] {
    root.reset();
    below.reset();
    others_told = last.stop_requested();
  });
  BOOST_TEST(cancellation_token(*root).cancel());
  BOOST_TEST(others_told);
}

BOOST_AUTO_TEST_CASE(a_long_line_of_tokens_is_cancelled_and_given_up_without_a_deep_stack) {
  cancellation_token const first;
  cancellation_token last = first;
  for (int i = 0; i < 200'000; ++i) last = last.child_token();
  BOOST_TEST(!last.is_cancelled());
  first.cancel();
  BOOST_TEST(last.is_cancelled());
}

// -- waiting ------------------------------------------------------------------------------------------------------------

// conformance: XJ3
ASYNCIO_TEST_CASE(waiting_for_a_cancelled_token_does_not_suspend) {
  cancellation_token const token;
  token.cancel();
  auto& others_ran = keep_alive<bool>();
  auto const handle = asyncio::loop::running().call_soon([&] { others_ran = true; });
  co_await token.cancelled();
  BOOST_TEST(!others_ran);
  co_await asyncio::yield();
}

// conformance: XJ3
ASYNCIO_ORDERED_TEST_CASE(a_cancel_wakes_all_who_wait_but_never_inside_the_call) {
  auto& log = keep_alive<std::string>();
  auto& token = keep_alive<cancellation_token>();
  auto a = asyncio::create_task(note(token, log, 'a'));
  auto b = asyncio::create_task(note(token.child_token(), log, 'b'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST((a.waits_for().kind == asyncio::wait_kind::event));
  token.cancel();
  BOOST_TEST(log == "");
  co_await a.join();
  co_await b.join();
  BOOST_TEST(log == "ab");
}

ASYNCIO_TEST_CASE(a_wait_keeps_its_token) {
  auto& log = keep_alive<std::string>();
  auto& root = keep_alive<cancellation_token>();
  auto t = asyncio::create_task(note(root.child_token(), log, 'x'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  root.cancel();
  co_await t.join();
  BOOST_TEST(log == "x");
}

ASYNCIO_TEST_CASE(who_is_cancelled_leaves_and_the_token_stays_as_it_is) {
  auto& log = keep_alive<std::string>();
  auto& token = keep_alive<cancellation_token>();
  auto a = asyncio::create_task(note(token, log, 'a'));
  auto b = asyncio::create_task(note(token, log, 'b'));
  co_await asyncio::testing::wait_all_tasks_blocked();
  a.cancel("enough");
  BOOST_TEST(co_await outcome(a.join().as_awaitable()) == "cancelled: enough");
  BOOST_TEST(!token.is_cancelled());
  token.cancel();
  co_await b.join();
  BOOST_TEST(log == "b");
}

ASYNCIO_TEST_CASE(a_cancel_of_the_task_at_any_pass_leaves_the_token_usable) {
  for (int k = 0; k < 8; ++k) {
    auto& log = keep_alive<std::string>();
    auto& token = keep_alive<cancellation_token>();
    auto victim = asyncio::create_task(note(token, log, 'v'));
    auto other = asyncio::create_task(note(token, log, 'o'));
    auto& cancel_later = keep_alive([&]() -> awaitable<void> {
      for (int i = 0; i < 3; ++i) co_await asyncio::yield();
      token.cancel();
    });
    auto canceller = asyncio::create_task(cancel_later());
    for (int i = 0; i < k; ++i) co_await asyncio::yield();
    bool const took = victim.cancel();
    co_await asyncio::testing::wait_all_tasks_blocked();
    BOOST_REQUIRE(victim.done());
    BOOST_REQUIRE((took ? log == "o" : log == "vo" || log == "ov"));
    BOOST_REQUIRE(canceller.done());
    BOOST_REQUIRE(other.done());
    co_await token.cancelled();
  }
}

ASYNCIO_TEST_CASE(an_operation_that_was_cancelled_cannot_be_awaited_again) {
  auto& token = keep_alive<cancellation_token>();
  auto& twice = keep_alive([&]() -> awaitable<std::string> {
    auto operation = token.cancelled();
    try {
      co_await std::move(operation);
    } catch (asyncio::cancelled_error const&) {}
    token.cancel();
    try {
      co_await std::move(operation);
    } catch (asyncio::invalid_state const& error) {
      co_return error.what();
    }
    co_return "done";
  });
  auto t = asyncio::create_task(twice());
  co_await asyncio::testing::wait_all_tasks_blocked();
  t.cancel();
  BOOST_TEST(co_await t.join() == "asyncio: this operation was awaited before; call the function again for a new one");
}

ASYNCIO_TEST_CASE(a_race_with_a_token_ends_with_it) {
  auto& token = keep_alive<cancellation_token>();
  asyncio::loop::running().call_later(1s, [&] { token.cancel(); });
  auto const first = co_await asyncio::race(asyncio::sleep(1h), token.cancelled());
  BOOST_TEST(first.index() == 1u);
  BOOST_TEST((now() == 1s));
}

// -- work until then ------------------------------------------------------------------------------------------------------

// conformance: XJ3
ASYNCIO_TEST_CASE(work_that_ends_before_the_token_gives_its_value) {
  cancellation_token const token;
  std::optional<int> const value = co_await token.run_until_cancelled(give(7, 1s));
  BOOST_TEST((value == 7));
  bool const finished = co_await token.run_until_cancelled(asyncio::sleep(1s));
  BOOST_TEST(finished);
  token.cancel();
  co_await asyncio::sleep(1s);  // what comes after it is not hit
  BOOST_TEST((now() == 3s));
}

// conformance: XJ3
ASYNCIO_TEST_CASE(work_ends_with_the_token_and_gives_nothing) {
  auto& token = keep_alive<cancellation_token>();
  auto const handle = asyncio::loop::running().call_later(1s, [&] { token.cancel(); });
  BOOST_TEST(!(co_await token.run_until_cancelled(give(7, 1h))).has_value());
  BOOST_TEST((now() == 1s));
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
  co_await asyncio::sleep(1s);
  BOOST_TEST((now() == 2s));
}

// conformance: XJ3
ASYNCIO_TEST_CASE(under_a_cancelled_token_work_does_not_begin) {
  auto& begun = keep_alive<bool>();
  auto& work = keep_alive([&]() -> awaitable<int> {
    begun = true;
    co_return 1;
  });
  cancellation_token const token;
  token.cancel();
  BOOST_TEST(!(co_await token.run_until_cancelled(work())).has_value());
  BOOST_TEST(!(co_await token.run_until_cancelled(asyncio::sleep(1s))));
  BOOST_TEST(!begun);
  BOOST_TEST((now() == 0s));
}

ASYNCIO_TEST_CASE(an_asio_operation_ends_with_the_token) {
  auto& token = keep_alive<cancellation_token>();
  auto const handle = asyncio::loop::running().call_later(1s, [&] { token.cancel(); });
  auto const wait = []() -> awaitable<void> {
    asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
    co_await timer.async_wait(asio::use_awaitable);
  };
  BOOST_TEST(!(co_await token.run_until_cancelled(wait())));
}

ASYNCIO_TEST_CASE(work_may_clean_up_and_its_value_and_its_error_are_not_lost) {
  auto& token = keep_alive<cancellation_token>();
  auto& stubborn = keep_alive([]() -> awaitable<int> {
    try {
      co_await asyncio::sleep(1h);
    } catch (asyncio::cancelled_error const&) {}
    co_await asyncio::sleep(2s);
    co_return 5;
  });
  auto& failing = keep_alive([]() -> awaitable<int> {
    try {
      co_await asyncio::sleep(1h);
    } catch (asyncio::cancelled_error const&) {}
    throw std::runtime_error("while cleaning up");
  });
  auto handle = asyncio::loop::running().call_later(1s, [&] { token.cancel(); });
  auto const value = co_await token.run_until_cancelled(stubborn());
  BOOST_TEST((value == 5));
  BOOST_TEST((now() == 3s));
  BOOST_TEST(asyncio::current_task().cancelling() == 0);

  auto& second = keep_alive<cancellation_token>();
  handle = asyncio::loop::running().call_later(1s, [&] { second.cancel(); });
  std::string told;
  try {
    (void)co_await second.run_until_cancelled(failing());
  } catch (std::runtime_error const& e) {
    told = e.what();
  }
  BOOST_TEST(told == "while cleaning up");
}

ASYNCIO_TEST_CASE(a_cancel_of_the_task_is_not_taken_for_the_tokens) {
  auto& token = keep_alive<cancellation_token>();
  auto& work =
      keep_alive([&]() -> awaitable<std::optional<int>> { co_return co_await token.run_until_cancelled(give(1, 1h)); });
  auto a = asyncio::create_task(work());
  co_await asyncio::testing::wait_all_tasks_blocked();
  a.cancel("mine");
  BOOST_TEST(co_await outcome(a.join().as_awaitable()) == "cancelled: mine");

  auto both = asyncio::create_task(work());
  co_await asyncio::testing::wait_all_tasks_blocked();
  token.cancel();
  both.cancel();
  BOOST_TEST(co_await outcome(both.join().as_awaitable()) == "cancelled");
}

ASYNCIO_TEST_CASE(each_of_two_tokens_and_a_timeout_claims_its_own_cancel) {
  for (std::string const who : {"outer", "inner", "timeout"}) {
    auto& outer = keep_alive<cancellation_token>();
    auto& inner = keep_alive<cancellation_token>();
    auto const handle = asyncio::loop::running().call_later(1s, [&outer, &inner, who] {
      if (who == "outer") outer.cancel();
      if (who == "inner") inner.cancel();
    });
    auto& within = keep_alive([&]() -> awaitable<std::string> {
      bool const finished = co_await inner.run_until_cancelled(asyncio::sleep(1h));
      co_return finished ? "finished" : "inner";
    });
    std::string ended = "outer";
    try {
      auto const value = co_await asyncio::timeout(2s, outer.run_until_cancelled(within()));
      if (value) ended = *value;
    } catch (asyncio::timeout_error const&) {
      ended = "timeout";
    }
    BOOST_TEST(ended == who);
    BOOST_TEST(asyncio::current_task().cancelling() == 0);
  }
}

ASYNCIO_TEST_CASE(work_that_cancels_its_own_token_ends_at_its_next_wait) {
  auto& token = keep_alive<cancellation_token>();
  auto& reached = keep_alive<std::string>();
  auto& work = keep_alive([&]() -> awaitable<void> {
    token.cancel();
    reached += 'a';
    co_await asyncio::sleep(1s);
    reached += 'b';
  });
  BOOST_TEST(!(co_await token.run_until_cancelled(work())));
  BOOST_TEST(reached == "a");

  auto& other = keep_alive<cancellation_token>();
  auto& quick = keep_alive([&]() -> awaitable<int> {  // never waits: nothing to cancel
    other.cancel();
    co_return 3;
  });
  BOOST_TEST((co_await other.run_until_cancelled(quick()) == 3));
  co_await asyncio::sleep(1s);
}

ASYNCIO_TEST_CASE(many_tasks_under_one_token_end_together) {
  auto& token = keep_alive<cancellation_token>();
  auto const handle = asyncio::loop::running().call_later(1s, [&] { token.cancel(); });
  std::vector<awaitable<std::optional<int>>> work;
  for (int i = 1; i <= 4; ++i) work.push_back(token.child_token().run_until_cancelled(give(i, i * 400ms)));
  auto const results = co_await asyncio::gather(std::move(work));
  BOOST_TEST((results == std::vector<std::optional<int>>{1, 2, std::nullopt, std::nullopt}));
  BOOST_TEST((now() == 1s));
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_was_moved_from_is_refused) {
  awaitable<int> used = give(1, 1s);
  awaitable<int> const taken = std::move(used);
  cancellation_token const token;
  BOOST_TEST(refusal<asyncio::invalid_state>([&] {
               return token.run_until_cancelled(std::move(used));
             }).find("asyncio::cancellation_token::run_until_cancelled: the awaitable is empty") == 0u);
}

// -- plain coroutines, other threads, ends --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_token_works_in_plain_coroutines_of_a_plain_context) {
  cancellation_token const token;
  std::string log;
  asio::io_context ctx;
  asio::co_spawn(ctx, note(token, log, 'w'), asio::detached);
  auto const until = [&]() -> awaitable<void> {
    auto const value = co_await token.run_until_cancelled(give(1, 1h));
    if (!value) log += 'u';
  };
  asio::co_spawn(ctx, until(), asio::detached);
  asio::post(ctx, [&] { asio::post(ctx, [&] { token.cancel(); }); });
  ctx.run();
  BOOST_TEST((log == "wu" || log == "uw"));
}

// conformance: XJ3
BOOST_AUTO_TEST_CASE(any_thread_may_cancel_for_any_number_of_loops) {
  cancellation_token const token;
  std::latch ready(4);
  auto const body = [&]() -> awaitable<int> {
    auto waiting = asyncio::create_task(token.cancelled());
    co_await asyncio::yield();
    ready.count_down();
    auto const value = co_await token.child_token().run_until_cancelled(give(1, 1h));
    co_await waiting.join();
    co_return value.value_or(0);
  };
  std::vector<int> results(4, -1);
  std::vector<std::jthread> loops;
  for (int& result : results) loops.emplace_back([&] { result = asyncio::run(body()); });
  ready.wait();
  token.cancel();
  loops.clear();
  BOOST_TEST(results == std::vector<int>(4, 0), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_cancel_from_another_thread_may_meet_the_end_of_the_wait) {
  auto const body = []() -> awaitable<void> {
    for (int i = 0; i < 300; ++i) {
      cancellation_token const token;
      std::latch begun(1);
      std::jthread const other([&] {
        begun.wait();
        token.cancel();
      });
      auto waits = asyncio::create_task(token.cancelled());
      auto works = asyncio::create_task(token.child_token().run_until_cancelled(give(i, 0s)));
      co_await asyncio::yield();
      begun.count_down();
      for (int k = i % 5; k > 0; --k) co_await asyncio::yield();
      waits.cancel();
      std::string const waited = co_await outcome(waits.join().as_awaitable());
      BOOST_REQUIRE((waited == "done" || waited == "cancelled"));
      auto const value = co_await works.join();
      BOOST_REQUIRE((!value || *value == i));
    }
  };
  asyncio::run(body());
}

BOOST_AUTO_TEST_CASE(a_function_in_a_thread_sees_the_token) {
  auto const body = []() -> awaitable<bool> {
    cancellation_token const token;
    auto const until_told = [](std::stop_token stop) {
      while (!stop.stop_requested()) std::this_thread::yield();
      return true;
    };
    auto t = asyncio::create_task(asyncio::to_thread(until_told, token.stop_token()));
    co_await asyncio::yield();
    token.cancel();
    co_return co_await t.join();
  };
  BOOST_TEST(asyncio::run(body()));
}

BOOST_AUTO_TEST_CASE(a_plain_coroutine_that_waits_is_cancelled_through_its_slot) {
  cancellation_token const token;
  asio::io_context ctx;
  asio::cancellation_signal signal;
  std::string how;
  auto const waits = [&]() -> awaitable<void> { how = co_await outcome(awaitable<void>(token.cancelled())); };
  asio::co_spawn(ctx, waits(), asio::bind_cancellation_slot(signal.slot(), asio::detached));
  ctx.poll();
  signal.emit(asio::cancellation_type::terminal);
  ctx.run();
  BOOST_TEST(how.starts_with("the wait was cancelled"));
  BOOST_TEST(token.cancel());
}

BOOST_AUTO_TEST_CASE(a_loop_that_is_destroyed_under_waits_leaves_a_usable_token) {
  cancellation_token const token;
  std::string log;
  for (bool const cancelled : {false, true}) {
    asio::io_context ctx;
    asyncio::loop::of(ctx).set_exception_handler([](asyncio::exception_context const&) {});
    (void)asyncio::create_task(ctx, note(token, log, 't'));
    (void)asyncio::create_task(ctx, token.run_until_cancelled(give(1, 1h)));
    auto const in_asio = [](asio::io_context& home) -> awaitable<void> {
      asio::steady_timer timer(home, 1h);
      co_await timer.async_wait(asio::use_awaitable);
    };
    (void)asyncio::create_task(ctx, token.run_until_cancelled(in_asio(ctx)));
    asio::co_spawn(ctx, note(token, log, 'p'), asio::detached);
    ctx.poll();
    if (cancelled) token.cancel();
  }
  BOOST_TEST(log == "");
  asyncio::testing::run(note(token, log, 'x'));
  BOOST_TEST(log == "x");
}

BOOST_AUTO_TEST_CASE(a_cancel_may_meet_the_end_of_the_loop) {
  for (int i = 0; i < 200; ++i) {
    cancellation_token const token;
    std::string log;
    std::latch begun(1);
    std::jthread other;
    {
      asio::io_context ctx;
      asyncio::loop::of(ctx).set_exception_handler([](asyncio::exception_context const&) {});
      (void)asyncio::create_task(ctx, note(token, log, 't'));
      (void)asyncio::create_task(ctx, token.child_token().run_until_cancelled(give(1, 1h)));
      asio::co_spawn(ctx, note(token, log, 'p'), asio::detached);
      ctx.poll();
      other = std::jthread([&] {
        begun.wait();
        token.cancel();
      });
      begun.count_down();
      if (i % 2 != 0) ctx.poll();
    }
    other.join();
    BOOST_REQUIRE(token.is_cancelled());
  }
}
