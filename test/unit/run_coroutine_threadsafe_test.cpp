// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE run_coroutine_threadsafe
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asyncio::awaitable;
using asyncio::run_coroutine_threadsafe;
using asyncio::testing::keep_alive;

namespace {

awaitable<int> give(int value) {
  co_await asyncio::yield();
  co_return value;
}

awaitable<int> fail() {
  co_await asyncio::yield();
  throw std::runtime_error("in the loop");
}

awaitable<void> wait_for_ever(std::promise<void>* begun = nullptr) {
  if (begun) begun->set_value();
  co_await asyncio::sleep_forever();
}

/// Calls `use(loop)` in another thread while the loop runs, and gives what it gives. The clock stands still meanwhile.
template <class Use>
auto in_a_thread(Use use) -> awaitable<std::invoke_result_t<Use, asyncio::loop&>> {
  auto& loop = asyncio::loop::running();
  co_return co_await asyncio::to_thread(use, std::ref(loop));
}

template <class T>
std::string outcome(std::future<T> f) {
  try {
    f.get();
    return "value";
  } catch (asyncio::cancelled_error const& e) {
    return "cancelled " + std::string(e.message());
  } catch (std::exception const& e) {
    return e.what();
  }
}

asyncio::context_var<int> number(0);

awaitable<int> read_number() { co_return number.get(); }

}  // namespace

// conformance: TH6
ASYNCIO_TEST_CASE(the_value_comes_back_to_the_other_thread) {
  auto const use = [](asyncio::loop& l) { return run_coroutine_threadsafe(l, give(5)).get(); };
  BOOST_TEST(co_await in_a_thread(use) == 5);
  auto const nothing = [](asyncio::loop& l) { run_coroutine_threadsafe(l, asyncio::yield()).get(); };
  co_await in_a_thread(nothing);
  auto const make = []() -> awaitable<std::unique_ptr<int>> { co_return std::make_unique<int>(6); };
  auto const moved = [make](asyncio::loop& l) { return run_coroutine_threadsafe(l, make()).get(); };
  auto const got = co_await in_a_thread(moved);
  BOOST_TEST(*got == 6);
}

// conformance: TH6
ASYNCIO_TEST_CASE(the_exception_comes_back_and_counts_as_retrieved) {
  auto& reports = keep_alive<int>(0);
  asyncio::loop::running().set_exception_handler([&reports](asyncio::exception_context const&) { ++reports; });
  auto const use = [](asyncio::loop& l) { return outcome(run_coroutine_threadsafe(l, fail())); };
  std::string const text = co_await in_a_thread(use);
  BOOST_TEST(text == "in the loop");
  BOOST_TEST(reports == 0);
}

// conformance: TH6
ASYNCIO_TEST_CASE(a_cancel_inside_the_loop_comes_back_as_cancelled_error) {
  auto const cancels_itself = []() -> awaitable<void> {
    asyncio::current_task().cancel("myself");
    co_await asyncio::yield();
  };
  auto const use = [cancels_itself](asyncio::loop& l) {
    return outcome(run_coroutine_threadsafe(l, cancels_itself()));
  };
  std::string const text = co_await in_a_thread(use);
  BOOST_TEST(text == "cancelled myself");
}

// conformance: TH6
ASYNCIO_TEST_CASE(a_stop_request_in_the_other_thread_cancels_the_task) {
  auto const use = [](asyncio::loop& l) {
    std::promise<void> begun;
    std::stop_source stop;
    auto f = run_coroutine_threadsafe(l, wait_for_ever(&begun), stop.get_token());
    auto const entered = begun.get_future();
    while (entered.wait_for(1ms) == std::future_status::timeout && f.wait_for(0s) == std::future_status::timeout) {}
    bool const pending = f.wait_for(0s) == std::future_status::timeout;
    stop.request_stop();
    return outcome(std::move(f)) + (pending ? "after it began" : "");
  };
  std::string const text = co_await in_a_thread(use);
  BOOST_TEST(text == "cancelled after it began");
}

ASYNCIO_TEST_CASE(a_stop_that_was_requested_before_keeps_the_body_from_being_entered) {
  auto const use = [](asyncio::loop& l) {
    std::promise<void> begun;
    auto const entered = begun.get_future();
    std::stop_source stop;
    stop.request_stop();
    std::string text = outcome(run_coroutine_threadsafe(l, wait_for_ever(&begun), stop.get_token()));
    return text + (entered.wait_for(0s) == std::future_status::ready ? "entered" : "never entered");
  };
  std::string const text = co_await in_a_thread(use);
  BOOST_TEST(text == "cancelled never entered");
}

ASYNCIO_TEST_CASE(a_stop_request_after_the_end_is_harmless) {
  auto const use = [](asyncio::loop& l) {
    std::stop_source stop;
    int const value = run_coroutine_threadsafe(l, give(3), stop.get_token()).get();
    stop.request_stop();
    return value;
  };
  BOOST_TEST(co_await in_a_thread(use) == 3);
}

ASYNCIO_TEST_CASE(a_stop_request_in_the_last_step_is_harmless) {
  static auto const stops_itself = [](std::stop_source stop) -> awaitable<int> {
    co_await asyncio::yield();
    stop.request_stop();
    co_return 6;
  };
  std::stop_source stop;
  std::future<int> f = run_coroutine_threadsafe(asyncio::loop::running(), stops_itself(stop), stop.get_token());
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(f.get() == 6);
}

// conformance: TH7
ASYNCIO_TEST_CASE(a_task_that_cannot_be_made_is_told_to_the_future_and_reported_once) {
  auto& reports = keep_alive<std::vector<std::string>>();
  asyncio::loop::running().set_exception_handler(
      [&reports](asyncio::exception_context const& what) { reports.push_back(what.message); });
  auto const use = [](asyncio::loop& l) {
    awaitable<int> empty = give(1);
    awaitable<int> const taken = std::move(empty);
    return outcome(run_coroutine_threadsafe(l, std::move(empty)));  // NOLINT: on purpose
  };
  std::string const text = co_await in_a_thread(use);
  BOOST_TEST(text ==
             "asyncio::run_coroutine_threadsafe: the awaitable is empty: it was moved from or awaited before; call the "
             "coroutine "
             "function again");
  BOOST_TEST(reports == (std::vector<std::string>{"Exception in run_coroutine_threadsafe"}),
             boost::test_tools::per_element());
}

ASYNCIO_TEST_CASE(a_function_with_arguments_is_kept_as_long_as_the_coroutine) {
  auto const use = [](asyncio::loop& l) {
    std::future<int> f;
    {
      auto const add = [base = std::make_shared<int>(10)](int a, std::string const& b) -> awaitable<int> {
        co_await asyncio::yield();
        co_return *base + a + static_cast<int>(b.size());
      };
      f = run_coroutine_threadsafe(l, add, 1, std::string("four"));
    }
    return f.get();
  };
  BOOST_TEST(co_await in_a_thread(use) == 15);
}

// conformance: CX1
ASYNCIO_TEST_CASE(the_coroutine_sees_the_context_variables_of_the_calling_thread) {
  (void)number.set(1);
  auto const use = [](asyncio::loop& l) {
    (void)number.set(2);  // in the copy that to_thread gave this thread
    return run_coroutine_threadsafe(l, read_number()).get();
  };
  BOOST_TEST(co_await in_a_thread(use) == 2);
  BOOST_TEST(number.get() == 1);
}

ASYNCIO_TEST_CASE(the_task_is_one_of_the_loop_and_knows_where_it_was_asked_for) {
  auto& file = keep_alive<std::string>();
  auto const body = [](std::string& out) -> awaitable<void> {
    out = asyncio::current_task().created_at().file_name();
    co_return;
  };
  auto const use = [body](asyncio::loop& l, std::string& out) { run_coroutine_threadsafe(l, body(out)).get(); };
  auto& loop = asyncio::loop::running();
  co_await asyncio::to_thread(use, std::ref(loop), std::ref(file));
  BOOST_TEST(file.find("run_coroutine_threadsafe_test.cpp") != std::string::npos);
}

ASYNCIO_TEST_CASE(it_may_be_called_in_the_loops_own_thread_if_nobody_waits_there) {
  std::future<int> f = run_coroutine_threadsafe(asyncio::loop::running(), give(4));
  for (int i = 0; i < 10; ++i) co_await asyncio::yield();
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(f.get() == 4);
}

ASYNCIO_TEST_CASE(two_loops_can_wait_for_each_other_through_threads) {
  auto const other_loop = [](asyncio::loop& home) {
    auto const body = [](asyncio::loop& first) -> awaitable<int> {
      // Blocks this second loop, not the first one.
      co_return run_coroutine_threadsafe(first, give(8)).get();
    };
    return asyncio::run(body(home), asyncio::run_options().handle_sigint(false));
  };
  BOOST_TEST(co_await in_a_thread(other_loop) == 8);
}

// -- the end of the loop --------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_end_of_run_cancels_a_coroutine_that_still_runs) {
  std::future<void> f;
  auto const main = [&f]() -> awaitable<void> {
    f = run_coroutine_threadsafe(asyncio::loop::running(), wait_for_ever());
    co_await asyncio::testing::wait_all_tasks_blocked();
  };
  asyncio::testing::run(main());
  BOOST_TEST(outcome(std::move(f)) == "cancelled ");
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_comes_too_late_is_refused) {
  asyncio::runner r(asyncio::run_options().handle_sigint(false));
  asyncio::loop& loop = r.get_loop();
  auto const token = loop.token();
  BOOST_TEST(!token.ended());
  BOOST_TEST(r.run(give(1)) == 1);
  std::future<int> waits = run_coroutine_threadsafe(loop, give(2));  // for a run that never comes
  r.close();
  BOOST_TEST(token.ended());
  std::string const refusal = "asyncio::run_coroutine_threadsafe: the loop has ended before the coroutine did";
  BOOST_TEST(outcome(std::move(waits)) == refusal);
  BOOST_TEST(outcome(run_coroutine_threadsafe(loop, give(3))) == refusal);
  BOOST_TEST(outcome(run_coroutine_threadsafe(token, give(3))) == refusal);
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_comes_while_the_loop_ends_is_refused) {
  std::future<int> f;
  static auto const asks_at_its_end = [](std::future<int>& answer) -> awaitable<void> {
    asyncio::loop& home = asyncio::loop::running();
    try {
      co_await asyncio::sleep_forever();
    } catch (asyncio::cancelled_error const&) {
      answer = run_coroutine_threadsafe(home, give(5));
      throw;
    }
  };
  static auto const main = [](std::future<int>& answer) -> awaitable<void> {
    asyncio::create_task(asks_at_its_end(answer));
    co_await asyncio::yield();
    co_await asyncio::yield();
  };
  asyncio::testing::run(main(f));
  BOOST_TEST(outcome(std::move(f)) == "asyncio::run_coroutine_threadsafe: the loop has ended before the coroutine did");
}

BOOST_AUTO_TEST_CASE(a_loop_that_is_gone_refuses_too) {
  std::optional<asyncio::loop_token> token;
  asyncio::loop* loop = nullptr;
  {
    asio::io_context context;
    loop = &asyncio::loop::of(context);
    token = loop->token();
    BOOST_TEST((*token == loop->token()));
    std::future<int> f = run_coroutine_threadsafe(*token, give(7));
    context.run();
    BOOST_TEST(f.get() == 7);
  }
  std::string const refusal = "asyncio::run_coroutine_threadsafe: the loop has ended before the coroutine did";
  BOOST_TEST(outcome(run_coroutine_threadsafe(*token, give(3))) == refusal);
  BOOST_TEST(outcome(run_coroutine_threadsafe(*loop, give(3))) == refusal);  // only its address is looked at
  BOOST_CHECK_THROW((void)token->call_soon([] {}), asyncio::invalid_state);
}

BOOST_AUTO_TEST_CASE(a_context_that_is_destroyed_tells_the_futures_of_its_tasks) {
  std::future<void> running, queued;
  {
    asio::io_context context;
    auto& loop = asyncio::loop::of(context);
    loop.set_exception_handler([](asyncio::exception_context const&) {});
    running = run_coroutine_threadsafe(loop, wait_for_ever());
    context.poll();
    queued = run_coroutine_threadsafe(loop, wait_for_ever());
  }
  std::string const refusal = "asyncio::run_coroutine_threadsafe: the loop has ended before the coroutine did";
  BOOST_TEST(outcome(std::move(running)) == refusal);
  BOOST_TEST(outcome(std::move(queued)) == refusal);
}

BOOST_AUTO_TEST_CASE(calls_while_the_loop_ends_are_run_or_refused_and_never_lost) {
  for (int round = 0; round < 50; ++round) {
    std::promise<asyncio::loop_token> named;
    std::atomic<int> called{0};
    std::atomic<bool> over{false};
    int accepted = 0;
    int answered = 0;
    std::thread other([&, token = named.get_future()]() mutable {
      auto const to = token.get();
      std::vector<std::future<int>> futures;
      int sent = 0;
      auto const answer = [&] {
        for (auto& f : futures) {
          outcome(std::move(f));
          ++answered;
        }
        futures.clear();
      };
      while (!over) {
        futures.push_back(run_coroutine_threadsafe(to, give(1)));
        ++sent;
        try {
          to.call_soon([&called] { ++called; });
          ++accepted;
        } catch (asyncio::invalid_state const&) {
          over = true;
        }
        if (futures.size() == 16) answer();  // or else this thread floods the loop faster than it can end
      }
      answer();
      BOOST_TEST(answered == sent);
    });
    auto const main = [&]() -> awaitable<void> {
      named.set_value(asyncio::loop::running().token());
      while (called == 0) co_await asyncio::yield();
    };
    asyncio::run(main(), asyncio::run_options().handle_sigint(false));
    other.join();
    BOOST_TEST(called > 0);
    BOOST_TEST(called <= accepted);
  }
}
