// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE threads
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <deque>
#include <future>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;

namespace {

constexpr int threads = 8;

/// How often each thread does it: ASYNCIO_STRESS_OPERATIONS, else a number for a quick look.
int operations() {
  char const* const text = std::getenv("ASYNCIO_STRESS_OPERATIONS");
  return text != nullptr ? std::atoi(text) : 500;
}

/// The same for what waits for an answer each time: on a loaded machine every answer takes a turn of the scheduler.
int round_trips() { return std::max(operations() / 10, 100); }

asyncio::run_options quiet() { return asyncio::run_options().handle_sigint(false); }

/// Calls `work(loop, thread_number)` in eight threads at once, while the loop runs, and waits for all of them.
template <class Work>
awaitable<void> in_threads(Work& work) {
  auto& loop = asyncio::loop::running();
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t) all.emplace_back([&work, &loop, t] { work(loop, t); });
  auto join = [&all] {
    for (std::thread& t : all) t.join();
  };
  co_await asyncio::to_thread(join);
}

/// Futures of which no more than a few are kept.
template <class T>
class window {
 public:
  template <class Take>
  void add(std::future<T> f, Take&& take) {
    futures_.push_back(std::move(f));
    if (futures_.size() >= 64) drain(take, 32);
  }
  template <class Take>
  void drain(Take&& take, std::size_t keep = 0) {
    while (futures_.size() > keep) {
      take(std::move(futures_.front()));
      futures_.pop_front();
    }
  }

 private:
  std::deque<std::future<T>> futures_;
};

awaitable<int> twice(int x) {
  if (x % 3 == 0) co_await asyncio::yield();
  if (x % 7 == 0) throw std::runtime_error("seven");
  co_return 2 * x;
}

}  // namespace

BOOST_AUTO_TEST_CASE(call_soon_threadsafe_loses_nothing_and_keeps_each_threads_order) {
  int const n = operations();
  std::vector<int> next(threads, 0);  // touched by the loop's thread only
  int out_of_order = 0;
  auto work = [&](asyncio::loop& loop, int t) {
    auto const mine = static_cast<std::size_t>(t);
    for (int i = 0; i < n; ++i) loop.call_soon_threadsafe([&, mine, i] { out_of_order += next[mine]++ == i ? 0 : 1; });
  };
  asyncio::run(in_threads(work), quiet());
  for (int const count : next) BOOST_TEST(count == n);
  BOOST_TEST(out_of_order == 0);
}

BOOST_AUTO_TEST_CASE(a_call_that_was_cancelled_in_time_does_not_run_afterwards) {
  int const n = operations();
  std::atomic<long> wrong{0};
  std::atomic<long> cancelled_first{0};
  auto work = [&](asyncio::loop& loop, int) {
    for (int i = 0; i < n; ++i) {
      auto const state = std::make_shared<std::atomic<int>>(0);  // 1: it has run, 2: it must not run
      auto handle = loop.call_soon_threadsafe([state, &wrong] {
        if (state->exchange(1) == 2) ++wrong;
      });
      if (i % 2 == 0) {
        handle.cancel();
        if (state->exchange(2) == 0) ++cancelled_first;
      }
    }
  };
  asyncio::run(in_threads(work), quiet());
  BOOST_TEST(wrong == 0);
  BOOST_TEST_MESSAGE(cancelled_first << " of " << threads * (n / 2) << " cancels came in time");
}

BOOST_AUTO_TEST_CASE(run_coroutine_threadsafe_answers_every_future) {
  int const n = operations();
  std::atomic<long> sum{0};
  std::atomic<long> failed{0};
  auto work = [&](asyncio::loop& loop, int t) {
    window<int> open;
    auto const take = [&](std::future<int> f) {
      try {
        sum += f.get();
      } catch (std::runtime_error const&) {
        ++failed;
      }
    };
    for (int i = 0; i < n; ++i) open.add(asyncio::run_coroutine_threadsafe(loop, twice(t * n + i)), take);
    open.drain(take);
  };
  asyncio::run(in_threads(work), quiet());
  long expected = 0;
  long sevens = 0;
  for (long x = 0; x < static_cast<long>(threads) * n; ++x) {
    if (x % 7 == 0) {
      ++sevens;
    } else {
      expected += 2 * x;
    }
  }
  BOOST_TEST(sum == expected);
  BOOST_TEST(failed == sevens);
}

BOOST_AUTO_TEST_CASE(cancel_threadsafe_and_stop_requests_reach_every_task) {
  int const n = operations();
  std::atomic<long> cancelled{0};
  auto const start = []() -> awaitable<asyncio::any_task> { co_return asyncio::create_task(asyncio::sleep_forever()); };
  auto const join = [](asyncio::any_task t) -> awaitable<void> { co_await t.join(); };
  auto work = [&](asyncio::loop& loop, int) {
    window<void> open;
    auto const take = [&cancelled](std::future<void> f) {
      try {
        f.get();
      } catch (asyncio::cancelled_error const&) {
        ++cancelled;
      }
    };
    window<asyncio::any_task> started;
    auto const cancel = [&](std::future<asyncio::any_task> f) {
      asyncio::any_task t = f.get();
      open.add(asyncio::run_coroutine_threadsafe(loop, join(t)), take);
      t.cancel_threadsafe("from a thread");
    };
    for (int i = 0; i < n; ++i) {
      if (i % 2 == 0) {
        started.add(asyncio::run_coroutine_threadsafe(loop, start()), cancel);
      } else {
        std::stop_source stop;
        open.add(asyncio::run_coroutine_threadsafe(loop, asyncio::sleep_forever(), stop.get_token()), take);
        stop.request_stop();
      }
    }
    started.drain(cancel);
    open.drain(take);
  };
  asyncio::run(in_threads(work), quiet());
  BOOST_TEST(cancelled == static_cast<long>(threads) * n);
}

BOOST_AUTO_TEST_CASE(a_failure_nobody_took_is_reported_once_whichever_thread_drops_the_last_handle) {
  int const n = round_trips();
  int reports = 0;
  auto const fail = []() -> awaitable<void> {
    co_await asyncio::yield();
    throw std::runtime_error("nobody looks");
  };
  auto const start = [&fail]() -> awaitable<asyncio::any_task> {
    auto t = asyncio::create_task(fail());
    co_await asyncio::yield();
    co_await asyncio::yield();
    co_return t;
  };
  auto work = [&](asyncio::loop& loop, int) {
    for (int i = 0; i < n; ++i) {
      asyncio::any_task const last = asyncio::run_coroutine_threadsafe(loop, start()).get();
    }
  };
  auto const main = [&]() -> awaitable<void> {
    asyncio::loop::running().set_exception_handler([&reports](asyncio::exception_context const&) { ++reports; });
    co_await in_threads(work);
  };
  asyncio::run(main(), quiet());
  BOOST_TEST(reports == threads * n);
}

BOOST_AUTO_TEST_CASE(many_functions_in_threads_give_their_results) {
  int const n = round_trips();
  auto const caller = [](int calls, int offset) -> awaitable<long> {
    long sum = 0;
    for (int i = 0; i < calls; ++i) sum += co_await asyncio::to_thread([](int x) { return x + 1; }, offset + i);
    co_return sum;
  };
  auto const main = [&]() -> awaitable<long> {
    std::vector<awaitable<long>> callers;
    for (int t = 0; t < threads; ++t) callers.push_back(caller(n, t * n));
    long sum = 0;
    for (long const s : co_await asyncio::gather(std::move(callers))) sum += s;
    co_return sum;
  };
  long const count = static_cast<long>(threads) * n;
  BOOST_TEST(asyncio::run(main(), quiet()) == count * (count + 1) / 2);
}

BOOST_AUTO_TEST_CASE(functions_in_threads_survive_cancels_at_any_moment) {
  int const n = round_trips();
  std::atomic<long> entered{0};
  std::atomic<long> left{0};
  auto const caller = [&](int calls, int number) -> awaitable<long> {
    auto work = [&entered, &left](int i) {
      ++entered;
      for (int k = 0; k < i % 5 && !asyncio::thread_cancelled(); ++k) std::this_thread::yield();
      ++left;
      if (i % 11 == 0) throw std::runtime_error("eleven");
      return std::to_string(i);
    };
    long ended = 0;
    for (int i = 0; i < calls; ++i) {
      auto options = asyncio::to_thread_options().abandon_on_cancel((i + number) % 2 == 0);
      auto t = asyncio::create_task(asyncio::to_thread(options, work, i));
      for (int k = 0; k < i % 3; ++k) co_await asyncio::yield();
      if (i % 4 != 0) t.cancel();
      try {
        co_await t.join();
      } catch (asyncio::cancelled_error const&) {
      } catch (std::runtime_error const&) {}
      ++ended;
    }
    co_return ended;
  };
  auto const main = [&]() -> awaitable<long> {
    std::vector<awaitable<long>> callers;
    for (int t = 0; t < threads; ++t) callers.push_back(caller(n, t));
    long ended = 0;
    for (long const e : co_await asyncio::gather(std::move(callers))) ended += e;
    co_return ended;
  };
  BOOST_TEST(asyncio::run(main(), quiet().max_threads(6)) == static_cast<long>(threads) * n);
  BOOST_TEST(entered == left);  // run has waited for all of them
}

BOOST_AUTO_TEST_CASE(loops_that_end_while_threads_call_them_run_or_refuse_every_call) {
  int const rounds = std::max(operations() / 50, 20);
  for (int round = 0; round < rounds; ++round) {
    std::promise<asyncio::loop_token> named;
    auto const token = named.get_future().share();
    std::atomic<int> answered{0};
    std::atomic<int> asked{0};
    std::atomic<int> called{0};
    std::vector<std::thread> all;
    for (int t = 0; t < threads; ++t) {
      all.emplace_back([&] {
        auto const to = token.get();
        window<int> open;
        auto const take = [&answered](std::future<int> f) {
          f.wait();
          ++answered;
        };
        for (bool over = false; !over;) {
          ++asked;
          open.add(asyncio::run_coroutine_threadsafe(to, twice(1)), take);
          try {
            to.call_soon([&called] { ++called; });
          } catch (asyncio::invalid_state const&) {
            over = true;
          }
        }
        open.drain(take);
      });
    }
    auto const main = [&]() -> awaitable<void> {
      named.set_value(asyncio::loop::running().token());
      while (called < threads) co_await asyncio::yield();
    };
    asyncio::run(main(), quiet());
    for (std::thread& t : all) t.join();
    BOOST_REQUIRE(answered == asked);
  }
}

BOOST_AUTO_TEST_CASE(handles_that_outlive_their_loop_can_be_cancelled_from_any_thread) {
  int const rounds = std::max(operations() / 50, 20);
  for (int round = 0; round < rounds; ++round) {
    std::promise<asyncio::any_task> named;
    auto const task = named.get_future().share();
    std::vector<std::thread> all;
    for (int t = 0; t < threads; ++t) {
      all.emplace_back([task] {
        asyncio::any_task mine = task.get();
        for (int i = 0; i < 20; ++i) mine.cancel_threadsafe();
      });
    }
    auto const main = [&]() -> awaitable<void> {
      named.set_value(asyncio::create_task(asyncio::sleep_forever()));
      co_await asyncio::yield();
    };
    asyncio::run(main(), quiet());
    for (std::thread& t : all) t.join();
  }
}
