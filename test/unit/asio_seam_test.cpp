// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE asio_seam
// What the library relies on inside of Asio and the compiler could not tell if it changed: each is shown here.
#include <asyncio/asyncio.hpp>
#include <asyncio/detail/asio/asio_hook.hpp>
#include <asyncio/detail/asio/asio_queue.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace asio = boost::asio;
namespace detail = asyncio::detail;
using namespace std::chrono_literals;
using asyncio::awaitable;

namespace {

/// An operation that ends when the test says so.
struct manual {
  std::function<void(boost::system::error_code)> complete;

  awaitable<void> wait() {
    auto const begin = [this](auto handler) {
      auto const kept = std::make_shared<decltype(handler)>(std::move(handler));
      complete = [kept](boost::system::error_code ec) {
        auto ends = std::move(*kept);
        ends(ec);
      };
    };
    co_await asio::async_initiate<asio::use_awaitable_t<> const, void(boost::system::error_code)>(begin,
                                                                                                  asio::use_awaitable);
  }
  void end(boost::system::error_code ec) {
    auto const fn = std::exchange(complete, nullptr);
    fn(ec);
  }
};

/// A task that is suspended in `op`, and its coroutines.
struct suspended {
  explicit suspended(awaitable<void> body) : task(asyncio::create_task(context, std::move(body))) { context.poll(); }
  detail::entry_frame& stack() { return *task.ref().get()->carried_by()->frame(); }
  detail::frame_base* innermost() { return detail::suspended_thread::innermost(stack()); }

  asio::io_context context;
  asyncio::task<void> task;
};

awaitable<void> wait_twice(manual& op) {
  co_await op.wait();
  co_await op.wait();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_frame_tells_whether_it_was_resumed) {
  manual op;
  suspended s(wait_twice(op));
  detail::frame_base* const marked = detail::suspended_thread::mark_suspended(s.stack());
  BOOST_TEST(!detail::suspended_thread::resumed_since(s.stack(), marked));
  s.context.poll();
  BOOST_TEST(!detail::suspended_thread::resumed_since(s.stack(), marked));
  op.end({});  // now in another operation, which may have the same frame at the same address
  BOOST_TEST(detail::suspended_thread::resumed_since(s.stack(), marked));
  BOOST_TEST(!s.task.done());
  op.end({});
  s.context.poll();
  BOOST_TEST(s.task.done());
}

BOOST_AUTO_TEST_CASE(the_first_resumption_of_a_frame_is_told_too) {
  // `op.wait()` is a coroutine of its own that begins after the mark was made.
  manual first, second;
  static auto const body = [](manual& a, manual& b) -> awaitable<void> {
    co_await a.wait();
    co_await b.wait();
  };
  suspended s(body(first, second));
  detail::frame_base* const marked = detail::suspended_thread::mark_suspended(s.stack());
  first.end({});
  BOOST_TEST(detail::suspended_thread::resumed_since(s.stack(), marked));
  second.end({});
  s.context.poll();
}

BOOST_AUTO_TEST_CASE(an_error_planted_in_a_suspended_coroutine_is_thrown_at_its_await) {
  manual op;
  std::string log;
  static auto const body = [](manual& o, std::string& l) -> awaitable<void> {
    try {
      co_await o.wait();
      l += "value";
    } catch (std::runtime_error const& e) {
      l += e.what();
    }
  };
  suspended s(body(op, log));
  detail::frame_access::pending(*s.innermost()) = std::make_exception_ptr(std::runtime_error("planted"));
  op.end({});
  s.context.poll();
  BOOST_TEST(log == "planted");
}

BOOST_AUTO_TEST_CASE(the_error_of_an_operation_takes_the_place_of_the_planted_one) {
  manual op;
  std::string log;
  static auto const body = [](manual& o, std::string& l) -> awaitable<void> {
    try {
      co_await o.wait();
      l += "value";
    } catch (boost::system::system_error const& e) {
      l += e.code() == asio::error::operation_aborted ? "aborted" : "another";
    } catch (std::runtime_error const& e) {
      l += e.what();
    }
  };
  suspended s(body(op, log));
  detail::frame_access::pending(*s.innermost()) = std::make_exception_ptr(std::logic_error("planted"));
  op.end(asio::error::operation_aborted);
  s.context.poll();
  BOOST_TEST(log == "aborted");
}

BOOST_AUTO_TEST_CASE(a_planted_error_taken_out_again_leaves_nothing) {
  manual op;
  suspended s(wait_twice(op));
  auto& place = detail::frame_access::pending(*s.innermost());
  place = std::make_exception_ptr(std::runtime_error("planted"));
  place = nullptr;
  op.end({});
  op.end({});
  s.context.poll();
  BOOST_TEST(s.task.done());
  BOOST_CHECK_NO_THROW(s.task.result());
}

BOOST_AUTO_TEST_CASE(an_exception_ptr_is_the_address_of_what_was_thrown) {
  std::exception_ptr const e = std::make_exception_ptr(std::runtime_error("text"));
  void const* address = nullptr;
  std::memcpy(&address, &e, sizeof address);
  try {
    std::rethrow_exception(e);
  } catch (std::runtime_error const& thrown) {
    BOOST_TEST(address == static_cast<void const*>(&thrown));
  }
}

BOOST_AUTO_TEST_CASE(a_state_in_a_cell_is_one_of_asios) {
  detail::cancellation_cell cell;
  int told = 0;
  BOOST_TEST(cell.state().slot().is_connected());
  cell.state().slot().assign([&told](asio::cancellation_type) { ++told; });
  BOOST_TEST((cell.state().slot() == cell.state().slot()));
  for (auto const type : {asio::cancellation_type::terminal, asio::cancellation_type::total}) {
    cell.emit(type);
    BOOST_TEST((cell.state().cancelled() == type));
  }
  BOOST_TEST(told == 2);
  asio::cancellation_state copy = cell.state();
  copy.clear();
  BOOST_TEST((cell.state().cancelled() == asio::cancellation_type::none));
  cell.reset();
  BOOST_TEST(!cell.state().slot().has_handler());
}

BOOST_AUTO_TEST_CASE(a_task_cancels_through_its_cell_until_user_code_replaces_the_state) {
  manual op;
  static auto const body = [](manual& o, bool replace) -> awaitable<void> {
    if (replace) co_await asio::this_coro::reset_cancellation_state();
    co_await o.wait();
  };
  for (bool const replace : {false, true}) {
    suspended s(body(op, replace));
    detail::task_base& t = *s.task.ref().get();
    BOOST_TEST(t.carried_by()->in_force(t.cancellation()) == !replace);
    int told = 0;
    t.asio_state().slot().assign([&told](asio::cancellation_type) { ++told; });
    t.emit_cancel();
    BOOST_TEST(told == 1);
    t.asio_state().slot().clear();
    op.end({});
    s.context.poll();
  }
}

// -- cancellation slots -------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_silent_slot_notes_a_cancel_and_calls_nobody) {
  asio::cancellation_signal signal;
  asio::cancellation_state const state(signal.slot());
  int told = 0;
  state.slot().assign([&told](asio::cancellation_type) { ++told; });
  {
    detail::slot_silence const silent(state.slot());
    BOOST_TEST(!state.slot().has_handler());
    signal.emit(asio::cancellation_type::terminal);
  }
  BOOST_TEST(told == 0);
  BOOST_TEST((state.cancelled() == asio::cancellation_type::terminal));
  signal.emit(asio::cancellation_type::terminal);
  BOOST_TEST(told == 1);
  detail::slot_silence const nothing{asio::cancellation_slot()};
}

BOOST_AUTO_TEST_CASE(a_marked_handler_is_called_and_replaced_as_any_other) {
  asio::cancellation_signal signal;
  detail::slot_mark mark;
  BOOST_TEST(!mark.is_missing(signal.slot()));  // there is no handler
  mark.put(signal.slot());
  auto const resource = std::make_shared<int>(0);
  signal.slot().assign([resource](asio::cancellation_type) { ++*resource; });
  BOOST_TEST(mark.is_missing(signal.slot()));
  mark.put(signal.slot());
  BOOST_TEST(!mark.is_missing(signal.slot()));
  signal.emit(asio::cancellation_type::terminal);
  BOOST_TEST(*resource == 1);
  signal.slot().assign([resource, more = std::string(100, 'x')](asio::cancellation_type) { *resource += 10; });
  BOOST_TEST(resource.use_count() == 2);  // the marked one is gone
  BOOST_TEST(mark.is_missing(signal.slot()));
  mark.put(signal.slot());
  mark.remove();
  BOOST_TEST(mark.is_missing(signal.slot()));
  signal.emit(asio::cancellation_type::terminal);
  BOOST_TEST(*resource == 11);
  mark.put(signal.slot());
  signal.slot().clear();
  BOOST_TEST(resource.use_count() == 1);
  BOOST_TEST(!mark.is_missing(signal.slot()));
}

BOOST_AUTO_TEST_CASE(a_mark_is_made_behind_the_states_of_composed_operations) {
  asio::cancellation_signal signal;
  asio::cancellation_state const outer(signal.slot());
  asio::cancellation_state const inner(outer.slot(), asio::enable_total_cancellation());
  detail::slot_mark mark;
  mark.put(signal.slot());
  BOOST_TEST(!mark.is_missing(signal.slot()));
  inner.slot().assign([](asio::cancellation_type) {});
  BOOST_TEST(mark.is_missing(signal.slot()));
  mark.put(signal.slot());
  BOOST_TEST(!mark.is_missing(signal.slot()));
  BOOST_TEST(!mark.is_missing(inner.slot()));
  inner.slot().assign([](asio::cancellation_type) {});  // the next step
  BOOST_TEST(mark.is_missing(signal.slot()));
  mark.put(signal.slot());
  signal.slot().clear();  // the states go, and the handler with them
  BOOST_TEST(!mark.is_missing(signal.slot()));
}

BOOST_AUTO_TEST_CASE(async_compose_keeps_its_state_where_it_is_looked_for) {
  asio::io_context context;
  asio::steady_timer timer(context);
  int step = 0;
  auto implementation = [&](auto& self, boost::system::error_code ec = {}) {
    if (step++ == 2) return self.complete(ec);
    timer.expires_after(1h);
    timer.async_wait(std::move(self));
  };
  asio::cancellation_signal signal;
  detail::slot_mark mark;
  auto done = asio::bind_cancellation_slot(signal.slot(), [&mark](boost::system::error_code) { mark.remove(); });
  asio::async_compose<decltype(done)&, void(boost::system::error_code)>(std::move(implementation), done, timer);
  BOOST_TEST(mark.is_missing(signal.slot()));
  mark.put(signal.slot());
  BOOST_TEST(!mark.is_missing(signal.slot()));
  signal.emit(asio::cancellation_type::terminal);
  context.poll_one();
  BOOST_TEST(step == 2);
  BOOST_TEST(mark.is_missing(signal.slot()));  // it has begun its next step
  signal.emit(asio::cancellation_type::terminal);
  context.poll();
  BOOST_TEST(step == 3);
}

// -- the scheduler ------------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_handler_can_let_all_others_run_first) {
  for (int const hint : {1, BOOST_ASIO_CONCURRENCY_HINT_DEFAULT}) {
    asio::io_context context(hint);
    std::string log;
    auto const work = asio::make_work_guard(context);
    asio::post(context, [&] {
      log += 'a';
      asio::post(context, [&] { log += 'd'; });
      while (context.poll_one() > 0) {}
      log += 'e';
    });
    asio::post(context, [&] {
      log += 'b';
      asio::post(context, [&] { log += "!"; });
    });
    asio::post(context, [&] { log += 'c'; });
    context.poll();
    BOOST_TEST(log.front() == 'a');
    BOOST_TEST(log.back() == 'e');
    BOOST_TEST(log.size() == 6u);
    BOOST_TEST(!context.stopped());
  }
}

BOOST_AUTO_TEST_CASE(the_handlers_of_an_object_that_goes_are_queued_at_once) {
  asio::io_context context;
  bool aborted = false;
  {
    asio::steady_timer timer(context, 1h);
    timer.async_wait([&aborted](boost::system::error_code ec) { aborted = ec == asio::error::operation_aborted; });
  }
  context.poll();
  BOOST_TEST(aborted);
}

BOOST_AUTO_TEST_CASE(a_look_into_the_queue_finds_handlers_of_others) {
  for (int const hint : {1, BOOST_ASIO_CONCURRENCY_HINT_DEFAULT}) {
    asio::io_context context(hint);
    asio::steady_timer timer(context, 1h);  // with it there is a reactor, which has a place in the queue
    detail::asio_queue queue(context, nullptr, 0);
    BOOST_TEST(queue.is_quiet(1));
    timer.async_wait([](boost::system::error_code) {});
    context.poll();
    BOOST_TEST(queue.is_quiet(1));  // an operation in progress is none
    asio::post(context, [&] {
      BOOST_TEST(queue.is_quiet(1));
      timer.cancel();
      BOOST_TEST(!queue.is_quiet(1));
      queue.accept(1);
      BOOST_TEST(queue.is_quiet(1));
      BOOST_TEST(!queue.is_quiet(2));
      asio::post(context, [] {});
      BOOST_TEST(!queue.is_quiet(1));
    });
    BOOST_TEST(!queue.is_quiet(1));
    context.poll();
    BOOST_TEST(queue.is_quiet(2));
  }
}
