// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE run
#include <asyncio/asyncio.hpp>
#include <asyncio/detail/signals/ctrl_c.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include "support/text_of.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using support::text_of;

namespace {

/// Sets an environment variable for the length of a scope.
class environment {
 public:
  environment(char const* name, char const* value) : name_(name) {
    if (char const* const old = std::getenv(name)) before_ = old;
    ::setenv(name, value, 1);
  }
  environment(environment const&) = delete;
  environment& operator=(environment const&) = delete;
  ~environment() {
    if (before_) {
      ::setenv(name_, before_->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }

 private:
  char const* name_;
  std::optional<std::string> before_;
};

/// A logger whose lines can be read.
struct recorder {
  std::ostringstream text;
  std::shared_ptr<spdlog::logger> logger;
  recorder() {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text);
    sink->set_pattern("%l: %v");
    logger = std::make_shared<spdlog::logger>("test", sink);
  }
  [[nodiscard]] bool has(std::string const& part) const { return text.str().find(part) != std::string::npos; }
};

asyncio::run_options virtual_time() {
  return asyncio::run_options().clock(asyncio::clock_kind::virtual_).handle_sigint(false);
}

asyncio::duration now() { return asyncio::loop::running().time().time_since_epoch(); }

awaitable<int> give(int value) {
  co_await asyncio::yield();
  co_return value;
}

awaitable<void> fail(std::string text) {
  co_await asyncio::yield();
  throw std::runtime_error(text);
}

awaitable<void> leave_a_note(std::string& log, char name, asyncio::duration cleanup = 0s) {
  bool cancelled = false;
  try {
    co_await asyncio::sleep_forever();
  } catch (asyncio::cancelled_error const&) {
    cancelled = true;
  }
  if (!cancelled) co_return;
  if (cleanup > 0s) co_await asyncio::sleep(cleanup);
  log += name;
  throw asyncio::cancelled_error();
}

awaitable<void> fail_when_cancelled(std::string text) {
  try {
    co_await asyncio::sleep_forever();
  } catch (asyncio::cancelled_error const&) {
    throw std::runtime_error(text);
  }
}

}  // namespace

// -- values and exceptions ----------------------------------------------------------------------------------------------

// conformance: R1
BOOST_AUTO_TEST_CASE(run_returns_what_main_returns) { BOOST_TEST(asyncio::run(give(5)) == 5); }

// conformance: R1
BOOST_AUTO_TEST_CASE(run_throws_what_main_throws) {
  BOOST_TEST(text_of<std::runtime_error>([] { asyncio::run(fail("boom")); }) == "boom");
}

BOOST_AUTO_TEST_CASE(an_exception_of_main_is_thrown_and_not_reported_as_well) {
  recorder log;
  BOOST_CHECK_THROW(asyncio::run(fail("boom"), virtual_time().logger(log.logger)), std::runtime_error);
  BOOST_TEST(log.text.str() == "");
  asyncio::runner r(virtual_time().logger(log.logger));
  BOOST_CHECK_THROW(r.run(fail("boom")), std::runtime_error);
  r.close();
  BOOST_TEST(log.text.str() == "");
}

BOOST_AUTO_TEST_CASE(run_returns_move_only_and_not_default_constructible_values) {
  struct picky {
    explicit picky(int v) : value(std::make_unique<int>(v)) {}
    std::unique_ptr<int> value;
  };
  auto main = []() -> awaitable<picky> {
    co_await asyncio::yield();
    co_return picky(3);
  };
  BOOST_TEST(*asyncio::run(main()).value == 3);
}

BOOST_AUTO_TEST_CASE(a_main_that_ends_cancelled_throws_cancelled_error) {
  auto main = []() -> awaitable<void> {
    asyncio::current_task().cancel("myself");
    co_await asyncio::sleep(1s);
  };
  BOOST_TEST(text_of<asyncio::cancelled_error>([&] { asyncio::testing::run(main()); }).find("myself") == 0u);
}

// conformance: R2
BOOST_AUTO_TEST_CASE(run_takes_any_operation) {
  asyncio::run(asyncio::sleep(2h), virtual_time());
  auto t = asyncio::run(asyncio::random_delay(1h, 2h), virtual_time());
  BOOST_TEST((t >= 1h));
}

BOOST_AUTO_TEST_CASE(an_awaitable_that_was_used_is_refused) {
  awaitable<int> used = give(1);
  asyncio::run(std::move(used), virtual_time());
  auto const text =
      text_of<asyncio::invalid_state>([&] { asyncio::run(std::move(used), virtual_time()); });  // NOLINT: on purpose
  BOOST_TEST(text.find("asyncio::run: the awaitable is empty: it was moved from or awaited before") == 0u);
}

BOOST_AUTO_TEST_CASE(run_calls_a_function_with_its_arguments_and_keeps_both) {
  auto add = [offset = std::make_unique<int>(10)](int a, std::string const& b) -> awaitable<int> {
    co_await asyncio::yield();
    co_return *offset + a + static_cast<int>(b.size());
  };
  BOOST_TEST(asyncio::run(std::move(add), 1, std::string("four")) == 15);
}

// conformance: R3
BOOST_AUTO_TEST_CASE(run_in_a_running_loop_is_refused_and_the_outer_loop_goes_on) {
  auto main = []() -> awaitable<std::string> {
    auto const text = text_of<asyncio::loop_already_running>([] { asyncio::run(give(1)); });
    co_await asyncio::sleep(1s);
    BOOST_TEST((now() == 1s));
    co_return text;
  };
  BOOST_TEST(asyncio::testing::run(main()).find("asyncio::run cannot be called from a running loop") == 0u);
}

// conformance: R3
BOOST_AUTO_TEST_CASE(run_in_another_thread_is_a_loop_of_its_own) {
  auto main = []() -> awaitable<int> {
    int inner = 0;
    asyncio::loop* other = nullptr;
    std::thread([&] {
      auto body = [](asyncio::loop*& out) -> awaitable<int> {
        out = &asyncio::loop::running();
        co_return 7;
      };
      inner = asyncio::run(body(other));
    }).join();
    BOOST_TEST(other != &asyncio::loop::running());
    co_return inner;
  };
  BOOST_TEST(asyncio::run(main()) == 7);
}

// -- the end ------------------------------------------------------------------------------------------------------------

// conformance: R4
BOOST_AUTO_TEST_CASE(tasks_that_are_left_are_cancelled_and_awaited_before_run_returns) {
  std::string log;
  auto main = [](std::string& out) -> awaitable<int> {
    asyncio::create_task(leave_a_note(out, 'a', 1s));
    asyncio::create_task(leave_a_note(out, 'b'));
    co_await asyncio::yield();
    co_return 5;
  };
  BOOST_TEST(asyncio::testing::run(main(log)) == 5);
  BOOST_TEST(log == "ba");
}

// conformance: R4
BOOST_AUTO_TEST_CASE(a_task_made_in_mains_last_step_still_has_its_first_step_as_in_asyncio) {
  bool entered = false;
  auto body = [](bool& flag) -> awaitable<void> {
    flag = true;
    co_return;
  };
  auto main = [&]() -> awaitable<void> {
    co_await asyncio::yield();
    asyncio::create_task(body(entered));
  };
  asyncio::testing::run(main());
  BOOST_TEST(entered);
}

// conformance: R4
BOOST_AUTO_TEST_CASE(the_loop_runs_one_more_pass_when_main_has_ended_as_in_asyncio) {
  auto spin = [](int& count) -> awaitable<void> {
    for (;;) {
      ++count;
      co_await asyncio::yield();
    }
  };
  int count = 0;
  auto main = [&]() -> awaitable<void> {
    asyncio::create_task(spin(count));
    co_await asyncio::yield();
    co_await asyncio::yield();
  };
  asyncio::testing::run(main());
  BOOST_TEST(count == 3);  // CPython 3.11 counts the same
}

// conformance: R5
BOOST_AUTO_TEST_CASE(a_task_that_fails_during_the_shutdown_is_reported_and_run_still_returns) {
  std::vector<std::string> told;
  std::string name;
  auto main = [&]() -> awaitable<int> {
    auto handler = [&](asyncio::exception_context const& what) {
      told.push_back(what.message + "/" + text_of<std::exception>([&] { std::rethrow_exception(what.exception); }));
      name = what.task_name;
    };
    asyncio::loop::running().set_exception_handler(handler);
    asyncio::create_task(fail_when_cancelled("late"), "failing");
    co_await asyncio::yield();
    co_return 3;
  };
  BOOST_TEST(asyncio::testing::run(main()) == 3);
  BOOST_TEST((told == std::vector<std::string>{"unhandled exception during asyncio::run shutdown/late"}));
  BOOST_TEST(name == "failing");
}

// conformance: R6
BOOST_AUTO_TEST_CASE(when_main_throws_the_others_are_still_cancelled_and_awaited_first) {
  std::string log;
  auto main = [](std::string& out) -> awaitable<void> {
    asyncio::create_task(leave_a_note(out, 'a', 1s));
    co_await asyncio::yield();
    throw std::runtime_error("boom");
  };
  BOOST_TEST(text_of<std::runtime_error>([&] { asyncio::testing::run(main(log)); }) == "boom");
  BOOST_TEST(log == "a");
}

BOOST_AUTO_TEST_CASE(a_task_that_ignores_the_shutdown_and_waits_for_ever_is_given_up_in_virtual_time) {
  recorder log;
  auto stubborn = []() -> awaitable<void> {
    try {
      co_await asyncio::sleep_forever();
    } catch (asyncio::cancelled_error const&) {}
    co_await asyncio::sleep_forever();
  };
  auto main = [&]() -> awaitable<int> {
    asyncio::create_task(stubborn(), "mule");
    co_await asyncio::yield();
    co_return 1;
  };
  BOOST_TEST(asyncio::run(main(), virtual_time().logger(log.logger)) == 1);
  BOOST_TEST(log.has("Task was destroyed but it is pending!: task 'mule'"));
}

BOOST_AUTO_TEST_CASE(a_task_made_during_the_shutdown_is_not_waited_for_unless_a_cancelled_one_waits_for_it) {
  std::string text;
  recorder log;
  auto note = [](std::string& out, char c) -> awaitable<void> {
    co_await asyncio::sleep(1s);
    out += c;
  };
  auto left = [&](std::string& out) -> awaitable<void> {
    try {
      co_await asyncio::sleep_forever();
    } catch (asyncio::cancelled_error const&) {}
    co_await asyncio::create_task(note(out, 'w'));
    asyncio::create_task(note(out, 'd'), "detached");
  };
  auto main = [&](std::string& out) -> awaitable<void> {
    asyncio::create_task(left(out));
    co_await asyncio::yield();
  };
  asyncio::run(main(text), virtual_time().logger(log.logger));
  BOOST_TEST(text == "w");
  BOOST_TEST(log.has("Task was destroyed but it is pending!: task 'detached'"));
}

// As in asyncio.run: the future of the gather over the cancelled tasks, then its shutdown of generators and of the executor.
BOOST_AUTO_TEST_CASE(after_the_last_cancelled_task_what_is_ready_has_six_more_passes) {
  std::string text;
  auto counts = [](std::string& out) -> awaitable<void> {
    for (int i = 0; i < 9; ++i) {
      out += 'c';
      co_await asyncio::yield();
    }
  };
  auto left = [&](std::string& out) -> awaitable<void> {
    try {
      co_await asyncio::sleep_forever();
    } catch (asyncio::cancelled_error const&) {
      asyncio::create_task(counts(out));
    }
  };
  auto main = [&](std::string& out) -> awaitable<void> {
    asyncio::create_task(left(out));
    co_await asyncio::yield();
  };
  asyncio::testing::run(main(text));
  BOOST_TEST(text == "cccccc");
}

// conformance: T29
BOOST_AUTO_TEST_CASE(a_keyboard_interrupt_thrown_by_a_task_leaves_run_after_the_others_were_awaited) {
  std::string log;
  auto interrupt = []() -> awaitable<void> {
    co_await asyncio::sleep(1s);
    throw asyncio::keyboard_interrupt();
  };
  auto main = [&](std::string& out) -> awaitable<void> {
    asyncio::create_task(interrupt());
    co_await leave_a_note(out, 'm', 1s);
  };
  BOOST_CHECK_THROW(asyncio::testing::run(main(log)), asyncio::keyboard_interrupt);
  BOOST_TEST(log == "m");
}

BOOST_AUTO_TEST_CASE(a_keyboard_interrupt_thrown_by_a_callback_leaves_run) {
  auto main = []() -> awaitable<void> {
    asyncio::loop::running().call_later(1s, [] { throw asyncio::keyboard_interrupt(); });
    co_await asyncio::sleep(1h);
  };
  BOOST_CHECK_THROW(asyncio::testing::run(main()), asyncio::keyboard_interrupt);
}

BOOST_AUTO_TEST_CASE(an_exception_of_a_plain_handler_leaves_run_after_the_tasks_were_awaited) {
  std::string log;
  auto main = [](std::string& out) -> awaitable<void> {
    boost::asio::post(asyncio::loop::running().context(), [] { throw std::runtime_error("handler"); });
    co_await leave_a_note(out, 'm', 1s);
  };
  BOOST_TEST(text_of<std::runtime_error>([&] { asyncio::testing::run(main(log)); }) == "handler");
  BOOST_TEST(log == "m");
}

// -- options and environment --------------------------------------------------------------------------------------------

// conformance: R8
BOOST_AUTO_TEST_CASE(debug_comes_from_the_environment_and_the_option_wins) {
  auto debug = []() -> awaitable<bool> { co_return asyncio::loop::running().debug(); };
  BOOST_TEST(!asyncio::run(debug()));
  BOOST_TEST(asyncio::run(debug(), asyncio::run_options().debug(true)));
  {
    environment const set("ASYNCIO_DEBUG", "1");
    BOOST_TEST(asyncio::run(debug()));
    BOOST_TEST(!asyncio::run(debug(), asyncio::run_options().debug(false)));
  }
  environment const off("ASYNCIO_DEBUG", "0");
  BOOST_TEST(!asyncio::run(debug()));
}

BOOST_AUTO_TEST_CASE(the_seed_comes_from_the_environment_and_the_option_wins) {
  auto draw = []() -> awaitable<double> { co_return asyncio::random::random(); };
  asyncio::random::generator reference;
  reference.seed(std::uint64_t{42});
  double const of_42 = reference.random();
  reference.seed(std::uint64_t{7});
  double const of_7 = reference.random();
  environment const set("ASYNCIO_SEED", "42");
  BOOST_TEST(asyncio::run(draw()) == of_42);
  BOOST_TEST(asyncio::run(draw(), asyncio::run_options().seed(7)) == of_7);
  environment const negative("ASYNCIO_SEED", "-42");
  BOOST_TEST(asyncio::run(draw()) == of_42);
}

BOOST_AUTO_TEST_CASE(without_a_seed_two_runs_draw_different_numbers) {
  auto draw = []() -> awaitable<std::uint64_t> { co_return asyncio::random::randint(0, 1'000'000'000'000'000); };
  BOOST_TEST(asyncio::run(draw()) != asyncio::run(draw()));
}

BOOST_AUTO_TEST_CASE(a_seed_that_is_no_number_is_refused) {
  for (char const* text : {"abc", "12x", "-", "--5", "0x10", " 5", "18446744073709551616"}) {
    environment const set("ASYNCIO_SEED", text);
    BOOST_TEST(text_of<asyncio::value_error>([] { asyncio::run(give(1)); }) ==
               std::string("ASYNCIO_SEED=") + text + ": not an integer; set it to a number from 0 to 2^64-1");
  }
  environment const largest("ASYNCIO_SEED", "18446744073709551615");
  BOOST_TEST(asyncio::run(give(1)) == 1);
  environment const empty("ASYNCIO_SEED", "");
  BOOST_TEST(asyncio::run(give(1)) == 1);
}

BOOST_AUTO_TEST_CASE(the_clock_comes_from_the_environment_and_the_option_wins) {
  auto is_virtual = []() -> awaitable<bool> { co_return asyncio::loop::running().core().time_source().is_virtual(); };
  BOOST_TEST(!asyncio::run(is_virtual()));
  environment const set("ASYNCIO_CLOCK", "virtual");
  BOOST_TEST(asyncio::run(is_virtual()));
  BOOST_TEST(!asyncio::run(is_virtual(), asyncio::run_options().clock(asyncio::clock_kind::real)));
}

BOOST_AUTO_TEST_CASE(main_has_the_name_it_was_given) {
  auto name = []() -> awaitable<std::string> { co_return std::string(asyncio::current_task().name()); };
  BOOST_TEST(asyncio::run(name()) == "Task-1");
  BOOST_TEST(asyncio::run(name(), asyncio::run_options().name("main")) == "main");
}

BOOST_AUTO_TEST_CASE(reports_go_to_the_logger_of_the_options) {
  recorder log;
  auto main = []() -> awaitable<void> {
    asyncio::create_task(fail("nobody cares"), "lonely");
    co_await asyncio::sleep(1s);
  };
  asyncio::run(main(), virtual_time().logger(log.logger));
  BOOST_TEST(log.has("error: Task exception was never retrieved: task 'lonely' created at "));
  BOOST_TEST(log.has("run_test.cpp:"));
  BOOST_TEST(log.has(": nobody cares"));
}

BOOST_AUTO_TEST_CASE(the_default_logger_is_named_asyncio) {
  auto name = []() -> awaitable<std::string> { co_return asyncio::loop::running().logger()->name(); };
  BOOST_TEST(asyncio::run(name()) == "asyncio");
}

// conformance: X1
BOOST_AUTO_TEST_CASE(a_report_goes_to_the_logger_named_asyncio_that_the_program_has_registered) {
  recorder log;
  auto const mine = std::make_shared<spdlog::logger>("asyncio", log.logger->sinks().begin(), log.logger->sinks().end());
  auto const before = spdlog::get("asyncio");
  if (before) spdlog::drop("asyncio");
  spdlog::register_logger(mine);
  auto main = []() -> awaitable<void> {
    asyncio::create_task(fail("nobody cares"), "lonely");
    co_await asyncio::sleep(1s);
  };
  asyncio::run(main(), virtual_time());
  spdlog::drop("asyncio");
  if (before) spdlog::register_logger(before);
  BOOST_TEST(log.has("error: Task exception was never retrieved: task 'lonely' created at "));
}

// conformance: L9
BOOST_AUTO_TEST_CASE(stopping_the_context_inside_run_ends_nothing) {
  auto main = []() -> awaitable<int> {
    asyncio::loop::running().context().stop();
    co_await asyncio::sleep(1s);
    co_return 1;
  };
  BOOST_TEST(asyncio::run(main(), virtual_time()) == 1);
}

BOOST_AUTO_TEST_CASE(the_shuffle_of_a_seed_is_reproducible) {
  auto note = [](std::string& out, char name) -> awaitable<void> {
    out += name;
    co_return;
  };
  auto main = [&](std::string& out) -> awaitable<void> {
    for (char c = 'a'; c <= 'p'; ++c) asyncio::create_task(note(out, c));
    co_await asyncio::sleep(1s);
  };
  auto order = [&](std::uint64_t seed, bool shuffle) {
    std::string out;
    asyncio::run(main(out), virtual_time().seed(seed).shuffle(shuffle));
    return out;
  };
  BOOST_TEST(order(1, false) == "abcdefghijklmnop");
  BOOST_TEST(order(1, true) != "abcdefghijklmnop");
  BOOST_TEST(order(1, true) == order(1, true));
  BOOST_TEST(order(1, true) != order(2, true));
}

BOOST_AUTO_TEST_CASE(the_shuffle_leaves_the_programs_random_numbers_alone) {
  auto draw = []() -> awaitable<double> {
    co_await asyncio::gather(asyncio::yield(), asyncio::yield(), asyncio::yield());
    co_return asyncio::random::random();
  };
  BOOST_TEST(asyncio::run(draw(), virtual_time().seed(3).shuffle(true)) ==
             asyncio::run(draw(), virtual_time().seed(3)));
}

// -- the runner ---------------------------------------------------------------------------------------------------------

// conformance: R10
BOOST_AUTO_TEST_CASE(a_runner_runs_many_mains_in_one_loop) {
  asyncio::runner r(virtual_time());
  asyncio::loop* const l = &r.get_loop();
  auto running = []() -> awaitable<asyncio::loop*> {
    co_await asyncio::sleep(1s);
    co_return &asyncio::loop::running();
  };
  BOOST_TEST(r.run(running()) == l);
  BOOST_TEST(r.run(running()) == l);
  BOOST_TEST((l->time().time_since_epoch() == 2s));
}

// conformance: R10
BOOST_AUTO_TEST_CASE(context_variables_persist_between_the_runs_of_a_runner) {
  asyncio::context_var<int> v(0);
  auto increment = [&]() -> awaitable<int> {
    (void)v.set(v.get() + 1);
    co_return v.get();
  };
  asyncio::runner r(virtual_time());
  BOOST_TEST(r.run(increment()) == 1);
  BOOST_TEST(r.run(increment()) == 2);
  BOOST_TEST(v.get() == 0);
}

BOOST_AUTO_TEST_CASE(a_task_that_is_left_goes_on_in_the_next_run) {
  std::string log;
  auto first = [&]() -> awaitable<void> {
    asyncio::create_task(leave_a_note(log, 'x'));
    co_await asyncio::sleep(1s);
  };
  auto second = [&]() -> awaitable<std::size_t> {
    co_await asyncio::sleep(1s);
    co_return asyncio::all_tasks().size();
  };
  asyncio::runner r(virtual_time());
  r.run(first());
  BOOST_TEST(log == "");
  BOOST_TEST(r.run(second()) == 2u);
  r.close();
  BOOST_TEST(log == "x");
}

BOOST_AUTO_TEST_CASE(a_runner_goes_on_after_a_main_that_failed) {
  asyncio::runner r(virtual_time());
  BOOST_CHECK_THROW(r.run(fail("boom")), std::runtime_error);
  BOOST_TEST(r.run(give(2)) == 2);
}

// conformance: R11
BOOST_AUTO_TEST_CASE(a_closed_runner_refuses_and_closing_twice_is_harmless) {
  asyncio::runner r(virtual_time());
  BOOST_TEST(r.run(give(1)) == 1);
  r.close();
  r.close();
  BOOST_TEST(text_of<asyncio::invalid_state>([&] {
               r.run(give(1));
             }).find("asyncio::runner::run: the runner is closed") == 0u);
  BOOST_TEST(text_of<asyncio::invalid_state>([&] { (void)r.get_loop(); }).find("asyncio::runner::get_loop: ") == 0u);
}

BOOST_AUTO_TEST_CASE(a_runner_that_was_never_used_closes_in_its_destructor) {
  asyncio::runner const r;
  (void)r;
}

BOOST_AUTO_TEST_CASE(the_destructor_of_a_runner_cancels_and_awaits_what_is_left) {
  std::string log;
  auto main = [&]() -> awaitable<void> {
    asyncio::create_task(leave_a_note(log, 'x', 1s));
    co_await asyncio::yield();
  };
  {
    asyncio::runner r(virtual_time());
    r.run(main());
    BOOST_TEST(log == "");
  }
  BOOST_TEST(log == "x");
}

// conformance: L10
BOOST_AUTO_TEST_CASE(closing_the_runner_from_inside_its_loop_is_refused) {
  asyncio::runner r(virtual_time());
  auto main = [](asyncio::runner& own) -> awaitable<std::string> {
    auto const text = text_of<asyncio::loop_already_running>([&] { own.close(); });
    co_await asyncio::sleep(1s);  // the loop goes on
    co_return text;
  };
  BOOST_TEST(r.run(main(r)).find("asyncio::runner::close cannot be called in a running loop") == 0u);
  BOOST_TEST(r.run(give(4)) == 4);
}

BOOST_AUTO_TEST_CASE(running_from_inside_the_same_runner_is_refused) {
  asyncio::runner r(virtual_time());
  auto main = [](asyncio::runner& own) -> awaitable<void> {
    BOOST_CHECK_THROW(own.run(give(1)), asyncio::loop_already_running);
    co_return;
  };
  r.run(main(r));
}

BOOST_AUTO_TEST_CASE(callbacks_scheduled_between_runs_run_in_the_next_one) {
  asyncio::runner r(virtual_time());
  int calls = 0;
  r.get_loop().call_soon([&] { ++calls; });
  BOOST_TEST(calls == 0);
  r.run(give(1));
  BOOST_TEST(calls == 1);
}

// -- debug mode ---------------------------------------------------------------------------------------------------------

// conformance: IN11
BOOST_AUTO_TEST_CASE(debug_mode_logs_a_slow_step_with_its_task) {
  recorder log;
  auto main = []() -> awaitable<void> {
    auto t = asyncio::create_task(give(1), "sluggish");
    co_await t.join();
  };
  asyncio::run(main(), virtual_time().debug(true).slow_step(0s).logger(log.logger));
  BOOST_TEST(log.has("warning: a step of task 'sluggish' created at "));
  BOOST_TEST(log.has("run_test.cpp:"));
  BOOST_TEST(log.has(" ms; everything else had to wait"));
  recorder quiet;
  asyncio::run(main(), virtual_time().debug(true).slow_step(1h).logger(quiet.logger));
  BOOST_TEST(quiet.text.str() == "");
}

BOOST_AUTO_TEST_CASE(debug_mode_names_the_tasks_that_are_left_at_the_end) {
  recorder log;
  auto main = []() -> awaitable<void> {
    asyncio::create_task(asyncio::sleep_forever(), "forgotten");
    co_await asyncio::yield();
  };
  asyncio::run(main(), virtual_time().debug(true).logger(log.logger));
  BOOST_TEST(log.has("warning: task 'forgotten' was still running at the end, created at "));
  recorder quiet;
  asyncio::run(main(), virtual_time().logger(quiet.logger));
  BOOST_TEST(quiet.text.str() == "");
}

// conformance: TH10
BOOST_AUTO_TEST_CASE(debug_mode_refuses_calls_from_a_wrong_thread) {
  auto main = [](asyncio::any_task self) -> awaitable<std::vector<std::string>> {
    std::vector<std::string> texts;
    auto& loop = asyncio::loop::running();
    self = asyncio::current_task();
    std::thread([&] {
      texts.push_back(text_of<asyncio::invalid_state>([&] { loop.call_soon([] {}); }));
      texts.push_back(text_of<asyncio::invalid_state>([&] { loop.call_later(1s, [] {}); }));
      texts.push_back(text_of<asyncio::invalid_state>([&] { self.cancel(); }));
      texts.push_back(text_of<asyncio::invalid_state>([&] { loop.call_soon_threadsafe([] {}); }));
      texts.push_back(
          text_of<asyncio::invalid_state>([&] { self.add_done_callback([](asyncio::any_task const&) {}); }));
      texts.push_back(text_of<asyncio::invalid_state>([&] { loop.add_signal_handler(SIGUSR1, [] {}); }));
      texts.push_back(text_of<asyncio::invalid_state>([&] { loop.remove_signal_handler(SIGUSR1); }));
    }).join();
    co_return texts;
  };
  auto const texts = asyncio::run(main({}), virtual_time().debug(true).slow_step(1h));
  BOOST_TEST(texts[0].find("asyncio::loop::call_soon: called from a thread that does not run the loop; use ") == 0u);
  BOOST_TEST(texts[1].find("asyncio::loop::call_at: called from a thread that does not run the loop; use ") == 0u);
  BOOST_TEST(texts[2].find("asyncio::task::cancel: called from a thread that does not run the loop; use ") == 0u);
  BOOST_TEST(texts[3] == "nothing");
  BOOST_TEST(texts[4].find("asyncio::task::add_done_callback: called from a thread that does not run the loop; use ") ==
             0u);
  BOOST_TEST(
      texts[5].find("asyncio::loop::add_signal_handler: called from a thread that does not run the loop; use ") == 0u);
  BOOST_TEST(texts[6].find(
                 "asyncio::loop::remove_signal_handler: called from a thread that does not run the loop; use ") == 0u);
}

// conformance: TH10
BOOST_AUTO_TEST_CASE(without_debug_mode_the_thread_is_not_checked) {
  auto main = []() -> awaitable<int> {
    int calls = 0;
    auto& loop = asyncio::loop::running();
    std::thread([&] { loop.call_soon([&calls] { ++calls; }); }).join();  // which happens to be safe: this thread waits
    co_await asyncio::sleep(1ms);
    co_return calls;
  };
  BOOST_TEST(asyncio::run(main(), virtual_time()) == 1);
}

namespace {

/// Calls something when a line with `part` is logged: how a test waits for a warning without waiting.
class trigger_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  trigger_sink(std::string part, std::function<void()> call) : part_(std::move(part)), call_(std::move(call)) {}

 protected:
  void sink_it_(spdlog::details::log_msg const& msg) override {
    std::string const line(msg.payload.data(), msg.payload.size());
    lines_ += line + '\n';
    if (line.find(part_) != std::string::npos) call_();
  }
  void flush_() override {}

 private:
  std::string part_;
  std::function<void()> call_;
  std::string lines_;
};

/// Runs a main that nothing can wake until the warning does; a watchdog ends it when no warning comes.
int warnings_of(asyncio::run_options options) {
  std::atomic<int> warnings{0};
  std::atomic<asyncio::loop*> loop{nullptr};
  auto wake = [&] {
    ++warnings;
    loop.load()->call_soon_threadsafe([] { asyncio::all_tasks().front().cancel(); });
  };
  auto sink = std::make_shared<trigger_sink>(
      "nothing can wake this program but a signal or another thread:\n└── task 'stuck'", wake);
  auto main = [&]() -> awaitable<void> {
    loop = &asyncio::loop::running();
    co_await asyncio::sleep_forever();
  };
  std::promise<void> over;
  std::thread watchdog([&, end = over.get_future()] {
    if (end.wait_for(2s) == std::future_status::timeout)
      loop.load()->call_soon_threadsafe([] { asyncio::all_tasks().front().cancel(); });
  });
  try {
    asyncio::run(
        main(), options.debug(true).slow_step(1h).name("stuck").logger(std::make_shared<spdlog::logger>("test", sink)));
  } catch (asyncio::cancelled_error const&) {}
  over.set_value();
  watchdog.join();
  return warnings;
}

}  // namespace

BOOST_AUTO_TEST_CASE(debug_mode_warns_when_nothing_can_wake_the_program) {
  BOOST_TEST(warnings_of(asyncio::run_options().handle_sigint(false)) == 1);
}

BOOST_AUTO_TEST_CASE(debug_mode_warns_also_while_it_listens_for_ctrl_c) {
  BOOST_TEST(warnings_of(asyncio::run_options()) == 1);
}

BOOST_AUTO_TEST_CASE(debug_mode_does_not_warn_while_a_timer_or_a_handler_is_pending) {
  recorder log;
  auto main = []() -> awaitable<void> {
    co_await asyncio::sleep(1us);
    auto t = asyncio::create_task(give(1));
    co_await t.join();
  };
  asyncio::run(main(), asyncio::run_options().debug(true).slow_step(1h).logger(log.logger));
  BOOST_TEST(log.text.str() == "");
}

BOOST_AUTO_TEST_CASE(debug_mode_does_not_warn_while_a_function_runs_in_a_thread) {
  recorder log;
  auto main = []() -> awaitable<void> {
    auto const takes_a_while = [] { std::promise<void>().get_future().wait_for(20ms); };
    co_await asyncio::to_thread(takes_a_while);
    // Nobody waits for this function any more, but while it runs it may yet call back into the loop.
    asyncio::event begun, called;
    asyncio::loop& here = asyncio::loop::running();
    auto abandoned = asyncio::create_task(asyncio::to_thread([&] {
      here.call_soon_threadsafe([&] { begun.set(); });
      takes_a_while();
      here.call_soon_threadsafe([&] { called.set(); });
    }));
    co_await begun.wait();
    abandoned.cancel();
    co_await called.wait();
  };
  asyncio::run(main(), asyncio::run_options().debug(true).slow_step(1h).logger(log.logger));
  BOOST_TEST(log.text.str() == "");
}

BOOST_AUTO_TEST_CASE(debug_mode_does_not_wait_for_a_main_that_ended_while_it_looked_for_work) {
  auto ends = []() -> awaitable<int> {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    co_return 3;
  };
  auto interrupted = []() -> awaitable<void> {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    asyncio::loop::running().call_soon([] { throw asyncio::keyboard_interrupt(); });
    co_await asyncio::sleep_forever();
  };
  auto const debug = asyncio::run_options().debug(true).slow_step(1h).handle_sigint(false);
  BOOST_TEST(asyncio::run(ends(), debug) == 3);
  BOOST_CHECK_THROW(asyncio::run(interrupted(), debug), asyncio::keyboard_interrupt);
}

// -- signals in this process (test/process has the programs that are killed) --------------------------------------------

// conformance: R12, R13
BOOST_AUTO_TEST_CASE(a_sigint_cancels_main_and_run_throws_keyboard_interrupt) {
  std::string log;
  auto main = [&]() -> awaitable<void> {
    asyncio::loop::running().call_later(1s, [] { std::raise(SIGINT); });
    co_await leave_a_note(log, 'x', 1s);
  };
  BOOST_CHECK_THROW(asyncio::run(main(), asyncio::run_options().clock(asyncio::clock_kind::virtual_)),
                    asyncio::keyboard_interrupt);
  BOOST_TEST(log == "x");
}

// conformance: R13
BOOST_AUTO_TEST_CASE(a_main_that_somebody_else_cancelled_as_well_throws_cancelled_error) {
  auto main = []() -> awaitable<void> {
    auto self = asyncio::current_task();
    asyncio::loop::running().call_later(1s, [self]() mutable {
      self.cancel("somebody else");
      std::raise(SIGINT);
    });
    try {
      co_await asyncio::sleep_forever();
    } catch (asyncio::cancelled_error const&) {}
    co_await asyncio::sleep(1s);
  };
  BOOST_CHECK_THROW(asyncio::run(main(), asyncio::run_options().clock(asyncio::clock_kind::virtual_)),
                    asyncio::cancelled_error);
}

// conformance: R17
BOOST_AUTO_TEST_CASE(a_main_that_swallows_the_sigint_returns_normally) {
  auto main = []() -> awaitable<int> {
    asyncio::loop::running().call_later(1s, [] { std::raise(SIGINT); });
    try {
      co_await asyncio::sleep_forever();
    } catch (asyncio::cancelled_error const&) {}
    co_await asyncio::sleep(1s);
    co_return 4;
  };
  BOOST_TEST(asyncio::run(main(), asyncio::run_options().clock(asyncio::clock_kind::virtual_)) == 4);
}

// conformance: R14
BOOST_AUTO_TEST_CASE(a_sigint_in_mains_last_step_is_not_lost) {
  auto main = []() -> awaitable<int> {
    co_await asyncio::yield();
    std::raise(SIGINT);
    co_return 1;
  };
  BOOST_CHECK_THROW(asyncio::run(main()), asyncio::keyboard_interrupt);
  BOOST_CHECK_THROW(asyncio::run(main(), asyncio::run_options().clock(asyncio::clock_kind::virtual_)),
                    asyncio::keyboard_interrupt);
}

// conformance: R14
BOOST_AUTO_TEST_CASE(a_sigint_during_the_shutdown_forces_out) {
  std::string log;
  recorder lines;
  auto main = [&]() -> awaitable<void> {
    asyncio::create_task(leave_a_note(log, 'x', 10s), "slow");
    asyncio::loop::running().call_later(1s, [] { std::raise(SIGINT); });
    co_await asyncio::yield();
  };
  BOOST_CHECK_THROW(
      asyncio::run(main(), asyncio::run_options().clock(asyncio::clock_kind::virtual_).logger(lines.logger)),
      asyncio::keyboard_interrupt);
  BOOST_TEST(log == "");
  BOOST_TEST(lines.has("Task was destroyed but it is pending!: task 'slow'"));
}

// conformance: R16
BOOST_AUTO_TEST_CASE(the_default_action_is_in_force_again_after_run) {
  struct sigaction action {};
  asyncio::run(give(1));
  ::sigaction(SIGINT, nullptr, &action);
  BOOST_TEST((action.sa_handler == SIG_DFL));
}

// conformance: R15
BOOST_AUTO_TEST_CASE(a_handler_of_the_users_is_neither_replaced_nor_reset) {
  static int seen = 0;
  seen = 0;
  std::signal(SIGINT, [](int) { ++seen; });
  auto main = []() -> awaitable<int> {
    std::raise(SIGINT);
    co_await asyncio::yield();
    co_return 6;
  };
  BOOST_TEST(asyncio::run(main()) == 6);
  BOOST_TEST(seen == 1);
  std::raise(SIGINT);
  BOOST_TEST(seen == 2);
  std::signal(SIGINT, SIG_DFL);
}

// conformance: R16
BOOST_AUTO_TEST_CASE(a_handler_that_main_installs_stays) {
  auto main = []() -> awaitable<void> {
    std::signal(SIGINT, SIG_IGN);
    co_return;
  };
  asyncio::run(main());
  BOOST_TEST((std::signal(SIGINT, SIG_DFL) == SIG_IGN));
}

// conformance: R15
BOOST_AUTO_TEST_CASE(no_handler_is_installed_outside_the_main_thread_or_when_switched_off) {
  auto current = []() -> awaitable<bool> {
    struct sigaction action {};
    ::sigaction(SIGINT, nullptr, &action);
    co_return action.sa_handler == SIG_DFL;
  };
  bool in_thread = false;
  std::thread([&] { in_thread = asyncio::run(current()); }).join();
  BOOST_TEST(in_thread);
  BOOST_TEST(asyncio::run(current(), asyncio::run_options().handle_sigint(false)));
  BOOST_TEST(!asyncio::run(current()));
}

BOOST_AUTO_TEST_CASE(sigterm_is_handled_when_asked_for) {
  auto main = []() -> awaitable<void> {
    asyncio::loop::running().call_later(1s, [] { std::raise(SIGTERM); });
    co_await asyncio::sleep_forever();
  };
  BOOST_CHECK_THROW(
      asyncio::run(main(), asyncio::run_options().clock(asyncio::clock_kind::virtual_).handle_sigterm(true)),
      asyncio::keyboard_interrupt);
}

BOOST_AUTO_TEST_CASE(a_wake_up_that_is_still_queued_when_the_interrupts_end_is_harmless) {
  boost::asio::io_context context;
  bool ran = false;
  {
    asyncio::detail::ctrl_c signals(asyncio::loop::of(context).core(), true, false, true);
    boost::asio::post(context, [&] { ran = true; });
    std::raise(SIGINT);
    context.run_one();  // the reactor queues the wake-up behind this handler
    BOOST_TEST(ran);
    BOOST_TEST(signals.pending() == 1);
    BOOST_TEST(signals.take() == 1);
    BOOST_TEST(signals.take() == 0);
  }
  context.poll();
}
