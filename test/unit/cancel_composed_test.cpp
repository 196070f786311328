// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE cancel_composed
// Operations of several steps: a cancel, or the end of a timeout, may come between any two of them.
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace http = boost::beast::http;
using namespace std::chrono_literals;
using asio::ip::tcp;
using asyncio::awaitable;
using stream = asio::local::stream_protocol::socket;

namespace {

std::string end_of(asyncio::any_task const& t) {
  if (!t.done()) return "pending";
  if (t.cancelled()) return "cancelled";
  if (std::exception_ptr const e = t.exception()) {
    try {
      std::rethrow_exception(e);
    } catch (std::exception const& x) {
      return x.what();
    }
  }
  return "finished";
}

/// Both ends of a connection. What `far` has written is there to be read, and nobody reads from it.
struct world {
  explicit world(asio::io_context& c) : context(c), near(c), far(c) { asio::local::connect_pair(near, far); }
  void sent(std::string const& text) { asio::write(far, asio::buffer(text)); }

  asio::io_context& context;
  stream near, far;
};

/// Blocks everything.
void pass(asyncio::duration d) {
  asio::io_context own;
  asio::steady_timer(own, d).wait();
}

void run_until_done(asio::io_context& context, asyncio::any_task const& t) {
  auto const give_up = std::chrono::steady_clock::now() + 2s;
  while (!t.done() && std::chrono::steady_clock::now() < give_up) context.run_one_for(100ms);
}

using operation = awaitable<void> (*)(world&);

awaitable<void> end_after(operation op, world& w, asyncio::duration d) { co_await asyncio::timeout(d, op(w)); }

/// Cancels the operation after each number of handlers, and lets its time be up there.
void ends_at_every_step(operation op, char const* sent, int handlers) {
  for (int n = 0; n <= handlers; ++n) {
    BOOST_TEST_CONTEXT("after " << n << " handlers") {
      {
        asio::io_context context;
        world w(context);
        w.sent(sent);
        auto t = asyncio::create_task(context, op(w));
        for (int i = 0; i < n; ++i) context.poll_one();
        bool const asked = t.cancel();
        run_until_done(context, t);
        std::string const end = end_of(t);
        BOOST_TEST(end == (asked ? "cancelled" : "finished"));
      }
      {
        asio::io_context context;
        world w(context);
        w.sent(sent);
        auto t = asyncio::create_task(context, end_after(op, w, 1ms));
        for (int i = 0; i < n; ++i) context.poll_one();
        pass(1100us);
        run_until_done(context, t);
        std::string const end = end_of(t);
        BOOST_TEST((end == "finished" || end.find("the time is up") != std::string::npos), end);
      }
    }
  }
}

}  // namespace

// -- operations of Asio and Beast ---------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_read_of_a_http_request_ends_at_every_step) {
  static auto const reads = [](world& w) -> awaitable<void> {
    boost::beast::flat_buffer buffer;
    http::request<http::string_body> request;
    co_await http::async_read(w.near, buffer, request, asio::use_awaitable);
  };
  ends_at_every_step(reads, "GET / HTTP/1.1\r\nHost: x\r\n", 12);
}

BOOST_AUTO_TEST_CASE(a_write_of_a_http_request_ends_at_every_step) {
  static auto const writes = [](world& w) -> awaitable<void> {
    http::request<http::string_body> request{http::verb::get, "/", 11};
    request.body() = std::string(4'000'000, 'x');
    request.prepare_payload();
    co_await http::async_write(w.near, request, asio::use_awaitable);
  };
  ends_at_every_step(writes, "", 12);
}

BOOST_AUTO_TEST_CASE(a_read_up_to_a_delimiter_ends_at_every_step) {
  static auto const reads = [](world& w) -> awaitable<void> {
    std::string text;
    co_await asio::async_read_until(w.near, asio::dynamic_buffer(text), "\r\n\r\n", asio::use_awaitable);
  };
  ends_at_every_step(reads, "GET / HTTP/1.1\r\nHost: x\r\n", 8);
}

BOOST_AUTO_TEST_CASE(a_connect_to_one_of_several_addresses_ends_at_every_step) {
  static auto const connects = [](world& w) -> awaitable<void> {
    tcp::acceptor closed(w.context, {asio::ip::address_v4::loopback(), 0}),
        open(w.context, {asio::ip::address_v4::loopback(), 0});
    std::vector<tcp::endpoint> endpoints(4, closed.local_endpoint());
    closed.close();
    endpoints.push_back(open.local_endpoint());
    tcp::socket socket(w.context);
    co_await asio::async_connect(socket, endpoints, asio::use_awaitable);
  };
  ends_at_every_step(connects, "", 12);
}

BOOST_AUTO_TEST_CASE(a_chain_of_spawned_coroutines_ends_at_every_step) {
  static auto const reads = [](world& w) -> awaitable<void> {
    boost::beast::flat_buffer buffer;
    http::request<http::string_body> request;
    co_await http::async_read(w.near, buffer, request, asio::use_awaitable);
  };
  static auto const on_the_contexts_executor = [](world& w) -> awaitable<void> {
    co_await asio::co_spawn(w.context.get_executor(), reads(w), asio::use_awaitable);
  };
  static auto const on_its_own = [](world& w) -> awaitable<void> {
    co_await asio::co_spawn(co_await asio::this_coro::executor, on_the_contexts_executor(w), asio::use_awaitable);
  };
  ends_at_every_step(on_its_own, "GET / HTTP/1.1\r\nHost: x\r\n", 20);
}

// -- operations of users' own -------------------------------------------------------------------------------------------------

namespace {

/// Takes another turn between two reads, and does not ask whether it was cancelled.
template <class Token>
auto async_read_bytes(stream& s, Token&& token) {
  auto implementation = [&s, byte = std::array<char, 1>(), turn = false](auto& self, boost::system::error_code ec = {},
                                                                         std::size_t = 0) mutable {
    if (ec) return self.complete(ec);
    turn = !turn;
    auto const executor = s.get_executor();
    if (turn) return asio::post(executor, std::move(self));
    s.async_read_some(asio::buffer(byte), std::move(self));
  };
  return asio::async_compose<Token, void(boost::system::error_code)>(std::move(implementation), token, s);
}

/// Tries again, `failures` times, whatever the answer was: a cancel, too.
template <class Token>
auto async_try_again(asio::steady_timer& timer, int failures, Token&& token) {
  auto implementation = [&timer, failures](auto& self, boost::system::error_code ec = {}) mutable {
    if (failures-- == 0) return self.complete(ec);
    timer.expires_after(1h);
    timer.async_wait(std::move(self));
  };
  return asio::async_compose<Token, void(boost::system::error_code)>(std::move(implementation), token, timer);
}

/// Looks something up in a thread, which no cancel stops, and then waits.
template <class Token>
auto async_look_up_and_wait(asio::steady_timer& timer, asio::thread_pool& threads, Token&& token) {
  auto implementation = [&timer, &threads, step = 0](auto& self, boost::system::error_code ec = {}) mutable {
    switch (step++) {
      case 0:
        return asio::post(threads, [self = std::move(self), home = timer.get_executor()]() mutable {
          pass(5ms);
          asio::post(home, std::move(self));
        });
      case 1: return timer.async_wait(std::move(self));
      default: return self.complete(ec);
    }
  };
  return asio::async_compose<Token, void(boost::system::error_code)>(std::move(implementation), token, timer);
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_operation_made_with_async_compose_ends_at_every_step) {
  static auto const reads = [](world& w) -> awaitable<void> { co_await async_read_bytes(w.near, asio::use_awaitable); };
  static auto const reads_on_a_plain_executor = [](world& w) -> awaitable<void> {
    co_await async_read_bytes(w.near, asio::bind_executor(w.context.get_executor(), asio::use_awaitable));
  };
  ends_at_every_step(reads, "twelve bytes", 40);
  ends_at_every_step(reads_on_a_plain_executor, "twelve bytes", 40);
}

BOOST_AUTO_TEST_CASE(an_operation_that_tries_again_after_a_cancel_is_cancelled_again) {
  static auto const tries = [](world& w) -> awaitable<void> {
    asio::steady_timer timer(w.context);
    co_await async_try_again(timer, 5, asio::use_awaitable);
  };
  ends_at_every_step(tries, "", 3);
}

namespace {
awaitable<void> cancels(awaitable<void> (*body)(), std::string& how) {
  auto t = asyncio::create_task(body());
  co_await asyncio::sleep(1ms);
  t.cancel();
  std::vector<asyncio::task<void>> const one(1, t);
  (void)co_await asyncio::wait(one, asyncio::all_completed, 2s);
  how = end_of(t);
}
}  // namespace

BOOST_AUTO_TEST_CASE(under_run_such_an_operation_is_cancelled_again_on_an_executor_that_is_not_the_tasks) {
  static auto const tries = []() -> awaitable<void> {
    asio::io_context& context = asyncio::loop::running().context();
    asio::steady_timer timer(context);
    co_await async_try_again(timer, 5, asio::bind_executor(context.get_executor(), asio::use_awaitable));
  };
  std::string how;
  asyncio::run(cancels(
      +[] { return tries(); }, how));
  BOOST_TEST(how == "cancelled");
}

BOOST_AUTO_TEST_CASE(a_cancel_during_a_step_that_takes_none_ends_the_next_one) {
  for (bool const plain : {false, true}) {
    static auto const looks_up = [](bool on_context) -> awaitable<void> {
      asio::io_context& context = asyncio::loop::running().context();
      asio::thread_pool threads(1);
      asio::steady_timer timer(context, 1h);
      if (on_context) {
        co_await async_look_up_and_wait(timer, threads,
                                        asio::bind_executor(context.get_executor(), asio::use_awaitable));
      } else {
        co_await async_look_up_and_wait(timer, threads, asio::use_awaitable);
      }
    };
    std::string how;
    asyncio::run(cancels(
        plain ? +[] { return looks_up(true); } : +[] { return looks_up(false); }, how));
    BOOST_TEST_CONTEXT((plain ? "plain executor" : "the task's executor")) { BOOST_TEST(how == "cancelled"); }
  }
}

BOOST_AUTO_TEST_CASE(a_timeout_whose_time_is_up_beside_a_long_step_ends_the_read) {
  static auto const reads = [](world& w) -> awaitable<void> {
    boost::beast::flat_buffer buffer;
    http::request<http::string_body> request;
    co_await http::async_read(w.near, buffer, request, asio::use_awaitable);
  };
  static auto const long_step = [](world& w) -> awaitable<void> {
    w.sent("GET / HTTP/1.1\r\n");
    pass(8ms);
    co_await asyncio::yield();
  };
  static auto const main = [](std::string& how) -> awaitable<void> {
    world w(asyncio::loop::running().context());
    auto t = asyncio::create_task(end_after(
        +[](world& of) { return reads(of); }, w, 4ms));
    co_await asyncio::sleep(1ms);
    auto const busy = asyncio::create_task(long_step(w));
    std::vector<asyncio::task<void>> const one(1, t);
    (void)co_await asyncio::wait(one, asyncio::all_completed, 2s);
    how = end_of(t);
  };
  std::string how;
  asyncio::run(main(how));
  BOOST_TEST(how.find("the time is up") != std::string::npos, how);
}

BOOST_AUTO_TEST_CASE(an_operation_that_takes_its_time_to_end_is_told_of_a_cancel_once) {
  struct slow {
    asio::steady_timer timer;
    int told = 0;

    auto wait(asio::use_awaitable_t<> const& token) {
      auto begin = [this](auto handler) {
        auto slot = asio::get_associated_cancellation_slot(handler);
        auto const executor = asio::get_associated_executor(handler);
        auto const end = std::make_shared<decltype(handler)>(std::move(handler));
        slot.assign([this, executor, end](asio::cancellation_type) {
          ++told;
          asio::post(executor, [] {});  // a step of the task
          timer.expires_after(5ms);
          timer.async_wait([end](boost::system::error_code) {
            auto ends = std::move(*end);
            ends(asio::error::operation_aborted);
          });
        });
      };
      return asio::async_initiate<asio::use_awaitable_t<> const, void(boost::system::error_code)>(std::move(begin),
                                                                                                  token);
    }
  };
  static auto const body = [](slow& s) -> awaitable<void> { co_await s.wait(asio::use_awaitable); };
  static auto const busy = []() -> awaitable<void> {
    for (int turns = 0;; ++turns) co_await asyncio::yield();
  };
  static auto const main = [](std::string& how, int& told) -> awaitable<void> {
    slow s{asio::steady_timer(asyncio::loop::running().context())};
    auto const neighbour = asyncio::create_task(busy());
    auto t = asyncio::create_task(body(s));
    co_await asyncio::sleep(1ms);
    t.cancel();
    std::vector<asyncio::task<void>> const one(1, t);
    (void)co_await asyncio::wait(one, asyncio::all_completed, 2s);
    how = end_of(t);
    told = s.told;
  };
  std::string how;
  int told = 0;
  asyncio::run(main(how, told));
  BOOST_TEST(how == "cancelled");
  BOOST_TEST(told == 1);
}

// -- coroutines of Asio inside a task -----------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_spawned_coroutine_that_has_reset_its_cancellation_state_cleans_up_undisturbed) {
  static auto const child = [](std::string& log) -> awaitable<void> {
    asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
    try {
      co_await timer.async_wait(asio::use_awaitable);
    } catch (boost::system::system_error const&) {
      log += "told ";
    }
    co_await asio::this_coro::reset_cancellation_state();
    for (int i = 0; i < 3; ++i) {
      timer.expires_after(1ms);
      co_await timer.async_wait(asio::use_awaitable);
      log += "cleaning ";
    }
  };
  static auto const parent = [](std::string& log) -> awaitable<void> {
    co_await asio::co_spawn(co_await asio::this_coro::executor, child(log), asio::use_awaitable);
  };
  static auto const main = [](std::string& log) -> awaitable<void> {
    auto t = asyncio::create_task(parent(log));
    co_await asyncio::sleep(1ms);
    t.cancel();
    std::vector<asyncio::task<void>> const one(1, t);
    (void)co_await asyncio::wait(one, asyncio::all_completed, 2s);
    log += end_of(t);
  };
  std::string log;
  asyncio::run(main(log));
  BOOST_TEST(log == "told cleaning cleaning cleaning finished");
}
