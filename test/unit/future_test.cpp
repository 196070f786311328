// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE future
#include <asyncio/future.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/shield.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>
#include <asyncio/timeout.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asyncio::awaitable;
using asyncio::testing::keep_alive;
using asyncio::testing::wait_all_tasks_blocked;

namespace {

using strings = std::vector<std::string>;

/// What the outcome of an await was, as text.
template <class Await>
awaitable<std::string> outcome(Await aw) {
  try {
    if constexpr (std::is_void_v<asyncio::await_result_t<Await>>) {
      co_await std::move(aw);
      co_return "done";
    } else {
      co_return std::to_string(co_await std::move(aw));
    }
  } catch (asyncio::cancelled_error const& e) {
    co_return e.message().empty() ? "cancelled" : "cancelled: " + std::string(e.message());
  } catch (asyncio::timeout_error const&) {
    co_return "timeout";
  } catch (std::exception const& e) {
    co_return e.what();
  }
}

/// Waits without catching anything.
awaitable<int> wait_for_it(asyncio::future<int> f) { co_return co_await f.wait(); }

/// Collects what the loop's exception handler is told.
struct reports {
  reports() {
    auto* const here = &list;
    asyncio::loop::running().set_exception_handler(
        [here](asyncio::exception_context const& what) { here->push_back(what); });
  }
  reports(reports const&) = delete;
  reports& operator=(reports const&) = delete;
  ~reports() { asyncio::loop::running().set_exception_handler(nullptr); }
  std::vector<asyncio::exception_context> list;
};

}  // namespace

// -- state -------------------------------------------------------------------------------------------------------------

// conformance: F1
ASYNCIO_TEST_CASE(a_new_future_is_neither_done_nor_cancelled) {
  asyncio::future<int> const f;
  BOOST_TEST(!f.done());
  BOOST_TEST(!f.cancelled());
  BOOST_CHECK_THROW((void)f.result(), asyncio::invalid_state);
  BOOST_CHECK_THROW((void)f.exception(), asyncio::invalid_state);
  co_return;
}

// conformance: F2
ASYNCIO_TEST_CASE(a_cancelled_future_is_done_and_takes_no_result) {
  asyncio::future<int> f;
  BOOST_TEST(f.cancel("enough"));
  BOOST_TEST(f.done());
  BOOST_TEST(f.cancelled());
  BOOST_CHECK_EXCEPTION((void)f.result(), asyncio::cancelled_error, [](auto& e) { return e.message() == "enough"; });
  BOOST_CHECK_THROW((void)f.exception(), asyncio::cancelled_error);
  BOOST_CHECK_THROW(f.set_result(1), asyncio::invalid_state);
  BOOST_CHECK_THROW(f.set_exception(std::runtime_error("x")), asyncio::invalid_state);
  BOOST_TEST(!f.cancel());
  co_return;
}

// conformance: F3, F4
ASYNCIO_TEST_CASE(a_result_is_set_once) {
  asyncio::future<std::string> f;
  f.set_result("first");
  BOOST_TEST(f.done());
  BOOST_TEST(!f.cancelled());
  BOOST_TEST(f.result() == "first");
  BOOST_TEST((f.exception() == nullptr));
  BOOST_CHECK_THROW(f.set_result("second"), asyncio::invalid_state);
  BOOST_CHECK_THROW(f.set_exception(std::runtime_error("x")), asyncio::invalid_state);
  BOOST_TEST(!f.cancel());
  BOOST_TEST(f.result() == "first");
  co_return;
}

// conformance: F3, F4
ASYNCIO_TEST_CASE(an_exception_is_set_once) {
  asyncio::future<int> f;
  f.set_exception(std::runtime_error("broken"));
  BOOST_TEST(f.done());
  BOOST_TEST(!f.cancelled());
  BOOST_CHECK_THROW((void)f.result(), std::runtime_error);
  BOOST_CHECK_THROW(std::rethrow_exception(f.exception()), std::runtime_error);
  BOOST_CHECK_THROW(f.set_result(1), asyncio::invalid_state);
  BOOST_CHECK_THROW(f.set_exception(std::runtime_error("x")), asyncio::invalid_state);
  BOOST_TEST(!f.cancel());
  co_return;
}

ASYNCIO_TEST_CASE(a_null_exception_is_refused_and_the_future_stays_pending) {
  asyncio::future<> f;
  BOOST_CHECK_THROW(f.set_exception(std::exception_ptr()), asyncio::value_error);
  BOOST_TEST(!f.done());
  f.set_result();
  f.result();
  BOOST_TEST((f.exception() == nullptr));
  co_return;
}

// conformance: C7
ASYNCIO_TEST_CASE(copies_name_the_same_future_and_a_moved_from_handle_names_none) {
  asyncio::future<int> f;
  asyncio::future<int> copy = f;
  BOOST_TEST((copy == f));
  asyncio::future<int> const other;
  BOOST_TEST(!(other == f));
  asyncio::future<int> moved = std::move(f);
  BOOST_CHECK_THROW((void)f.done(), asyncio::invalid_state);  // NOLINT: the moved-from handle is the subject
  BOOST_CHECK_THROW((void)f.wait(), asyncio::invalid_state);
  moved.set_result(1);
  BOOST_TEST(copy.result() == 1);
  co_return;
}

BOOST_AUTO_TEST_CASE(a_future_needs_a_loop) {
  BOOST_CHECK_THROW(asyncio::future<int>(), asyncio::no_running_loop);
  asio::io_context context;
  asyncio::future<int> f(asyncio::loop::of(context));
  auto t = asyncio::create_task(context, wait_for_it(f));
  context.poll();
  BOOST_TEST(!t.done());
  f.set_result(1);
  context.run();
  BOOST_TEST(t.result() == 1);
}

// -- waiting -----------------------------------------------------------------------------------------------------------

// conformance: F10
ASYNCIO_TEST_CASE(a_done_future_is_awaited_without_suspending_and_again_and_again) {
  asyncio::future<int> f;
  f.set_result(42);
  auto& other_ran = keep_alive<bool>();
  auto const other = [](bool& ran) -> awaitable<void> {
    ran = true;
    co_return;
  };
  auto t = asyncio::create_task(other(other_ran));
  for (int i = 0; i < 3; ++i) BOOST_TEST(co_await f.wait() == 42);
  BOOST_TEST(!other_ran);
  co_await t.join();
}

ASYNCIO_TEST_CASE(everybody_who_waits_gets_the_result) {
  asyncio::future<std::string> f;
  auto const wait = [](asyncio::future<std::string> on) -> awaitable<std::string> { co_return co_await on.wait(); };
  auto a = asyncio::create_task(wait(f));
  auto b = asyncio::create_task(wait(f));
  co_await wait_all_tasks_blocked();
  BOOST_TEST((a.waits_for().kind == asyncio::wait_kind::future));
  f.set_result("a text that is too long for the small buffer");
  BOOST_TEST(!a.done());
  BOOST_TEST(co_await a.join() == f.result());
  BOOST_TEST(co_await b.join() == f.result());
}

ASYNCIO_TEST_CASE(a_future_may_have_no_value) {
  asyncio::future<> f;
  auto t = asyncio::create_task(outcome(f.wait()));
  co_await wait_all_tasks_blocked();
  f.set_result();
  BOOST_TEST(co_await t.join() == "done");
}

ASYNCIO_TEST_CASE(a_move_only_result_is_moved_out_once) {
  asyncio::future<std::unique_ptr<int>> f;
  auto const wait = [](asyncio::future<std::unique_ptr<int>> on) -> awaitable<int> { co_return *co_await on.wait(); };
  auto t = asyncio::create_task(wait(f));
  co_await wait_all_tasks_blocked();
  f.set_result(std::make_unique<int>(5));
  BOOST_TEST(*f.result() == 5);
  BOOST_TEST(co_await t.join() == 5);
  BOOST_CHECK_THROW((void)f.result(), asyncio::invalid_state);
  bool refused = false;
  try {
    (void)co_await f.wait();
  } catch (asyncio::invalid_state const&) {
    refused = true;
  }
  BOOST_TEST(refused);
}

// conformance: F11
ASYNCIO_TEST_CASE(every_await_of_a_failed_future_throws_the_same_exception) {
  asyncio::future<int> f;
  f.set_exception(std::runtime_error("broken"));
  std::vector<std::exception const*> seen;
  for (int i = 0; i < 3; ++i) {
    try {
      (void)co_await f.wait();
    } catch (std::runtime_error const& e) {
      seen.push_back(&e);
    }
  }
  BOOST_TEST(seen.size() == 3u);
  BOOST_TEST(seen[0] == seen[1]);
  BOOST_TEST(seen[0] == seen[2]);
}

ASYNCIO_TEST_CASE(the_waiting_operation_keeps_the_future) {
  std::optional<asyncio::future<int>> f(std::in_place);
  auto op = f->wait();
  f->set_result(3);
  f.reset();
  BOOST_TEST(co_await std::move(op) == 3);
}

ASYNCIO_TEST_CASE(an_operation_is_awaited_once) {
  asyncio::future<int> f;
  f.set_result(1);
  auto op = f.wait();
  BOOST_TEST(co_await std::move(op) == 1);
  bool refused = false;
  try {
    (void)co_await std::move(op);
  } catch (asyncio::invalid_state const&) {
    refused = true;
  }
  BOOST_TEST(refused);
}

// -- cancellation ------------------------------------------------------------------------------------------------------

// conformance: C6
ASYNCIO_TEST_CASE(a_cancel_of_the_awaiting_task_cancels_the_future_and_everybody_who_waits_for_it) {
  asyncio::future<int> f;
  auto a = asyncio::create_task(wait_for_it(f));
  auto b = asyncio::create_task(outcome(f.wait()));
  co_await wait_all_tasks_blocked();
  a.cancel("enough");
  BOOST_TEST(f.cancelled());
  BOOST_TEST(co_await outcome(a.join()) == "cancelled: enough");
  BOOST_TEST(a.cancelled());
  BOOST_TEST(co_await b.join() == "cancelled: enough");
}

// conformance: C7
ASYNCIO_TEST_CASE(a_cancel_of_the_future_ends_the_awaiting_task_cancelled) {
  asyncio::future<int> f;
  auto t = asyncio::create_task(wait_for_it(f));
  co_await wait_all_tasks_blocked();
  f.cancel("no longer needed");
  BOOST_TEST(co_await outcome(t.join()) == "cancelled: no longer needed");
  BOOST_TEST(t.cancelled());
  BOOST_TEST(t.cancelling() == 0);
}

// conformance: C14
ASYNCIO_TEST_CASE(a_cancel_after_the_result_was_set_ends_the_awaiting_task_and_the_future_keeps_its_result) {
  asyncio::future<std::unique_ptr<int>> f;
  auto const wait = [](asyncio::future<std::unique_ptr<int>> on) -> awaitable<int> { co_return *co_await on.wait(); };
  auto t = asyncio::create_task(wait(f));
  co_await wait_all_tasks_blocked();
  f.set_result(std::make_unique<int>(5));
  t.cancel();
  BOOST_TEST(co_await outcome(t.join()) == "cancelled");
  BOOST_TEST(!f.cancelled());
  BOOST_TEST(*f.result() == 5);
}

// conformance: C10
ASYNCIO_TEST_CASE(a_pending_cancel_passes_a_done_future_and_cancels_a_pending_one) {
  asyncio::future<int> ready, pending;
  ready.set_result(1);
  auto const body = [](asyncio::future<int> first, asyncio::future<int> second) -> awaitable<int> {
    asyncio::current_task().cancel();
    BOOST_TEST(co_await first.wait() == 1);
    co_return co_await second.wait();
  };
  BOOST_TEST(co_await outcome(asyncio::create_task(body(ready, pending)).join()) == "cancelled");
  BOOST_TEST(pending.cancelled());
}

ASYNCIO_TEST_CASE(a_timeout_cancels_the_future) {
  asyncio::future<int> f;
  BOOST_TEST(co_await outcome(asyncio::timeout(1s, f.wait())) == "timeout");
  BOOST_TEST(f.cancelled());
}

// conformance: S2
ASYNCIO_TEST_CASE(a_shield_keeps_the_cancel_of_its_caller_from_the_future) {
  asyncio::future<int> f;
  auto const shielded = [](asyncio::future<int> on) -> awaitable<int> {
    co_return co_await asyncio::shield(on.wait());
  };
  auto t = asyncio::create_task(shielded(f));
  co_await wait_all_tasks_blocked();
  t.cancel();
  BOOST_TEST(co_await outcome(t.join()) == "cancelled");
  BOOST_TEST(!f.done());
  f.set_result(1);
  BOOST_TEST(f.result() == 1);
}

ASYNCIO_TEST_CASE(futures_may_be_gathered_through_their_waits) {
  asyncio::future<int> a, b;
  auto const set = [](asyncio::future<int> first, asyncio::future<int> second) -> awaitable<void> {
    co_await asyncio::sleep(1s);
    second.set_result(2);
    co_await asyncio::sleep(1s);
    first.set_result(1);
  };
  auto t = asyncio::create_task(set(a, b));
  auto [x, y] = co_await asyncio::gather(a.wait(), b.wait());
  BOOST_TEST(x == 1);
  BOOST_TEST(y == 2);
  co_await t.join();
}

// -- callbacks ---------------------------------------------------------------------------------------------------------

// conformance: F5
ASYNCIO_ORDERED_TEST_CASE(callbacks_and_waiters_run_through_the_loop_in_the_order_in_which_they_came) {
  for (bool const fail : {false, true}) {
    auto& log = keep_alive<strings>();
    asyncio::future<int> f;
    auto const waiter = [](asyncio::future<int> on, strings& to) -> awaitable<void> {
      (void)co_await outcome(on.wait());
      to.push_back("waiter");
    };
    f.add_done_callback([&log](asyncio::future<int> const& done) { log.push_back(done.done() ? "first" : "pending"); });
    auto t = asyncio::create_task(waiter(f, log));
    co_await wait_all_tasks_blocked();
    f.add_done_callback([&log](asyncio::future<int> const&) { log.push_back("last"); });
    if (fail) {
      f.set_exception(std::runtime_error("broken"));
    } else {
      f.set_result(1);
    }
    BOOST_TEST(log.empty());
    co_await t.join();
    BOOST_TEST(log == (strings{"first", "waiter", "last"}), boost::test_tools::per_element());
  }
}

// conformance: F6, F7
ASYNCIO_ORDERED_TEST_CASE(a_removed_callback_is_not_called_and_the_others_keep_their_order) {
  for (std::size_t removed = 0; removed < 3; ++removed) {
    auto& log = keep_alive<strings>();
    asyncio::future<> f;
    std::vector<std::uint64_t> ids;
    for (char const* const name : {"0", "1", "2"})
      ids.push_back(f.add_done_callback([&log, name](asyncio::future<> const&) { log.push_back(name); }));
    BOOST_TEST(f.remove_done_callback(ids[removed]) == 1u);
    BOOST_TEST(f.remove_done_callback(ids[removed]) == 0u);
    f.set_result();
    co_await wait_all_tasks_blocked();
    strings expected{"0", "1", "2"};
    expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(removed));
    BOOST_TEST(log == expected, boost::test_tools::per_element());
    for (auto const id : ids) BOOST_TEST(f.remove_done_callback(id) == 0u);
  }
}

// conformance: F8, F9
ASYNCIO_ORDERED_TEST_CASE(a_callback_may_add_others_and_one_for_a_done_future_is_called_soon) {
  auto& log = keep_alive<strings>();
  asyncio::future<> f;
  f.add_done_callback([&log](asyncio::future<> done) {
    log.push_back("outer");
    done.add_done_callback([&log](asyncio::future<> const&) { log.push_back("inner"); });
  });
  f.set_result();
  BOOST_TEST(log.empty());
  co_await wait_all_tasks_blocked();
  BOOST_TEST(log == (strings{"outer", "inner"}), boost::test_tools::per_element());
}

ASYNCIO_TEST_CASE(an_exception_of_a_callback_goes_to_the_exception_handler) {
  reports seen;
  asyncio::future<> f;
  f.add_done_callback([](asyncio::future<> const&) { throw std::runtime_error("broken"); });
  f.set_result();
  co_await wait_all_tasks_blocked();
  BOOST_TEST(seen.list.size() == 1u);
  BOOST_TEST(seen.list.at(0).message == "Exception in done callback");
}

// conformance: F14
ASYNCIO_TEST_CASE(a_pending_future_is_not_kept_by_its_own_callbacks_and_a_done_one_until_they_ran) {
  auto const witness = std::make_shared<int>(0);
  auto& called = keep_alive<int>();
  {
    asyncio::future<> f;
    f.add_done_callback([witness, &called](asyncio::future<> const&) { ++called; });
  }
  BOOST_TEST(witness.use_count() == 1);
  {
    asyncio::future<> f;
    f.add_done_callback([witness, &called](asyncio::future<> const& done) { called += done.cancelled(); });
    f.cancel();
  }
  co_await wait_all_tasks_blocked();
  BOOST_TEST(called == 1);
  BOOST_TEST(witness.use_count() == 1);
}

// -- exceptions nobody takes ---------------------------------------------------------------------------------------------

// conformance: T23
ASYNCIO_TEST_CASE(an_exception_nobody_takes_is_reported_once_when_the_last_handle_goes) {
  reports seen;
  std::optional<asyncio::future<int>> f(std::in_place);
  f->set_exception(std::runtime_error("lost"));
  asyncio::future<int> copy = *f;
  f.reset();
  BOOST_TEST(seen.list.empty());
  copy = asyncio::future<int>();
  BOOST_TEST(seen.list.size() == 1u);
  auto const& what = seen.list.at(0);
  BOOST_TEST(what.message == "Future exception was never retrieved");
  BOOST_TEST(what.task == 0u);
  BOOST_CHECK_THROW(std::rethrow_exception(what.exception), std::runtime_error);
  co_return;
}

// conformance: T27
ASYNCIO_TEST_CASE(the_report_says_where_the_future_was_made) {
  reports seen;
  {
    asyncio::future<int> f;
    f.set_exception(std::runtime_error("lost"));
  }
  unsigned const line = __LINE__ - 3;
  BOOST_TEST(seen.list.size() == 1u);
  BOOST_TEST(seen.list.at(0).created_at.line() == line);
  co_return;
}

// conformance: T24, T25
ASYNCIO_TEST_CASE(taking_the_exception_in_any_way_silences_the_report) {
  reports seen;
  {
    std::vector<asyncio::future<int>> failed(4);
    for (auto& f : failed) f.set_exception(std::runtime_error("x"));
    BOOST_CHECK_THROW((void)failed[0].result(), std::runtime_error);
    BOOST_TEST((failed[1].exception() != nullptr));
    BOOST_TEST(!failed[2].cancel());
    BOOST_TEST(co_await outcome(failed[3].wait()) == "x");
  }
  BOOST_TEST(seen.list.empty());
}

// conformance: T26
ASYNCIO_TEST_CASE(a_future_that_was_never_done_or_was_cancelled_is_not_reported) {
  reports seen;
  { asyncio::future<int> const abandoned; }
  {
    asyncio::future<int> cancelled;
    cancelled.cancel();
  }
  BOOST_TEST(seen.list.empty());
  co_return;
}

// -- lifetime ----------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_handle_may_outlive_its_loop) {
  auto const witness = std::make_shared<int>(0);
  std::optional<asyncio::future<int>> pending, failed;
  {
    asio::io_context context;
    asyncio::loop& home = asyncio::loop::of(context);
    home.set_exception_handler([](asyncio::exception_context const&) {});
    pending.emplace(home);
    failed.emplace(home);
    pending->add_done_callback([witness](asyncio::future<int> const&) {});
    (void)asyncio::create_task(context, wait_for_it(*pending));
    asio::co_spawn(context, wait_for_it(*pending), asio::detached);
    context.poll();
  }
  BOOST_CHECK_THROW(pending->add_done_callback([](asyncio::future<int> const&) {}), asyncio::invalid_state);
  pending->set_result(1);
  BOOST_TEST(pending->result() == 1);
  BOOST_TEST(witness.use_count() == 1);
  failed->set_exception(std::runtime_error("after the end"));
  BOOST_CHECK_THROW((void)failed->result(), std::runtime_error);
}

// conformance: T10
BOOST_AUTO_TEST_CASE(a_future_is_awaited_in_its_own_loop) {
  asio::io_context other;
  asyncio::future<int> f(asyncio::loop::of(other));
  auto const body = [](asyncio::future<int> on) -> awaitable<std::string> { co_return co_await outcome(on.wait()); };
  BOOST_TEST(asyncio::testing::run(body(f)).find("another loop") != std::string::npos);
  BOOST_TEST(!f.done());
}

// -- coroutines that are not tasks -------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(plain_coroutines_may_wait_for_a_future) {
  asio::io_context context;
  asyncio::future<int> f(asyncio::loop::of(context));
  auto got = asio::co_spawn(context, wait_for_it(f), asio::use_future);
  context.poll();
  f.set_result(4);
  context.run();
  BOOST_TEST(got.get() == 4);
}

BOOST_AUTO_TEST_CASE(a_wait_that_loses_against_another_operand_cancels_the_future) {
  using namespace asio::experimental::awaitable_operators;
  asio::io_context context;
  asyncio::future<int> f(asyncio::loop::of(context));
  auto const body = [](asyncio::future<int> on) -> awaitable<std::size_t> {
    auto const first = co_await (on.wait().as_awaitable() || asyncio::sleep(1ms).as_awaitable());
    co_return first.index();
  };
  auto winner = asio::co_spawn(context, body(f), asio::use_future);
  context.run();
  BOOST_TEST(winner.get() == 1u);
  BOOST_TEST(f.cancelled());
}

ASYNCIO_TEST_CASE(a_wait_takes_any_completion_token) {
  asyncio::future<int> f;
  std::future<int> got = f.wait()(asio::use_future);
  co_await wait_all_tasks_blocked();
  f.set_result(6);
  co_await wait_all_tasks_blocked();
  BOOST_TEST(got.get() == 6);
}

// conformance: F2
ASYNCIO_TEST_CASE(the_result_of_a_future_without_a_value_can_be_asked_for_too_early_as_well) {
  asyncio::future<void> f;
  BOOST_CHECK_THROW(f.result(), asyncio::invalid_state);
  f.set_result();
  f.result();
  asyncio::future<void> g;
  g.set_exception(std::make_exception_ptr(std::runtime_error("not done")));
  BOOST_CHECK_THROW(g.result(), std::runtime_error);
  co_return;
}
