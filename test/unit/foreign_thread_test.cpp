// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Coroutines that another thread than the loop's resumes, and contexts that several threads run.
#define BOOST_TEST_MODULE foreign_thread
#include <asyncio/asyncio.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asyncio::awaitable;

namespace {

std::thread::id loop_thread;

bool at_home() { return std::this_thread::get_id() == loop_thread; }

void run(awaitable<void> main) {
  loop_thread = std::this_thread::get_id();
  asyncio::run(std::move(main), asyncio::run_options().handle_sigint(false));
}

awaitable<void> hop(asio::thread_pool& pool) {
  co_await asio::post(asio::bind_executor(pool, asio::use_awaitable));
  if (at_home()) throw std::logic_error("the hop has not left the loop's thread");
}

awaitable<int> return_there(asio::thread_pool& pool, int value) {
  co_await hop(pool);
  co_return value;
}

awaitable<int> throw_there(asio::thread_pool& pool) {
  co_await hop(pool);
  throw std::runtime_error("there");
}

awaitable<void> tick() {
  for (;;) co_await asyncio::yield();
}

awaitable<void> return_and_throw_in_tasks(asio::thread_pool& pool, int& sum, int& failed) {
  auto const ticker = asyncio::create_task(tick());
  for (int round = 0; round < 20; ++round) {
    std::vector<asyncio::task<int>> tasks;
    for (int i = 0; i < 10; ++i)
      tasks.push_back(asyncio::create_task(i % 2 == 0 ? return_there(pool, i) : throw_there(pool)));
    for (auto const& t : tasks) {
      try {
        sum += co_await t.join();
      } catch (std::runtime_error const&) {
        ++failed;
      }
      if (!at_home()) throw std::logic_error("a join has ended elsewhere");
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_body_that_returns_or_throws_in_a_thread_pool_ends_its_task) {
  asio::thread_pool pool(2);
  int sum = 0;
  int failed = 0;
  run(return_and_throw_in_tasks(pool, sum, failed));
  BOOST_TEST(sum == 20 * (0 + 2 + 4 + 6 + 8));
  BOOST_TEST(failed == 20 * 5);
  pool.join();
}

BOOST_AUTO_TEST_CASE(main_may_end_in_a_thread_pool) {
  asio::thread_pool pool(1);
  loop_thread = std::this_thread::get_id();
  BOOST_TEST(asyncio::run(return_there(pool, 7)) == 7);
  BOOST_CHECK_THROW(asyncio::run(throw_there(pool)), std::runtime_error);
  pool.join();
}

namespace {

awaitable<int> there_and_back(asio::thread_pool& pool) {
  auto const home = co_await asio::this_coro::executor;
  co_await hop(pool);
  co_await asio::post(asio::bind_executor(home, asio::use_awaitable));
  co_await asyncio::yield();
  co_return 42;
}

awaitable<void> limited(asio::thread_pool& pool, int microseconds, int& in_time, int& late) {
  try {
    co_await asyncio::timeout(std::chrono::microseconds(microseconds), there_and_back(pool));
    ++in_time;
  } catch (asyncio::timeout_error const&) {
    ++late;
  }
}

awaitable<void> many_limited(asio::thread_pool& pool, int& in_time, int& late) {
  for (int round = 0; round < 30; ++round) {
    std::vector<awaitable<void>> all;
    for (int i = 0; i < 30; ++i) all.push_back(limited(pool, (round * 7 + i) % 97, in_time, late));
    co_await asyncio::gather(std::move(all));
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(hops_to_a_thread_pool_under_timeouts_all_end) {
  asio::thread_pool pool(2);
  int in_time = 0;
  int late = 0;
  run(many_limited(pool, in_time, late));
  BOOST_TEST(in_time + late == 900);
  pool.join();
}

namespace {

struct meeting {
  std::latch there{1};
  std::latch go_on{1};
  std::string log;
};

awaitable<void> end_of(asyncio::task<void> t) {
  try {
    co_await t.join();
  } catch (asyncio::cancelled_error const&) {
    BOOST_TEST(at_home());
  }
}

awaitable<void> held_there(asio::thread_pool& pool, meeting& m) {
  co_await hop(pool);
  m.there.count_down();
  m.go_on.wait();
  m.log += "goes on;";
  try {
    co_await asyncio::sleep(1h);
  } catch (asyncio::cancelled_error const&) {
    m.log += at_home() ? "cancelled at home" : "cancelled there";
    throw;
  }
}

awaitable<void> cancel_one_that_is_there(asio::thread_pool& pool, meeting& m) {
  auto t = asyncio::create_task(held_there(pool, m));
  co_await asyncio::yield();
  m.there.wait();
  t.cancel();
  co_await asyncio::sleep(1ms);
  BOOST_TEST(!t.done());
  m.go_on.count_down();
  co_await end_of(t);
  BOOST_TEST(t.cancelled());
}

awaitable<void> ends_there(asio::thread_pool& pool, meeting& m) {
  co_await hop(pool);
  m.there.count_down();
  m.go_on.wait();
}

awaitable<void> cancel_one_that_ends_there(asio::thread_pool& pool, meeting& m) {
  auto t = asyncio::create_task(ends_there(pool, m));
  co_await asyncio::yield();
  m.there.wait();
  t.cancel();
  m.go_on.count_down();
  co_await end_of(t);
  BOOST_TEST(t.cancelled());
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_cancel_of_a_task_that_is_in_a_thread_pool_is_thrown_when_it_is_home) {
  asio::thread_pool pool(1);
  meeting m;
  run(cancel_one_that_is_there(pool, m));
  BOOST_TEST(m.log == "goes on;cancelled at home");
  pool.join();
}

BOOST_AUTO_TEST_CASE(a_cancel_of_a_task_whose_body_ends_in_a_thread_pool_ends_it_cancelled) {
  asio::thread_pool pool(1);
  meeting m;
  run(cancel_one_that_ends_there(pool, m));
  pool.join();
}

namespace {

awaitable<int> give(int value) { co_return value; }

awaitable<int> give_slowly(int value) {
  co_await asyncio::sleep(1ms);
  co_return value;
}

awaitable<int> give_in_group(asyncio::task_group& group, int value) {
  auto const t = group.create_task(give_slowly(value));
  co_return co_await t.join();
}

awaitable<int> give_in_scope(asyncio::timeout_scope& scope, int value) {
  if (scope.expired()) throw std::logic_error("expired");
  return give_slowly(value);
}

awaitable<void> nothing() { co_return; }

struct shared {
  asyncio::event open;
  asyncio::event later;
  asyncio::lock lock;
  asyncio::semaphore semaphore{1};
  asyncio::queue<int> queue;
  asyncio::cancellation_token token;
  std::optional<asyncio::task<int>> child;
};

/// Each wait of the library as the first one in the pool's thread.
awaitable<void> wait_there(asio::thread_pool& pool, shared& s, int which) {
  co_await hop(pool);
  switch (which) {
    case 0: co_await asyncio::yield(); break;
    case 1: co_await asyncio::sleep(1ms); break;
    case 2: co_await s.open.wait(); break;
    case 3: co_await s.later.wait(); break;
    case 4: {
      auto const held = co_await s.lock.acquire();
      co_await asyncio::yield();
      break;
    }
    case 5: {
      auto const held = co_await s.semaphore.acquire();
      co_await asyncio::yield();
      break;
    }
    case 6: co_await s.queue.put(1); break;
    case 7: (void)co_await s.queue.get(); break;
    case 8: (void)co_await asyncio::gather(give(1), give_slowly(2)); break;
    case 9: (void)co_await asyncio::race(give(1), give_slowly(2)); break;
    case 10: (void)co_await asyncio::timeout(1min, give_slowly(1)); break;
    case 11: (void)co_await asyncio::move_on_after(1min, give_slowly(1)); break;
    case 12: (void)co_await asyncio::with_timeout(1min, give_in_scope, 1); break;
    case 13: (void)co_await asyncio::with_task_group(give_in_group, 1); break;
    case 14: (void)co_await asyncio::finally(give_slowly(1), nothing()); break;
    case 15: (void)co_await s.token.run_until_cancelled(give_slowly(1)); break;
    case 16: (void)co_await s.child->join(); break;
    case 17: (void)co_await asyncio::shield(*s.child); break;
    case 18: {
      asio::steady_timer timer(co_await asio::this_coro::executor);
      timer.expires_after(1ms);
      co_await timer.async_wait(asio::use_awaitable);
      break;
    }
    default: throw std::logic_error("no such wait");
  }
  if (!at_home()) throw std::logic_error("it goes on elsewhere");
  co_await asyncio::yield();
}

constexpr int all_waits = 19;

awaitable<void> wait_in_each_way(asio::thread_pool& pool) {
  auto const ticker = asyncio::create_task(tick());
  shared s;
  s.open.set();
  s.child = asyncio::create_task(give_slowly(5));
  std::vector<asyncio::task<void>> tasks;
  for (int round = 0; round < 4; ++round)
    for (int which = 0; which < all_waits; ++which) tasks.push_back(asyncio::create_task(wait_there(pool, s, which)));
  for (auto const& t : tasks) {
    s.later.set();
    co_await t.join();
  }
}

/// ... and a body that ends there, of each function that does something afterwards.
awaitable<void> end_there(asio::thread_pool& pool, int which, bool fails) {
  auto body = fails ? throw_there(pool) : return_there(pool, 3);
  int got = 0;
  asyncio::cancellation_token token;
  auto in_scope = [](asyncio::timeout_scope&, awaitable<int> aw) -> awaitable<int> { return aw; };
  auto in_group = [](asyncio::task_group& g, awaitable<int> aw) -> awaitable<int> {
    auto const child = g.create_task(give_slowly(1));
    co_return co_await std::move(aw);
  };
  switch (which) {
    case 0: got = co_await asyncio::timeout(1min, std::move(body)); break;
    case 1: got = *co_await asyncio::move_on_after(1min, std::move(body)); break;
    case 2: got = co_await asyncio::with_timeout(1min, in_scope, std::move(body)); break;
    case 3: got = co_await asyncio::with_task_group(in_group, std::move(body)); break;
    case 4: got = co_await asyncio::finally(std::move(body), nothing()); break;
    case 5: got = *co_await token.run_until_cancelled(std::move(body)); break;
    case 6: got = std::get<0>(co_await asyncio::gather(std::move(body), give(1))); break;
    case 7: got = co_await asyncio::wait_for(std::move(body), 1min); break;
    default: break;
  }
  BOOST_TEST(got == 3);
  if (!at_home()) throw std::logic_error("it goes on elsewhere");
}

awaitable<void> end_in_each_way(asio::thread_pool& pool) {
  auto const ticker = asyncio::create_task(tick());
  std::vector<asyncio::task<void>> tasks;
  for (int round = 0; round < 4; ++round)
    for (int which = 0; which < 8; ++which)
      tasks.push_back(asyncio::create_task(end_there(pool, which, round % 2 == 1)));
  int failed = 0;
  for (auto const& t : tasks) {
    try {
      co_await t.join();
    } catch (std::runtime_error const&) {
      ++failed;
    } catch (asyncio::exception_group const& e) {
      BOOST_TEST(e.exceptions().size() == 1);
      ++failed;
    }
  }
  BOOST_TEST(failed == 16);
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_wait_that_is_begun_in_a_thread_pool_goes_on_at_home) {
  asio::thread_pool pool(2);
  run(wait_in_each_way(pool));
  pool.join();
}

BOOST_AUTO_TEST_CASE(what_a_function_does_after_its_body_it_does_at_home) {
  asio::thread_pool pool(2);
  run(end_in_each_way(pool));
  pool.join();
}

namespace {

awaitable<void> no_loop_there(asio::thread_pool& pool, std::string& sentence) {
  co_await hop(pool);
  try {
    auto const t = asyncio::create_task(give(1));
  } catch (asyncio::no_running_loop const& e) {
    sentence = e.what();
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(create_task_in_a_thread_pool_says_that_no_loop_runs_there) {
  asio::thread_pool pool(1);
  std::string sentence;
  run(no_loop_there(pool, sentence));
  BOOST_TEST(sentence.find("no running loop in this thread") != std::string::npos);
  pool.join();
}

BOOST_AUTO_TEST_CASE(a_plain_coroutine_that_waits_in_a_thread_pool_goes_on_at_home) {
  asio::thread_pool pool(1);
  asio::io_context context;
  (void)asyncio::loop::of(context);
  loop_thread = std::this_thread::get_id();
  std::promise<bool> ended;
  auto plain = [](asio::thread_pool& p) -> awaitable<bool> {
    co_await hop(p);
    co_await asyncio::sleep(1ms);
    auto const sum = co_await asyncio::gather(give(1), give_slowly(2));
    co_return at_home() && std::get<0>(sum) + std::get<1>(sum) == 3;
  };
  auto result = asio::co_spawn(context, plain(pool), asio::use_future);
  context.run();
  BOOST_TEST(result.get());
  pool.join();
}

BOOST_AUTO_TEST_CASE(in_virtual_time_a_hop_gets_real_time) {
  asio::thread_pool pool(1);
  loop_thread = std::this_thread::get_id();
  auto main = [](asio::thread_pool& p) -> awaitable<int> {
    int const first = co_await return_there(p, 1);
    co_await asyncio::sleep(1h);
    int const second = co_await asyncio::timeout(1min, return_there(p, 2));
    co_return first + second;
  };
  BOOST_TEST(
      asyncio::run(main(pool), asyncio::run_options().clock(asyncio::clock_kind::virtual_).handle_sigint(false)) == 3);
  pool.join();
}

// -- callbacks of a library that has a thread of its own ---------------------------------------------------------------------

namespace {

/// Calls back in a thread of its own. `executor_asked`: as Asio wants it, the executor is asked for at the start.
template <class Token>
auto call_back(std::vector<std::thread>& threads, bool executor_asked, int value, Token&& token) {
  return asio::async_initiate<Token, void(boost::system::error_code, int)>(
      [&threads, executor_asked, value](auto handler) {
        auto const keep = std::make_shared<decltype(handler)>(std::move(handler));
        std::optional<asio::executor_work_guard<asio::any_io_executor>> work;
        if (executor_asked) work.emplace(asio::get_associated_executor(*keep));
        threads.emplace_back([keep, work, value] { (*keep)(boost::system::error_code(), value); });
      },
      token);
}

awaitable<int> called_back(std::vector<std::thread>& threads, bool executor_asked) {
  int const got = co_await call_back(threads, executor_asked, 21, asio::use_awaitable);
  BOOST_TEST(!at_home());
  co_await asyncio::sleep(1ms);
  BOOST_TEST(at_home());
  co_return 2 * got;
}

std::string said_in_debug_mode(bool executor_asked) {
  std::ostringstream text;
  auto const sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text);
  std::vector<std::thread> threads;
  loop_thread = std::this_thread::get_id();
  int const got =
      asyncio::run(called_back(threads, executor_asked), asyncio::run_options()
                                                             .debug(true)
                                                             .name("the caller")
                                                             .handle_sigint(false)
                                                             .logger(std::make_shared<spdlog::logger>("test", sink)));
  BOOST_TEST(got == 42);
  for (auto& t : threads) t.join();
  return text.str();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_callback_that_resumes_a_task_in_its_own_thread_is_named_in_debug_mode) {
  for (bool const executor_asked : {true, false}) {
    std::string const said = said_in_debug_mode(executor_asked);
    BOOST_TEST_CONTEXT(said) {
      BOOST_TEST(said.find("task 'the caller' created at ") != std::string::npos);
      BOOST_TEST(said.find("asio::dispatch(asio::get_associated_executor(handler), ...)") != std::string::npos);
    }
  }
}

// -- several threads run one context ------------------------------------------------------------------------------------------

namespace {

struct totals {
  asyncio::queue<int> queue{4};
  int taken = 0;
};

awaitable<void> put_after_waits(totals& t, int count) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (int i = 0; i < count; ++i) {
    timer.expires_after(std::chrono::microseconds(i % 50));
    co_await timer.async_wait(asio::use_awaitable);
    co_await t.queue.put(i);
  }
}

awaitable<void> take(totals& t, int count) {
  for (int i = 0; i < count; ++i) {
    (void)co_await t.queue.get();
    ++t.taken;
    if (i % 10 == 0) co_await asyncio::yield();
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_second_thread_that_runs_the_context_gets_an_error_and_the_first_goes_on) {
  asio::io_context context;
  totals t;
  for (int i = 0; i < 5; ++i) {
    asyncio::create_task(context, put_after_waits(t, 300));
    asyncio::create_task(context, take(t, 300));
  }
  std::mutex guard;
  std::vector<std::string> errors;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      try {
        context.run();
      } catch (asyncio::invalid_state const& e) {
        std::lock_guard const lock(guard);
        errors.emplace_back(e.what());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  BOOST_TEST(t.taken == 1500);
  BOOST_TEST(errors.size() >= 1U);
  BOOST_TEST(errors.size() <= 3U);
  for (auto const& e : errors) BOOST_TEST(e.find("one thread at a time runs a loop") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_second_thread_in_the_context_of_run_gets_an_error) {
  std::string error;
  auto main = [](std::string& e) -> awaitable<void> {
    auto& context =
        static_cast<asio::io_context&>(asio::query(co_await asio::this_coro::executor, asio::execution::context));
    std::thread second([&] {
      try {
        auto const work = asio::make_work_guard(context);
        asyncio::loop::of(context).call_soon_threadsafe([] {});
        context.run_for(5s);
      } catch (asyncio::invalid_state const& x) {
        e = x.what();
      }
    });
    second.join();
    co_await asyncio::sleep(1ms);
  };
  run(main(error));
  BOOST_TEST(error.find("one thread at a time runs a loop") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_loop_moves_to_another_thread_between_two_runs_of_its_context) {
  asio::io_context context;
  int done = 0;
  auto work = [](int& count) -> awaitable<void> {
    for (int i = 0; i < 10; ++i) {
      co_await asyncio::sleep(100us);
      ++count;
    }
  };
  for (int round = 1; round <= 8; ++round) {
    asyncio::create_task(context, work(done));
    std::thread other([&] {
      context.restart();
      context.run_one();  // and leaves in the middle
      context.run_one();
    });
    other.join();
    context.restart();
    context.run();
    BOOST_TEST(done == 10 * round);
  }
}
