// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE cancel_raw
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::ip::tcp;
using asyncio::awaitable;
using asyncio::testing::keep_alive;

namespace {

/// How the task ended, for checks.
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

auto settle() { return asyncio::testing::wait_all_tasks_blocked(); }

awaitable<void> raw_wait(asyncio::duration d) {
  asio::steady_timer timer(co_await asio::this_coro::executor, d);
  co_await timer.async_wait(asio::use_awaitable);
}

/// Waits in an Asio timer until it is cancelled; whether Asio's own error came.
awaitable<bool> aborted_wait() {
  bool aborted = false;
  try {
    co_await raw_wait(1h);
  } catch (boost::system::system_error const& e) {
    aborted = e.code() == asio::error::operation_aborted;
  }
  co_return aborted;
}

}  // namespace

ASYNCIO_TEST_CASE(a_cancel_aborts_an_asio_timer) {
  auto t = asyncio::create_task(raw_wait(1h));
  co_await settle();
  BOOST_TEST((t.waits_for().kind == asyncio::wait_kind::raw_operation));
  t.cancel("message");
  BOOST_TEST(!t.done());
  co_await settle();
  BOOST_TEST(end_of(t) == "cancelled");
  std::string text;
  try {
    co_await t.join();
  } catch (asyncio::cancelled_error const& e) {
    text = e.message();
  }
  BOOST_TEST(text == "message");
}

// conformance: C9
ASYNCIO_TEST_CASE(a_cancel_in_an_asio_operation_is_thrown_once) {
  static auto const body = [](int& steps) -> awaitable<void> {
    bool const aborted = co_await aborted_wait();
    if (aborted) ++steps;
    co_await raw_wait(0ms);  // Asio's own cancellation state would refuse this one
    ++steps;
    co_await asyncio::yield();
    ++steps;
    auto const child = asyncio::create_task(raw_wait(0ms));
    co_await child.join();
    ++steps;
  };
  auto& steps = keep_alive<int>();
  auto t = asyncio::create_task(body(steps));
  co_await settle();
  t.cancel();
  co_await t.join();
  BOOST_TEST(steps == 4);
  BOOST_TEST(end_of(t) == "finished");
}

ASYNCIO_TEST_CASE(each_cancel_aborts_the_asio_operation_of_its_moment) {
  static auto const body = [](int& aborted) -> awaitable<void> {
    for (int i = 0; i < 3; ++i) aborted += co_await aborted_wait() ? 1 : 0;
  };
  auto& aborted = keep_alive<int>();
  auto t = asyncio::create_task(body(aborted));
  for (int i = 1; i <= 3; ++i) {
    co_await settle();
    t.cancel();
    co_await settle();
    BOOST_TEST(aborted == i);
  }
  BOOST_TEST(end_of(t) == "finished");
  BOOST_TEST(t.cancelling() == 3);
}

ASYNCIO_TEST_CASE(operation_aborted_without_a_cancel_is_a_failure) {
  auto timer = std::make_shared<asio::steady_timer>(asyncio::loop::running().context(), 1h);
  static auto const body = [](std::shared_ptr<asio::steady_timer> t) -> awaitable<void> {
    co_await t->async_wait(asio::use_awaitable);
  };
  auto t = asyncio::create_task(body(timer));
  co_await settle();
  timer->cancel();
  co_await settle();
  BOOST_TEST(!t.cancelled());
  BOOST_TEST(t.done());
  BOOST_CHECK_THROW(t.result(), boost::system::system_error);
}

ASYNCIO_TEST_CASE(as_tuple_gets_the_error_code_of_a_cancelled_operation) {
  static auto const body = [](bool& aborted) -> awaitable<int> {
    asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
    auto [ec] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    aborted = ec == asio::error::operation_aborted;
    co_await asyncio::yield();
    co_return 4;
  };
  auto& aborted = keep_alive<bool>();
  auto t = asyncio::create_task(body(aborted));
  co_await settle();
  t.cancel();
  BOOST_TEST((co_await t.join()) == 4);
  BOOST_TEST(aborted);
}

ASYNCIO_TEST_CASE(a_cancel_aborts_an_operation_with_the_deferred_token) {
  static auto const body = [](bool& aborted) -> awaitable<void> {
    asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
    try {
      co_await timer.async_wait(asio::deferred);
    } catch (boost::system::system_error const& e) {
      aborted = e.code() == asio::error::operation_aborted;
    }
    co_await asyncio::yield();
    co_await asyncio::yield();
  };
  auto& aborted = keep_alive<bool>();
  auto t = asyncio::create_task(body(aborted));
  co_await settle();
  t.cancel();
  co_await t.join();
  BOOST_TEST(aborted);
}

// -- never lost ------------------------------------------------------------------------------------------------------------

namespace {
/// Two timers of one instant: the handler of the first runs while that of the second is in Asio's queue already.
template <class Token>
awaitable<void> wait_ready(std::shared_ptr<asio::steady_timer> timer, Token token, std::string& log) {
  log += "wait ";
  co_await timer->async_wait(token);
  log += "value ";
  co_await asyncio::sleep_forever();
}

template <class Token>
awaitable<std::string> cancel_when_ready(Token token) {
  asio::io_context& context = asyncio::loop::running().context();
  auto const past = std::chrono::steady_clock::now() - 1s;
  auto& log = keep_alive<std::string>();
  asio::steady_timer first(context, past);
  auto second = std::make_shared<asio::steady_timer>(context, past + 1ms);
  auto& t = keep_alive<asyncio::task<void>>();
  t = asyncio::create_task(wait_ready(second, token, log));
  first.async_wait([&](boost::system::error_code const&) { log += t.cancel() ? "cancel " : "late "; });
  co_await settle();
  log += end_of(t);
  if (!t.done()) t.cancel();
  co_await settle();
  co_return log;
}
}  // namespace

// conformance: C14
ASYNCIO_ORDERED_TEST_CASE(a_cancel_between_the_completion_of_an_asio_operation_and_the_resumption_is_not_lost) {
  std::string const log = co_await cancel_when_ready(asio::use_awaitable);
  BOOST_TEST(log == "wait cancel cancelled");  // thrown at that very await
}

ASYNCIO_ORDERED_TEST_CASE(with_the_deferred_token_such_a_cancel_is_thrown_at_the_next_wait) {
  std::string const log = co_await cancel_when_ready(asio::deferred);
  BOOST_TEST(log == "wait cancel value cancelled");
}

namespace {
template <class Token>
awaitable<void> post_for_ever(Token token, int& turns) {
  auto const executor = co_await asio::this_coro::executor;
  for (;;) {
    ++turns;
    co_await asio::post(executor, token);
  }
}
}  // namespace

// conformance: C13
ASYNCIO_TEST_CASE(a_loop_of_asio_posts_can_be_cancelled) {
  auto& turns = keep_alive<int>();
  auto t = asyncio::create_task(post_for_ever(asio::use_awaitable, turns));
  while (turns < 5) co_await asyncio::yield();
  t.cancel("enough");
  for (int i = 0; i < 2000 && !t.done(); ++i) co_await asyncio::yield();  // many passes to one turn of the context
  BOOST_TEST(end_of(t) == "cancelled");
  if (!t.done()) throw std::runtime_error("it would never end");
}

ASYNCIO_TEST_CASE(a_cancel_during_a_post_is_thrown_once) {
  static auto const body = [](int& caught, int& turns) -> awaitable<void> {
    auto const executor = co_await asio::this_coro::executor;
    for (; turns < 50; ++turns) {
      try {
        co_await asio::post(executor, asio::use_awaitable);
      } catch (asyncio::cancelled_error const& e) {
        if (e.message() == "poke") ++caught;
      }
    }
  };
  auto& caught = keep_alive<int>();
  auto& turns = keep_alive<int>();
  auto t = asyncio::create_task(body(caught, turns));
  co_await asyncio::yield();
  co_await asyncio::yield();
  t.cancel("poke");
  co_await t.join();
  BOOST_TEST(caught == 1);
  BOOST_TEST(turns == 50);
}

ASYNCIO_TEST_CASE(uncancel_takes_back_a_cancel_that_a_post_has_not_thrown_yet) {
  static auto const body = []() -> awaitable<int> {
    auto const executor = co_await asio::this_coro::executor;
    for (int i = 0; i < 50; ++i) co_await asio::post(executor, asio::use_awaitable);
    co_return 50;
  };
  auto t = asyncio::create_task(body());
  co_await asyncio::yield();
  co_await asyncio::yield();
  t.cancel();
  t.uncancel();
  BOOST_TEST((co_await t.join()) == 50);
}

namespace {
/// An operation of Asio's kind that fails at once. It may take a cancel and have no use for it, as one that is over does.
template <class Token>
auto async_fail(bool takes_cancel, Token&& token) {
  auto initiation = [](auto handler, bool takes) {
    if (auto slot = asio::get_associated_cancellation_slot(handler); takes && slot.is_connected())
      slot.assign([](asio::cancellation_type) {});
    auto const executor = asio::get_associated_executor(handler);
    asio::post(executor, asio::append(std::move(handler), asio::error::make_error_code(asio::error::eof)));
  };
  return asio::async_initiate<Token, void(boost::system::error_code)>(initiation, token, takes_cancel);
}

template <class Token>
awaitable<int> fail_again_and_again(bool takes_cancel, Token token, int& failures) {
  while (failures < 1000) {
    try {
      co_await async_fail(takes_cancel, token);
    } catch (boost::system::system_error const& e) {
      if (e.code() != asio::error::eof) throw;
      ++failures;
    }
  }
  co_return failures;
}
}  // namespace

ASYNCIO_TEST_CASE(a_cancel_is_not_lost_when_the_operation_fails_by_itself_at_that_moment) {
  for (bool const takes_cancel : {false, true}) {
    auto& failures = keep_alive<int>();
    auto t = asyncio::create_task(fail_again_and_again(takes_cancel, asio::use_awaitable, failures));
    while (failures < 3) co_await asyncio::yield();
    t.cancel();
    BOOST_TEST(t.cancelling() == 1);
    while (!t.done()) co_await asyncio::yield();
    BOOST_TEST(end_of(t) == "cancelled");
    BOOST_TEST(failures < 10);
  }
}

namespace {
awaitable<void> fail_deferred(bool takes_cancel, bool handled) {
  try {
    co_await async_fail(takes_cancel, asio::deferred);
  } catch (boost::system::system_error const&) {
    if (!handled) throw;
  }
}

awaitable<void> fail_then_sleep(bool takes_cancel, bool handled, std::string& log) {
  try {
    co_await fail_deferred(takes_cancel, handled);
    log += "handled ";
  } catch (boost::system::system_error const& e) {
    log += e.code() == asio::error::eof ? "failed " : "aborted ";
  } catch (asyncio::cancelled_error const&) {
    log += "cancelled ";
  }
  co_await asyncio::sleep_forever();
}
}  // namespace

ASYNCIO_TEST_CASE(a_cancel_is_not_lost_when_a_deferred_operation_fails_by_itself_at_that_moment) {
  for (bool const takes_cancel : {false, true}) {
    for (bool const handled : {false, true}) {
      auto& log = keep_alive<std::string>();
      auto t = asyncio::create_task(fail_then_sleep(takes_cancel, handled, log));
      while (t.waits_for().kind != asyncio::wait_kind::raw_operation) co_await asyncio::yield();
      t.cancel();
      co_await settle();
      // A coroutine that ends by itself gives its own error, and the cancel is thrown at the next wait; one that returns
      // gives way to the cancel.
      BOOST_TEST(log == (handled ? "cancelled " : "failed "));
      BOOST_TEST(end_of(t) == (handled ? "pending" : "cancelled"));
      t.cancel();
      co_await settle();
    }
  }
}

ASYNCIO_TEST_CASE(a_timeout_ends_a_loop_of_operations_that_fail_by_themselves) {
  // Each of them fails at the very moment at which the time is up.
  static auto const connect_again = [](int& failures) -> awaitable<int> {
    for (;;) {
      co_await asyncio::sleep(1s);
      try {
        co_await async_fail(true, asio::use_awaitable);
      } catch (boost::system::system_error const& e) {
        if (e.code() != asio::error::eof) throw;
        ++failures;
      }
      if (failures > 100) co_return failures;
    }
  };
  int failures = 0;
  bool in_time = true;
  try {
    co_await asyncio::timeout(3s, connect_again(failures));
  } catch (asyncio::timeout_error const&) {
    in_time = false;
  }
  BOOST_TEST(!in_time);
  BOOST_TEST(failures <= 3);
}

ASYNCIO_TEST_CASE(the_cancel_wins_over_the_error_of_an_operation_that_was_over) {
  static auto const body = []() -> awaitable<void> { co_await async_fail(false, asio::use_awaitable); };
  auto t = asyncio::create_task(body());
  while (t.waits_for().kind != asyncio::wait_kind::raw_operation) co_await asyncio::yield();
  t.cancel("message");
  co_await settle();
  BOOST_TEST(end_of(t) == "cancelled");
  std::string text;
  try {
    co_await t.join();
  } catch (asyncio::cancelled_error const& e) {
    text = e.message();
  }
  BOOST_TEST(text == "message");
}

// conformance: C10
ASYNCIO_TEST_CASE(a_self_cancel_before_an_asio_operation_aborts_it) {
  static auto const body = [](bool& passed) -> awaitable<void> {
    asyncio::current_task().cancel();
    co_await raw_wait(1h);
    passed = true;
  };
  auto& passed = keep_alive<bool>();
  auto t = asyncio::create_task(body(passed));
  co_await settle();
  BOOST_TEST(end_of(t) == "cancelled");
  BOOST_TEST(!passed);
}

// conformance: C12
ASYNCIO_TEST_CASE(a_cancel_before_the_start_starts_no_asio_operation) {
  auto t = asyncio::create_task(raw_wait(1h));
  t.cancel();
  co_await settle();
  BOOST_TEST(end_of(t) == "cancelled");
}

namespace {
awaitable<void> cancel_later(asyncio::task<void>& t) {
  t.cancel();
  co_return;
}
}  // namespace

ASYNCIO_TEST_CASE(a_cancel_from_a_coroutine_the_task_spawned_reaches_its_library_wait) {
  // It runs in the name of the task, which is suspended all the same.
  auto& t = keep_alive<asyncio::task<void>>();
  static auto const body = [](asyncio::task<void>& self) -> awaitable<void> {
    asio::co_spawn(co_await asio::this_coro::executor, cancel_later(self), asio::detached);
    co_await asyncio::sleep_forever();
  };
  t = asyncio::create_task(body(t));
  co_await settle();
  BOOST_TEST(end_of(t) == "cancelled");
  if (!t.done()) t.cancel();
  co_await settle();
}

ASYNCIO_TEST_CASE(a_cancel_from_a_handler_on_the_tasks_executor_reaches_its_wait) {
  auto& library = keep_alive<asyncio::task<void>>();
  auto& raw = keep_alive<asyncio::task<void>>();
  static auto const body = [](asyncio::task<void>& self, bool use_raw) -> awaitable<void> {
    asio::post(co_await asio::this_coro::executor, [&self] { self.cancel(); });
    if (use_raw) co_await raw_wait(1h);
    co_await asyncio::sleep_forever();
  };
  library = asyncio::create_task(body(library, false));
  raw = asyncio::create_task(body(raw, true));
  co_await settle();
  BOOST_TEST(end_of(library) == "cancelled");
  BOOST_TEST(end_of(raw) == "cancelled");
  library.cancel();
  raw.cancel();
  co_await settle();
}

// -- what user code does with its cancellation state ----------------------------------------------------------------------

namespace {
awaitable<bool> wait_after_reset() {
  co_await asio::this_coro::reset_cancellation_state();
  co_return co_await aborted_wait();
}

awaitable<void> deaf_then_hearing(std::string& log) {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  log += "deaf ";
  co_await raw_wait(0ms);
  log += "still ";
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  bool const heard = co_await aborted_wait();
  if (heard) log += "heard";
}

awaitable<int> strict_wait() {
  co_await asio::this_coro::throw_if_cancelled(true);
  int aborted = co_await aborted_wait() ? 1 : 0;
  aborted += co_await aborted_wait() ? 1 : 0;
  co_return aborted;
}
}  // namespace

ASYNCIO_TEST_CASE(a_task_may_reset_its_cancellation_state) {
  auto t = asyncio::create_task(wait_after_reset());
  co_await settle();
  t.cancel();
  BOOST_TEST((co_await t.join()) == true);
}

ASYNCIO_TEST_CASE(a_task_that_disabled_cancellation_is_cancelled_when_it_enables_it_again) {
  auto& log = keep_alive<std::string>();
  auto t = asyncio::create_task(deaf_then_hearing(log));
  while (log.empty()) co_await asyncio::yield();
  t.cancel();
  co_await t.join();
  BOOST_TEST(log == "deaf still heard");
}

ASYNCIO_TEST_CASE(throw_if_cancelled_changes_nothing_for_a_task) {
  auto t = asyncio::create_task(strict_wait());
  for (int i = 0; i < 2; ++i) {
    co_await settle();
    BOOST_TEST(!t.done());
    t.cancel();
  }
  BOOST_TEST((co_await t.join()) == 2);
}

ASYNCIO_TEST_CASE(what_a_task_did_to_its_cancellation_state_does_not_touch_the_next_task) {
  static auto const deaf = []() -> awaitable<bool> {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await asio::this_coro::throw_if_cancelled(true);
    co_return true;
  };
  for (int i = 0; i < 5; ++i) {
    BOOST_TEST((co_await asyncio::create_task(deaf())) == true);
    auto t = asyncio::create_task(aborted_wait());
    co_await settle();
    t.cancel();
    co_await settle();
    BOOST_TEST(t.done());
    BOOST_TEST(t.result() == true);
  }
}

ASYNCIO_TEST_CASE(the_cancel_of_one_task_does_not_touch_the_next_task_of_its_worker) {
  for (int i = 0; i < 5; ++i) {
    auto t = asyncio::create_task(raw_wait(1h));
    co_await settle();
    t.cancel();
    co_await settle();
    BOOST_TEST(end_of(t) == "cancelled");
    auto next = asyncio::create_task(raw_wait(0ms));
    co_await settle();
    co_await next.join();
    BOOST_TEST(end_of(next) == "finished");
  }
}

// -- coroutines and groups of Asio inside a task -----------------------------------------------------------------------------

ASYNCIO_TEST_CASE(a_cancel_passes_through_co_spawn_into_the_awaited_coroutine) {
  static auto const child = [](std::string& log) -> awaitable<void> {
    try {
      co_await raw_wait(1h);
    } catch (boost::system::system_error const&) {
      log += "child aborted";
      throw;
    }
  };
  static auto const parent = [](std::string& log) -> awaitable<void> {
    co_await asio::co_spawn(co_await asio::this_coro::executor, child(log), asio::use_awaitable);
  };
  auto& log = keep_alive<std::string>();
  auto t = asyncio::create_task(parent(log));
  co_await settle();
  t.cancel();
  co_await settle();
  BOOST_TEST(log == "child aborted");
  BOOST_TEST(end_of(t) == "cancelled");
}

ASYNCIO_TEST_CASE(a_cancel_reaches_library_waits_in_a_co_spawned_coroutine) {
  static auto const child = [](std::string& log) -> awaitable<void> {
    try {
      co_await asyncio::sleep_forever();
    } catch (boost::system::system_error const& e) {
      log += e.code() == asio::error::operation_aborted ? "child aborted" : e.what();
      throw;
    }
  };
  static auto const parent = [](std::string& log) -> awaitable<void> {
    co_await asio::co_spawn(co_await asio::this_coro::executor, child(log), asio::use_awaitable);
  };
  auto& log = keep_alive<std::string>();
  auto t = asyncio::create_task(parent(log));
  co_await settle();
  t.cancel();
  co_await settle();
  BOOST_TEST(log == "child aborted");
  BOOST_TEST(end_of(t) == "cancelled");
}

ASYNCIO_TEST_CASE(a_task_cancelled_in_asios_or_operator_is_cancelled) {
  using namespace asio::experimental::awaitable_operators;
  static auto const body = []() -> awaitable<void> { co_await (raw_wait(1h) || raw_wait(2h)); };
  auto t = asyncio::create_task(body());
  co_await settle();
  t.cancel();
  co_await settle();
  BOOST_TEST(end_of(t) == "cancelled");  // though the operator throws multiple_exceptions
}

ASYNCIO_TEST_CASE(a_task_cancelled_in_asios_and_operator_is_cancelled) {
  using namespace asio::experimental::awaitable_operators;
  static auto const sleeps = []() -> awaitable<void> { co_await asyncio::sleep_forever(); };
  static auto const body = []() -> awaitable<void> { co_await (raw_wait(1h) && sleeps()); };
  auto t = asyncio::create_task(body());
  co_await settle();
  t.cancel();
  co_await settle();
  BOOST_TEST(end_of(t) == "cancelled");
}

ASYNCIO_TEST_CASE(a_second_cancel_interrupts_a_cleanup_in_asio_operations) {
  static auto const body = [](std::string& log) -> awaitable<void> {
    bool const aborted = co_await aborted_wait();
    if (aborted) log += "cleaning ";
    bool const again = co_await aborted_wait();
    if (again) log += "interrupted";
  };
  auto& log = keep_alive<std::string>();
  auto t = asyncio::create_task(body(log));
  co_await settle();
  t.cancel();
  co_await settle();
  BOOST_TEST(log == "cleaning ");
  t.cancel();
  co_await settle();
  BOOST_TEST(log == "cleaning interrupted");
  BOOST_TEST(t.done());
}

ASYNCIO_TEST_CASE(a_task_that_was_resumed_on_a_plain_executor_is_still_a_task) {
  static auto const body = [](bool& current) -> awaitable<void> {
    asio::io_context& context = asyncio::loop::running().context();
    co_await asio::post(asio::bind_executor(context.get_executor(), asio::use_awaitable));
    co_await asyncio::yield();
    current = static_cast<bool>(asyncio::current_task());
    co_await asio::post(asio::bind_executor(context.get_executor(), asio::use_awaitable));
    co_await asyncio::sleep_forever();
  };
  auto& current = keep_alive<bool>();
  auto t = asyncio::create_task(body(current));
  co_await settle();
  BOOST_TEST(current);
  BOOST_TEST((t.waits_for().kind == asyncio::wait_kind::forever));
  t.cancel("found");
  std::string text;
  try {
    co_await t.join();
  } catch (asyncio::cancelled_error const& e) {
    text = e.message();
  }
  BOOST_TEST(text == "found");
}

// -- sockets -----------------------------------------------------------------------------------------------------------------

namespace {
awaitable<void> serve(tcp::acceptor& acceptor) {
  tcp::socket peer = co_await acceptor.async_accept(asio::use_awaitable);
  std::array<char, 16> bytes{};
  co_await asio::async_read(peer, asio::buffer(bytes), asio::use_awaitable);
}
}  // namespace

// conformance: C23
BOOST_AUTO_TEST_CASE(cancelling_an_accept_or_a_read_is_prompt_and_leaves_nothing_in_the_reactor) {
  for (bool const connected : {false, true}) {
    asio::io_context context;
    tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    auto t = asyncio::create_task(context, serve(acceptor));
    tcp::socket client(context);
    if (connected) client.connect(acceptor.local_endpoint());
    context.poll();
    context.poll();
    BOOST_TEST(!t.done());
    t.cancel();
    context.run();  // returns only when nothing is pending
    BOOST_TEST(end_of(t) == "cancelled");
    BOOST_TEST(context.stopped());
    context.restart();
    BOOST_TEST(context.poll() == 0u);
  }
}

BOOST_AUTO_TEST_CASE(after_a_cancelled_read_the_socket_can_be_read_again) {
  asio::io_context context;
  tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket client(context);
  client.connect(acceptor.local_endpoint());
  tcp::socket server = acceptor.accept();
  std::string log;
  static auto const body = [](tcp::socket& socket, std::string& l) -> awaitable<void> {
    std::array<char, 4> bytes{};
    try {
      co_await asio::async_read(socket, asio::buffer(bytes), asio::use_awaitable);
    } catch (boost::system::system_error const& e) {
      if (e.code() == asio::error::operation_aborted) l += "aborted ";
    }
    co_await asio::async_read(socket, asio::buffer(bytes), asio::use_awaitable);
    l.append(bytes.data(), bytes.size());
  };
  auto t = asyncio::create_task(context, body(server, log));
  context.poll();
  t.cancel();
  asio::write(client, asio::buffer("ping", 4));
  context.run();
  BOOST_TEST(log == "aborted ping");
  BOOST_TEST(end_of(t) == "finished");
}

namespace {

/// An operation that a cancel completes inline, inside of emit(), as Asio's own never do.
struct inline_operation {
  std::function<void(boost::system::error_code)> complete;

  void end(boost::system::error_code ec) {
    if (auto const fn = std::exchange(complete, nullptr)) fn(ec);
  }
  awaitable<void> wait() {
    auto const begin = [this](auto handler) {
      auto const kept = std::make_shared<decltype(handler)>(std::move(handler));
      auto slot = asio::get_associated_cancellation_slot(*kept);
      complete = [kept](boost::system::error_code ec) {
        auto ends = std::move(*kept);
        asio::dispatch(asio::append(std::move(ends), ec));
      };
      if (slot.is_connected()) slot.assign([this](asio::cancellation_type) { end(asio::error::operation_aborted); });
    };
    co_await asio::async_initiate<asio::use_awaitable_t<> const, void(boost::system::error_code)>(begin,
                                                                                                  asio::use_awaitable);
  }
};

awaitable<void> wait_noting(inline_operation& op, std::string& log, char name, inline_operation* ends = nullptr) {
  try {
    co_await op.wait();
    log += name;
  } catch (boost::system::system_error const&) {
    log += static_cast<char>(name - 'a' + 'A');
    if (ends) ends->end({});
    throw;
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_task_without_a_handle_may_end_inside_of_its_cancel) {
  static auto const body = [](inline_operation& op, std::string& log) -> awaitable<void> {
    bool const in_time = co_await asyncio::move_on_after(1s, op.wait());
    log += in_time ? "in time" : "timeout";
  };
  static auto const main = [](inline_operation& op, std::string& log) -> awaitable<void> {
    (void)asyncio::create_task(body(op, log));
    co_await asyncio::sleep(2s);
  };
  inline_operation op;
  std::string log;
  asyncio::testing::run(main(op, log));
  BOOST_TEST(log == "timeout");
}

BOOST_AUTO_TEST_CASE(a_child_may_end_its_siblings_inside_of_the_cancel_of_all) {
  static auto const body = [](inline_operation* ops, std::string& log) -> awaitable<void> {
    std::vector<awaitable<void>> all;
    all.push_back(wait_noting(ops[0], log, 'a', &ops[1]));
    all.push_back(wait_noting(ops[1], log, 'b'));
    all.push_back(wait_noting(ops[2], log, 'c'));
    co_await asyncio::gather(std::move(all));
  };
  static auto const main = [](inline_operation* ops, std::string& log) -> awaitable<void> {
    auto t = asyncio::create_task(body(ops, log));
    co_await asyncio::sleep(1s);
    t.cancel();
    std::vector<asyncio::task<void>> const one(1, t);
    co_await asyncio::wait(one);
    log += t.cancelled() ? " cancelled" : " not cancelled";
    log += ' ' + std::to_string(asyncio::all_tasks().size());
  };
  inline_operation ops[3];
  std::string log;
  asyncio::testing::run(main(ops, log));
  BOOST_TEST(log == "AbC cancelled 1");
}

BOOST_AUTO_TEST_CASE(a_task_of_a_set_may_end_others_inside_of_the_cancel_of_all) {
  static auto const main = [](inline_operation* ops, std::string& log) -> awaitable<void> {
    asyncio::task_set<void> set;
    set.create_task(wait_noting(ops[0], log, 'a', &ops[1]));
    set.create_task(wait_noting(ops[1], log, 'b'));
    set.create_task(wait_noting(ops[2], log, 'c'));
    co_await asyncio::sleep(1s);
    co_await set.shutdown();
    log += ' ' + std::to_string(asyncio::all_tasks().size());
  };
  inline_operation ops[3];
  std::string log;
  asyncio::testing::run(main(ops, log));
  BOOST_TEST(log == "AbC 1");
}

// -- Asio's own way to ask for a cancel ----------------------------------------------------------------------------------------

namespace {
/// As one writes it for Asio.
awaitable<int> poll_device(asyncio::duration between) {
  auto state = co_await asio::this_coro::cancellation_state;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  int rounds = 0;
  for (; rounds < 100 && state.cancelled() == asio::cancellation_type::none; ++rounds) {
    timer.expires_after(between);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  co_return rounds;
}

awaitable<bool> asks_after_a_wait() {
  auto state = co_await asio::this_coro::cancellation_state;
  bool shown = state.cancelled() != asio::cancellation_type::none;
  if (shown) co_return false;
  try {
    co_await asyncio::sleep_forever();
  } catch (asyncio::cancelled_error const&) {
    shown = state.cancelled() != asio::cancellation_type::none;
  }
  co_return shown;
}
}  // namespace

ASYNCIO_TEST_CASE(a_loop_that_asks_asios_cancellation_state_ends) {
  auto t = asyncio::create_task(poll_device(1h));
  co_await settle();
  t.cancel();
  BOOST_TEST((co_await t.join()) == 1);
}

ASYNCIO_TEST_CASE(asios_cancellation_state_shows_a_cancel_that_a_wait_of_this_library_has_thrown) {
  auto t = asyncio::create_task(asks_after_a_wait());
  co_await settle();
  t.cancel();
  BOOST_TEST((co_await t.join()) == true);
}

ASYNCIO_TEST_CASE(asios_cancellation_state_shows_a_cancel_until_it_is_taken_back) {
  static auto const body = [](std::string& log) -> awaitable<void> {
    auto state = co_await asio::this_coro::cancellation_state;
    auto const look = [&log, &state] { log += state.cancelled() == asio::cancellation_type::none ? "no " : "yes "; };
    auto self = asyncio::current_task();
    look();
    self.cancel();
    self.cancel();
    look();
    self.uncancel();
    look();
    self.uncancel();
    look();
    self.cancel();
    try {
      co_await raw_wait(1h);
    } catch (boost::system::system_error const&) {
      look();
    }
    co_await asio::this_coro::reset_cancellation_state();  // taken notice of
    state = co_await asio::this_coro::cancellation_state;
    look();
    co_await raw_wait(0ms);
  };
  auto& log = keep_alive<std::string>();
  auto t = asyncio::create_task(body(log));
  co_await t.join();
  BOOST_TEST(log == "no yes yes no yes no ");
}
