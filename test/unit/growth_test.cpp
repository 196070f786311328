// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE growth
#include <asyncio/asyncio.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using task = asyncio::task<void>;

namespace {

/// The processor time of this thread between start() and stop().
class stopwatch {
 public:
  void start() { begin_ = now(); }
  void stop() { spent_ += now() - begin_; }
  [[nodiscard]] double spent() const { return spent_; }

 private:
  static double now() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
  }
  double begin_ = 0;
  double spent_ = 0;
};

awaitable<void> settle() {
  for (int i = 0; i < 6; ++i) co_await asyncio::yield();
}

/// What many tasks may wait for at once: nothing of it comes.
struct place {
  place() { full.put_nowait(0); }

  asyncio::event event;
  asyncio::lock lock;
  std::optional<asyncio::lock::guard> held = lock.try_acquire();
  asyncio::semaphore semaphore{0};
  asyncio::capacity_limiter limiter{0};
  asyncio::condition condition;
  asyncio::barrier barrier{1'000'000};
  asyncio::queue<int> empty;
  asyncio::queue<int> full{1};
  asyncio::future<void> future;
  asyncio::cancellation_token token;
  task target = asyncio::create_task(awaitable<void>(asyncio::sleep_forever()));
};

using waiter = awaitable<void> (*)(place&);
struct named_waiter {
  char const* name;
  waiter wait;
};
std::ostream& operator<<(std::ostream& out, named_waiter const& w) { return out << w.name; }

named_waiter const waiters[] = {
    {"event", [](place& p) -> awaitable<void> { co_await p.event.wait(); }},
    {"lock", [](place& p) -> awaitable<void> { auto guard = co_await p.lock.acquire(); }},
    {"semaphore", [](place& p) -> awaitable<void> { auto permit = co_await p.semaphore.acquire(); }},
    {"limiter", [](place& p) -> awaitable<void> { auto held = co_await p.limiter.acquire(); }},
    {"barrier", [](place& p) -> awaitable<void> { co_await p.barrier.wait(); }},
    {"queue get", [](place& p) -> awaitable<void> { co_await p.empty.get(); }},
    {"queue put", [](place& p) -> awaitable<void> { co_await p.full.put(1); }},
    {"queue join", [](place& p) -> awaitable<void> { co_await p.full.join(); }},
    {"future", [](place& p) -> awaitable<void> { co_await p.future.wait(); }},
    {"shield of a future",
     [](place& p) -> awaitable<void> { co_await asyncio::shield(awaitable<void>(p.future.wait())); }},
    {"join", [](place& p) -> awaitable<void> { co_await p.target.join(); }},
    {"shield", [](place& p) -> awaitable<void> { co_await asyncio::shield(p.target); }},
    {"gather over tasks", [](place& p) -> awaitable<void> { co_await asyncio::gather(p.target); }},
    {"gather", [](place& p) -> awaitable<void> { co_await asyncio::gather(p.event.wait()); }},
    {"race", [](place& p) -> awaitable<void> { co_await asyncio::race(p.event.wait(), asyncio::sleep(1h)); }},
    {"wait",
     [](place& p) -> awaitable<void> {
       std::vector<task> tasks{p.target};
       co_await asyncio::wait(tasks);
     }},
    {"as_completed",
     [](place& p) -> awaitable<void> {
       std::vector<task> tasks{p.target};
       auto completed = asyncio::as_completed(tasks);
       co_await completed.next();
     }},
    {"wait_for", [](place& p) -> awaitable<void> { co_await asyncio::wait_for(p.event.wait(), 1h); }},
    {"move_on_after", [](place& p) -> awaitable<void> { co_await asyncio::move_on_after(1h, p.event.wait()); }},
    {"sleep", [](place&) -> awaitable<void> { co_await asyncio::sleep(1h); }},
    {"token", [](place& p) -> awaitable<void> { co_await p.token.cancelled(); }},
    {"run_until_cancelled", [](place& p) -> awaitable<void> { co_await p.token.run_until_cancelled(p.event.wait()); }},
    {"child token",
     [](place& p) -> awaitable<void> {
       auto const below = p.token.child_token();
       co_await below.cancelled();
     }},
    {"condition",
     [](place& p) -> awaitable<void> {
       auto guard = co_await p.condition.acquire();
       co_await p.condition.wait();
     }},
};

enum class way : std::uint8_t { first_to_last, last_to_first, criss_cross, all_at_once, from_done_callbacks };
std::ostream& operator<<(std::ostream& out, way w) {
  char const* const names[] = {"first to last", "last to first", "criss-cross", "all at once", "from done callbacks"};
  return out << names[static_cast<int>(w)];
}
way const ways[] = {way::first_to_last, way::last_to_first, way::criss_cross, way::all_at_once,
                    way::from_done_callbacks};

/// 0 to n-1, each once.
std::vector<std::size_t> order_of(std::size_t n, way w) {
  std::vector<std::size_t> order(n);
  for (std::size_t i = 0; i < n; ++i)
    order[i] = w == way::criss_cross ? i * 7919 % n : w == way::last_to_first ? n - 1 - i : i;
  return order;
}

awaitable<void> crowd(asyncio::task_group& g, waiter wait, place& p, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) g.create_task(wait(p));
  co_await settle();
}

awaitable<void> cancel_crowd(std::size_t n, waiter wait, way w, stopwatch& watch) {
  place p;
  if (w == way::all_at_once) {
    static auto const body = [](asyncio::task_group& g, waiter wait_there, place* at, std::size_t count,
                                stopwatch* watched) -> awaitable<void> {
      co_await crowd(g, wait_there, *at, count);
      watched->start();
      g.cancel();
    };
    co_await asyncio::with_task_group(body, wait, &p, n, &watch);
    watch.stop();
    co_return;
  }
  std::vector<task> tasks;
  for (std::size_t i = 0; i < n; ++i) tasks.push_back(asyncio::create_task(wait(p)));
  co_await settle();
  watch.start();
  if (w == way::from_done_callbacks) {
    for (std::size_t i = 0; i + 1 < n; ++i)
      tasks[i].add_done_callback([&tasks, i](asyncio::any_task) { tasks[i + 1].cancel(); });
    tasks[0].cancel();
  } else {
    for (std::size_t const i : order_of(n, w)) tasks[i].cancel();
  }
  for (task const& t : tasks) {
    while (!t.done()) co_await asyncio::yield();
  }
  co_await settle();  // the last callbacks
  watch.stop();
}

/// How many times as long an item takes among many as among few. The least of several tries: others use the processor, too.
double growth(std::function<void(std::size_t, stopwatch&)> const& run) {
  char const* const given = std::getenv("ASYNCIO_TEST_CROWD");
  std::size_t const many = given != nullptr ? static_cast<std::size_t>(std::atol(given)) : 6'001;
  std::size_t const few = given != nullptr ? 10'001 : 501;
  double least = 1e9;
  for (int i = 0; i < 5 && least > 3; ++i) {
    stopwatch of_few, of_many;
    for (int times = 0; times < 3; ++times) run(few, of_few);
    run(many, of_many);
    least =
        std::min(least, of_many.spent() / static_cast<double>(many) / (of_few.spent() / static_cast<double>(3 * few)));
  }
  return least;
}

constexpr double linear = 6;  // caches make it more than 1

}  // namespace

BOOST_DATA_TEST_CASE(cancelling_one_of_many_waiters_costs_the_same_however_many_there_are,
                     boost::unit_test::data::make(waiters) * boost::unit_test::data::make(ways), who, w) {
  BOOST_TEST(growth([&](std::size_t n, stopwatch& watch) { asyncio::run(cancel_crowd(n, who.wait, w, watch)); }) <
             linear);
}

BOOST_DATA_TEST_CASE(the_end_of_run_costs_each_of_many_waiters_the_same, boost::unit_test::data::make(waiters), who) {
  static auto const leave = [](std::size_t n, waiter wait, std::optional<place>& p,
                               stopwatch& watch) -> awaitable<void> {
    p.emplace();
    for (std::size_t i = 0; i < n; ++i) asyncio::create_task(wait(*p));
    co_await settle();
    watch.start();
  };
  BOOST_TEST(growth([&](std::size_t n, stopwatch& watch) {
               std::optional<place> p;
               asyncio::run(leave(n, who.wait, p, watch));
               watch.stop();
             }) < linear);
}

BOOST_AUTO_TEST_CASE(the_end_of_run_over_a_chain_of_joins_is_linear) {
  static auto const join_it = [](task t) -> awaitable<void> { co_await t.join(); };
  static auto const leave = [](std::size_t n, stopwatch& watch) -> awaitable<void> {
    auto t = asyncio::create_task(awaitable<void>(asyncio::sleep_forever()));
    for (std::size_t i = 0; i < n; ++i) t = asyncio::create_task(join_it(t));
    co_await settle();
    watch.start();
  };
  BOOST_TEST(growth([](std::size_t n, stopwatch& watch) {
               asyncio::run(leave(n, watch));
               watch.stop();
             }) < linear);
}

BOOST_AUTO_TEST_CASE(the_abort_of_a_group_over_a_chain_of_joins_is_linear) {
  static auto const join_it = [](task t) -> awaitable<void> { co_await t.join(); };
  static auto const body = [](asyncio::task_group& g, std::size_t n, stopwatch* watch) -> awaitable<void> {
    auto t = g.create_task(awaitable<void>(asyncio::sleep_forever()));
    for (std::size_t i = 0; i < n; ++i) t = g.create_task(join_it(t));
    co_await settle();
    watch->start();
    g.cancel();
  };
  static auto const main = [](std::size_t n, stopwatch& watch) -> awaitable<void> {
    co_await asyncio::with_task_group(body, n, &watch);
    watch.stop();
  };
  BOOST_TEST(growth([](std::size_t n, stopwatch& watch) { asyncio::run(main(n, watch)); }) < linear);
}

BOOST_DATA_TEST_CASE(removing_one_of_many_done_callbacks_costs_the_same_however_many_there_are,
                     boost::unit_test::data::make({way::first_to_last, way::last_to_first, way::criss_cross}), w) {
  static auto const of_a_task = [](std::size_t n, way in, stopwatch& watch) -> awaitable<void> {
    auto t = asyncio::create_task(awaitable<void>(asyncio::sleep_forever()));
    asyncio::future<void> f;
    int called = 0;
    std::vector<std::uint64_t> of_t, of_f;
    for (std::size_t i = 0; i < n; ++i) {
      of_t.push_back(t.add_done_callback([&](asyncio::any_task) { ++called; }));
      of_f.push_back(f.add_done_callback([&](asyncio::future<void>) { ++called; }));
    }
    watch.start();
    for (std::size_t const i : order_of(n, in)) {
      if (t.remove_done_callback(of_t[i]) + f.remove_done_callback(of_f[i]) != 2) BOOST_ERROR("was not there");
    }
    watch.stop();
    BOOST_TEST(t.remove_done_callback(of_t[0]) == 0U);
    f.set_result();
    t.cancel();
    co_await settle();
    BOOST_TEST(called == 0);
  };
  BOOST_TEST(growth([&](std::size_t n, stopwatch& watch) { asyncio::run(of_a_task(n, w, watch)); }) < linear);
}

BOOST_AUTO_TEST_CASE(a_snapshot_of_one_wide_gather_is_linear) {
  static auto const wide = [](std::size_t n, stopwatch& watch) -> awaitable<void> {
    std::vector<awaitable<void>> all;
    for (std::size_t i = 0; i < n; ++i) all.push_back(asyncio::sleep(1h));
    auto t = asyncio::create_task(asyncio::gather(std::move(all)));
    co_await settle();
    watch.start();
    auto const s = asyncio::snapshot();
    watch.stop();
    BOOST_TEST(s.find(t.id())->awaits.size() == n);
  };
  BOOST_TEST(growth([](std::size_t n, stopwatch& watch) { asyncio::run(wide(n, watch)); }) < linear);
}

BOOST_AUTO_TEST_CASE(what_waits_for_many_tasks_is_cancelled_in_linear_time) {
  static auto const over = [](std::vector<task> tasks, int how) -> awaitable<void> {
    if (how == 0) co_await asyncio::gather(tasks);
    if (how == 1) co_await asyncio::wait(tasks);
    if (how == 2) {
      auto completed = asyncio::as_completed(tasks);
      while (auto t = co_await completed.next()) {}
    }
  };
  static auto const many = [](std::size_t n, int how, stopwatch& watch) -> awaitable<void> {
    std::vector<task> tasks;
    for (std::size_t i = 0; i < n; ++i) tasks.push_back(asyncio::create_task(awaitable<void>(asyncio::sleep(1h))));
    auto t = asyncio::create_task(over(tasks, how));
    co_await settle();
    watch.start();
    t.cancel();
    while (!t.done()) co_await asyncio::yield();
    for (task& each : tasks) each.cancel();
    co_await settle();
    watch.stop();
  };
  for (int how = 0; how < 3; ++how)
    BOOST_TEST(growth([&](std::size_t n, stopwatch& watch) { asyncio::run(many(n, how, watch)); }) < linear);
}

BOOST_AUTO_TEST_CASE(many_children_that_fail_or_end_cost_the_same_each) {
  static auto const child = [](asyncio::event& go, std::size_t i) -> awaitable<void> {
    co_await go.wait();
    if (i % 2 == 1) throw std::runtime_error("odd");
  };
  static auto const many = [](std::size_t n, stopwatch& watch) -> awaitable<void> {
    asyncio::event go;
    std::vector<awaitable<void>> all;
    for (std::size_t i = 0; i < n; ++i) all.push_back(child(go, i));
    auto gathered = asyncio::create_task(asyncio::gather(asyncio::return_exceptions, std::move(all)));
    asyncio::task_set<> set;
    for (std::size_t i = 0; i < n; ++i) set.create_task(child(go, i));
    co_await settle();
    watch.start();
    go.set();
    co_await gathered.join();
    while (auto t = co_await set.join_next()) (void)t->exception();
    watch.stop();
  };
  BOOST_TEST(growth([](std::size_t n, stopwatch& watch) { asyncio::run(many(n, watch)); }) < linear);
}
