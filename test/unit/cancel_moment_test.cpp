// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE cancel_moment
// A cancel that comes in the moment in which a wait ends, or a few passes before or after: whatever the wait is for, the task
// learns of it exactly once, at this wait or at the next one.
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <exception>
#include <optional>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;

namespace {

/// Everything that can be waited for; `happen` ends all the waits.
struct world {
  asyncio::event event;
  asyncio::cancellation_token token;
  asyncio::lock lock;
  asyncio::semaphore semaphore{0};
  asyncio::capacity_limiter limiter{0};
  asyncio::condition condition;
  asyncio::barrier barrier{2};
  asyncio::future<int> future;
  asyncio::queue<int> empty{1}, full{1}, unfinished;
  asyncio::task_set<void> set;
  asyncio::task<void> target, late, second_party;
  std::optional<asyncio::lock::guard> held;
};

awaitable<void> arrive(world& w) { (void)co_await w.barrier.wait(); }

awaitable<void> notify(world& w) {
  auto const guard = co_await w.condition.acquire();
  w.condition.notify_all();
}

void happen(world& w) {
  w.event.set();
  w.token.cancel();
  w.held.reset();
  w.semaphore.release();
  w.limiter.set_total_tokens(1);
  asyncio::create_task(notify(w));
  w.second_party = asyncio::create_task(arrive(w));
  if (!w.future.done()) w.future.set_result(1);  // the cancel of who waits for it cancels it
  w.empty.put_nowait(1);
  (void)w.full.get_nowait();
  w.unfinished.task_done();
}

awaitable<void> on_event(world& w) { co_await w.event.wait(); }
awaitable<void> nothing() { co_return; }

struct subject {
  char const* name;
  awaitable<void> (*wait)(world&);
};

subject const subjects[] = {
    {"sleep", [](world&) -> awaitable<void> { co_await asyncio::sleep(1s); }},
    {"yield",
     [](world& w) -> awaitable<void> {
       co_await w.event.wait();
       co_await asyncio::yield();
     }},
    {"event", &on_event},
    {"token", [](world& w) -> awaitable<void> { co_await w.token.cancelled(); }},
    {"until a token",
     [](world& w) -> awaitable<void> { (void)co_await w.token.run_until_cancelled(asyncio::sleep_forever()); }},
    {"lock", [](world& w) -> awaitable<void> { auto const guard = co_await w.lock.acquire(); }},
    {"semaphore", [](world& w) -> awaitable<void> { auto const guard = co_await w.semaphore.acquire(); }},
    {"limiter", [](world& w) -> awaitable<void> { auto const guard = co_await w.limiter.acquire(); }},
    {"condition",
     [](world& w) -> awaitable<void> {
       auto const guard = co_await w.condition.acquire();
       co_await w.condition.wait();
     }},
    {"barrier", &arrive},
    {"future", [](world& w) -> awaitable<void> { (void)co_await w.future.wait(); }},
    {"get", [](world& w) -> awaitable<void> { (void)co_await w.empty.get(); }},
    {"put", [](world& w) -> awaitable<void> { co_await w.full.put(2); }},
    {"queue join", [](world& w) -> awaitable<void> { co_await w.unfinished.join(); }},
    {"join", [](world& w) -> awaitable<void> { co_await w.target.join(); }},
    {"join of any", [](world& w) -> awaitable<void> { co_await asyncio::any_task(w.target).join(); }},
    {"wait",
     [](world& w) -> awaitable<void> {
       std::vector<asyncio::task<void>> const one(1, w.target);
       co_await asyncio::wait(one);
     }},
    {"as_completed",
     [](world& w) -> awaitable<void> {
       std::vector<asyncio::task<void>> const one(1, w.target);
       auto ended = asyncio::as_completed(one);
       (void)co_await ended.next();
     }},
    {"task set", [](world& w) -> awaitable<void> { (void)co_await w.set.join_next(); }},
    {"gather of tasks", [](world& w) -> awaitable<void> { co_await asyncio::gather(w.target); }},
    {"gather", [](world& w) -> awaitable<void> { co_await asyncio::gather(on_event(w), on_event(w)); }},
    {"task group",
     [](world& w) -> awaitable<void> {
       co_await asyncio::with_task_group([&w](asyncio::task_group& g) -> awaitable<void> {
         g.create_task(on_event(w));
         co_return;
       });
     }},
    {"start",
     [](world& w) -> awaitable<void> {
       co_await asyncio::with_task_group([&w](asyncio::task_group& g) -> awaitable<void> {
         co_await g.start(
             [](asyncio::task_status<void> status, world* of) -> awaitable<void> {
               co_await of->event.wait();
               status.started();
             },
             &w);
       });
     }},
    {"race", [](world& w) -> awaitable<void> { (void)co_await asyncio::race(on_event(w), asyncio::sleep_forever()); }},
    {"shield", [](world& w) -> awaitable<void> { co_await asyncio::shield(w.target); }},
    {"shielded coroutine", [](world& w) -> awaitable<void> { co_await asyncio::shield(on_event(w)); }},
    {"finally", [](world& w) -> awaitable<void> { co_await asyncio::finally(nothing(), on_event(w)); }},
    {"timeout", [](world& w) -> awaitable<void> { co_await asyncio::timeout(1h, on_event(w)); }},
    {"move_on", [](world& w) -> awaitable<void> { (void)co_await asyncio::move_on_after(1h, on_event(w)); }},
    {"wait_for", [](world& w) -> awaitable<void> { co_await asyncio::wait_for(w.target, 1h); }},
    {"wait_for of a task that is late",
     [](world& w) -> awaitable<void> {
       try {
         co_await asyncio::wait_for(w.late, 0s);
       } catch (asyncio::timeout_error const&) {}
     }},
    {"quiescence",
     [](world& w) -> awaitable<void> {
       while (!w.event.is_set()) co_await asyncio::testing::wait_all_tasks_blocked(), co_await asyncio::sleep(100ms);
     }},
};

awaitable<void> learns(awaitable<void> (*wait)(world&), world& w, std::string& how) {
  int times = 0;
  for (int i = 0; i < 3; ++i) {
    try {
      if (i == 0) co_await wait(w);
      if (i < 2) co_await (times == 0 ? asyncio::sleep(1h) : asyncio::sleep(1ms));
    } catch (asyncio::cancelled_error const&) {
      ++times;
    }
  }
  how = times == 1 ? "once" : std::to_string(times) + " times";
}

/// Cancels that many passes after the end of the wait, and a negative number of passes before.
awaitable<void> cancels_then(awaitable<void> (*wait)(world&), int passes, std::string& how) {
  world w;
  w.held.emplace(co_await w.lock.acquire());
  w.full.put_nowait(1);
  w.unfinished.put_nowait(1);
  w.target = asyncio::create_task(on_event(w));
  w.late = asyncio::create_task(asyncio::finally(asyncio::sleep_forever(), on_event(w)));
  w.set.create_task(on_event(w));
  auto t = asyncio::create_task(learns(wait, w, how));
  co_await asyncio::sleep(1s);
  if (passes < 0) t.cancel();
  for (int i = passes; i < 0; ++i) co_await asyncio::yield();
  happen(w);
  for (int i = 0; i < passes; ++i) co_await asyncio::yield();
  if (passes >= 0) t.cancel();
  (void)co_await asyncio::move_on_after(10s, t.join());
  w.second_party.cancel();
  w.late.cancel();
  w.set.cancel_all();
  co_await asyncio::testing::advance(1s);
}

}  // namespace

// conformance: C9, C14
BOOST_AUTO_TEST_CASE(a_cancel_around_the_end_of_a_wait_is_thrown_exactly_once) {
  for (subject const& s : subjects) {
    for (int passes = -4; passes <= 10; ++passes) {
      BOOST_TEST_CONTEXT(s.name << ", cancelled " << passes << " passes after its end") {
        std::string how = "never";
        try {
          asyncio::testing::run(cancels_then(s.wait, passes, how));
        } catch (std::exception const& e) {
          how += std::string(", ") + e.what();
        }
        BOOST_TEST(how == "once");
      }
    }
  }
}
