// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE to_thread
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <atomic>
#include <functional>
#include <future>
#include <latch>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asyncio::awaitable;
using asyncio::to_thread;
using asyncio::to_thread_options;
using asyncio::testing::keep_alive;

namespace {

asyncio::duration now() { return asyncio::loop::running().time().time_since_epoch(); }

to_thread_options patient() { return to_thread_options().abandon_on_cancel(false); }

/// Holds up a function in a thread: that says when it has begun, and returns when it is let go, at the latest by the end of
/// the gate.
class gate {
 public:
  /// The function. It uses nothing of the gate, since it may outlive it.
  class function {
   public:
    int operator()() {
      begun_.set_value();
      go_.wait();
      cancelled_.set_value(asyncio::thread_cancelled());
      return result_;
    }

   private:
    friend class gate;
    explicit function(int result) : result_(result) {}
    int result_;
    std::promise<void> begun_;
    std::future<void> go_;
    std::promise<bool> cancelled_;
  };

  explicit gate(int result = 1) : function_(result) { function_.go_ = go_.get_future(); }
  gate(gate const&) = delete;
  gate& operator=(gate const&) = delete;
  ~gate() { open(); }

  /// To be called once.
  [[nodiscard]] function take() { return std::move(function_); }
  void open() {
    if (!std::exchange(opened_, true)) go_.set_value();
  }
  /// Returns also when the function was destroyed before anybody called it.
  void wait_until_begun() { begun_.wait(); }
  /// Whether the function found itself cancelled at its end.
  bool was_cancelled() { return was_cancelled_.get(); }

 private:
  function function_;
  bool opened_ = false;
  std::promise<void> go_;
  std::future<void> begun_ = function_.begun_.get_future();
  std::future<bool> was_cancelled_ = function_.cancelled_.get_future();
};

/// Lets the loop's other tasks run, while the clock stands still because of a thread.
awaitable<void> some_passes() {
  for (int i = 0; i < 5; ++i) co_await asyncio::yield();
}

template <class T>
awaitable<std::string> outcome(awaitable<T> aw) {
  try {
    co_await std::move(aw);
    co_return "done";
  } catch (asyncio::cancelled_error const&) {
    co_return "cancelled";
  } catch (asyncio::timeout_error const&) {
    co_return "timeout";
  } catch (std::exception const& e) {
    co_return e.what();
  }
}

awaitable<int> pass(gate::function f, to_thread_options options) {
  co_return co_await to_thread(options, std::move(f));
}

int add(int a, int b) { return a + b; }

asyncio::context_var<int> number(0);

/// A logger whose lines can be read.
struct recorder {
  std::ostringstream text;
  std::shared_ptr<spdlog::logger> logger;
  recorder() {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text);
    sink->set_pattern("%l: %v");
    logger = std::make_shared<spdlog::logger>("test", sink);
  }
};

asyncio::run_options virtual_time() {
  return asyncio::run_options().clock(asyncio::clock_kind::virtual_).handle_sigint(false);
}

}  // namespace

// -- results --------------------------------------------------------------------------------------------------------

// conformance: TH1
ASYNCIO_TEST_CASE(the_value_comes_back) {
  BOOST_TEST(co_await to_thread(add, 40, 2) == 42);
  std::string const text = co_await to_thread([](std::string a, std::string const& b) { return a + b; },
                                              std::string("to"), std::string("gether"));
  BOOST_TEST(text == "together");
}

// conformance: TH1
ASYNCIO_TEST_CASE(the_exception_comes_back) {
  BOOST_TEST(co_await outcome(to_thread([] { throw std::runtime_error("in the thread"); }).as_awaitable()) ==
             "in the thread");
  BOOST_TEST(co_await outcome(to_thread([]() -> int { throw std::logic_error("too"); }).as_awaitable()) == "too");
}

// conformance: TH1
ASYNCIO_TEST_CASE(the_function_is_called_exactly_once) {
  auto const calls = std::make_shared<std::atomic<int>>(0);
  auto count = [calls] { return ++*calls; };
  BOOST_TEST(co_await to_thread(count) == 1);
  BOOST_TEST(*calls == 1);
}

ASYNCIO_TEST_CASE(values_may_be_move_only_or_nothing_or_not_default_constructible) {
  struct picky {
    explicit picky(int v) : value(std::make_unique<int>(v)) {}
    std::unique_ptr<int> value;
  };
  auto const made = co_await to_thread([](int v) { return picky(v); }, 3);
  BOOST_TEST(*made.value == 3);
  auto const moved = co_await to_thread([](std::unique_ptr<int> p) { return p; }, std::make_unique<int>(4));
  BOOST_TEST(*moved == 4);
  co_await to_thread([] {});
}

ASYNCIO_TEST_CASE(a_reference_is_copied_in_both_directions_unless_it_is_a_std_ref) {
  auto const owner = std::make_shared<int>(1);
  auto& outside = *owner;
  auto& same = outside;
  int const copy =
      co_await to_thread([](int& i, std::shared_ptr<int> const&) -> int& { return ++i; }, std::ref(same), owner);
  BOOST_TEST(outside == 2);
  BOOST_TEST(copy == 2);
  co_await to_thread([](int i) { ++i; }, same);
  BOOST_TEST(outside == 2);
}

ASYNCIO_TEST_CASE(member_functions_and_named_lambdas_with_captures_can_be_called) {
  static std::string const text = "abc";
  BOOST_TEST(co_await to_thread(&std::string::size, &text) == 3u);
  auto witness = std::make_shared<int>(5);
  auto read = [witness] { return *witness; };
  BOOST_TEST(co_await to_thread(read) == 5);
}

ASYNCIO_TEST_CASE(function_and_arguments_are_destroyed_in_the_thread_before_the_result_comes_back) {
  struct witness {
    explicit witness(std::shared_ptr<std::thread::id> w) : where(std::move(w)) {}
    witness(witness&&) = default;
    ~witness() {
      if (where) *where = std::this_thread::get_id();
    }
    std::shared_ptr<std::thread::id> where;
  };
  auto const destroyed_in = std::make_shared<std::thread::id>();
  std::thread::id const ran_in =
      co_await to_thread([](witness const&) { return std::this_thread::get_id(); }, witness(destroyed_in));
  BOOST_TEST((*destroyed_in == ran_in));
}

// conformance: TH4
ASYNCIO_TEST_CASE(the_function_runs_in_another_thread_and_the_caller_goes_on_in_its_own) {
  auto const mine = std::this_thread::get_id();
  BOOST_TEST((co_await to_thread([] { return std::this_thread::get_id(); }) != mine));
  BOOST_TEST((std::this_thread::get_id() == mine));
}

ASYNCIO_TEST_CASE(where_no_function_runs_there_is_none_to_wait_for) {
  co_await asyncio::testing::wait_all_threads_completed();
  auto t = asyncio::create_task(asyncio::timeout(1s, asyncio::testing::wait_all_threads_completed()));
  co_await t.join();
  static auto const plain = [](bool& done) -> awaitable<void> {
    co_await asyncio::testing::wait_all_threads_completed();
    done = true;
  };
  auto& done = keep_alive<bool>(false);
  boost::asio::co_spawn(asyncio::loop::running().context(), plain(done), boost::asio::detached);
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(done);
}

// conformance: TH2
ASYNCIO_TEST_CASE(ten_calls_run_at_the_same_time) {
  auto const there = std::make_shared<std::atomic<int>>(0);
  auto meet = [there](int i) {
    ++*there;
    while (*there < 10 && !asyncio::thread_cancelled()) std::this_thread::yield();
    return i;
  };
  std::vector<awaitable<int>> calls;
  for (int i = 0; i < 10; ++i) calls.push_back(to_thread(meet, i));
  std::vector<int> const results = co_await asyncio::gather(std::move(calls));
  BOOST_TEST(results == (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}), boost::test_tools::per_element());
}

ASYNCIO_TEST_CASE(a_thread_has_no_running_loop) {
  BOOST_TEST(co_await to_thread([] { return asyncio::loop::running_or_null() == nullptr; }));
  BOOST_TEST(co_await outcome(to_thread([] { (void)asyncio::current_task(); }).as_awaitable()) != "done");
}

ASYNCIO_TEST_CASE(a_thread_may_run_a_loop_of_its_own) {
  auto const body = []() -> awaitable<int> {
    co_await asyncio::yield();
    co_return co_await to_thread(add, 1, 2);
  };
  auto const run_it = [body] { return asyncio::run(body(), asyncio::run_options().handle_sigint(false)); };
  BOOST_TEST(co_await to_thread(run_it) == 3);
}

// conformance: TH3
ASYNCIO_TEST_CASE(the_thread_sees_a_copy_of_the_context_variables) {
  auto const read_and_change = [] {
    int const seen = number.get();
    (void)number.set(99);
    return seen * 100 + number.get();
  };
  (void)number.set(7);
  BOOST_TEST(co_await to_thread(read_and_change) == 799);
  BOOST_TEST(number.get() == 7);
  BOOST_TEST(co_await to_thread(read_and_change) == 799);  // nothing stayed in the thread either
}

// -- cancellation -----------------------------------------------------------------------------------------------------

// conformance: TH5, XT1
ASYNCIO_TEST_CASE(a_cancel_lets_the_caller_go_and_drops_the_late_result) {
  gate g;
  auto t = asyncio::create_task(pass(g.take(), to_thread_options()));
  co_await some_passes();
  g.wait_until_begun();
  t.cancel();
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled");  // while the function still runs
  g.open();
  BOOST_TEST(g.was_cancelled());
  co_await asyncio::testing::wait_all_threads_completed();
  BOOST_TEST(t.cancelled());
}

// conformance: XT1
ASYNCIO_TEST_CASE(a_late_exception_is_dropped_as_well) {
  auto& reports = keep_alive<int>(0);
  asyncio::loop::running().set_exception_handler([&reports](asyncio::exception_context const&) { ++reports; });
  gate g;
  auto const call = [](gate::function f) -> awaitable<void> {
    auto const fails = [](gate::function in_time) {
      (void)in_time();
      throw std::runtime_error("late");
    };
    co_await to_thread(fails, std::move(f));
  };
  auto t = asyncio::create_task(call(g.take()));
  co_await some_passes();
  g.wait_until_begun();
  t.cancel();
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled");
  g.open();
  co_await asyncio::testing::wait_all_threads_completed();
  BOOST_TEST(reports == 0);
}

// conformance: XT1
ASYNCIO_TEST_CASE(the_option_makes_a_cancel_wait_and_the_result_is_kept) {
  gate g(5);
  auto& log = keep_alive<std::string>();
  auto const call = [](gate::function f, std::string& to) -> awaitable<void> {
    to += std::to_string(co_await to_thread(patient(), std::move(f)));
    to += co_await outcome(asyncio::sleep(1h).as_awaitable());  // the cancel comes here
  };
  auto t = asyncio::create_task(call(g.take(), log));
  co_await some_passes();
  g.wait_until_begun();
  t.cancel();
  co_await some_passes();
  BOOST_TEST(!t.done());
  g.open();
  BOOST_TEST(g.was_cancelled());
  co_await t.join();
  BOOST_TEST(log == "5cancelled");
}

ASYNCIO_TEST_CASE(a_task_that_waits_for_nothing_after_a_patient_call_ends_cancelled) {
  gate g;
  auto t = asyncio::create_task(pass(g.take(), patient()));
  co_await some_passes();
  g.wait_until_begun();
  t.cancel("enough");
  g.open();
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled");
}

ASYNCIO_TEST_CASE(a_cancel_that_is_taken_back_leaves_no_trace_in_a_patient_call) {
  gate g(3);
  auto t = asyncio::create_task(pass(g.take(), patient()));
  co_await some_passes();
  g.wait_until_begun();
  t.cancel();
  BOOST_TEST(t.uncancel() == 0);
  g.open();
  BOOST_TEST(co_await t.join() == 3);
}

// conformance: XT3
ASYNCIO_TEST_CASE(a_function_that_asks_can_end_early_and_its_caller_is_cancelled) {
  for (bool const abandon : {false, true}) {
    std::promise<void> to_begin;
    std::promise<int> to_count;
    auto const begun = to_begin.get_future();
    auto rounds = to_count.get_future();
    auto const work = [](std::promise<void> started, std::promise<int> out) {
      started.set_value();
      for (int i = 0;; ++i) {
        try {
          asyncio::check_thread_cancelled();
        } catch (asyncio::cancelled_error const&) {
          out.set_value(i);
          throw;
        }
        std::this_thread::yield();
      }
    };
    auto const call = [](auto f, std::promise<void> a, std::promise<int> b, to_thread_options o,
                         bool& again) -> awaitable<void> {
      try {
        co_await to_thread(o, f, std::move(a), std::move(b));
      } catch (asyncio::cancelled_error const&) {
        again = true;
      }
      co_await asyncio::yield();  // one cancel is thrown once
      again = again && true;
      throw asyncio::cancelled_error();
    };
    auto& caught = keep_alive<bool>(false);
    auto const options = to_thread_options().abandon_on_cancel(abandon);
    auto body = call(work, std::move(to_begin), std::move(to_count), options, caught);
    auto t = asyncio::create_task(std::move(body));
    co_await some_passes();
    begun.wait();  // also when the function was never begun
    t.cancel();
    BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled");
    BOOST_TEST(caught);
    BOOST_TEST(rounds.get() >= 0);
    co_await asyncio::testing::wait_all_threads_completed();
  }
}

// conformance: XT3
BOOST_AUTO_TEST_CASE(outside_a_thread_of_a_loop_nothing_is_cancelled) {
  BOOST_TEST(!asyncio::thread_cancelled());
  BOOST_CHECK_NO_THROW(asyncio::check_thread_cancelled());
}

// conformance: XT3
ASYNCIO_TEST_CASE(a_function_in_a_thread_may_run_coroutines_and_callbacks_in_the_loop) {
  auto& loop = asyncio::loop::running();
  auto const slow_double = [](int x) -> awaitable<int> {
    co_await asyncio::yield();
    co_return 2 * x;
  };
  auto& called = keep_alive<int>(0);
  auto const work = [slow_double, &called](asyncio::loop& home) {
    home.call_soon_threadsafe([&called] { ++called; });
    return asyncio::run_coroutine_threadsafe(home, slow_double, 4).get();
  };
  BOOST_TEST(co_await to_thread(work, std::ref(loop)) == 8);
  BOOST_TEST(called == 1);
}

ASYNCIO_TEST_CASE(a_function_that_was_not_begun_is_never_called_when_its_caller_is_cancelled) {
  asyncio::loop::running().set_max_threads(1);
  gate g;
  auto first = asyncio::create_task(pass(g.take(), to_thread_options()));
  co_await some_passes();
  g.wait_until_begun();
  auto const called = std::make_shared<std::atomic<bool>>(false);
  auto const call = [](std::shared_ptr<std::atomic<bool>> flag, to_thread_options o) -> awaitable<void> {
    auto note = [flag] { *flag = true; };
    co_await to_thread(o, note);
  };
  auto hasty = asyncio::create_task(call(called, to_thread_options()));
  auto waits = asyncio::create_task(call(called, patient()));
  co_await some_passes();
  hasty.cancel();
  waits.cancel();
  BOOST_TEST(co_await outcome(hasty.join().as_awaitable()) == "cancelled");
  BOOST_TEST(co_await outcome(waits.join().as_awaitable()) == "cancelled");
  g.open();
  BOOST_TEST(co_await first.join() == 1);
  BOOST_TEST(!*called);
}

// conformance: C10
ASYNCIO_TEST_CASE(a_task_that_is_about_to_be_cancelled_does_not_begin_a_call) {
  auto const called = std::make_shared<std::atomic<bool>>(false);
  auto const call = [](std::shared_ptr<std::atomic<bool>> flag, to_thread_options o) -> awaitable<void> {
    auto note = [flag] { *flag = true; };
    asyncio::current_task().cancel();
    co_await to_thread(o, note);
  };
  for (bool const abandon : {true, false}) {
    auto body = call(called, to_thread_options().abandon_on_cancel(abandon));
    auto t = asyncio::create_task(std::move(body));
    BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled");
  }
  BOOST_TEST(!*called);
}

// The test has its turn between the return of the function and the turn of the caller.
ASYNCIO_ORDERED_TEST_CASE(a_cancel_in_the_last_moment_ends_the_caller_cancelled) {
  for (bool const abandon : {true, false}) {
    gate g(2);
    auto t = asyncio::create_task(pass(g.take(), to_thread_options().abandon_on_cancel(abandon)));
    co_await some_passes();
    g.wait_until_begun();
    g.open();
    co_await asyncio::testing::wait_all_threads_completed();
    BOOST_TEST(!t.done());
    t.cancel();
    BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled");
  }
}

ASYNCIO_ORDERED_TEST_CASE(a_cancel_in_the_last_moment_of_a_patient_call_comes_at_the_next_wait) {
  gate g(2);
  auto& log = keep_alive<std::string>();
  auto const call = [](gate::function f, std::string& to) -> awaitable<void> {
    to += std::to_string(co_await to_thread(patient(), std::move(f)));
    co_await asyncio::yield();
    to += "not reached";
  };
  auto t = asyncio::create_task(call(g.take(), log));
  co_await some_passes();
  g.wait_until_begun();
  g.open();
  co_await asyncio::testing::wait_all_threads_completed();
  t.cancel();
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled");
  BOOST_TEST(log == "2");
}

// conformance: XT2
ASYNCIO_TEST_CASE(an_abandoned_function_keeps_its_thread_until_it_returns) {
  asyncio::loop::running().set_max_threads(1);
  gate g;
  auto abandoned = asyncio::create_task(pass(g.take(), to_thread_options()));
  co_await some_passes();
  g.wait_until_begun();
  abandoned.cancel();
  BOOST_TEST(co_await outcome(abandoned.join().as_awaitable()) == "cancelled");
  auto const ran = std::make_shared<std::atomic<bool>>(false);
  auto note = [ran] { *ran = true; };
  auto next = asyncio::create_task(to_thread(note));
  co_await some_passes();
  BOOST_TEST(!*ran);  // the only thread is still taken
  g.open();
  co_await next.join();
  BOOST_TEST(*ran);
}

// conformance: XT2
BOOST_AUTO_TEST_CASE(the_number_of_threads_is_an_option_and_forty_by_default) {
  static std::atomic<int> at_once{0};
  static std::atomic<int> most{0};
  auto const main = [](int calls) -> awaitable<int> {
    at_once = 0;
    most = 0;
    std::vector<awaitable<void>> all;
    auto const work = [] {
      int const here = ++at_once;
      for (int seen = most; here > seen && !most.compare_exchange_weak(seen, here);) {}
      std::this_thread::yield();
      --at_once;
    };
    for (int i = 0; i < calls; ++i) all.push_back(to_thread(work));
    co_await asyncio::gather(std::move(all));
    co_return most.load();
  };
  BOOST_TEST(asyncio::run(main(50), virtual_time().max_threads(1)) == 1);
  BOOST_TEST(asyncio::run(main(50), virtual_time().max_threads(3)) <= 3);
  BOOST_TEST(asyncio::run(main(200), virtual_time()) <= 40);
  // Forty of them do run at the same time.
  auto const meet = []() -> awaitable<int> {
    std::latch all_there(40);
    auto wait = [&all_there] { all_there.arrive_and_wait(); };
    std::vector<awaitable<void>> all;
    for (int i = 0; i < 40; ++i) all.push_back(to_thread(wait));
    co_await asyncio::gather(std::move(all));
    co_return 40;
  };
  BOOST_TEST(asyncio::run(meet(), virtual_time()) == 40);
}

BOOST_AUTO_TEST_CASE(no_threads_at_all_is_refused) {
  BOOST_CHECK_THROW((void)asyncio::run_options().max_threads(0), asyncio::value_error);
  asio::io_context context;
  BOOST_CHECK_THROW(asyncio::loop::of(context).set_max_threads(0), asyncio::value_error);
}

// -- virtual time -------------------------------------------------------------------------------------------------------

// conformance: XV7
ASYNCIO_TEST_CASE(virtual_time_stands_still_while_a_function_runs) {
  gate g;
  auto t = asyncio::create_task(pass(g.take(), to_thread_options()));
  auto& slept = keep_alive<bool>(false);
  auto const sleeper = [](bool& flag) -> awaitable<void> {
    co_await asyncio::sleep(1h);
    flag = true;
  };
  auto s = asyncio::create_task(sleeper(slept));
  co_await some_passes();
  g.wait_until_begun();
  std::jthread const opener([&g] { g.open(); });
  BOOST_TEST(co_await t.join() == 1);
  BOOST_TEST((now() == 0s));
  BOOST_TEST(!slept);
  co_await s.join();
  BOOST_TEST((now() == 1h));
}

ASYNCIO_TEST_CASE(a_timeout_lets_go_of_a_function_only_when_time_passes) {
  // Nothing passes in virtual time while the function runs, so the test lets time pass itself.
  gate g;
  auto t = asyncio::create_task(asyncio::timeout(1s, pass(g.take(), to_thread_options())));
  co_await some_passes();
  g.wait_until_begun();
  co_await asyncio::testing::advance(2s);
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "timeout");
  g.open();
  co_await asyncio::testing::wait_all_threads_completed();
}

// conformance: XT4
ASYNCIO_TEST_CASE(a_test_can_wait_until_every_thread_has_returned) {
  co_await asyncio::testing::wait_all_threads_completed();  // at once: there is none
  gate a, b;
  auto first = asyncio::create_task(pass(a.take(), to_thread_options()));
  auto second = asyncio::create_task(pass(b.take(), to_thread_options()));
  co_await some_passes();
  a.wait_until_begun();
  b.wait_until_begun();
  first.cancel();
  auto all = asyncio::create_task(asyncio::testing::wait_all_threads_completed());
  a.open();
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(!all.done());
  b.open();
  co_await all.join();
  BOOST_TEST(a.was_cancelled());
  BOOST_TEST(!b.was_cancelled());
  BOOST_TEST(co_await second.join() == 1);
}

ASYNCIO_TEST_CASE(the_wait_for_all_threads_can_be_cancelled) {
  gate g;
  auto t = asyncio::create_task(pass(g.take(), to_thread_options()));
  co_await some_passes();
  g.wait_until_begun();
  auto all = asyncio::create_task(asyncio::testing::wait_all_threads_completed());
  co_await some_passes();
  all.cancel();
  BOOST_TEST(co_await outcome(all.join().as_awaitable()) == "cancelled");
  g.open();
  BOOST_TEST(co_await t.join() == 1);
}

ASYNCIO_TEST_CASE(a_task_in_a_call_says_that_it_waits_for_a_thread) {
  gate g;
  auto t = asyncio::create_task(pass(g.take(), to_thread_options()));
  co_await some_passes();
  g.wait_until_begun();
  BOOST_TEST((t.waits_for().kind == asyncio::wait_kind::thread));
  g.open();
  co_await t.join();
}

ASYNCIO_TEST_CASE(an_operation_is_awaited_once) {
  auto op = to_thread(patient(), add, 1, 2);
  BOOST_TEST(co_await std::move(op) == 3);
  bool refused = false;
  try {
    (void)co_await std::move(op);  // NOLINT: on purpose
  } catch (asyncio::invalid_state const&) {
    refused = true;
  }
  BOOST_TEST(refused);
}

// -- the end of run -------------------------------------------------------------------------------------------------------

// conformance: R7
BOOST_AUTO_TEST_CASE(run_waits_for_functions_whose_callers_are_gone) {
  for (auto const kind : {asyncio::clock_kind::real, asyncio::clock_kind::virtual_}) {
    std::atomic<bool> returned{false};
    std::promise<void> begun;
    auto const main = [](std::atomic<bool>& done, std::promise<void>& started) -> awaitable<void> {
      auto work = [&done, &started] {
        started.set_value();
        while (!asyncio::thread_cancelled()) std::this_thread::yield();
        done = true;
      };
      auto t = asyncio::create_task(to_thread(work));
      co_await some_passes();
      started.get_future().wait();
    };
    asyncio::run(main(returned, begun), asyncio::run_options().clock(kind).handle_sigint(false));
    BOOST_TEST(returned);
  }
}

// conformance: R7
BOOST_AUTO_TEST_CASE(after_the_shutdown_timeout_run_warns_and_goes_on_and_the_late_function_is_harmless) {
  for (auto const kind : {asyncio::clock_kind::real, asyncio::clock_kind::virtual_}) {
    recorder log;
    gate late;
    auto const main = [](gate& g) -> awaitable<int> {
      auto t = asyncio::create_task(pass(g.take(), to_thread_options()));
      co_await some_passes();
      g.wait_until_begun();
      co_return 5;
    };
    BOOST_TEST(
        asyncio::run(main(late), asyncio::run_options().clock(kind).handle_sigint(false).shutdown_timeout(1ms).logger(
                                     log.logger)) == 5);
    BOOST_TEST(
        log.text.str() ==
        "warning: 1 function given to to_thread did not return within the shutdown timeout; what is returned later is "
        "lost\n");
    late.open();
    BOOST_TEST(late.was_cancelled());  // and its loop is long gone
  }
}

// conformance: XT3
BOOST_AUTO_TEST_CASE(a_function_may_use_the_loop_while_run_waits_for_it) {
  std::string log;
  auto const late = [](std::string& to) -> awaitable<int> {
    to += "began ";
    co_await asyncio::sleep(1ms);
    to += "ended ";
    co_return 1;
  };
  auto const main = [&late](std::string& to) -> awaitable<void> {
    auto& loop = asyncio::loop::running();
    std::promise<void> begun;
    auto work = [&late, &to, &loop, &begun] {
      begun.set_value();
      while (!asyncio::thread_cancelled()) std::this_thread::yield();
      int const n = asyncio::run_coroutine_threadsafe(loop, late(to)).get();
      to += std::to_string(n);
    };
    auto t = asyncio::create_task(to_thread(work));
    co_await some_passes();
    begun.get_future().wait();
  };
  asyncio::run(main(log), asyncio::run_options().handle_sigint(false));
  BOOST_TEST(log == "began ended 1");
}

// conformance: R7
BOOST_AUTO_TEST_CASE(a_task_that_a_thread_leaves_behind_is_cancelled_when_the_threads_are_gone) {
  std::string log;
  auto const waits = [](std::string& to) -> awaitable<void> {
    try {
      co_await asyncio::sleep_forever();
    } catch (asyncio::cancelled_error const&) {
      to += "cancelled";
      throw;
    }
  };
  std::future<void> left;
  auto const main = [&](std::string& to) -> awaitable<void> {
    auto& loop = asyncio::loop::running();
    std::promise<void> begun;
    auto work = [&] {
      begun.set_value();
      while (!asyncio::thread_cancelled()) std::this_thread::yield();
      left = asyncio::run_coroutine_threadsafe(loop, waits(to));
    };
    auto t = asyncio::create_task(to_thread(work));
    co_await some_passes();
    begun.get_future().wait();
  };
  asyncio::run(main(log), virtual_time());
  BOOST_TEST(log == "cancelled");
  BOOST_CHECK_THROW(left.get(), asyncio::cancelled_error);
}

BOOST_AUTO_TEST_CASE(a_cleanup_during_the_shutdown_may_still_use_threads) {
  int result = 0;
  auto const cleans_up = [](int& out) -> awaitable<void> {
    bool cancelled = false;
    try {
      co_await asyncio::sleep_forever();
    } catch (asyncio::cancelled_error const&) {
      cancelled = true;
    }
    if (cancelled) out = co_await to_thread(add, 20, 3);
  };
  auto const main = [&](int& out) -> awaitable<void> {
    asyncio::create_task(cleans_up(out));
    co_await asyncio::yield();
  };
  asyncio::run(main(result), virtual_time());
  BOOST_TEST(result == 23);
}

// -- on a context that the user runs ----------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_call_works_in_a_plain_coroutine_and_in_a_task_of_a_context) {
  asio::io_context context;
  auto const body = []() -> awaitable<int> {
    int const a = co_await to_thread(add, 1, 2);
    int const b = co_await to_thread(patient(), add, 10, 20);
    co_return a + b;
  };
  std::future<int> plain = asio::co_spawn(context, body(), asio::use_future);
  auto task = asyncio::create_task(context, body());
  context.run();
  BOOST_TEST(plain.get() == 33);
  BOOST_TEST(task.result() == 33);
}

BOOST_AUTO_TEST_CASE(a_call_can_be_the_operand_of_asios_or) {
  using namespace asio::experimental::awaitable_operators;
  asio::io_context context;
  gate g;
  auto const body = [](gate& it) -> awaitable<std::size_t> {
    auto slow = pass(it.take(), to_thread_options());
    auto quick = to_thread(add, 1, 1).as_awaitable();
    auto const winner = co_await (std::move(slow) || std::move(quick));
    co_return winner.index();
  };
  std::future<std::size_t> f = asio::co_spawn(context, body(g), asio::use_future);
  context.run();  // returns although the function has not
  BOOST_TEST(f.get() == 1u);
  g.open();
  BOOST_TEST(g.was_cancelled());
}

BOOST_AUTO_TEST_CASE(a_patient_call_in_a_plain_coroutine_keeps_its_result_when_cancelled) {
  asio::io_context context;
  asio::cancellation_signal signal;
  gate g(4);
  int result = 0;
  auto const body = [](gate& it, int& out) -> awaitable<void> { out = co_await pass(it.take(), patient()); };
  bool ended = false;
  asio::co_spawn(context, body(g, result),
                 asio::bind_cancellation_slot(signal.slot(), [&ended](std::exception_ptr const&) { ended = true; }));
  context.poll();
  g.wait_until_begun();
  signal.emit(asio::cancellation_type::terminal);
  context.poll();
  BOOST_TEST(!ended);
  g.open();
  context.run();
  BOOST_TEST(ended);
  BOOST_TEST(result == 4);
}

BOOST_AUTO_TEST_CASE(a_context_may_be_destroyed_while_a_function_runs) {
  gate late, other;
  int destroyed = 0;
  struct witness {
    int& n;
    ~witness() { ++n; }
  };
  {
    asio::io_context context;
    auto const body = [](gate::function f, int& n) -> awaitable<void> {
      witness const w{n};
      co_await to_thread(std::move(f));
    };
    asyncio::loop::of(context).set_exception_handler([](asyncio::exception_context const&) {});
    auto t = asyncio::create_task(context, body(late.take(), destroyed));
    asio::co_spawn(context, body(other.take(), destroyed), asio::use_future);
    context.poll();
    late.wait_until_begun();
  }
  BOOST_TEST(destroyed == 2);
  late.open();
  BOOST_TEST(late.was_cancelled());
}

BOOST_AUTO_TEST_CASE(the_threads_of_a_context_end_with_it) {
  static std::atomic<int> alive;
  alive = 0;
  struct counts {
    counts() { ++alive; }
    ~counts() { --alive; }
  };
  {
    asio::io_context context;
    auto const body = []() -> awaitable<void> { co_await to_thread([] { static thread_local counts const c; }); };
    auto t = asyncio::create_task(context, body());
    context.run();
    BOOST_TEST(alive == 1);
  }
  BOOST_TEST(alive == 0);
}

BOOST_AUTO_TEST_CASE(an_operation_takes_a_future_as_completion_token) {
  asio::io_context context;
  (void)asyncio::loop::of(context);
  std::future<int> f;
  asio::post(context, [&f] { f = to_thread(add, 3, 4)(asio::use_future); });
  context.run();
  BOOST_TEST(f.get() == 7);
}
