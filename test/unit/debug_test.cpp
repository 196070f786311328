// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE debug
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::task_stage;
using asyncio::wait_kind;

namespace {

using ids = std::vector<std::uint64_t>;

bool contains(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

asyncio::task_snapshot look_at(asyncio::any_task const& t) {
  auto const all = asyncio::snapshot();
  auto const* const found = all.find(t.id());
  BOOST_REQUIRE(found != nullptr);
  return *found;
}

awaitable<void> joins(asyncio::task<void> t) { co_await t.join(); }

awaitable<void> ignores_what_comes(awaitable<void> work) {
  try {
    co_await std::move(work);
  } catch (...) {}
}

std::string tree() {
  std::ostringstream text;
  asyncio::print_task_tree(text);
  return text.str();
}

asyncio::run_options virtual_time() {
  asyncio::run_options options;
  options.clock(asyncio::clock_kind::virtual_).handle_sigint(false);
  return options;
}

}  // namespace

// conformance: IN1
ASYNCIO_TEST_CASE(a_task_is_awaited_by_main_and_by_two_siblings) {
  auto leaf = asyncio::create_task(asyncio::sleep(1s), "leaf");
  auto c = asyncio::create_task(joins(leaf), "c");
  auto d = asyncio::create_task(joins(leaf), "d");
  auto waits = [](asyncio::task<void> x, asyncio::task<void> y, asyncio::task<void> z) -> awaitable<void> {
    co_await asyncio::gather(x, y, z);
  };
  auto main = asyncio::create_task(waits(leaf, c, d), "main");
  co_await asyncio::testing::wait_all_tasks_blocked();
  auto awaiters = look_at(leaf).awaited_by;
  std::sort(awaiters.begin(), awaiters.end());
  BOOST_TEST((awaiters == ids{c.id(), d.id(), main.id()}));
  BOOST_TEST((look_at(c).awaited_by == ids{main.id()}));
  BOOST_TEST((look_at(main).awaits == ids{leaf.id(), c.id(), d.id()}));
  BOOST_TEST((look_at(c).waits_for.kind == wait_kind::join));
  co_await main.join();
}

// conformance: IN2
ASYNCIO_TEST_CASE(whoever_waits_for_children_is_seen_to_wait_for_them) {
  static auto const forever = []() -> awaitable<void> { co_await asyncio::sleep_forever(); };
  static auto const gathers = []() -> awaitable<void> { co_await asyncio::gather(forever(), forever()); };
  static auto const gathers_range = []() -> awaitable<void> {
    std::vector<awaitable<void>> calls;
    for (int i = 0; i < 2; ++i) calls.push_back(forever());
    co_await asyncio::gather(std::move(calls));
  };
  static auto const races = []() -> awaitable<void> { co_await asyncio::race(forever(), forever()); };
  static auto const fills_group = [](asyncio::task_group& g) -> awaitable<void> {
    g.create_task(forever());
    g.create_task(forever());
    co_return;
  };
  static auto const opens_group = []() -> awaitable<void> { co_await asyncio::with_task_group(fills_group); };
  static auto const shields = []() -> awaitable<void> { co_await asyncio::shield(forever()); };
  static auto const waits = []() -> awaitable<void> {
    std::vector<asyncio::task<void>> tasks{asyncio::create_task(forever()), asyncio::create_task(forever())};
    co_await asyncio::wait(tasks);
  };
  static auto const takes_next = []() -> awaitable<void> {
    std::vector<awaitable<void>> calls;
    for (int i = 0; i < 2; ++i) calls.push_back(forever());
    auto all = asyncio::as_completed(std::move(calls));
    co_await all.next();
  };
  static auto const cleans_up = []() -> awaitable<void> {
    co_await asyncio::finally(asyncio::yield(), asyncio::sleep(1s));
  };
  static auto const starts = []() -> awaitable<void> {
    static auto const never_ready = [](asyncio::task_status<>) -> awaitable<void> {
      co_await asyncio::sleep_forever();
    };
    static auto const body = [](asyncio::task_group& g) -> awaitable<void> { co_await g.start(never_ready); };
    co_await asyncio::with_task_group(body);
  };
  struct situation {
    awaitable<void> call;
    std::size_t children;
    wait_kind kind;
  };
  std::vector<situation> situations;
  situations.push_back({gathers(), 2, wait_kind::gather});
  situations.push_back({gathers_range(), 2, wait_kind::gather});
  situations.push_back({races(), 2, wait_kind::gather});
  situations.push_back({opens_group(), 2, wait_kind::task_group});
  situations.push_back({shields(), 1, wait_kind::join});
  situations.push_back({waits(), 2, wait_kind::gather});
  situations.push_back({takes_next(), 2, wait_kind::gather});
  situations.push_back({cleans_up(), 1, wait_kind::join});
  situations.push_back({starts(), 1, wait_kind::join});
  situations.push_back({asyncio::timeout(1h, gathers()), 2, wait_kind::gather});
  for (situation& s : situations) {
    auto parent = asyncio::create_task(std::move(s.call), "parent");
    co_await asyncio::testing::wait_all_tasks_blocked();
    auto const seen = look_at(parent);
    BOOST_TEST((seen.waits_for.kind == s.kind));
    BOOST_TEST(seen.awaits.size() == s.children);
    for (auto const child : seen.awaits) BOOST_TEST((asyncio::snapshot().find(child)->awaited_by == ids{parent.id()}));
    for (auto& t : asyncio::all_tasks())
      if (!(t == asyncio::current_task())) t.cancel();
    co_await asyncio::testing::advance(1s);
    BOOST_TEST(parent.done());
  }
}

// conformance: IN10
ASYNCIO_TEST_CASE(who_waits_for_a_task_is_forgotten_when_the_wait_ends_in_whatever_way) {
  auto target = asyncio::create_task(asyncio::sleep(1h), "target");
  auto shielded = [](asyncio::task<void> t) -> awaitable<void> { co_await asyncio::shield(t); };
  auto cancelled = asyncio::create_task(shielded(target));
  auto late = asyncio::create_task(ignores_what_comes(asyncio::timeout(1s, shielded(target))));
  std::vector<asyncio::task<void>> one{target};
  auto given_up = [](std::vector<asyncio::task<void>> tasks) -> awaitable<void> {
    co_await asyncio::wait(tasks, asyncio::all_completed, 2s);
  };
  auto waits = asyncio::create_task(given_up(one));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(look_at(target).awaited_by.size() == 3u);
  cancelled.cancel();
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST((look_at(target).awaited_by == ids{late.id(), waits.id()}));
  co_await asyncio::testing::advance(1s);
  BOOST_TEST((look_at(target).awaited_by == ids{waits.id()}));
  co_await asyncio::testing::advance(1s);
  BOOST_TEST(look_at(target).awaited_by.empty());
  target.cancel();
}

ASYNCIO_ORDERED_TEST_CASE(a_snapshot_tells_how_far_each_task_is) {
  auto sleeper = asyncio::create_task(asyncio::sleep(5s));
  auto deadline = asyncio::create_task(asyncio::timeout(3s, asyncio::sleep_forever()));
  co_await asyncio::testing::wait_all_tasks_blocked();
  auto fresh = asyncio::create_task(asyncio::sleep(1s));
  BOOST_TEST((look_at(fresh).stage == task_stage::created));
  BOOST_TEST((look_at(asyncio::current_task()).stage == task_stage::running));
  BOOST_TEST((look_at(sleeper).stage == task_stage::waiting));
  BOOST_TEST((look_at(sleeper).waits_for.until == asyncio::time_point(5s)));
  BOOST_TEST((look_at(deadline).deadline == asyncio::time_point(3s)));
  BOOST_TEST((look_at(sleeper).deadline == asyncio::time_point::max()));
  sleeper.cancel();
  BOOST_TEST((look_at(sleeper).stage == task_stage::ready));
  BOOST_TEST(look_at(sleeper).cancelling == 1);
  BOOST_TEST(look_at(sleeper).created_at.line() == sleeper.created_at().line());
  deadline.cancel();
  co_await fresh.join();
}

ASYNCIO_TEST_CASE(a_raw_operation_and_coroutines_that_are_not_tasks_are_seen) {
  auto& loop = asyncio::loop::running();
  auto raw = [](boost::asio::steady_timer timer) -> awaitable<void> {
    co_await timer.async_wait(boost::asio::use_awaitable);
  };
  auto t = asyncio::create_task(raw(boost::asio::steady_timer(loop.context(), 1h)));
  auto plain = []() -> awaitable<void> { co_await asyncio::sleep(10ms); };  // in real time: it looks like I/O
  auto other = []() -> awaitable<void> { co_await asyncio::sleep(5ms); };
  boost::asio::co_spawn(loop.context(), plain(), boost::asio::detached);
  boost::asio::co_spawn(loop.context(), other(), boost::asio::detached);
  co_await asyncio::yield();
  co_await asyncio::yield();
  BOOST_TEST((look_at(t).waits_for.kind == wait_kind::raw_operation));
  auto const all = asyncio::snapshot();
  BOOST_REQUIRE(all.other_coroutines.size() == 2u);
  BOOST_TEST((all.other_coroutines.at(0).kind == wait_kind::sleep));
  BOOST_TEST((all.other_coroutines.at(0).until < all.other_coroutines.at(1).until));  // whatever order they came in
  BOOST_TEST(contains(tree(), "a coroutine that is not a task waits for sleep, 10 ms left"));
  t.cancel();
  co_await asyncio::sleep(20ms);
  BOOST_TEST(asyncio::snapshot().other_coroutines.empty());
}

// conformance: IN3
ASYNCIO_TEST_CASE(who_waits_for_a_future_is_seen_at_the_future) {
  asyncio::future<int> f;
  auto waits = [](asyncio::future<int> on) -> awaitable<void> { co_await on.wait(); };
  auto a = asyncio::create_task(waits(f), "a");
  auto b = asyncio::create_task(waits(f), "b");
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST((look_at(a).waits_for.kind == wait_kind::future));
  BOOST_TEST((look_at(b).waits_for.kind == wait_kind::future));
  BOOST_TEST(look_at(a).waits_for.object != nullptr);
  BOOST_TEST(look_at(a).waits_for.object == look_at(b).waits_for.object);
  f.set_result(1);
  co_await a.join();
  co_await b.join();
  BOOST_TEST((asyncio::snapshot().find(a.id()) == nullptr));
}

BOOST_AUTO_TEST_CASE(debug_mode_knows_since_when) {
  static auto const main = []() -> awaitable<void> {
    auto t = asyncio::create_task(asyncio::sleep(10s), "sleeper");
    co_await asyncio::sleep(2s);
    auto const seen = look_at(t);
    BOOST_TEST((seen.created == asyncio::time_point(0s)));
    BOOST_TEST((seen.since == asyncio::time_point(0s)));
    BOOST_TEST(contains(tree(), "task 'sleeper' waits for sleep, 8.0 s left (for 2.0 s, created at debug_test.cpp:"));
    std::ostringstream table;
    asyncio::print_tasks(table);
    BOOST_TEST(contains(table.str(), "sleeper  waiting  sleep, 8.0 s left, for 2.0 s"));
    t.cancel();
  };
  asyncio::run(main(), virtual_time().debug(true));
}

// conformance: IN5
BOOST_AUTO_TEST_CASE(outside_a_loop_a_snapshot_needs_the_loop_and_the_printers_take_all_there_are) {
  BOOST_CHECK_THROW((void)asyncio::snapshot(), asyncio::no_running_loop);
  BOOST_TEST(tree() == "there is no loop\n");
  boost::asio::io_context a;
  asyncio::create_task(a, asyncio::sleep_forever());
  a.poll();
  BOOST_TEST(contains(tree(), "└── task 'Task-1' waits for sleep_forever (created at debug_test.cpp:"));
  boost::asio::io_context b;
  asyncio::create_task(b, asyncio::sleep(1h));
  b.poll();
  std::string const both = tree();
  BOOST_TEST(both.find("loop ") == 0u);
  BOOST_TEST(contains(both, "waits for sleep_forever"));
  BOOST_TEST(contains(both, "waits for sleep, "));
  asyncio::loop::of(a).set_exception_handler([](asyncio::exception_context const&) {});
  asyncio::loop::of(b).set_exception_handler([](asyncio::exception_context const&) {});
}

BOOST_AUTO_TEST_CASE(another_thread_is_answered) {
  std::promise<asyncio::loop*> where;
  std::atomic<bool> end{false};
  auto main = [&]() -> awaitable<void> {
    auto t = asyncio::create_task(asyncio::sleep(1h), "background");
    where.set_value(&asyncio::loop::running());
    while (!end) co_await asyncio::sleep(1ms);
    t.cancel();
  };
  std::thread runner([&] { asyncio::run(main(), asyncio::run_options().handle_sigint(false)); });
  asyncio::loop& loop = *where.get_future().get();
  auto const seen = asyncio::snapshot(loop, 1min);
  BOOST_TEST(seen.answered);
  BOOST_TEST(seen.tasks.size() == 2u);
  BOOST_TEST(seen.tasks.back().name == "background");
  std::ostringstream text;
  asyncio::print_task_tree(text);
  BOOST_TEST(contains(text.str(), "task 'background' waits for sleep"));
  std::ostringstream table;
  asyncio::print_tasks(table, loop, 1min);
  BOOST_TEST(contains(table.str(), "background"));
  end = true;
  runner.join();
}

BOOST_AUTO_TEST_CASE(a_loop_that_is_stuck_in_a_step_is_told_by_its_task) {
  for (bool const debug : {false, true}) {
    std::promise<asyncio::loop*> where;
    std::promise<void> end;
    auto main = [&]() -> awaitable<void> {
      co_await asyncio::yield();
      where.set_value(&asyncio::loop::running());
      end.get_future().wait();  // a step that blocks everything
    };
    std::thread runner([&] {
      asyncio::run(main(), asyncio::run_options().handle_sigint(false).name("greedy").debug(debug).slow_step(1h));
    });
    asyncio::loop& loop = *where.get_future().get();
    auto const seen = asyncio::snapshot(loop, 1ms);
    BOOST_TEST(!seen.answered);
    if (debug) {
      BOOST_TEST(contains(seen.reason, "it is inside a step of task 'greedy' (created at "));
      BOOST_TEST(contains(seen.reason, "holds up everything else"));
    } else {
      BOOST_TEST(contains(seen.reason, "ASYNCIO_DUMP_SIGNAL=1"));
    }
    std::ostringstream text;
    asyncio::print_task_tree(text, seen);
    BOOST_TEST(contains(text.str(), "└── the loop does not answer: it is "));
    end.set_value();
    runner.join();
  }
}

BOOST_AUTO_TEST_CASE(a_loop_that_nobody_runs_is_told_as_such) {
  boost::asio::io_context context;
  asyncio::loop& loop = asyncio::loop::of(context);
  loop.set_debug(true);
  asyncio::loop_snapshot seen;
  std::thread([&] { seen = asyncio::snapshot(loop, 1ms); }).join();
  BOOST_TEST(!seen.answered);
  BOOST_TEST(seen.reason == "nobody runs it at present");
}

BOOST_AUTO_TEST_CASE(a_loop_that_its_owner_polls_now_and_then_answers_when_he_does) {
  boost::asio::io_context context;
  asyncio::loop& loop = asyncio::loop::of(context);
  std::promise<void> asking;
  asyncio::loop_snapshot seen;
  std::thread asker([&] {
    asking.set_value();
    seen = asyncio::snapshot(loop, 1min);
  });
  asking.get_future().wait();
  while (context.poll_one() == 0) context.restart();
  asker.join();
  BOOST_TEST(seen.answered);
}

ASYNCIO_TEST_CASE(the_tree_of_a_certain_loop_can_be_asked_for_in_another_thread) {
  auto t = asyncio::create_task(asyncio::sleep_forever(), "waits");
  co_await asyncio::testing::wait_all_tasks_blocked();
  auto const ask = [](asyncio::loop& of) {
    std::ostringstream text;
    asyncio::print_task_tree(text, of);
    return text.str();
  };
  std::string const seen = co_await asyncio::to_thread(ask, std::ref(asyncio::loop::running()));
  BOOST_TEST(contains(seen, "task 'waits' waits for sleep_forever"));
  BOOST_TEST(contains(seen, "task 'Task-1' waits for thread"));
}

ASYNCIO_TEST_CASE(who_waits_for_a_turn_of_a_sequencer_is_seen_at_it) {
  auto const order = std::make_shared<asyncio::testing::sequencer>();
  auto waits = [](std::shared_ptr<asyncio::testing::sequencer> s) -> awaitable<void> {
    auto const turn = co_await (*s)(1);
  };
  auto t = asyncio::create_task(waits(order));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST((look_at(t).waits_for.kind == wait_kind::event));
  BOOST_TEST(look_at(t).waits_for.object == order.get());
  { auto const turn = co_await (*order)(0); }
  co_await t.join();
}

// -- the warnings of the debug mode ---------------------------------------------------------------------------------------

namespace {

/// What a run in debug mode and virtual time writes to the log.
template <class A>
std::string log_of(A main, asyncio::duration slow_step = 1h) {
  std::ostringstream text;
  auto sink = std::make_shared<spdlog::sinks::ostream_sink_st>(text);
  sink->set_pattern("%l: %v");
  auto const logger = std::make_shared<spdlog::logger>("test", sink);
  asyncio::run(std::move(main), virtual_time().debug(true).slow_step(slow_step).logger(logger));
  return text.str();
}

std::size_t count(std::string const& text, std::string const& part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++n;
  return n;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_task_that_swallows_its_cancel_is_named) {
  static auto const main = []() -> awaitable<void> {
    auto t = asyncio::create_task(ignores_what_comes(asyncio::sleep_forever()), "deaf");
    co_await asyncio::yield();
    co_await asyncio::yield();
    t.cancel();
    co_await t.join();
  };
  std::string const log = log_of(main());
  BOOST_TEST(contains(log, "warning: task 'deaf' created at "));
  BOOST_TEST(contains(log, "debug_test.cpp:"));
  BOOST_TEST(contains(log, " was cancelled but ended as if it was not"));
  BOOST_TEST(count(log, "was cancelled but") == 1u);
}

BOOST_AUTO_TEST_CASE(whoever_takes_a_cancel_back_or_throws_it_on_has_swallowed_nothing) {
  static auto const takes_back = []() -> awaitable<void> {
    co_await ignores_what_comes(asyncio::sleep_forever());
    asyncio::current_task().uncancel();
  };
  static auto const main = []() -> awaitable<void> {
    auto t = asyncio::create_task(takes_back());
    auto u = asyncio::create_task(asyncio::sleep_forever());
    co_await asyncio::yield();
    co_await asyncio::yield();
    t.cancel();
    u.cancel();
    co_await t.join();
    co_await ignores_what_comes(u.join());
    co_await ignores_what_comes(asyncio::timeout(1s, asyncio::sleep_forever()));
    co_await asyncio::move_on_after(1s, asyncio::sleep_forever());
  };
  BOOST_TEST(log_of(main()) == "");
}

BOOST_AUTO_TEST_CASE(tasks_that_wait_for_one_another_are_named_once_while_the_program_goes_on) {
  static auto const joins_later = [](std::vector<asyncio::task<void>>& all, std::size_t which) -> awaitable<void> {
    co_await asyncio::yield();
    auto const other = all.at(which);
    co_await other.join();
  };
  static auto const main = []() -> awaitable<void> {
    std::vector<asyncio::task<void>> all;
    all.push_back(asyncio::create_task(joins_later(all, 1), "a"));
    all.push_back(asyncio::create_task(joins_later(all, 2), "b"));
    all.push_back(asyncio::create_task(joins_later(all, 0), "c"));
    co_await asyncio::sleep(1h);  // there is a timer: nothing but the ring itself tells that they are stuck
    all.front().cancel();
    co_await ignores_what_comes(all.front().join());
  };
  std::string const log = log_of(main());
  BOOST_TEST(
      contains(log,
               "warning: tasks wait for one another, and none of them goes on unless one is cancelled or times out: "
               "'a' → 'b' → 'c' → 'a'"));
  BOOST_TEST(contains(log, "\n  task 'b' created at "));
  BOOST_TEST(count(log, "wait for one another") == 1u);
}

BOOST_AUTO_TEST_CASE(a_child_that_joins_its_waiting_parent_is_found_through_the_gather) {
  static auto const joins_any = [](asyncio::any_task parent) -> awaitable<void> {
    co_await asyncio::yield();
    co_await parent.join();
  };
  static auto const gathers = []() -> awaitable<void> { co_await asyncio::gather(joins_any(asyncio::current_task())); };
  static auto const main = []() -> awaitable<void> {
    auto t = asyncio::create_task(gathers(), "parent");
    co_await asyncio::sleep(1s);
    t.cancel();
    co_await ignores_what_comes(t.join());
  };
  BOOST_TEST(contains(log_of(main()), "'parent' → 'Task-3' → 'parent'"));
}

BOOST_AUTO_TEST_CASE(who_joins_a_task_that_waits_for_the_lock_he_holds_is_told) {
  static auto const locks = [](asyncio::lock& l) -> awaitable<void> { auto const guard = co_await l.acquire(); };
  static auto const locks_and_joins = [](asyncio::lock& l) -> awaitable<void> {
    auto const guard = co_await l.acquire();
    auto const other = asyncio::create_task(locks(l), "second");
    co_await asyncio::yield();
    co_await asyncio::yield();
    co_await other.join();
  };
  static auto const main = []() -> awaitable<void> {
    asyncio::lock l;
    auto t = asyncio::create_task(locks_and_joins(l), "first");
    co_await asyncio::sleep(1s);
    t.cancel();
    co_await ignores_what_comes(t.join());
    co_await asyncio::sleep(1s);
  };
  BOOST_TEST(contains(log_of(main()), "'first' → 'second' → 'first'"));
}

BOOST_AUTO_TEST_CASE(a_chain_of_joins_is_no_ring) {
  static auto const main = []() -> awaitable<void> {
    auto a = asyncio::create_task(asyncio::sleep(1s));
    auto b = asyncio::create_task(joins(a));
    auto c = asyncio::create_task(joins(b));
    auto d = asyncio::create_task(joins(a));
    co_await c.join();
    co_await d.join();
  };
  BOOST_TEST(log_of(main()) == "");
}

// conformance: IN11
BOOST_AUTO_TEST_CASE(an_operation_that_is_made_and_not_awaited_is_reported) {
  static auto const main = []() -> awaitable<void> {
    asyncio::lock lock;
    auto g = lock.acquire();
    (void)g;
    BOOST_TEST(!lock.locked());
    co_return;
  };
  std::string const log = log_of(main());
  BOOST_TEST(contains(log, "warning: task 'Task-1' created at "));
  BOOST_TEST(contains(log, "debug_test.cpp:"));
  BOOST_TEST(count(log, " made an operation and dropped it without co_await") == 1u);
}

BOOST_AUTO_TEST_CASE(operations_that_are_awaited_moved_or_converted_are_not_reported) {
  static auto const throws_before_its_await = []() -> awaitable<void> {
    auto op = asyncio::sleep(1s);
    if (asyncio::current_task()) throw std::runtime_error("before the await");
    co_await std::move(op);
  };
  static auto const main = []() -> awaitable<void> {
    asyncio::lock lock;
    asyncio::event event;
    asyncio::queue<int> queue;
    asyncio::barrier barrier(1);
    auto first = asyncio::sleep(1ms);
    auto second = std::move(first);
    co_await std::move(second);
    {
      auto put_aside = queue.get();
      auto const again = std::move(put_aside);
      awaitable<void> const converted = event.wait();
      auto const limited = asyncio::timeout(1s, asyncio::sleep(1s));
      auto const never_begun = asyncio::gather(asyncio::sleep(1s), lock.acquire());
    }
    queue.put_nowait(1);
    co_await asyncio::gather(queue.get(), asyncio::sleep(1ms), queue.put(2));
    { auto const guard = co_await lock.acquire(); }
    co_await barrier.wait();
    barrier.reset();
    event.set();
    co_await event.wait();
    auto cancelled = asyncio::create_task(asyncio::sleep(1s));
    cancelled.cancel();
    co_await ignores_what_comes(cancelled.join());
    co_await asyncio::move_on_after(1ms, asyncio::sleep(1s));
    co_await ignores_what_comes(throws_before_its_await());
    co_await asyncio::wait(asyncio::create_task(asyncio::sleep(1ms)), cancelled);
  };
  BOOST_TEST(log_of(main()) == "");
}

BOOST_AUTO_TEST_CASE(a_slow_callback_is_logged) {
  static auto const main = []() -> awaitable<void> {
    asyncio::loop::running().call_soon([] {});
    co_await asyncio::yield();
  };
  BOOST_TEST(contains(log_of(main(), 0s), "warning: a step of a callback or a coroutine that is not a task took 0 ms"));
}

BOOST_AUTO_TEST_CASE(a_plain_coroutine_that_left_throw_if_cancelled_off_is_told_once) {
  static auto const careless = []() -> awaitable<void> {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    co_await asyncio::sleep(1ms);
    co_await asyncio::sleep(1ms);
  };
  static auto const careful = []() -> awaitable<void> {
    co_await asyncio::finally(asyncio::sleep(1ms), asyncio::sleep(1ms));  // which switches it off for its own purpose
    co_await asyncio::sleep(1ms);
  };
  static auto const main = [](awaitable<void> plain) -> awaitable<void> {
    boost::asio::co_spawn(asyncio::loop::running().context(), std::move(plain), boost::asio::detached);
    co_await asyncio::sleep(1s);
  };
  std::string const log = log_of(main(careless()));
  BOOST_TEST(count(log, "warning: a coroutine that is not a task awaits with throw_if_cancelled(false) in force") ==
             1u);
  BOOST_TEST(log_of(main(careful())) == "");
}

BOOST_AUTO_TEST_CASE(debug_mode_of_a_context_that_the_user_runs) {
  std::ostringstream text;
  auto sink = std::make_shared<spdlog::sinks::ostream_sink_st>(text);
  sink->set_pattern("%l: %v");
  boost::asio::io_context context;
  asyncio::loop& loop = asyncio::loop::of(context);
  loop.set_logger(std::make_shared<spdlog::logger>("test", sink));
  loop.set_debug(true);
  loop.set_slow_step(0s);
  asyncio::create_task(context, asyncio::yield());
  context.run();
  BOOST_TEST(contains(text.str(), "warning: a step of task 'Task-1' created at "));
  loop.set_debug(false);
  text.str({});
  context.restart();
  asyncio::create_task(context, asyncio::yield());
  context.run();
  BOOST_TEST(text.str() == "");
  for (int times = 0; times < 2; ++times) loop.set_debug(true);
  context.restart();
  asyncio::create_task(context, asyncio::yield());
  context.run();
  BOOST_TEST(contains(text.str(), "warning: a step of task 'Task-3' created at "));
}

BOOST_AUTO_TEST_CASE(an_exception_nobody_took_and_a_task_left_over_are_told_with_their_place) {
  static auto const fails = []() -> awaitable<void> {
    co_await asyncio::yield();
    throw std::runtime_error("lost");
  };
  static auto const main = []() -> awaitable<void> {
    asyncio::create_task(fails(), "unlucky");
    asyncio::create_task(asyncio::sleep_forever(), "left");
    co_await asyncio::sleep(1s);
  };
  std::string const log = log_of(main());
  BOOST_TEST(contains(log, "error: Task exception was never retrieved: task 'unlucky' created at "));
  BOOST_TEST(contains(log, "warning: task 'left' was still running at the end, created at "));
}
