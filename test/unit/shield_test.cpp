// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE shield
#include <asyncio/shield.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>
#include <asyncio/timeout.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asyncio::awaitable;
using asyncio::testing::keep_alive;

namespace {

template <class T>
awaitable<std::string> outcome(awaitable<T> aw) {
  try {
    co_await std::move(aw);
    co_return "done";
  } catch (asyncio::cancelled_error const& e) {
    co_return e.message().empty() ? "cancelled" : "cancelled: " + std::string(e.message());
  } catch (std::exception const& e) {
    co_return e.what();
  }
}

awaitable<int> answer_after(asyncio::duration d) {
  co_await asyncio::sleep(d);
  co_return 42;
}

awaitable<int> fail_after(asyncio::duration d) {
  co_await asyncio::sleep(d);
  throw std::runtime_error("broken");
}

awaitable<int> shielded(asyncio::task<int> t) { co_return co_await asyncio::shield(t); }

/// Collects what goes to the exception handler while it lives.
class reports {
 public:
  reports() {
    asyncio::loop::running().set_exception_handler(
        [this](asyncio::exception_context const& what) { seen_.push_back(what); });
  }
  reports(reports const&) = delete;
  reports& operator=(reports const&) = delete;
  ~reports() {
    if (auto* const l = asyncio::loop::running_or_null()) l->set_exception_handler(nullptr);
  }
  [[nodiscard]] std::vector<asyncio::exception_context> const& seen() const { return seen_; }

 private:
  std::vector<asyncio::exception_context> seen_;
};

}  // namespace

// conformance: S1
ASYNCIO_TEST_CASE(the_result_passes_through) {
  BOOST_TEST(co_await asyncio::shield(answer_after(1ms)) == 42);
  BOOST_TEST(co_await asyncio::shield(asyncio::create_task(answer_after(1ms))) == 42);
  co_await asyncio::shield(asyncio::sleep(1ms));
  auto const make = []() -> awaitable<std::unique_ptr<int>> { co_return std::make_unique<int>(5); };
  auto const moved = co_await asyncio::shield(make());
  BOOST_TEST(*moved == 5);
}

// conformance: S1
ASYNCIO_TEST_CASE(the_exception_passes_through_and_counts_as_retrieved) {
  reports const handler;
  BOOST_TEST(co_await outcome(asyncio::shield(fail_after(1ms)).as_awaitable()) == "broken");
  auto t = asyncio::create_task(fail_after(1ms));
  BOOST_TEST(co_await outcome(asyncio::shield(t).as_awaitable()) == "broken");
  t = {};
  BOOST_TEST(handler.seen().size() == 0u);
}

// conformance: S2
ASYNCIO_TEST_CASE(a_cancel_of_the_awaiter_ends_only_the_wait) {
  auto inner = asyncio::create_task(answer_after(10ms));
  auto outer = asyncio::create_task(shielded(inner));
  co_await asyncio::sleep(1ms);
  outer.cancel("enough");
  co_await asyncio::sleep(1ms);
  BOOST_TEST(outer.cancelled());
  BOOST_TEST(!inner.done());
  BOOST_TEST(inner.cancelling() == 0);
  BOOST_TEST(co_await inner.join() == 42);
  BOOST_TEST(co_await outcome(outer.join().as_awaitable()) == "cancelled: enough");
}

// conformance: S2
ASYNCIO_TEST_CASE(shielded_work_goes_on_after_its_caller_was_cancelled) {
  auto& log = keep_alive<std::vector<std::string>>();
  auto const commit = [](std::vector<std::string>& to) -> awaitable<void> {
    to.push_back("begin");
    co_await asyncio::sleep(10ms);
    to.push_back("end");
  };
  auto const caller = [](awaitable<void> work) -> awaitable<void> { co_await asyncio::shield(std::move(work)); };
  auto t = asyncio::create_task(caller(commit(log)));
  co_await asyncio::sleep(1ms);
  t.cancel();
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled");
  BOOST_TEST(log == std::vector<std::string>{"begin"}, boost::test_tools::per_element());
  co_await asyncio::sleep(10ms);
  BOOST_TEST(log == (std::vector<std::string>{"begin", "end"}), boost::test_tools::per_element());
}

// conformance: S2, C10
ASYNCIO_TEST_CASE(a_cancel_that_was_pending_when_the_shield_began_does_not_stop_the_work) {
  auto& worked = keep_alive<bool>();
  auto const work = [](bool& to) -> awaitable<void> {
    co_await asyncio::yield();
    to = true;
  };
  auto const caller = [](awaitable<void> aw) -> awaitable<void> {
    asyncio::current_task().cancel();
    co_await asyncio::shield(std::move(aw));
  };
  BOOST_TEST(co_await outcome(asyncio::create_task(caller(work(worked))).join().as_awaitable()) == "cancelled");
  co_await asyncio::sleep(1ms);
  BOOST_TEST(worked);
}

// conformance: S2
ASYNCIO_TEST_CASE(after_the_cancel_the_awaiter_may_wait_for_the_same_task_again) {
  auto const patient = [](asyncio::task<int> t) -> awaitable<int> {
    bool cancelled = false;
    try {
      co_await asyncio::shield(t);
    } catch (asyncio::cancelled_error const&) {
      cancelled = true;
    }
    BOOST_TEST(cancelled);
    co_return co_await asyncio::shield(t);
  };
  auto t = asyncio::create_task(patient(asyncio::create_task(answer_after(10ms))));
  co_await asyncio::sleep(1ms);
  t.cancel();
  BOOST_TEST(co_await t.join() == 42);
}

// conformance: S3
ASYNCIO_TEST_CASE(a_cancel_of_the_inner_task_cancels_the_outer_one) {
  auto inner = asyncio::create_task(answer_after(10ms));
  auto outer = asyncio::create_task(shielded(inner));
  co_await asyncio::sleep(1ms);
  inner.cancel("inside");
  BOOST_TEST(co_await outcome(outer.join().as_awaitable()) == "cancelled: inside");
  BOOST_TEST(outer.cancelled());
  BOOST_TEST(outer.cancelling() == 0);
}

// conformance: S4
ASYNCIO_TEST_CASE(a_result_after_the_cancel_is_dropped_in_silence) {
  reports const handler;
  auto outer = asyncio::create_task(asyncio::shield(answer_after(10ms)));
  co_await asyncio::sleep(1ms);
  outer.cancel();
  co_await asyncio::sleep(20ms);
  BOOST_TEST(outer.cancelled());
  BOOST_TEST(handler.seen().size() == 0u);
}

// conformance: S4
ASYNCIO_TEST_CASE(an_exception_after_the_cancel_goes_to_the_exception_handler_when_nobody_can_take_it_any_more) {
  reports const handler;
  auto inner = asyncio::create_task(fail_after(10ms), "writer");
  auto outer = asyncio::create_task(shielded(inner));
  auto const id = inner.id();
  co_await asyncio::sleep(1ms);
  outer.cancel();
  co_await asyncio::sleep(20ms);
  outer = {};
  BOOST_TEST(handler.seen().size() == 0u);  // who has the handle may still ask
  inner = {};
  BOOST_REQUIRE(handler.seen().size() == 1u);
  BOOST_TEST(handler.seen()[0].message == "Task exception was never retrieved");
  BOOST_TEST(handler.seen()[0].task_name == "writer");
  BOOST_TEST(handler.seen()[0].task == id);
}

// conformance: S4
ASYNCIO_TEST_CASE(a_failure_that_a_join_takes_after_the_shield_timed_out_is_not_reported) {
  reports const handler;
  auto t = asyncio::create_task(fail_after(1s));
  bool late = false;
  try {
    co_await asyncio::wait_for(asyncio::shield(t), 500ms);
  } catch (asyncio::timeout_error const&) {
    late = true;
  }
  BOOST_TEST(late);
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "broken");
  co_await asyncio::sleep(1s);
  t = {};
  BOOST_TEST(handler.seen().size() == 0u);
}

// conformance: S4
ASYNCIO_TEST_CASE(a_failure_that_is_looked_at_after_the_shield_was_cancelled_is_not_reported) {
  reports const handler;
  auto t = asyncio::create_task(fail_after(10ms));
  auto outer = asyncio::create_task(shielded(t));
  co_await asyncio::sleep(1ms);
  outer.cancel();
  co_await asyncio::sleep(20ms);
  BOOST_TEST((t.exception() != nullptr));
  t = {};
  BOOST_TEST(handler.seen().size() == 0u);
}

// conformance: S4
ASYNCIO_TEST_CASE(an_exception_of_an_awaitable_that_only_the_shield_knew_is_reported_once) {
  reports const handler;
  auto outer = asyncio::create_task(asyncio::shield(fail_after(10ms)));
  co_await asyncio::sleep(1ms);
  outer.cancel();
  co_await asyncio::sleep(20ms);
  BOOST_TEST(handler.seen().size() == 1u);
}

// conformance: S4
ASYNCIO_TEST_CASE(a_task_that_was_shielded_several_times_is_reported_once) {
  reports const handler;
  auto inner = asyncio::create_task(fail_after(10ms));
  std::vector<asyncio::task<int>> outer;
  for (int i = 0; i < 3; ++i) outer.push_back(asyncio::create_task(shielded(inner)));
  co_await asyncio::sleep(1ms);
  for (auto& t : outer) t.cancel();
  co_await asyncio::sleep(20ms);
  outer.clear();
  inner = {};
  BOOST_TEST(handler.seen().size() == 1u);
}

// conformance: S4
ASYNCIO_TEST_CASE(an_inner_cancel_after_the_outer_one_is_silent) {
  reports const handler;
  auto inner = asyncio::create_task(answer_after(10ms));
  auto outer = asyncio::create_task(shielded(inner));
  co_await asyncio::sleep(1ms);
  outer.cancel();
  co_await asyncio::sleep(1ms);
  inner.cancel();
  co_await asyncio::sleep(1ms);
  BOOST_TEST(inner.cancelled());
  BOOST_TEST(handler.seen().size() == 0u);
}

// conformance: S5
ASYNCIO_TEST_CASE(a_shield_of_a_task_that_is_done_does_not_wait) {
  auto t = asyncio::create_task(answer_after(1ms));
  co_await t.join();
  auto& others_ran = keep_alive<bool>();
  auto const handle = asyncio::loop::running().call_soon([&] { others_ran = true; });
  BOOST_TEST(co_await asyncio::shield(t) == 42);
  BOOST_TEST(!others_ran);
  co_await asyncio::sleep(1ms);
}

// conformance: S6
ASYNCIO_TEST_CASE(a_cancelled_shield_leaves_the_list_of_those_who_wait) {
  auto inner = asyncio::create_task(answer_after(10ms));
  auto outer = asyncio::create_task(shielded(inner));
  co_await asyncio::sleep(1ms);
  auto& waiters = inner.ref().get()->waiters();
  BOOST_REQUIRE(waiters.size() == 1u);
  outer.cancel();
  BOOST_TEST(waiters.size() == 0u);
  co_await inner.join();
}

// conformance: C14
ASYNCIO_ORDERED_TEST_CASE(a_cancel_between_the_end_of_the_task_and_the_wake_up_wins_and_the_task_keeps_its_result) {
  reports const handler;
  auto inner = asyncio::create_task(answer_after(1ms));
  auto outer = asyncio::create_task(shielded(inner));
  inner.add_done_callback([outer](auto const&) mutable { outer.cancel(); });
  BOOST_TEST(co_await outcome(outer.join().as_awaitable()) == "cancelled");
  BOOST_TEST(inner.result() == 42);
  BOOST_TEST(handler.seen().size() == 0u);
}

// As through asyncio's outer future: between the end of the task and the waiter's turn there is a pass more than for a join.
ASYNCIO_ORDERED_TEST_CASE(a_cancel_two_passes_after_the_end_of_the_task_still_ends_the_wait_for_the_shield) {
  auto inner = asyncio::create_task(answer_after(0s));
  auto outer = asyncio::create_task(shielded(inner));
  co_await asyncio::yield();
  co_await asyncio::yield();
  BOOST_REQUIRE(inner.done());
  co_await asyncio::yield();
  BOOST_TEST(outer.cancel());
  BOOST_TEST(co_await outcome(outer.join().as_awaitable()) == "cancelled");
}

ASYNCIO_TEST_CASE(a_task_cannot_shield_itself) {
  auto const itself = []() -> awaitable<int> {
    auto const me = asyncio::current_task();
    co_return co_await asyncio::shield(asyncio::task<int>(me.ref()));
  };
  auto t = asyncio::create_task(itself());
  BOOST_TEST((co_await outcome(t.join().as_awaitable())).find("cannot await itself") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_handle_that_names_no_task_is_refused) {
  BOOST_CHECK_THROW((void)asyncio::shield(asyncio::task<int>()), asyncio::invalid_state);
}

ASYNCIO_TEST_CASE(an_awaitable_that_was_awaited_before_is_refused) {
  auto aw = answer_after(1ms);
  co_await std::move(aw);
  std::string const text = co_await outcome(asyncio::shield(std::move(aw)).as_awaitable());
  BOOST_TEST(text.find("asyncio::shield: the awaitable is empty") != std::string::npos);
}

ASYNCIO_TEST_CASE(a_timeout_inside_the_shielded_work_still_works) {
  auto const limited = []() -> awaitable<std::string> {
    auto const value = co_await asyncio::move_on_after(10ms, asyncio::sleep(1h));
    co_return value ? "in time" : "late";
  };
  BOOST_TEST(co_await asyncio::shield(limited()) == "late");
}

ASYNCIO_TEST_CASE(the_end_of_run_cancels_shielded_work_that_is_left) {
  auto& cancelled = keep_alive<bool>();
  auto const work = [](bool& to) -> awaitable<void> {
    try {
      co_await asyncio::sleep(1h);
    } catch (asyncio::cancelled_error const&) {
      to = true;
      throw;
    }
  };
  auto t = asyncio::create_task(asyncio::shield(work(cancelled)));
  co_await asyncio::sleep(1ms);
  t.cancel();
  co_await asyncio::sleep(1ms);
  for (auto left : asyncio::all_tasks())
    if (!(left == asyncio::current_task())) left.cancel();
  co_await asyncio::sleep(1ms);
  BOOST_TEST(cancelled);
}

namespace {
awaitable<std::string> shielded_read() {
  auto const executor = co_await asio::this_coro::executor;
  asio::ip::tcp::acceptor acceptor(executor, {asio::ip::address_v4::loopback(), 0});
  asio::ip::tcp::socket client(executor);
  asio::ip::tcp::socket server(executor);
  client.connect(acceptor.local_endpoint());
  acceptor.accept(server);
  char byte = 0;
  auto read = client.async_read_some(asio::buffer(&byte, 1), asio::use_awaitable);
  auto reader = asyncio::create_task(std::move(read));
  bool const in_time = (co_await asyncio::move_on_after(1ms, asyncio::shield(reader))).has_value();
  server.send(asio::buffer("x", 1));  // the read is still there to take it
  std::size_t const n = co_await reader.join();
  co_return std::string(in_time ? "in time" : "late") + ' ' + byte + std::to_string(n);
}
}  // namespace

// conformance: S2, C23
BOOST_AUTO_TEST_CASE(a_shielded_socket_read_survives_the_timeout_and_loses_no_data) {
  asio::io_context ctx;
  auto t = asyncio::create_task(ctx, shielded_read());
  ctx.run_for(1s);
  BOOST_TEST(ctx.stopped());
  BOOST_TEST(t.result() == "late x1");
}

BOOST_AUTO_TEST_CASE(shield_works_in_a_plain_co_spawn_and_with_a_token) {
  auto const body = []() -> awaitable<int> {
    int const first = co_await asyncio::shield(answer_after(1ms));
    auto future = asyncio::shield(answer_after(1ms))(asio::use_future);
    co_await asyncio::sleep(5ms);
    co_return first + future.get();
  };
  asio::io_context ctx;
  int sum = 0;
  asio::co_spawn(ctx, body(), [&](std::exception_ptr e, int n) { sum = e ? -1 : n; });
  ctx.run_for(1s);
  BOOST_TEST(ctx.stopped());
  BOOST_TEST(sum == 84);
}
