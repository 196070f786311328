// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE cancel_matrix
// Every kind of Asio operation under everything that cancels: it ends at once, is told apart from other failures, and
// leaves nothing pending.
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::ip::tcp;
using asyncio::awaitable;

namespace {

// -- operations: each would take for ever ------------------------------------------------------------------------------

template <class Token>
awaitable<void> timer_with(Token token) {
  asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
  co_await timer.async_wait(token);
}

awaitable<void> timer() { return timer_with(asio::use_awaitable); }
awaitable<void> deferred_timer() { return timer_with(asio::deferred); }

awaitable<void> bound_timer() {
  asio::io_context& context = asyncio::loop::running().context();
  asio::steady_timer waits(context, 1h);
  co_await waits.async_wait(asio::bind_executor(context.get_executor(), asio::use_awaitable));
}

/// Gets the error code instead of an exception, and passes it on.
awaitable<void> tuple_timer() {
  asio::steady_timer waits(co_await asio::this_coro::executor, 1h);
  auto [ec] = co_await waits.async_wait(asio::as_tuple(asio::use_awaitable));
  if (ec) throw boost::system::system_error(ec);
}

awaitable<void> accepts() {
  tcp::acceptor acceptor(co_await asio::this_coro::executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket peer = co_await acceptor.async_accept(asio::use_awaitable);
}

awaitable<void> reads() {
  auto const executor = co_await asio::this_coro::executor;
  tcp::acceptor acceptor(executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket client(executor);
  client.connect(acceptor.local_endpoint());
  tcp::socket server = acceptor.accept();
  std::array<char, 4> bytes{};
  co_await asio::async_read(server, asio::buffer(bytes), asio::use_awaitable);
}

awaitable<void> spawned() {
  auto const executor = co_await asio::this_coro::executor;
  co_await asio::co_spawn(executor, timer(), asio::use_awaitable);
}

awaitable<void> spawned_library_wait() {
  static auto const sleeps = []() -> awaitable<void> { co_await asyncio::sleep_forever(); };
  auto const executor = co_await asio::this_coro::executor;
  co_await asio::co_spawn(executor, sleeps(), asio::use_awaitable);
}

using operation = awaitable<void> (*)();

template <operation Then>
awaitable<void> resets_its_state() {
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
  co_await asio::this_coro::throw_if_cancelled(true);
  co_await Then();
}

struct named_operation {
  char const* name;
  operation start;
};
constexpr named_operation operations[] = {
    {"timer", &timer},
    {"deferred timer", &deferred_timer},
    {"timer on a plain executor", &bound_timer},
    {"as_tuple", &tuple_timer},
    {"accept", &accepts},
    {"read", &reads},
    {"co_spawn", &spawned},
    {"co_spawn of a library wait", &spawned_library_wait},
    {"timer after a reset of the state", &resets_its_state<&timer>},
    {"accept after a reset of the state", &resets_its_state<&accepts>},
    {"read after a reset of the state", &resets_its_state<&reads>},
};

// -- what cancels ------------------------------------------------------------------------------------------------------

awaitable<void> fail_after(asyncio::duration d) {
  co_await asyncio::sleep(d);
  throw std::runtime_error("sibling");
}

awaitable<int> one_after(asyncio::duration d) {
  co_await asyncio::sleep(d);
  co_return 1;
}

/// What it writes to outlives the test case: a case that is cancelled goes before the tasks it has started.
awaitable<void> until_cancelled(awaitable<void> body, std::shared_ptr<std::string> end) {
  try {
    co_await std::move(body);
    *end = "returned";
  } catch (asyncio::cancelled_error const&) {
    *end = "cancelled";
    throw;
  } catch (boost::system::system_error const& e) {
    *end = e.code() == asio::error::operation_aborted ? "aborted" : e.what();
    throw;
  }
}

awaitable<void> ended(asyncio::task<void> t) {
  std::vector<asyncio::task<void>> const one(1, t);
  co_await asyncio::wait(one);
}

std::string how(asyncio::any_task const& t) {
  return !t.done() ? "pending" : t.cancelled() ? "cancelled" : "otherwise";
}

awaitable<std::string> task_cancel(awaitable<void> body) {
  auto t = asyncio::create_task(std::move(body));
  co_await asyncio::sleep(1ms);
  t.cancel();
  co_await ended(t);
  co_return how(t);
}

awaitable<std::string> two_cancels(awaitable<void> body) {
  auto t = asyncio::create_task(std::move(body));
  co_await asyncio::sleep(1ms);
  t.cancel();
  t.cancel();
  co_await ended(t);
  co_return how(t);
}

awaitable<std::string> by_timeout(awaitable<void> body) {
  try {
    co_await asyncio::timeout(1ms, std::move(body));
  } catch (asyncio::timeout_error const&) {
    co_return "cancelled";
  }
  co_return "otherwise";
}

awaitable<std::string> by_move_on_after(awaitable<void> body) {
  bool const in_time = co_await asyncio::move_on_after(1ms, std::move(body));
  co_return in_time ? "otherwise" : "cancelled";
}

awaitable<std::string> by_wait_for(awaitable<void> body) {
  try {
    co_await asyncio::wait_for(std::move(body), 1ms);
  } catch (asyncio::timeout_error const&) {
    co_return "cancelled";
  }
  co_return "otherwise";
}

awaitable<std::string> by_race(awaitable<void> body) {
  auto const winner = co_await asyncio::race(std::move(body), one_after(1ms));
  co_return winner.index() == 1 ? "cancelled" : "otherwise";
}

awaitable<std::string> by_sibling_in_gather(awaitable<void> body) {
  try {
    co_await asyncio::gather(std::move(body), fail_after(1ms));
  } catch (std::runtime_error const& e) {
    co_return std::string(e.what()) == "sibling" ? "cancelled" : e.what();
  }
  co_return "otherwise";
}

awaitable<std::string> by_sibling_in_a_group(awaitable<void> body) {
  auto open = [](asyncio::task_group& g, awaitable<void> child) -> awaitable<void> {
    g.create_task(std::move(child));
    g.create_task(fail_after(1ms));
    co_return;
  };
  std::string end = "otherwise";
  try {
    co_await asyncio::with_task_group(open, std::move(body));
  } catch (asyncio::exception_group const& e) {
    end = e.exceptions().size() == 1 ? "cancelled" : e.what();
  }
  co_return end;
}

awaitable<std::string> in_finally(awaitable<void> body) {
  auto t = asyncio::create_task(asyncio::finally(std::move(body), asyncio::sleep(1ms)));
  co_await asyncio::sleep(1ms);
  t.cancel();
  co_await ended(t);
  co_return how(t);
}

awaitable<std::string> behind_a_shield(awaitable<void> body) {
  auto inner = asyncio::create_task(std::move(body));
  static auto const waits = [](asyncio::task<void> t) -> awaitable<void> { co_await asyncio::shield(t); };
  auto outer = asyncio::create_task(waits(inner));
  co_await asyncio::sleep(1ms);
  outer.cancel();
  co_await ended(outer);
  std::string const end = how(outer);
  if (inner.done()) co_return "the cancel went through the shield";
  inner.cancel();
  co_await ended(inner);
  co_return end == how(inner) ? end : "otherwise";
}

struct named_canceller {
  char const* name;
  awaitable<std::string> (*run)(awaitable<void>);
};
constexpr named_canceller cancellers[] = {
    {"cancel", &task_cancel},          {"two cancels", &two_cancels},
    {"timeout", &by_timeout},          {"move_on_after", &by_move_on_after},
    {"wait_for", &by_wait_for},        {"race", &by_race},
    {"gather", &by_sibling_in_gather}, {"task group", &by_sibling_in_a_group},
    {"finally", &in_finally},          {"shield", &behind_a_shield},
};

}  // namespace

// conformance: C9, C23
ASYNCIO_TEST_CASE(every_asio_operation_ends_promptly_under_everything_that_cancels) {
  for (named_operation const& op : operations) {
    for (named_canceller const& by : cancellers) {
      BOOST_TEST_CONTEXT(op.name << " under " << by.name) {
        auto const end = std::make_shared<std::string>();
        asyncio::time_point const begin = asyncio::loop::running().time();
        std::string const what = co_await by.run(until_cancelled(op.start(), end));
        BOOST_TEST(what == "cancelled");
        BOOST_TEST((*end == "cancelled" || *end == "aborted"));
        BOOST_TEST((asyncio::loop::running().time() - begin < 100ms));
        BOOST_TEST(asyncio::all_tasks().size() == 1u);
      }
    }
  }
}

ASYNCIO_TEST_CASE(a_task_whose_asio_operation_was_cancelled_can_wait_again) {
  static auto const body = [](operation op, std::shared_ptr<int> steps) -> awaitable<void> {
    try {
      co_await op();
    } catch (boost::system::system_error const&) {
      ++*steps;
    }
    co_await asyncio::sleep(1ms);
    asio::steady_timer again(co_await asio::this_coro::executor, 0ms);
    co_await again.async_wait(asio::use_awaitable);
    co_await asyncio::gather(one_after(1ms), one_after(1ms));
    ++*steps;
  };
  for (named_operation const& op : operations) {
    BOOST_TEST_CONTEXT(op.name) {
      auto const steps = std::make_shared<int>(0);
      auto t = asyncio::create_task(body(op.start, steps));
      co_await asyncio::sleep(1ms);
      t.cancel();
      co_await t.join();
      BOOST_TEST(*steps == 2);
      BOOST_TEST(!t.cancelled());
    }
  }
}
