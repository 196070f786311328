// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Every row on this library. A row whose header does not exist yet is left out.
#include "bench.hpp"
#include "echo.hpp"
#include "latency.hpp"
#include "plain_awaits.hpp"

#include <asyncio/gather.hpp>
#include <asyncio/instrument.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#if __has_include(<asyncio/lock.hpp>)
#include <asyncio/lock.hpp>
#define BENCH_HAS_LOCK 1
#endif
#if __has_include(<asyncio/queue.hpp>)
#include <asyncio/queue.hpp>
#define BENCH_HAS_QUEUE 1
#endif
#if __has_include(<asyncio/timeout.hpp>)
#include <asyncio/timeout.hpp>
#define BENCH_HAS_TIMEOUT 1
#endif

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <iterator>
#include <type_traits>
#include <utility>

namespace bench {

namespace {

namespace asio = boost::asio;
using asyncio::awaitable;
using namespace std::chrono_literals;

awaitable<int> ready(int x) { co_return x; }

awaitable<int> yielding(int x) {
  co_await asyncio::yield();
  co_return x;
}

awaitable<void> nap(std::chrono::microseconds delay) { co_await asyncio::sleep(delay); }

/// The input range child(0), child(1) … child(n - 1). Each awaitable is made when gather asks for it, as co_spawn in a loop would.
template <class Child>
class lazily {
 public:
  class iterator {
   public:
    using value_type = std::invoke_result_t<Child const&, std::size_t>;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    explicit iterator(lazily const& range) : range_(&range) {}

    value_type operator*() const { return range_->child_(index_); }
    iterator& operator++() {
      ++index_;
      return *this;
    }
    void operator++(int) { ++index_; }
    bool operator==(std::default_sentinel_t) const { return index_ == range_->n_; }

   private:
    lazily const* range_;
    std::size_t index_ = 0;
  };

  lazily(std::size_t n, Child child) : n_(n), child_(std::move(child)) {}

  iterator begin() const { return iterator(*this); }
  std::default_sentinel_t end() const { return {}; }
  std::size_t size() const { return n_; }

 private:
  std::size_t n_;
  Child child_;
};

// ---- tasks and gather

awaitable<void> spawn_join(benchmark::State& state, std::size_t) {
  measurement const counters(state, many_tasks);
  for (auto _ : state) {
    std::vector<asyncio::task<int>> tasks;
    tasks.reserve(many_tasks);
    for (std::size_t i = 0; i < many_tasks; ++i) tasks.push_back(asyncio::create_task(ready(static_cast<int>(i))));
    std::int64_t sum = 0;
    for (auto& task : tasks) sum += co_await task.join();
    benchmark::DoNotOptimize(sum);
  }
}

template <awaitable<int> (*Child)(int)>
awaitable<void> gather(benchmark::State& state, std::size_t n) {
  auto const child = [](std::size_t i) { return Child(static_cast<int>(i)); };
  measurement const counters(state, n);
  for (auto _ : state) {
    auto all = asyncio::gather(lazily(n, child));
    std::vector<int> const results = co_await std::move(all);
    benchmark::DoNotOptimize(results.data());
  }
}

awaitable<void> gather_sleep(benchmark::State& state, std::size_t n) {
  auto const delays = random_delays(n);
  auto const child = [&delays](std::size_t i) { return nap(delays[i]); };
  measurement const counters(state, 1, clock_kind::wall);
  for (auto _ : state) {
    auto all = asyncio::gather(lazily(n, child));
    co_await std::move(all);
  }
}

awaitable<void> cancel(benchmark::State& state, std::size_t) {
  measurement const counters(state, many_tasks);
  for (auto _ : state) {
    std::vector<asyncio::task<void>> tasks;
    tasks.reserve(many_tasks);
    for (std::size_t i = 0; i < many_tasks; ++i) tasks.push_back(asyncio::create_task(nap(1h)));
    co_await asyncio::yield();  // all of them sleep now
    for (auto& task : tasks) task.cancel();
    auto all = asyncio::gather(asyncio::return_exceptions, std::move(tasks));
    co_await std::move(all);
  }
}

awaitable<void> yield_often(std::size_t times) {
  for (std::size_t i = 0; i < times; ++i) co_await asyncio::yield();
}

awaitable<void> pingpong(benchmark::State& state, std::size_t) {
  measurement const counters(state, switches);
  for (auto _ : state) {
    auto both = asyncio::gather(yield_often(switches / 2), yield_often(switches / 2));
    co_await std::move(both);
  }
}

// ---- queue and lock

#ifdef BENCH_HAS_QUEUE
awaitable<void> produce(asyncio::queue<int>& queue) {
  for (std::size_t i = 0; i < items; ++i) co_await queue.put(static_cast<int>(i));
}

awaitable<void> queue(benchmark::State& state, std::size_t capacity) {
  asyncio::queue<int> bounded(capacity);
  measurement const counters(state, items);
  for (auto _ : state) {
    auto producer = asyncio::create_task(produce(bounded));
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < items; ++i) sum += co_await bounded.get();
    benchmark::DoNotOptimize(sum);
    co_await producer.join();
  }
}
#endif

#ifdef BENCH_HAS_LOCK
awaitable<void> lock(benchmark::State& state, std::size_t) {
  asyncio::lock mutex;
  measurement const counters(state, 1);
  for (auto _ : state) {
    auto const guard = co_await mutex.acquire();
    benchmark::DoNotOptimize(&guard);
  }
}

awaitable<void> lock_try(benchmark::State& state, std::size_t) {
  asyncio::lock mutex;
  measurement const counters(state, 1);
  for (auto _ : state) {
    auto const guard = mutex.try_acquire();
    benchmark::DoNotOptimize(&guard);
  }
  co_return;
}

awaitable<void> hold_over_yields(asyncio::lock& mutex) {
  for (std::size_t i = 0; i < acquisitions; ++i) {
    auto const guard = co_await mutex.acquire();
    co_await asyncio::yield();
  }
}

awaitable<void> lock_cont(benchmark::State& state, std::size_t) {
  asyncio::lock mutex;
  auto const contender = [&mutex](std::size_t) { return hold_over_yields(mutex); };
  measurement const counters(state, contenders * acquisitions);
  for (auto _ : state) {
    auto all = asyncio::gather(lazily(contenders, contender));
    co_await std::move(all);
  }
}
#endif

// ---- timeouts and sockets

#ifdef BENCH_HAS_TIMEOUT
template <awaitable<int> (*Child)(int)>
awaitable<void> timeout(benchmark::State& state, std::size_t) {
  measurement const counters(state, 1);
  for (auto _ : state) benchmark::DoNotOptimize(co_await asyncio::timeout(1s, Child(1)));
}

awaitable<void> serve(asio::ip::tcp::socket socket) {
  std::array<char, 4096> buffer;
  for (;;) {
    auto read = socket.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
    auto const [error, n] = co_await asyncio::timeout(echo::read_timeout, std::move(read));
    if (error) co_return;
    co_await asio::async_write(socket, asio::buffer(buffer.data(), n), asio::use_awaitable);
  }
}

awaitable<void> echo_row(benchmark::State& state, std::size_t) {
  echo::pinned const core;
  auto const executor = co_await asio::this_coro::executor;
  asio::ip::tcp::acceptor acceptor(executor, {asio::ip::address_v4::loopback(), 0});
  echo::measurement counters(state);
  for (auto _ : state) {
    process client = counters.start_client(acceptor.local_endpoint().port());
    std::vector<asyncio::task<void>> servers;
    for (std::size_t i = 0; i < echo::connections; ++i) {
      auto socket = co_await acceptor.async_accept(asio::use_awaitable);
      socket.set_option(asio::ip::tcp::no_delay(true));
      servers.push_back(asyncio::create_task(serve(std::move(socket))));
    }
    for (auto& server : servers) co_await server.join();
    counters.finished(client);
  }
}
#endif

// ---- growth: the same with more and more tasks or timers

awaitable<void> grow_tasks(benchmark::State& state, std::size_t n) {
  measurement const counters(state, n);
  for (auto _ : state) {
    std::vector<asyncio::task<int>> tasks;
    tasks.reserve(n);
    for (std::size_t i = 0; i < n; ++i) tasks.push_back(asyncio::create_task(yielding(static_cast<int>(i))));
    std::int64_t sum = 0;
    for (auto& task : tasks) sum += co_await task.join();
    benchmark::DoNotOptimize(sum);
  }
}

void nothing() {}

awaitable<void> grow_timers(benchmark::State& state, std::size_t n) {
  asyncio::loop& loop = asyncio::loop::running();
  long_delays delays;
  std::vector<asyncio::callback_handle> pending;
  pending.reserve(n);
  for (std::size_t i = 0; i < n; ++i) pending.push_back(loop.call_later(delays.next(), nothing));
  std::vector<asyncio::callback_handle> armed;
  armed.reserve(timers_at_once);
  {
    measurement const counters(state, timer_rounds * timers_at_once);
    for (auto _ : state) {
      for (std::size_t round = 0; round < timer_rounds; ++round) {
        for (std::size_t i = 0; i < timers_at_once; ++i) armed.push_back(loop.call_later(delays.next(), nothing));
        for (auto& timer : armed) timer.cancel();
        armed.clear();
        co_await asyncio::yield();
      }
    }
  }
  for (auto& timer : pending) timer.cancel();
}

// ---- latency

awaitable<void> late_sleeper(latency::test& test) {
  while (test.running()) {
    auto const delay = test.next_delay();
    auto const due = latency::test::clock::now() + delay;
    co_await asyncio::sleep(delay);
    test.woken(due);
  }
}

awaitable<void> late_worker(latency::test& test) {
  while (test.running()) {
    co_await asyncio::sleep(test.next_delay());
    latency::test::compute();
  }
}

awaitable<void> late_parent(latency::test& test) {
  while (test.running()) {
    co_await asyncio::sleep(test.next_delay());
    co_await asyncio::gather(yielding(1), yielding(2));
  }
}

awaitable<void> latency_row(benchmark::State& state, std::size_t) {
  for (auto _ : state) {
    latency::test test;
    std::vector<asyncio::task<void>> tasks;
    for (std::size_t i = 0; i < latency::sleepers; ++i) tasks.push_back(asyncio::create_task(late_sleeper(test)));
    for (std::size_t i = 0; i < latency::workers; ++i) tasks.push_back(asyncio::create_task(late_worker(test)));
    for (std::size_t i = 0; i < latency::parents; ++i) tasks.push_back(asyncio::create_task(late_parent(test)));
    for (auto& task : tasks) co_await task.join();
    test.report(state);
  }
}

// ---- fresh processes

awaitable<void> sleeper(std::size_t& asleep) {
  ++asleep;
  co_await asyncio::sleep(1h);
}

awaitable<void> sleepers(std::size_t n) {
  auto const before = resident_bytes();
  std::size_t asleep = 0;
  for (std::size_t i = 0; i < n; ++i) static_cast<void>(asyncio::create_task(sleeper(asleep)));
  while (asleep < n) co_await asyncio::yield();
  answer({static_cast<double>(resident_bytes() - before) / static_cast<double>(n)});
}

awaitable<void> dozer(std::size_t& asleep, bool const& over) {
  ++asleep;
  while (!over) co_await asyncio::sleep(1s);
}

/// What is left of the memory of n tasks when they have ended: at once, and when the loop has gone on for a while.
awaitable<void> peak(std::size_t n) {
  memory_after_a_peak memory(n);
  {
    std::size_t asleep = 0;
    bool over = false;
    std::vector<asyncio::task<void>> tasks;
    tasks.reserve(n);
    for (std::size_t i = 0; i < n; ++i) tasks.push_back(asyncio::create_task(dozer(asleep, over)));
    while (asleep < n) co_await asyncio::yield();
    memory.at_the_peak();
    over = true;
    for (auto& task : tasks) co_await task.join();
  }
  memory.after();
  co_await yield_often(later_yields);
  memory.later();
  memory.report();
}

awaitable<void> empty(std::size_t) { co_return; }

// ---- runners

template <awaitable<void> (*Row)(benchmark::State&, std::size_t)>
void run(benchmark::State& state, std::size_t n) {
  asyncio::run(Row(state, n));
}

/// The same with an instrument whose hooks do nothing: what it costs to be watched.
template <awaitable<void> (*Row)(benchmark::State&, std::size_t)>
void run_watched(benchmark::State& state, std::size_t n) {
  asyncio::run(Row(state, n), asyncio::run_options().instrument(std::make_shared<asyncio::instrument>()));
}

template <awaitable<void> (*Question)(std::size_t)>
void run_question(std::size_t n) {
  asyncio::run(Question(n));
}

}  // namespace

implementation const& library() {
  static implementation const all{
      "library",
      {
          {"spawn_join", run<spawn_join>},
          {"gather_ready", run<gather<ready>>},
          {"gather_yield", run<gather<yielding>>},
          {"gather_sleep", run<gather_sleep>},
          {"pingpong", run<pingpong>},
          {"spawn_join_hooks", run_watched<spawn_join>},
          {"pingpong_hooks", run_watched<pingpong>},
          {"cancel", run<cancel>},
          {"latency", run<latency_row>},
          {"grow_tasks", run<grow_tasks>},
          {"grow_timers", run<grow_timers>},
          {"nested", run<plain::nested>},
          {"loop_ready", run<plain::loop_ready>},
#ifdef BENCH_HAS_QUEUE
          {"queue", run<queue>},
#endif
#ifdef BENCH_HAS_LOCK
          {"lock", run<lock>},
          {"lock_try", run<lock_try>},
          {"lock_cont", run<lock_cont>},
#endif
#ifdef BENCH_HAS_TIMEOUT
          {"timeout_ready", run<timeout<ready>>},
          {"timeout_yield", run<timeout<yielding>>},
          {"echo", run<echo_row>},
#endif
      },
      {{"mem", run_question<sleepers>}, {"mem_peak", run_question<peak>}, {"startup", run_question<empty>}},
  };
  return all;
}

}  // namespace bench
