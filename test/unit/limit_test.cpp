// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE limit
#include "lazy_range.hpp"

#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <memory>
#include <ranges>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::gather;
using asyncio::limit;
using asyncio::testing::keep_alive;
namespace asio = boost::asio;

namespace {

asyncio::duration now() { return asyncio::loop::running().time().time_since_epoch(); }

/// How many run at once, and how many ever did.
struct meter {
  int running = 0;
  int most = 0;
  int begun = 0;
  int cancelled = 0;
};

awaitable<int> work(meter& m, int value, asyncio::duration d) {
  ++m.begun;
  m.most = std::max(m.most, ++m.running);
  bool cancelled = false;
  try {
    co_await asyncio::sleep(d);
  } catch (asyncio::cancelled_error const&) {
    cancelled = true;
  }
  --m.running;
  if (!cancelled) co_return value;
  ++m.cancelled;
  throw asyncio::cancelled_error();
}

awaitable<int> fail(std::string text, asyncio::duration d) {
  co_await asyncio::sleep(d);
  throw std::runtime_error(text);
}

awaitable<int> fail_at_once(int& begun) {
  ++begun;
  throw std::runtime_error("at once");
  co_return 0;
}

awaitable<int> ready(int value) { co_return value; }

awaitable<void> note(std::string& log, char c) {
  co_await asyncio::sleep(1s);
  log += c;
}

awaitable<int> run_all(std::vector<awaitable<int>> bodies, std::size_t n) {
  int sum = 0;
  auto const values = co_await gather(limit(n), std::move(bodies));
  for (int v : values) sum += v;
  co_return sum;
}

template <class T>
awaitable<std::string> outcome(awaitable<T> aw) {
  try {
    co_await std::move(aw);
  } catch (asyncio::cancelled_error const& e) {
    co_return "cancelled:" + std::string(e.message());
  } catch (std::exception const& e) {
    co_return e.what();
  }
  co_return "value";
}

struct picky {  // neither default-constructible nor copyable
  explicit picky(int v) : value(std::make_unique<int>(v)) {}
  std::unique_ptr<int> value;
};

awaitable<picky> give_picky(int value) {
  co_await asyncio::sleep(std::chrono::seconds(10 - value));
  co_return picky(value);
}

}  // namespace

// conformance: XJ11
ASYNCIO_TEST_CASE(no_more_than_the_limit_run_at_a_time) {
  meter m;
  std::vector<awaitable<int>> bodies;
  for (int i = 0; i < 10; ++i) bodies.push_back(work(m, i, 1s));
  std::vector<int> const values = co_await gather(limit(3), std::move(bodies));
  BOOST_TEST(m.most == 3);
  BOOST_TEST(m.begun == 10);
  BOOST_TEST((now() == 4s));
  for (int i = 0; i < 10; ++i) BOOST_TEST(values[static_cast<std::size_t>(i)] == i);
}

// conformance: XJ11
ASYNCIO_TEST_CASE(a_slot_is_used_again_as_soon_as_it_is_free) {
  meter m;
  std::vector<awaitable<int>> bodies;
  for (int seconds : {5, 1, 2, 3, 1}) bodies.push_back(work(m, seconds, std::chrono::seconds(seconds)));
  auto const values = co_await gather(limit(2), std::move(bodies));
  BOOST_TEST((now() == 6s));  // 5 + 1 beside 1 + 2 + 3
  BOOST_TEST(values.front() == 5);
  BOOST_TEST(values.back() == 1);
  BOOST_TEST(m.most == 2);
}

ASYNCIO_TEST_CASE(a_limit_of_one_runs_them_one_after_the_other) {
  std::string log;
  std::vector<awaitable<void>> bodies;
  for (char c : std::string("abcd")) bodies.push_back(note(log, c));
  co_await gather(limit(1), std::move(bodies));
  BOOST_TEST(log == "abcd");
  BOOST_TEST((now() == 4s));
}

ASYNCIO_TEST_CASE(a_limit_above_the_number_is_no_limit) {
  meter m;
  std::vector<awaitable<int>> bodies;
  for (int i = 0; i < 5; ++i) bodies.push_back(work(m, i, 1s));
  co_await gather(limit(100u), bodies);
  BOOST_TEST(m.most == 5);
  BOOST_TEST((now() == 1s));
}

BOOST_AUTO_TEST_CASE(a_limit_below_one_is_a_value_error) {
  BOOST_CHECK_THROW(limit(0), asyncio::value_error);
  BOOST_CHECK_THROW(limit(-3), asyncio::value_error);
  BOOST_CHECK_THROW(limit(0u), asyncio::value_error);
  std::string text;
  try {
    (void)limit(0);
  } catch (asyncio::value_error const& e) {
    text = e.what();
  }
  BOOST_TEST(text.rfind("asyncio::limit: a limit below one", 0) == 0u);
  BOOST_TEST(limit(7).count() == 7u);
}

ASYNCIO_TEST_CASE(nothing_to_do_is_done_at_once) {
  auto const values = co_await gather(limit(2), std::vector<awaitable<int>>());
  BOOST_TEST(values.empty());
  co_await gather(limit(2), std::vector<awaitable<void>>());
  BOOST_TEST((now() == 0s));
}

ASYNCIO_TEST_CASE(a_lazy_range_is_pulled_only_when_a_slot_is_free) {
  struct source {
    static awaitable<int> body(int i) {
      co_await asyncio::sleep(1s);
      co_return i;
    }
  };
  auto& pulled = keep_alive<int>();
  auto const make = [&pulled](int i) {
    ++pulled;
    return source::body(i);
  };
  auto lazy = lazy_range(0, 6, make);
  auto all = asyncio::create_task(gather(limit(2), std::move(lazy)));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(pulled == 2);
  co_await asyncio::testing::advance(1s);
  BOOST_TEST(pulled == 4);
  auto const values = co_await all.join();
  BOOST_TEST(pulled == 6);
  BOOST_TEST((values == std::vector<int>{0, 1, 2, 3, 4, 5}));
}

ASYNCIO_TEST_CASE(a_range_that_can_be_read_only_once_will_do) {
  std::istringstream numbers("3 1 2");
  auto const next = [&numbers](int) {
    int number = 0;
    numbers >> number;
    return ready(number);
  };
  auto const values = co_await gather(limit(2), lazy_range(0, 3, next));
  BOOST_TEST((values == std::vector<int>{3, 1, 2}));
}

ASYNCIO_TEST_CASE(many_that_never_wait_are_no_problem) {
  long sum = 0;
  auto const values = co_await gather(limit(4), lazy_range(0, 10'000, &ready));
  for (int v : values) sum += v;
  BOOST_TEST(sum == 49'995'000);
}

ASYNCIO_TEST_CASE(results_need_not_be_copyable) {
  auto const values = co_await gather(limit(3), lazy_range(0, 5, &give_picky));
  for (int i = 0; i < 5; ++i) BOOST_TEST(*values[static_cast<std::size_t>(i)].value == i);
}

ASYNCIO_TEST_CASE(after_the_first_failure_nothing_more_is_started) {
  meter m;
  std::vector<awaitable<int>> bodies;
  bodies.push_back(work(m, 0, 1h));
  bodies.push_back(fail("no", 1s));
  for (int i = 0; i < 5; ++i) bodies.push_back(work(m, i, 1s));
  BOOST_TEST(co_await outcome(gather(limit(2), std::move(bodies))) == "no");
  BOOST_TEST((now() == 1s));
  BOOST_TEST(m.begun == 1);
  BOOST_TEST(m.cancelled == 1);
  BOOST_TEST(asyncio::all_tasks().size() == 1u);
}

ASYNCIO_TEST_CASE(one_that_fails_without_waiting_starts_nothing_more) {
  int begun = 0;
  std::vector<awaitable<int>> bodies;
  for (int i = 0; i < 100; ++i) bodies.push_back(fail_at_once(begun));
  BOOST_TEST(co_await outcome(gather(limit(2), std::move(bodies))) == "at once");
  BOOST_TEST(begun <= 2);
}

ASYNCIO_TEST_CASE(a_cancel_reaches_those_that_run_and_starts_no_more) {
  auto& m = keep_alive<meter>();
  std::vector<awaitable<int>> bodies;
  for (int i = 0; i < 6; ++i) bodies.push_back(work(m, i, 1h));
  auto t = asyncio::create_task(run_all(std::move(bodies), 2));
  co_await asyncio::sleep(1s);
  t.cancel("enough");
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled:enough");
  BOOST_TEST((now() == 1s));
  BOOST_TEST(m.begun == 2);
  BOOST_TEST(m.cancelled == 2);
  BOOST_TEST(m.running == 0);
}

ASYNCIO_TEST_CASE(a_cancel_at_the_instant_a_slot_is_free_leaves_nothing_running) {
  auto& m = keep_alive<meter>();
  std::vector<awaitable<int>> bodies;
  for (int i = 0; i < 6; ++i) bodies.push_back(work(m, i, std::chrono::seconds(1 + i % 2)));
  auto t = asyncio::create_task(run_all(std::move(bodies), 2));
  asyncio::loop::running().call_later(1s, [t]() mutable { t.cancel(); });
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled:");
  BOOST_TEST(m.running == 0);
  BOOST_TEST(asyncio::all_tasks().size() == 1u);
}

ASYNCIO_TEST_CASE(with_return_exceptions_all_run_whatever_happens) {
  meter m;
  std::vector<awaitable<int>> bodies;
  bodies.push_back(fail("first", 1s));
  bodies.push_back(work(m, 5, 2s));
  bodies.push_back(fail("third", 1s));
  bodies.push_back(work(m, 7, 1s));
  auto const r = co_await gather(asyncio::return_exceptions, limit(2), std::move(bodies));
  BOOST_REQUIRE(r.size() == 4u);
  BOOST_TEST(r[0].has_error());
  BOOST_TEST(r[1].value() == 5);
  std::string text;
  try {
    std::rethrow_exception(r[2].error());
  } catch (std::runtime_error const& e) {
    text = e.what();
  }
  BOOST_TEST(text == "third");
  BOOST_TEST(r[3].value() == 7);
  BOOST_TEST((now() == 3s));
}

ASYNCIO_TEST_CASE(limit_and_return_exceptions_stand_in_either_order) {
  std::vector<awaitable<int>> bodies;
  bodies.push_back(fail("no", 1s));
  bodies.push_back(ready(1));
  auto const r = co_await gather(limit(1), asyncio::return_exceptions, std::move(bodies));
  BOOST_TEST(r[0].has_error());
  BOOST_TEST(r[1].value() == 1);
}

ASYNCIO_TEST_CASE(an_exception_of_the_range_itself_ends_the_call) {
  meter m;
  auto const make = [&m](int i) -> awaitable<int> {
    if (i == 2) throw std::out_of_range("no more");
    return work(m, i, i == 0 ? 1s : 1h);
  };
  auto lazy = lazy_range(0, 6, make);
  BOOST_TEST(co_await outcome(gather(limit(2), std::move(lazy))) == "no more");
  BOOST_TEST((now() == 1s));
  BOOST_TEST(m.cancelled == 1);
  BOOST_TEST(m.running == 0);
}

ASYNCIO_TEST_CASE(an_exception_of_the_range_is_thrown_with_return_exceptions_too) {
  meter m;
  auto const make = [&m](int i) -> awaitable<int> {
    if (i == 2) throw std::out_of_range("no more");
    return work(m, i, 1s);
  };
  auto lazy = lazy_range(0, 6, make);
  BOOST_TEST(co_await outcome(gather(asyncio::return_exceptions, limit(2), std::move(lazy))) == "no more");
}

ASYNCIO_TEST_CASE(the_bodies_run_in_the_context_of_the_caller) {
  static asyncio::context_var<int> var(0);
  struct body {
    static awaitable<int> read(int) {
      co_await asyncio::sleep(1s);
      int const seen = var.get();
      auto const token = var.set(99);
      co_return seen;
    }
  };
  auto const token = var.set(42);
  auto const values = co_await gather(limit(1), lazy_range(0, 3, &body::read));
  BOOST_TEST((values == std::vector<int>{42, 42, 42}));
  BOOST_TEST(var.get() == 42);
}

BOOST_AUTO_TEST_CASE(raw_timers_under_a_limit_are_cancelled_promptly) {
  asio::io_context ctx;
  struct bodies {
    static awaitable<int> raw(int& cancelled) {
      asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
      try {
        co_await timer.async_wait(asio::use_awaitable);
      } catch (boost::system::system_error const& e) {
        if (e.code() == asio::error::operation_aborted) ++cancelled;
        throw;
      }
      co_return 1;
    }
    static awaitable<void> caller(int& cancelled) {
      std::vector<awaitable<int>> all;
      for (int i = 0; i < 4; ++i) all.push_back(raw(cancelled));
      co_await gather(limit(2), std::move(all));
    }
  };
  int cancelled = 0;
  auto t = asyncio::create_task(ctx, bodies::caller(cancelled));
  ctx.poll();
  BOOST_TEST(!t.done());
  BOOST_TEST(t.cancel());
  ctx.run();  // returns at once: nothing is pending any more
  BOOST_TEST(t.cancelled());
  BOOST_TEST(cancelled == 2);
}

BOOST_AUTO_TEST_CASE(sockets_under_a_limit_are_cancelled_by_the_first_failure) {
  asio::io_context ctx;
  using tcp = asio::ip::tcp;
  tcp::acceptor acceptor(ctx, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket client(ctx);
  client.connect(acceptor.local_endpoint());
  tcp::socket server = acceptor.accept();
  struct bodies {
    static awaitable<int> read(tcp::socket& s, bool& aborted) {
      char byte = 0;
      try {
        co_await s.async_read_some(asio::buffer(&byte, 1), asio::use_awaitable);
      } catch (boost::system::system_error const& e) {
        aborted = e.code() == asio::error::operation_aborted;
        throw;
      }
      co_return byte;
    }
    static awaitable<int> bad() {
      co_await asyncio::yield();
      throw std::runtime_error("bad");
    }
    static awaitable<std::string> caller(tcp::socket& s, bool& aborted) {
      std::vector<awaitable<int>> all;
      all.push_back(read(s, aborted));
      all.push_back(bad());
      co_return co_await outcome(gather(limit(2), std::move(all)));
    }
  };
  bool aborted = false;
  auto t = asyncio::create_task(ctx, bodies::caller(client, aborted));
  ctx.run();
  BOOST_TEST(t.result() == "bad");
  BOOST_TEST(aborted);
}

BOOST_AUTO_TEST_CASE(a_limit_works_in_a_plain_coroutine) {
  asio::io_context ctx;
  int sum = 0;
  std::vector<awaitable<int>> bodies;
  for (int i = 1; i <= 4; ++i) bodies.push_back(ready(i));
  asio::co_spawn(ctx, run_all(std::move(bodies), 2), [&](std::exception_ptr e, int s) {
    BOOST_TEST((e == nullptr));
    sum = s;
  });
  ctx.run();
  BOOST_TEST(sum == 10);
}
