// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE loop
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include "support/allocations.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <functional>
#include <future>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::testing::keep_alive;

namespace {

asyncio::duration now() { return asyncio::loop::running().time().time_since_epoch(); }

template <class Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (asyncio::error const& e) {
    return e.what();
  }
  return "accepted";
}

}  // namespace

// conformance: L3
ASYNCIO_ORDERED_TEST_CASE(call_soon_is_first_come_first_served) {
  auto& loop = asyncio::loop::running();
  auto& order = keep_alive<std::string>();
  loop.call_soon([&] { order += 'a'; });
  loop.call_soon([&] { order += 'b'; });
  loop.call_soon([&] { order += 'c'; });
  BOOST_TEST(order == "");  // never inside the call
  co_await asyncio::yield();
  BOOST_TEST(order == "abc");
}

// conformance: L3
ASYNCIO_ORDERED_TEST_CASE(what_a_callback_queues_runs_in_the_next_pass) {
  auto& loop = asyncio::loop::running();
  auto& order = keep_alive<std::string>();
  auto& second = keep_alive([&] { order += '2'; });
  auto first = [&] {
    order += '1';
    loop.call_soon(second);
  };
  loop.call_soon(first);
  loop.call_soon([&] { order += 'x'; });
  co_await asyncio::yield();
  BOOST_TEST(order == "1x");  // this task was queued after both: the second pass has not begun
  co_await asyncio::yield();
  BOOST_TEST(order == "1x2");
}

// conformance: L4
ASYNCIO_ORDERED_TEST_CASE(timers_that_are_due_run_after_what_is_ready_ordered_by_time) {
  auto& loop = asyncio::loop::running();
  auto& order = keep_alive<std::string>();
  co_await asyncio::sleep(10s);
  loop.call_at(asyncio::time_point(3s), [&] { order += '3'; });
  loop.call_at(asyncio::time_point(2s), [&] { order += '2'; });
  loop.call_soon([&] { order += 's'; });
  loop.call_at(asyncio::time_point(2s), [&] { order += '@'; });
  co_await asyncio::yield();
  co_await asyncio::yield();
  BOOST_TEST(order == "s2@3");
}

// conformance: L4
ASYNCIO_ORDERED_TEST_CASE(negative_delays_run_in_the_order_of_their_deadlines) {
  auto& loop = asyncio::loop::running();
  auto& order = keep_alive<std::string>();
  loop.call_later(-1s, [&] { order += 'a'; });
  loop.call_later(-2s, [&] { order += 'b'; });
  co_await asyncio::sleep(1ns);
  BOOST_TEST(order == "ba");
}

// conformance: L4
ASYNCIO_ORDERED_TEST_CASE(equal_deadlines_run_in_the_order_of_the_calls) {
  auto& loop = asyncio::loop::running();
  auto& order = keep_alive<std::string>();
  for (char c = 'a'; c <= 'h'; ++c) loop.call_later(1s, [&order, c] { order += c; });
  co_await asyncio::sleep(1s);
  BOOST_TEST(order == "abcdefgh");
}

// conformance: L7
ASYNCIO_TEST_CASE(call_at_and_call_later_fire_at_their_time_and_not_before) {
  auto& loop = asyncio::loop::running();
  auto& fired = keep_alive<std::vector<asyncio::duration>>();
  auto note = [&] { fired.push_back(now()); };
  loop.call_at(asyncio::time_point(2s), note);
  loop.call_later(5s, note);
  loop.call_later(std::chrono::duration<double>(0.5), note);
  co_await asyncio::sleep(1h);
  BOOST_TEST((fired == std::vector<asyncio::duration>{500ms, 2s, 5s}));
}

// conformance: L6
ASYNCIO_TEST_CASE(a_cancelled_timer_does_not_run_and_leaves_the_heap_at_once) {
  auto& loop = asyncio::loop::running();
  auto& calls = keep_alive<int>(0);
  std::vector<asyncio::callback_handle> handles;
  for (int i = 0; i < 200; ++i) handles.push_back(loop.call_later(1s, [&] { ++calls; }));
  BOOST_TEST(loop.core().has_timers());
  for (auto& h : handles) {
    BOOST_TEST(!h.cancelled());
    h.cancel();
    BOOST_TEST(h.cancelled());
  }
  BOOST_TEST(!loop.core().has_timers());
  handles.front().cancel();  // again: without effect
  co_await asyncio::sleep(2s);
  BOOST_TEST(calls == 0);
}

ASYNCIO_TEST_CASE(a_cancelled_callback_does_not_run) {
  auto& loop = asyncio::loop::running();
  auto& calls = keep_alive<int>(0);
  auto first = loop.call_soon([&] { ++calls; });
  auto second = loop.call_soon([&] { ++calls; });
  first.cancel();
  co_await asyncio::yield();
  co_await asyncio::yield();
  BOOST_TEST(calls == 1);
  second.cancel();  // too late, and harmless
  BOOST_TEST(second.cancelled());
}

ASYNCIO_ORDERED_TEST_CASE(a_timer_that_is_due_can_still_be_cancelled_by_what_runs_before_it) {
  auto& loop = asyncio::loop::running();
  auto& calls = keep_alive<int>(0);
  asyncio::callback_handle late = loop.call_later(2s, [&] { ++calls; });
  loop.call_later(1s, [&] { ++calls; });
  auto cancels_it = [late]() mutable { late.cancel(); };
  asyncio::callback_handle early = loop.call_at(asyncio::time_point(1s), cancels_it);
  co_await asyncio::sleep(3s);
  BOOST_TEST(calls == 1);
  BOOST_TEST(!early.cancelled());
}

ASYNCIO_ORDERED_TEST_CASE(a_callback_cancelled_by_one_in_the_same_pass_does_not_run) {
  auto& loop = asyncio::loop::running();
  auto& calls = keep_alive<int>(0);
  auto& victim = keep_alive<std::optional<asyncio::callback_handle>>();
  loop.call_later(1s, [&] {
    if (victim) victim->cancel();
  });
  victim = loop.call_later(1s, [&] { ++calls; });
  co_await asyncio::sleep(2s);
  BOOST_TEST(calls == 0);
}

ASYNCIO_TEST_CASE(a_handle_knows_when_its_callback_is_due) {
  auto& loop = asyncio::loop::running();
  co_await asyncio::sleep(1s);
  auto h = loop.call_later(2s, [] {});
  BOOST_TEST((h.when() == asyncio::time_point(3s)));
  BOOST_TEST((loop.call_at(asyncio::time_point(9s), [] {}).when() == asyncio::time_point(9s)));
  BOOST_TEST((loop.call_soon([] {}).when() == asyncio::time_point{}));
}

ASYNCIO_TEST_CASE(copies_of_a_handle_name_the_same_callback) {
  auto& loop = asyncio::loop::running();
  auto& calls = keep_alive<int>(0);
  auto a = loop.call_later(1s, [&] { ++calls; });
  auto b = a;
  auto c = loop.call_later(1s, [&] { calls += 10; });
  c = b;  // the second callback stays scheduled: dropping a handle changes nothing
  c.cancel();
  BOOST_TEST(a.cancelled());
  co_await asyncio::sleep(2s);
  BOOST_TEST(calls == 10);
}

ASYNCIO_TEST_CASE(a_callback_is_destroyed_once_it_has_run_or_was_cancelled) {
  auto& loop = asyncio::loop::running();
  auto witness = std::make_shared<int>(0);
  auto holds = [witness] { ++*witness; };
  loop.call_soon(holds);
  loop.call_later(1s, holds);
  loop.call_later(2s, holds).cancel();
  auto kept = loop.call_later(3s, holds);
  co_await asyncio::sleep(4s);
  BOOST_TEST(*witness == 3);
  BOOST_TEST(witness.use_count() == 3);  // witness, holds and the handle's
}

ASYNCIO_TEST_CASE(callbacks_may_be_move_only) {
  auto& loop = asyncio::loop::running();
  auto& seen = keep_alive<int>(0);
  auto callback = [value = std::make_unique<int>(5), &seen] { seen = *value; };
  loop.call_soon(std::move(callback));
  co_await asyncio::yield();
  co_await asyncio::yield();
  BOOST_TEST(seen == 5);
}

ASYNCIO_TEST_CASE(a_nan_delay_is_refused) {
  auto const nan = std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN());
  BOOST_TEST(refusal([&] { asyncio::loop::running().call_later(nan, [] {}); }) ==
             "asyncio::loop::call_later: the duration is NaN; pass a number of seconds, milliseconds, ...");
  co_return;
}

ASYNCIO_TEST_CASE(an_infinite_delay_never_fires) {
  auto& loop = asyncio::loop::running();
  auto& calls = keep_alive<int>(0);
  auto h = loop.call_later(std::chrono::hours::max(), [&] { ++calls; });
  co_await asyncio::sleep(std::chrono::hours(24 * 365));
  BOOST_TEST(calls == 0);
  BOOST_TEST((h.when() == asyncio::time_point::max()));
}

// conformance: L11
ASYNCIO_TEST_CASE(an_exception_of_a_callback_goes_to_the_handler_and_the_loop_goes_on) {
  auto& loop = asyncio::loop::running();
  auto& told = keep_alive<std::vector<std::string>>();
  auto handler = [&](asyncio::exception_context const& what) {
    if (!what.exception) return;
    try {
      std::rethrow_exception(what.exception);
    } catch (std::exception const& e) {
      told.push_back(what.message + "/" + e.what());
    }
  };
  loop.set_exception_handler(handler);
  auto& after = keep_alive<int>(0);
  loop.call_soon([] { throw std::runtime_error("soon"); });
  loop.call_later(1s, [] { throw std::runtime_error("later"); });
  loop.call_soon([&] { ++after; });
  co_await asyncio::sleep(2s);
  BOOST_TEST(after == 1);
  BOOST_TEST((told == std::vector<std::string>{"Exception in callback/soon", "Exception in callback/later"}));
}

// conformance: TH8, TH9
ASYNCIO_TEST_CASE(call_soon_threadsafe_wakes_the_loop_from_another_thread) {
  auto& loop = asyncio::loop::running();
  auto& core = loop.core();
  auto& woken = keep_alive<bool>(false);
  auto& ran_in = keep_alive<std::thread::id>();
  auto t = asyncio::create_task(asyncio::sleep_forever());
  auto wake = [&, t]() mutable {
    ran_in = std::this_thread::get_id();
    woken = true;
    core.remove_thread_work();
    t.cancel();
  };
  std::jthread other([&] {
    try {
      loop.call_soon_threadsafe(wake);
    } catch (asyncio::invalid_state const&) {}  // the loop has ended
  });
  core.add_thread_work();  // what to_thread does: time stands still meanwhile
  try {
    co_await t.join();
  } catch (asyncio::cancelled_error const&) {}
  other.join();
  BOOST_TEST(woken);
  BOOST_TEST((ran_in == std::this_thread::get_id()));
}

// conformance: TH9
ASYNCIO_TEST_CASE(a_call_from_another_thread_can_be_cancelled) {
  auto& loop = asyncio::loop::running();
  auto& calls = keep_alive<int>(0);
  std::vector<asyncio::callback_handle> handles;
  std::thread([&] {
    handles.push_back(loop.call_soon_threadsafe([&] { ++calls; }));
    handles.push_back(loop.call_soon_threadsafe([&] { calls += 10; }));
    handles.front().cancel();
  }).join();
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(calls == 10);
}

// conformance: TH8
ASYNCIO_ORDERED_TEST_CASE(a_call_from_another_thread_comes_before_a_later_call_soon) {
  auto& loop = asyncio::loop::running();
  auto& order = keep_alive<std::string>();
  auto a = [&] { order += 'a'; };
  std::thread([&] { loop.call_soon_threadsafe(a); }).join();
  loop.call_soon([&] { order += 'b'; });
  loop.call_soon_threadsafe([&] { order += 'c'; });  // in the loop's own thread
  loop.call_soon([&] { order += 'd'; });
  co_await asyncio::yield();
  BOOST_TEST(order == "abcd");
}

// conformance: TH8
BOOST_AUTO_TEST_CASE(a_loop_that_waits_for_nothing_else_is_woken_in_real_time) {
  std::promise<asyncio::loop*> running;
  auto const main = [&]() -> awaitable<void> {
    auto t = asyncio::create_task(asyncio::sleep_forever());
    asyncio::loop::running().call_soon([&] { running.set_value(&asyncio::loop::running()); });
    try {
      co_await t.join();
    } catch (asyncio::cancelled_error const&) {}
  };
  std::thread other(
      [&] { running.get_future().get()->call_soon_threadsafe([] { asyncio::all_tasks().back().cancel(); }); });
  asyncio::run(main(), asyncio::run_options().handle_sigint(false));
  other.join();
}

// conformance: TH9
ASYNCIO_TEST_CASE(a_cancel_from_another_thread_waits_for_the_end_of_a_callback_that_runs) {
  struct state {
    std::atomic<bool> begun{false};
    std::atomic<bool> returned{false};
  };
  auto const other = [token = asyncio::loop::running().token()](bool ask) {
    auto const s = std::make_shared<state>();
    auto h = token.call_soon([s] {
      s->begun = true;
      for (int i = 0; i < 1000; ++i) std::this_thread::yield();  // what the other thread does meanwhile has to wait
      s->returned = true;
    });
    while (!s->begun && !asyncio::thread_cancelled()) std::this_thread::yield();
    bool const cancelled = ask ? h.cancelled() : (h.cancel(), h.cancelled());
    return s->returned && cancelled == !ask;
  };
  BOOST_TEST(co_await asyncio::to_thread(other, false));
  BOOST_TEST(co_await asyncio::to_thread(other, true));
}

// conformance: TH9
BOOST_AUTO_TEST_CASE(a_cancel_of_a_threadsafe_call_waits_as_well) {
  auto const main = []() -> awaitable<bool> {
    auto const other = [&loop = asyncio::loop::running()] {
      std::atomic<bool> begun{false}, returned{false};
      auto h = loop.call_soon_threadsafe([&] {
        begun = true;
        for (int i = 0; i < 1000; ++i) std::this_thread::yield();
        returned = true;
      });
      while (!begun) std::this_thread::yield();
      h.cancel();
      return returned.load();
    };
    co_return co_await asyncio::to_thread(other);
  };
  BOOST_TEST(asyncio::testing::run(main()));
}

// conformance: TH9
ASYNCIO_TEST_CASE(a_callback_may_cancel_its_own_threadsafe_handle) {
  auto& loop = asyncio::loop::running();
  auto& calls = keep_alive<int>(0);
  auto& handle = keep_alive<std::optional<asyncio::callback_handle>>();
  auto call = [&] {
    ++calls;
    if (handle) handle->cancel();
  };
  handle = loop.call_soon_threadsafe(call);
  co_await asyncio::yield();
  co_await asyncio::yield();
  BOOST_TEST(calls == 1);
  BOOST_TEST(handle->cancelled());
}

// conformance: XT5
ASYNCIO_ORDERED_TEST_CASE(calls_through_a_token_are_first_come_first_served_and_do_not_starve_the_tasks) {
  auto const token = asyncio::loop::running().token();
  auto& seen = keep_alive<std::vector<int>>();
  auto const sends = [token, &seen] {
    for (int i = 0; i < 1000; ++i) token.call_soon([&seen, i] { seen.push_back(i); });
  };
  auto t = asyncio::create_task(asyncio::to_thread(sends));
  co_await t.join();
  co_await asyncio::testing::wait_all_tasks_blocked();
  bool in_order = seen.size() == 1000;
  for (std::size_t i = 0; i < seen.size(); ++i) in_order = in_order && seen[i] == static_cast<int>(i);
  BOOST_TEST(in_order);

  // Each call makes the next one, for ever, and the tasks still have their turns.
  auto& stop = keep_alive<bool>(false);
  auto& again = keep_alive<std::function<void()>>();
  struct at_end {
    bool& on;
    ~at_end() { on = true; }
  } const stops{stop};
  again = [token, &stop, &again] {
    if (!stop) token.call_soon(again);
  };
  token.call_soon(again);
  for (int i = 0; i < 10; ++i) co_await asyncio::yield();
}

// conformance: XT5
BOOST_AUTO_TEST_CASE(a_loop_that_has_ended_refuses_calls_from_other_threads) {
  asyncio::runner r(asyncio::run_options().handle_sigint(false));
  auto& loop = r.get_loop();
  auto const token = loop.token();
  auto witness = std::make_shared<int>(0);
  auto holds = [witness] { ++*witness; };
  auto waits = loop.call_soon_threadsafe(holds);
  r.close();
  std::string const text = refusal([&] { loop.call_soon_threadsafe(holds); });
  BOOST_TEST(text == "asyncio::loop::call_soon_threadsafe: the loop has ended and would not call the function");
  BOOST_TEST(refusal([&] { token.call_soon(holds); }) ==
             "asyncio::loop_token::call_soon: the loop has ended and would not call the function");
  BOOST_TEST(*witness == 0);
  BOOST_TEST(witness.use_count() == 3);  // witness, holds and the handle's
}

BOOST_AUTO_TEST_CASE(there_is_one_loop_per_context) {
  boost::asio::io_context a, b;
  BOOST_TEST(&asyncio::loop::of(a) == &asyncio::loop::of(a));
  BOOST_TEST(&asyncio::loop::of(a) != &asyncio::loop::of(b));
  BOOST_TEST(&asyncio::loop::of(a).context() == &a);
}

BOOST_AUTO_TEST_CASE(outside_a_loop_there_is_no_running_loop) {
  BOOST_TEST(asyncio::loop::running_or_null() == nullptr);
  std::string const text = refusal([] { (void)asyncio::loop::running(); });
  BOOST_TEST(text.find("asyncio::loop::running: no running loop in this thread") == 0u);
  BOOST_CHECK_THROW((void)asyncio::loop::running(), asyncio::no_running_loop);
  asyncio::testing::run([]() -> awaitable<void> { co_return; }());
  BOOST_TEST(asyncio::loop::running_or_null() == nullptr);
}

BOOST_AUTO_TEST_CASE(a_plain_handler_of_an_attached_context_finds_its_loop) {
  boost::asio::io_context ctx;
  auto& loop = asyncio::loop::of(ctx);
  asyncio::loop* seen = nullptr;
  boost::asio::post(ctx, [&] { seen = asyncio::loop::running_or_null(); });
  ctx.run();
  BOOST_TEST(seen == &loop);
}

BOOST_AUTO_TEST_CASE(callbacks_run_on_a_context_that_the_user_runs) {
  boost::asio::io_context ctx;
  auto& loop = asyncio::loop::of(ctx);
  std::string order;
  auto handle = loop.call_later(1h, [&] { order += 'x'; });
  loop.call_soon([&] { order += 'a'; });
  loop.call_later(0s, [&] {
    order += 'b';
    handle.cancel();
  });
  ctx.run();
  BOOST_TEST(order == "ab");  // and run() returned: the cancelled timer keeps nothing alive
}

BOOST_AUTO_TEST_CASE(a_loop_that_ends_destroys_the_callbacks_it_never_called) {
  auto witness = std::make_shared<int>(0);
  auto holds = [witness] { ++*witness; };
  auto body = [](auto callback) -> awaitable<void> {
    auto& loop = asyncio::loop::running();
    loop.call_later(1h, callback);
    loop.call_at(asyncio::time_point::max(), callback);
    loop.call_soon(callback);
    co_return;
  };
  asyncio::testing::run(body(holds));
  BOOST_TEST(witness.use_count() == 2);
}

BOOST_AUTO_TEST_CASE(a_handle_may_outlive_its_loop) {
  std::vector<asyncio::callback_handle> handles;
  auto body = [](std::vector<asyncio::callback_handle>& out) -> awaitable<void> {
    out.push_back(asyncio::loop::running().call_later(1h, [] {}));
    co_return;
  };
  asyncio::testing::run(body(handles));
  handles.front().cancel();
  BOOST_TEST(handles.front().cancelled());
}

ASYNCIO_TEST_CASE(the_loops_executor_posts_to_it) {
  auto& loop = asyncio::loop::running();
  auto& ran = keep_alive<bool>(false);
  boost::asio::post(loop.get_executor(), [&] { ran = &asyncio::loop::running() == &loop; });
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(ran);
}

// conformance: TH10
ASYNCIO_TEST_CASE(a_call_from_a_wrong_thread_is_refused_in_debug_mode_only) {
  auto& loop = asyncio::loop::running();
  std::vector<std::string> refusals;
  auto const attempt = [&](auto call) {
    auto in_thread = [&] {
      try {
        call();
      } catch (asyncio::invalid_state const& e) {
        refusals.emplace_back(e.what());
      }
    };
    std::thread(in_thread).join();
  };
  attempt([&] { loop.call_soon([] {}); });
  BOOST_TEST(refusals.empty());
  loop.set_debug(true);
  attempt([&] { loop.call_soon([] {}); });
  attempt([&] { loop.call_at(loop.time(), [] {}); });
  loop.set_debug(false);
  BOOST_REQUIRE(refusals.size() == 2u);
  BOOST_TEST(refusals[0].find("asyncio::loop::call_soon: called from a thread that does not run the loop") == 0u);
  BOOST_TEST(refusals[1].find("asyncio::loop::call_at: called from a thread that does not run the loop") == 0u);
  co_return;
}

ASYNCIO_TEST_CASE(debug_can_be_switched_while_running) {
  auto& loop = asyncio::loop::running();
  BOOST_TEST(!loop.debug());
  loop.set_debug(true);
  BOOST_TEST(loop.debug());
  loop.set_debug(false);
  co_return;
}

ASYNCIO_TEST_CASE(the_loops_generator_is_the_one_behind_the_free_functions) {
  asyncio::random::generator reference;
  reference.seed(42);
  asyncio::random::seed(42);
  BOOST_TEST(asyncio::loop::running().random().random() == reference.random());
  BOOST_TEST(asyncio::random::random() == reference.random());
  co_return;
}

ASYNCIO_TEST_CASE(a_peak_of_tasks_does_not_keep_its_memory_for_ever) {
  static auto const crowd = []() -> awaitable<void> {
    std::vector<awaitable<void>> calls;
    for (int i = 0; i < 1000; ++i) calls.push_back(asyncio::yield());
    co_await asyncio::gather(std::move(calls));
  };
  std::ptrdiff_t const before = support::blocks_in_use();
  co_await crowd();
  for (int i = 0; i < 12'000; ++i) co_await asyncio::sleep(1ms);
  BOOST_TEST(support::blocks_in_use() < before + 300);  // a few are kept for the next ones
  co_await crowd();
}
