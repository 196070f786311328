// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE checkpoint
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::testing::keep_alive;

// The table of doc/checkpoints.md: each operation that could go on at once is awaited twice, once beside a task that is ready
// and once with a cancel that has not been thrown yet. At a checkpoint the other task has its turn, and the cancel is thrown;
// at what is none, neither.

namespace {

/// What the operations are about: everything free, set, filled or ended.
struct objects {
  asyncio::lock lock;
  asyncio::condition condition;
  asyncio::event set_event;
  asyncio::cancellation_token token;
  asyncio::cancellation_token said;
  asyncio::semaphore semaphore{2};
  asyncio::barrier barrier{1};
  asyncio::capacity_limiter limiter{1};
  asyncio::queue<int> queue;
  asyncio::future<int> future;
  asyncio::task<int> ended = asyncio::create_task(one());
  asyncio::task_set<int> set;

  static awaitable<int> one() { co_return 1; }
  static awaitable<void> nothing() { co_return; }
};

enum class rule { always, must_wait };

struct operation {
  char const* name;
  rule checkpoint;
  awaitable<void> (*when_ready)(objects&);
};

awaitable<void> serve(asyncio::task_status<int> status) {
  status.started(1);
  co_return;
}

awaitable<void> group_without_tasks(asyncio::task_group&) { co_return; }

awaitable<void> group_that_starts_one(asyncio::task_group& group) { (void)co_await group.start<int>(serve); }

// clang-format off
operation const operations[] = {
  {"sleep(0s)", rule::always, [](objects&) -> awaitable<void> { co_await asyncio::sleep(0s); }},
  {"sleep", rule::always, [](objects&) -> awaitable<void> { co_await asyncio::sleep(1s); }},
  {"sleep_until the past", rule::always,
   [](objects&) -> awaitable<void> { co_await asyncio::sleep_until(asyncio::loop::running().time() - 1s); }},
  {"yield", rule::always, [](objects&) -> awaitable<void> { co_await asyncio::yield(); }},
  {"random_delay", rule::always, [](objects&) -> awaitable<void> { (void)co_await asyncio::random_delay(1s); }},
  {"wait of ended tasks", rule::always, [](objects& o) -> awaitable<void> {
     std::vector<asyncio::task<int>> const tasks{o.ended};
     (void)co_await asyncio::wait(tasks);
   }},
  {"gather of coroutines", rule::always,
   [](objects& o) -> awaitable<void> { (void)co_await asyncio::gather(o.one(), o.one()); }},
  {"race", rule::always, [](objects& o) -> awaitable<void> { (void)co_await asyncio::race(o.one(), o.one()); }},
  {"task_group::start", rule::always,
   [](objects&) -> awaitable<void> { co_await asyncio::with_task_group(group_that_starts_one); }},
  {"a coroutine that is ready", rule::must_wait, [](objects& o) -> awaitable<void> { (void)co_await o.one(); }},
  {"task::join", rule::must_wait, [](objects& o) -> awaitable<void> { (void)co_await o.ended.join(); }},
  {"shield of an ended task", rule::must_wait,
   [](objects& o) -> awaitable<void> { (void)co_await asyncio::shield(o.ended); }},
  {"gather of nothing", rule::must_wait, [](objects&) -> awaitable<void> { co_await asyncio::gather(); }},
  {"with_task_group without tasks", rule::must_wait,
   [](objects&) -> awaitable<void> { co_await asyncio::with_task_group(group_without_tasks); }},
  {"timeout", rule::must_wait, [](objects& o) -> awaitable<void> { (void)co_await asyncio::timeout(1s, o.one()); }},
  {"move_on_after", rule::must_wait,
   [](objects& o) -> awaitable<void> { (void)co_await asyncio::move_on_after(1s, o.one()); }},
  {"finally", rule::must_wait,
   [](objects& o) -> awaitable<void> { co_await asyncio::finally(o.nothing(), o.nothing()); }},
  {"lock::acquire", rule::must_wait, [](objects& o) -> awaitable<void> { (void)co_await o.lock.acquire(); }},
  {"condition::acquire", rule::must_wait, [](objects& o) -> awaitable<void> { (void)co_await o.condition.acquire(); }},
  {"event::wait", rule::must_wait, [](objects& o) -> awaitable<void> { co_await o.set_event.wait(); }},
  {"cancellation_token::cancelled", rule::must_wait, [](objects& o) -> awaitable<void> { co_await o.said.cancelled(); }},
  {"run_until_cancelled", rule::must_wait,
   [](objects& o) -> awaitable<void> { (void)co_await o.token.run_until_cancelled(o.one()); }},
  {"semaphore::acquire", rule::must_wait, [](objects& o) -> awaitable<void> { (void)co_await o.semaphore.acquire(); }},
  {"barrier::wait of the last", rule::must_wait, [](objects& o) -> awaitable<void> { (void)co_await o.barrier.wait(); }},
  {"capacity_limiter::acquire", rule::must_wait,
   [](objects& o) -> awaitable<void> { (void)co_await o.limiter.acquire(); }},
  {"queue::put", rule::must_wait, [](objects& o) -> awaitable<void> { co_await o.queue.put(2); }},
  {"queue::get", rule::must_wait, [](objects& o) -> awaitable<void> { (void)co_await o.queue.get(); }},
  {"future::wait", rule::must_wait, [](objects& o) -> awaitable<void> { (void)co_await o.future.wait(); }},
  {"task_set::join_next of nothing", rule::must_wait,
   [](objects& o) -> awaitable<void> { (void)co_await o.set.join_next(); }},
};
// clang-format on

awaitable<void> note(bool& turn) {
  turn = true;
  co_return;
}

/// Makes everything ready.
awaitable<void> prepare(objects& o) {
  o.set_event.set();
  o.said.cancel();
  co_await o.queue.put(1);
  co_await o.queue.put(1);
  o.future.set_result(1);
  (void)co_await o.ended.join();
}

awaitable<bool> lets_others_run(operation const& op, objects& o) {
  auto& turn = keep_alive<bool>();
  auto other = asyncio::create_task(note(turn));
  co_await op.when_ready(o);
  bool const had_turn = turn;
  co_await other.join();
  co_return had_turn;
}

awaitable<void> cancel_then(operation const& op, objects& o, bool& passed) {
  asyncio::current_task().cancel();
  co_await op.when_ready(o);
  passed = true;
  co_await asyncio::yield();
}

/// Whether a cancel that is due is thrown there.
awaitable<bool> throws_a_cancel(operation const& op, objects& o) {
  auto& passed = keep_alive<bool>();
  auto task = asyncio::create_task(cancel_then(op, o, passed));
  std::vector<asyncio::task<void>> const tasks{task};
  co_await asyncio::wait(tasks);
  BOOST_TEST(task.cancelled());
  co_return !passed;
}

}  // namespace

ASYNCIO_ORDERED_TEST_CASE(each_operation_keeps_its_rule) {
  for (operation const& op : operations) {
    auto& o = keep_alive<objects>();
    co_await prepare(o);
    BOOST_TEST_INFO_SCOPE(op.name);
    bool const expected = op.checkpoint == rule::always;
    BOOST_TEST(co_await lets_others_run(op, o) == expected);
    BOOST_TEST(co_await throws_a_cancel(op, o) == expected);
  }
}
