// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Every row as a careful user writes it on Boost.Asio alone: one thread, co_spawn per child with a handler that counts.
#include "bench.hpp"
#include "echo.hpp"
#include "latency.hpp"
#include "plain_awaits.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>

namespace bench {

namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;
using boost::system::error_code;
using namespace std::chrono_literals;

/// use_awaitable is the token of nearly all existing code, and what the bars were set against.
struct usual {
  using token = asio::use_awaitable_t<>;
  static constexpr bool tries_first = false;
};
/// deferred needs no coroutine frame for an operation, and try_send and try_receive need no operation.
struct tuned {
  using token = asio::deferred_t;
  static constexpr bool tries_first = true;
};

template <class Style>
auto yield() {
  return asio::post(typename Style::token());
}

awaitable<int> ready(int x) { co_return x; }

template <class Style>
awaitable<int> yielding(int x) {
  co_await yield<Style>();
  co_return x;
}

template <class Style>
awaitable<void> nap(std::chrono::microseconds delay) {
  asio::steady_timer timer(co_await asio::this_coro::executor, delay);
  co_await timer.async_wait(typename Style::token());
}

/// The coroutine that starts children waits here until the last of them has completed. Not a steady_timer: the first timer of
/// an io_context makes it poll epoll between handlers, which doubles the time of the rows without timers.
class children {
 public:
  explicit children(asio::any_io_executor const& executor) : all_done_(executor, 1) {}

  void start(std::size_t n) { left_ = n; }

  void completed(std::exception_ptr const& error) {
    if (error && !error_) error_ = error;
    if (--left_ == 0) all_done_.try_send(error_code());
  }

  awaitable<void> wait() {
    co_await all_done_.async_receive(use_awaitable);
    if (error_) std::rethrow_exception(error_);
  }

 private:
  asio::experimental::channel<void(error_code)> all_done_;
  std::size_t left_ = 0;
  std::exception_ptr error_;
};

// ---- tasks and gather

template <awaitable<int> (*Child)(int)>
awaitable<void> gather(benchmark::State& state, std::size_t n) {
  auto const executor = co_await asio::this_coro::executor;
  children running(executor);
  measurement const counters(state, n);
  for (auto _ : state) {
    std::vector<int> results(n);
    running.start(n);
    for (std::size_t i = 0; i < n; ++i)
      asio::co_spawn(executor, Child(static_cast<int>(i)),
                     [&running, &result = results[i]](std::exception_ptr error, int x) {
                       result = x;
                       running.completed(error);
                     });
    co_await running.wait();
    benchmark::DoNotOptimize(results.data());
  }
}

awaitable<void> spawn_join(benchmark::State& state, std::size_t) { return gather<ready>(state, many_tasks); }

template <class Style>
awaitable<void> gather_sleep(benchmark::State& state, std::size_t n) {
  auto const executor = co_await asio::this_coro::executor;
  auto const delays = random_delays(n);
  children running(executor);
  measurement const counters(state, 1, clock_kind::wall);
  for (auto _ : state) {
    running.start(n);
    for (auto const delay : delays)
      asio::co_spawn(executor, nap<Style>(delay), [&running](std::exception_ptr error) { running.completed(error); });
    co_await running.wait();
  }
}

template <class Style>
awaitable<void> cancel(benchmark::State& state, std::size_t) {
  auto const executor = co_await asio::this_coro::executor;
  children running(executor);
  measurement const counters(state, many_tasks);
  for (auto _ : state) {
    auto const signals = std::make_unique<asio::cancellation_signal[]>(many_tasks);
    running.start(many_tasks);
    for (std::size_t i = 0; i < many_tasks; ++i)
      asio::co_spawn(executor, nap<Style>(1h),
                     asio::bind_cancellation_slot(signals[i].slot(),
                                                  [&running](std::exception_ptr) { running.completed(nullptr); }));
    co_await yield<Style>();  // all of them sleep now
    for (std::size_t i = 0; i < many_tasks; ++i) signals[i].emit(asio::cancellation_type::terminal);
    co_await running.wait();
  }
}

template <class Style>
awaitable<void> yield_often(std::size_t times) {
  for (std::size_t i = 0; i < times; ++i) co_await yield<Style>();
}

template <class Style>
awaitable<void> pingpong(benchmark::State& state, std::size_t) {
  auto const executor = co_await asio::this_coro::executor;
  children running(executor);
  measurement const counters(state, switches);
  for (auto _ : state) {
    running.start(2);
    for (int player = 0; player < 2; ++player)
      asio::co_spawn(executor, yield_often<Style>(switches / 2),
                     [&running](std::exception_ptr error) { running.completed(error); });
    co_await running.wait();
  }
}

// ---- channels

using int_channel = asio::experimental::channel<void(error_code, int)>;

template <class Style>
awaitable<void> produce(int_channel& channel) {
  for (std::size_t i = 0; i < items; ++i) {
    auto const item = static_cast<int>(i);
    if (Style::tries_first && channel.try_send(error_code(), item)) continue;
    co_await channel.async_send(error_code(), item, asio::deferred);
  }
}

/// What try_receive gives when there is something.
std::optional<int> take(int_channel& channel) {
  std::optional<int> taken;
  channel.try_receive([&taken](error_code, int item) { taken = item; });
  return taken;
}

template <class Style>
awaitable<void> queue(benchmark::State& state, std::size_t capacity) {
  auto const executor = co_await asio::this_coro::executor;
  int_channel channel(executor, capacity);
  children running(executor);
  measurement const counters(state, items);
  for (auto _ : state) {
    running.start(1);
    asio::co_spawn(executor, produce<Style>(channel),
                   [&running](std::exception_ptr error) { running.completed(error); });
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < items; ++i) {
      if constexpr (Style::tries_first) {
        if (auto const item = take(channel)) {
          sum += *item;
          continue;
        }
      }
      sum += co_await channel.async_receive(asio::deferred);
    }
    benchmark::DoNotOptimize(sum);
    co_await running.wait();
  }
}

/// A channel with room for one token is Asio's usual lock.
class channel_lock {
 public:
  explicit channel_lock(asio::any_io_executor const& executor) : token_(executor, 1) {}

  bool try_acquire() { return token_.try_send(error_code()); }
  auto acquire() { return token_.async_send(error_code(), asio::deferred); }
  void release() {
    token_.try_receive([](error_code) {});
  }

 private:
  asio::experimental::channel<void(error_code)> token_;
};

awaitable<void> lock(benchmark::State& state, std::size_t) {
  channel_lock mutex(co_await asio::this_coro::executor);
  measurement const counters(state, 1);
  for (auto _ : state) {
    if (!mutex.try_acquire()) co_await mutex.acquire();
    mutex.release();
  }
}

template <class Style>
awaitable<void> hold_over_yields(channel_lock& mutex) {
  for (std::size_t i = 0; i < acquisitions; ++i) {
    if (!mutex.try_acquire()) co_await mutex.acquire();
    co_await yield<Style>();
    mutex.release();
  }
}

template <class Style>
awaitable<void> lock_cont(benchmark::State& state, std::size_t) {
  auto const executor = co_await asio::this_coro::executor;
  channel_lock mutex(executor);
  children running(executor);
  measurement const counters(state, contenders * acquisitions);
  for (auto _ : state) {
    running.start(contenders);
    for (std::size_t i = 0; i < contenders; ++i)
      asio::co_spawn(executor, hold_over_yields<Style>(mutex),
                     [&running](std::exception_ptr error) { running.completed(error); });
    co_await running.wait();
  }
}

// ---- timeouts

template <awaitable<int> (*Child)(int)>
awaitable<void> timeout(benchmark::State& state, std::size_t) {
  using namespace asio::experimental::awaitable_operators;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  measurement const counters(state, 1);
  for (auto _ : state) {
    timer.expires_after(1s);
    // as_tuple: the cancelled wait does not throw, which would double the time
    auto first = co_await (Child(1) || timer.async_wait(asio::as_tuple(use_awaitable)));
    benchmark::DoNotOptimize(std::get<0>(first));
  }
}

// ---- sockets

using time_point = asio::steady_timer::time_point;

/// Asio's own way to limit the waits of a session: those move a deadline, and one more coroutine looks after it.
awaitable<void> watchdog(time_point const& deadline) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (deadline > std::chrono::steady_clock::now()) {
    timer.expires_at(deadline);
    co_await timer.async_wait(asio::as_tuple(use_awaitable));
  }
}

template <class Style>
awaitable<void> echo_messages(asio::ip::tcp::socket& socket, time_point& deadline) {
  std::array<char, 4096> buffer;
  for (;;) {
    deadline = std::chrono::steady_clock::now() + echo::read_timeout;
    auto const [error, n] =
        co_await socket.async_read_some(asio::buffer(buffer), asio::as_tuple(typename Style::token()));
    if (error) co_return;
    co_await asio::async_write(socket, asio::buffer(buffer.data(), n), typename Style::token());
  }
}

template <class Style>
awaitable<void> serve(asio::ip::tcp::socket socket) {
  using namespace asio::experimental::awaitable_operators;
  time_point deadline = time_point::max();
  co_await (echo_messages<Style>(socket, deadline) || watchdog(deadline));
}

template <class Style>
awaitable<void> echo_row(benchmark::State& state, std::size_t) {
  echo::pinned const core;
  auto const executor = co_await asio::this_coro::executor;
  asio::ip::tcp::acceptor acceptor(executor, {asio::ip::address_v4::loopback(), 0});
  children running(executor);
  echo::measurement counters(state);
  for (auto _ : state) {
    process client = counters.start_client(acceptor.local_endpoint().port());
    running.start(echo::connections);
    for (std::size_t i = 0; i < echo::connections; ++i) {
      auto socket = co_await acceptor.async_accept(use_awaitable);
      socket.set_option(asio::ip::tcp::no_delay(true));
      asio::co_spawn(executor, serve<Style>(std::move(socket)),
                     [&running](std::exception_ptr error) { running.completed(error); });
    }
    co_await running.wait();
    counters.finished(client);
  }
}

// ---- growth: the same with more and more tasks or timers

awaitable<void> grow_timers(benchmark::State& state, std::size_t n) {
  auto const executor = co_await asio::this_coro::executor;
  long_delays delays;
  std::vector<asio::steady_timer> pending;
  pending.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    pending.emplace_back(executor, delays.next());
    pending.back().async_wait([](error_code) {});
  }
  std::vector<asio::steady_timer> armed;
  armed.reserve(timers_at_once);
  measurement const counters(state, timer_rounds * timers_at_once);
  for (auto _ : state) {
    for (std::size_t round = 0; round < timer_rounds; ++round) {
      for (std::size_t i = 0; i < timers_at_once; ++i) {
        armed.emplace_back(executor, delays.next());
        armed.back().async_wait([](error_code) {});
      }
      armed.clear();            // which cancels them
      co_await yield<usual>();  // their handlers have run then
    }
  }
}

// ---- latency

awaitable<void> late_sleeper(latency::test& test) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (test.running()) {
    auto const due = latency::test::clock::now() + test.next_delay();
    timer.expires_at(due);
    co_await timer.async_wait(use_awaitable);
    test.woken(due);
  }
}

awaitable<void> late_worker(latency::test& test) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (test.running()) {
    timer.expires_after(test.next_delay());
    co_await timer.async_wait(use_awaitable);
    latency::test::compute();
  }
}

awaitable<void> late_parent(latency::test& test) {
  auto const executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor);
  children running(executor);
  while (test.running()) {
    timer.expires_after(test.next_delay());
    co_await timer.async_wait(use_awaitable);
    running.start(2);
    for (int child = 1; child <= 2; ++child)
      asio::co_spawn(executor, yielding<usual>(child),
                     [&running](std::exception_ptr error, int) { running.completed(error); });
    co_await running.wait();
  }
}

awaitable<void> latency_row(benchmark::State& state, std::size_t) {
  auto const executor = co_await asio::this_coro::executor;
  children running(executor);
  auto const completed = [&running](std::exception_ptr error) { running.completed(error); };
  for (auto _ : state) {
    latency::test test;
    running.start(latency::sleepers + latency::workers + latency::parents);
    for (std::size_t i = 0; i < latency::sleepers; ++i) asio::co_spawn(executor, late_sleeper(test), completed);
    for (std::size_t i = 0; i < latency::workers; ++i) asio::co_spawn(executor, late_worker(test), completed);
    for (std::size_t i = 0; i < latency::parents; ++i) asio::co_spawn(executor, late_parent(test), completed);
    co_await running.wait();
    test.report(state);
  }
}

// ---- fresh processes

template <class Style>
awaitable<void> sleeper(std::size_t& asleep) {
  asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
  ++asleep;
  co_await timer.async_wait(typename Style::token());
}

template <class Style>
awaitable<void> sleepers(std::size_t n) {
  auto const executor = co_await asio::this_coro::executor;
  auto const before = resident_bytes();
  std::size_t asleep = 0;
  children running(executor);
  running.start(n);
  for (std::size_t i = 0; i < n; ++i)
    asio::co_spawn(executor, sleeper<Style>(asleep),
                   [&running](std::exception_ptr error) { running.completed(error); });
  while (asleep < n) co_await yield<Style>();
  answer({static_cast<double>(resident_bytes() - before) / static_cast<double>(n)});
}

awaitable<void> dozer(std::size_t& asleep, bool const& over) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  ++asleep;
  while (!over) {
    timer.expires_after(1s);
    co_await timer.async_wait(use_awaitable);
  }
}

/// What is left of the memory of n coroutines when they have ended: at once, and when the loop has gone on for a while.
awaitable<void> peak(std::size_t n) {
  auto const executor = co_await asio::this_coro::executor;
  memory_after_a_peak memory(n);
  std::size_t asleep = 0;
  bool over = false;
  children running(executor);
  running.start(n);
  for (std::size_t i = 0; i < n; ++i)
    asio::co_spawn(executor, dozer(asleep, over), [&running](std::exception_ptr error) { running.completed(error); });
  while (asleep < n) co_await yield<usual>();
  memory.at_the_peak();
  over = true;
  co_await running.wait();
  memory.after();
  co_await yield_often<usual>(later_yields);
  memory.later();
  memory.report();
}

awaitable<void> empty(std::size_t) { co_return; }

// ---- runners

void run_to_end(awaitable<void> main) {
  asio::io_context context(1);
  std::exception_ptr failure;
  asio::co_spawn(context, std::move(main), [&failure](std::exception_ptr error) { failure = error; });
  context.run();
  if (failure) std::rethrow_exception(failure);
}

template <awaitable<void> (*Row)(benchmark::State&, std::size_t)>
void run(benchmark::State& state, std::size_t n) {
  run_to_end(Row(state, n));
}

template <awaitable<void> (*Question)(std::size_t)>
void run_question(std::size_t n) {
  run_to_end(Question(n));
}

}  // namespace

implementation const& raw_asio() {
  static implementation const all{
      "raw_asio",
      {
          {"spawn_join", run<spawn_join>},
          {"gather_ready", run<gather<ready>>},
          {"gather_yield", run<gather<yielding<usual>>>},
          {"gather_sleep", run<gather_sleep<usual>>},
          {"pingpong", run<pingpong<usual>>},
          {"queue", run<queue<usual>>},
          {"lock", run<lock>},
          {"lock_try", run<lock>},
          {"lock_cont", run<lock_cont<usual>>},
          {"timeout_ready", run<timeout<ready>>},
          {"timeout_yield", run<timeout<yielding<usual>>>},
          {"cancel", run<cancel<usual>>},
          {"nested", run<plain::nested>},
          {"loop_ready", run<plain::loop_ready>},
          {"echo", run<echo_row<usual>>},
          {"latency", run<latency_row>},
          {"grow_tasks", run<gather<yielding<usual>>>},
          {"grow_timers", run<grow_timers>},
      },
      {{"mem", run_question<sleepers<usual>>}, {"mem_peak", run_question<peak>}, {"startup", run_question<empty>}},
  };
  return all;
}

implementation const& raw_asio_tuned() {
  static implementation const all{
      "raw_asio_tuned",
      {
          {"gather_yield", run<gather<yielding<tuned>>>},
          {"gather_sleep", run<gather_sleep<tuned>>},
          {"pingpong", run<pingpong<tuned>>},
          {"queue", run<queue<tuned>>},
          {"lock_cont", run<lock_cont<tuned>>},
          {"timeout_yield", run<timeout<yielding<tuned>>>},
          {"cancel", run<cancel<tuned>>},
          {"echo", run<echo_row<tuned>>},
          {"grow_tasks", run<gather<yielding<tuned>>>},
      },
      {{"mem", run_question<sleepers<tuned>>}},
  };
  return all;
}

}  // namespace bench
