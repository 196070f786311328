// Every row as a careful user writes it on Boost.Asio alone: one thread, co_spawn per child with a handler that counts.
#include "bench.hpp"
#include "echo.hpp"
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

#include <exception>
#include <memory>
#include <thread>

namespace bench {

namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;
using boost::system::error_code;
using namespace std::chrono_literals;

// With asio::deferred, which needs no coroutine frame, this takes a third less; the bars of pingpong, gather_yield and lock_cont
// were set against use_awaitable, the token of nearly all existing code.
auto yield() { return asio::post(use_awaitable); }

awaitable<int> ready(int x) { co_return x; }

awaitable<int> yielding(int x) {
  co_await yield();
  co_return x;
}

awaitable<void> nap(std::chrono::microseconds delay) {
  asio::steady_timer timer(co_await asio::this_coro::executor, delay);
  co_await timer.async_wait(use_awaitable);
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

awaitable<void> gather_sleep(benchmark::State& state, std::size_t n) {
  auto const executor = co_await asio::this_coro::executor;
  auto const delays = random_delays(n);
  children running(executor);
  measurement const counters(state, 1, clock_kind::wall);
  for (auto _ : state) {
    running.start(n);
    for (auto const delay : delays)
      asio::co_spawn(executor, nap(delay), [&running](std::exception_ptr error) { running.completed(error); });
    co_await running.wait();
  }
}

awaitable<void> cancel(benchmark::State& state, std::size_t) {
  auto const executor = co_await asio::this_coro::executor;
  children running(executor);
  measurement const counters(state, many_tasks);
  for (auto _ : state) {
    auto const signals = std::make_unique<asio::cancellation_signal[]>(many_tasks);
    running.start(many_tasks);
    for (std::size_t i = 0; i < many_tasks; ++i)
      asio::co_spawn(executor, nap(1h), asio::bind_cancellation_slot(signals[i].slot(), [&running](std::exception_ptr) {
                       running.completed(nullptr);
                     }));
    co_await yield();  // all of them sleep now
    for (std::size_t i = 0; i < many_tasks; ++i) signals[i].emit(asio::cancellation_type::terminal);
    co_await running.wait();
  }
}

awaitable<void> yield_often(std::size_t times) {
  for (std::size_t i = 0; i < times; ++i) co_await yield();
}

awaitable<void> pingpong(benchmark::State& state, std::size_t) {
  auto const executor = co_await asio::this_coro::executor;
  children running(executor);
  measurement const counters(state, switches);
  for (auto _ : state) {
    running.start(2);
    for (int player = 0; player < 2; ++player)
      asio::co_spawn(executor, yield_often(switches / 2),
                     [&running](std::exception_ptr error) { running.completed(error); });
    co_await running.wait();
  }
}

// ---- channels

using int_channel = asio::experimental::channel<void(error_code, int)>;

awaitable<void> produce(int_channel& channel) {
  for (std::size_t i = 0; i < items; ++i)
    co_await channel.async_send(error_code(), static_cast<int>(i), asio::deferred);
}

awaitable<void> queue(benchmark::State& state, std::size_t capacity) {
  auto const executor = co_await asio::this_coro::executor;
  int_channel channel(executor, capacity);
  children running(executor);
  measurement const counters(state, items);
  for (auto _ : state) {
    running.start(1);
    asio::co_spawn(executor, produce(channel), [&running](std::exception_ptr error) { running.completed(error); });
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < items; ++i) sum += co_await channel.async_receive(asio::deferred);
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

awaitable<void> hold_over_yields(channel_lock& mutex) {
  for (std::size_t i = 0; i < acquisitions; ++i) {
    if (!mutex.try_acquire()) co_await mutex.acquire();
    co_await yield();
    mutex.release();
  }
}

awaitable<void> lock_cont(benchmark::State& state, std::size_t) {
  auto const executor = co_await asio::this_coro::executor;
  channel_lock mutex(executor);
  children running(executor);
  measurement const counters(state, contenders * acquisitions);
  for (auto _ : state) {
    running.start(contenders);
    for (std::size_t i = 0; i < contenders; ++i)
      asio::co_spawn(executor, hold_over_yields(mutex),
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

awaitable<void> serve(asio::ip::tcp::socket socket) {
  std::array<char, 4096> buffer;
  for (;;) {
    auto const [error, n] = co_await socket.async_read_some(asio::buffer(buffer), asio::as_tuple(use_awaitable));
    if (error) co_return;
    co_await asio::async_write(socket, asio::buffer(buffer.data(), n), use_awaitable);
  }
}

awaitable<void> echo_row(benchmark::State& state, std::size_t) {
  echo::pinned const core(0);
  auto const executor = co_await asio::this_coro::executor;
  asio::ip::tcp::acceptor acceptor(executor, {asio::ip::address_v4::loopback(), 0});
  children running(executor);
  measurement const counters(state, echo::connections * echo::messages, clock_kind::wall);
  for (auto _ : state) {
    std::jthread const client(echo::client, acceptor.local_endpoint().port());
    running.start(echo::connections);
    for (std::size_t i = 0; i < echo::connections; ++i) {
      auto socket = co_await acceptor.async_accept(use_awaitable);
      socket.set_option(asio::ip::tcp::no_delay(true));
      asio::co_spawn(executor, serve(std::move(socket)),
                     [&running](std::exception_ptr error) { running.completed(error); });
    }
    co_await running.wait();
  }
}

// ---- fresh processes

awaitable<void> sleeper(std::size_t& asleep) {
  asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
  ++asleep;
  co_await timer.async_wait(use_awaitable);
}

awaitable<void> sleepers(std::size_t n) {
  auto const executor = co_await asio::this_coro::executor;
  auto const before = resident_bytes();
  std::size_t asleep = 0;
  children running(executor);
  running.start(n);
  for (std::size_t i = 0; i < n; ++i)
    asio::co_spawn(executor, sleeper(asleep), [&running](std::exception_ptr error) { running.completed(error); });
  while (asleep < n) co_await yield();
  answer(static_cast<double>(resident_bytes() - before) / static_cast<double>(n));
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
          {"gather_yield", run<gather<yielding>>},
          {"gather_sleep", run<gather_sleep>},
          {"pingpong", run<pingpong>},
          {"queue", run<queue>},
          {"lock", run<lock>},
          {"lock_try", run<lock>},
          {"lock_cont", run<lock_cont>},
          {"timeout_ready", run<timeout<ready>>},
          {"timeout_yield", run<timeout<yielding>>},
          {"cancel", run<cancel>},
          {"nested", run<plain::nested>},
          {"loop_ready", run<plain::loop_ready>},
          {"echo", run<echo_row>},
      },
      {{"mem", run_question<sleepers>}, {"startup", run_question<empty>}},
  };
  return all;
}

}  // namespace bench
