// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE swallowed_cancel
// Tasks that take the answer of an Asio operation to a cancel for an error, and go on.
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <chrono>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asyncio::awaitable;

namespace {

bool contains(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

/// Runs `main` in real time. @return what was logged.
template <class... Args>
std::string lines_of(awaitable<void> (*main)(Args...), Args... args) {
  std::ostringstream text;
  auto sink = std::make_shared<spdlog::sinks::ostream_sink_st>(text);
  asyncio::run_options options;
  options.handle_sigint(false).logger(std::make_shared<spdlog::logger>("test", std::move(sink)));
  asyncio::run(main(args...), options);
  return text.str();
}

awaitable<void> raw_wait(asyncio::duration d) {
  asio::steady_timer timer(co_await asio::this_coro::executor, d);
  co_await timer.async_wait(asio::use_awaitable);
}

/// Whether it was aborted.
awaitable<bool> aborted_wait(asyncio::duration d) {
  bool aborted = false;
  try {
    co_await raw_wait(d);
  } catch (boost::system::system_error const& e) {
    aborted = e.code() == asio::error::operation_aborted;
  }
  co_return aborted;
}

// -- loops that would never end ------------------------------------------------------------------------------------------

awaitable<void> long_steps() {
  for (;;) {
    try {
      co_await raw_wait(1h);
    } catch (std::exception const&) {}
  }
}
awaitable<void> short_steps() {
  for (;;) {
    try {
      co_await raw_wait(5ms);
    } catch (std::exception const&) {}
  }
}
awaitable<void> channel_steps() {
  asio::experimental::channel<void(boost::system::error_code, int)> c(co_await asio::this_coro::executor, 0);
  for (;;) {
    try {
      (void)co_await c.async_receive(asio::use_awaitable);
    } catch (std::exception const&) {}
  }
}
awaitable<void> tuple_steps() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    timer.expires_after(1h);
    auto const [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    (void)error;
  }
}
awaitable<void> redirected_steps() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    timer.expires_after(1h);
    boost::system::error_code error;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
}
awaitable<void> deferred_steps() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    timer.expires_after(1h);
    try {
      co_await timer.async_wait(asio::deferred);
    } catch (std::exception const&) {}
  }
}
awaitable<void> steps_with_timeout() {
  for (;;) {
    try {
      co_await asyncio::timeout(10ms, raw_wait(1h));
    } catch (std::exception const&) {}
  }
}
awaitable<void> steps_with_a_pause() {
  for (;;) {
    try {
      co_await raw_wait(1h);
    } catch (std::exception const&) {}
    co_await asyncio::sleep(1h);
  }
}
awaitable<void> never_waits_long() {
  (void)co_await aborted_wait(1h);
  for (;;) co_await asyncio::yield();
}
awaitable<void> two_at_once() {
  using namespace asio::experimental::awaitable_operators;
  for (;;) {
    try {
      co_await (raw_wait(1h) || raw_wait(1h));
    } catch (std::exception const&) {}
  }
}
awaitable<void> loop_in_a_loop() {
  for (;;) {
    try {
      co_await long_steps();
    } catch (std::exception const&) {}
  }
}
awaitable<void> joins_a_loop() {
  auto const t = asyncio::create_task(long_steps());
  co_await t.join();
}
awaitable<void> gathers_loops() { co_await asyncio::gather(long_steps(), tuple_steps()); }
awaitable<void> catches_everything() {
  for (;;) {
    try {
      co_await raw_wait(1h);
    } catch (...) {}
  }
}

enum class end { always_told, mostly_told, given_up };

struct loop_body {
  char const* name;
  awaitable<void> (*start)();
  end how = end::always_told;
};

loop_body const loops[] = {
    {"a long step", &long_steps},
    {"short steps", &short_steps, end::mostly_told},
    {"a channel", &channel_steps},
    {"as_tuple", &tuple_steps},
    {"redirect_error", &redirected_steps},
    {"deferred, which has no coroutine to throw in", &deferred_steps, end::given_up},
    {"a timeout in the loop", &steps_with_timeout},
    {"a pause after an error", &steps_with_a_pause},
    {"a loop of yields", &never_waits_long},
    {"Asio's ||", &two_at_once},
    {"a loop in a loop", &loop_in_a_loop},
    {"a task that is joined", &joins_a_loop},
    {"tasks in a gather", &gathers_loops},
};

awaitable<void> leave_behind(awaitable<void> (*body)(), bool cancelled_before) {
  auto t = asyncio::create_task(body(), "worker");
  co_await asyncio::sleep(20ms);
  if (cancelled_before) t.cancel();
  co_await asyncio::sleep(20ms);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_loop_that_takes_the_abort_of_asio_for_an_error_does_not_hang_the_end_of_run) {
  for (loop_body const& l : loops) {
    for (bool const cancelled_before : {false, true}) {
      BOOST_TEST_CONTEXT(l.name << (cancelled_before ? ", cancelled before" : "")) {
        auto const begin = std::chrono::steady_clock::now();
        std::string const lines = lines_of(&leave_behind, l.start, cancelled_before);
        BOOST_TEST((std::chrono::steady_clock::now() - begin < 20s));
        // One that was cancelled before may be in a wait of the library now, and one whose step is just over ends at once.
        if (l.how != end::mostly_told && !cancelled_before) BOOST_TEST(contains(lines, "cancelled again at each wait"));
        BOOST_TEST(contains(lines, "which ends without it") == (l.how == end::given_up));
        BOOST_TEST(contains(lines, "Task was destroyed") == (l.how == end::given_up));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_task_that_swallows_even_cancelled_error_after_the_abort_of_asio_is_given_up) {
  auto const begin = std::chrono::steady_clock::now();
  std::string const lines = lines_of(&leave_behind, &catches_everything, false);
  BOOST_TEST((std::chrono::steady_clock::now() - begin < 20s));
  BOOST_TEST(contains(lines, "task 'worker' created at "));
  BOOST_TEST(contains(lines, "asyncio::run, which ends without it"));
  BOOST_TEST(contains(lines, "Task was destroyed but it is pending!"));
}

// -- who has not swallowed anything ----------------------------------------------------------------------------------------

namespace {

awaitable<void> cleans_up_after_an_abort(std::string& log) {
  bool const aborted = co_await aborted_wait(1h);
  log += aborted ? "aborted " : "slept ";
  co_await raw_wait(20ms);
  log += "closed ";
  co_await asyncio::sleep(20ms);
  log += "left";
}
awaitable<void> long_cleanup(std::string& log) {
  for (int i = 0; i < 30; ++i) co_await asyncio::sleep(50ms);
  log += "cleaned up";
}
awaitable<void> has_a_long_cleanup(std::string& log) { co_await asyncio::finally(long_steps(), long_cleanup(log)); }
awaitable<void> aborted_with_a_long_cleanup(std::string& log) {
  co_await asyncio::finally(raw_wait(1h), long_cleanup(log));
}
awaitable<void> child_with_a_long_cleanup(std::string& log) {
  co_await asyncio::finally(asyncio::sleep(1h), long_cleanup(log));
}
awaitable<void> aborted_beside_a_child(asyncio::task_group& g, std::string& log) {
  g.create_task(child_with_a_long_cleanup(log));
  co_await raw_wait(1h);
}
awaitable<void> has_a_group(std::string& log) {
  co_await asyncio::with_task_group(aborted_beside_a_child, std::ref(log));
}
awaitable<void> cleans_up_by_itself(std::string& log) {
  bool cancelled = false;
  try {
    co_await asyncio::sleep(1h);
  } catch (asyncio::cancelled_error const&) {
    cancelled = true;
  }
  if (cancelled) co_await long_cleanup(log);
}

awaitable<void> leave_behind_with_log(awaitable<void> (*body)(std::string&), std::string* log) {
  auto t = asyncio::create_task(body(*log), "worker");
  co_await asyncio::sleep(20ms);
}

std::string log_of(awaitable<void> (*body)(std::string&), std::string* lines) {
  std::string log;
  *lines = lines_of(&leave_behind_with_log, body, &log);
  return log;
}

}  // namespace

BOOST_AUTO_TEST_CASE(at_the_end_of_run_a_cleanup_after_the_abort_of_asio_may_wait_twice) {
  std::string lines;
  BOOST_TEST(log_of(&cleans_up_after_an_abort, &lines) == "aborted closed left");
  BOOST_TEST(lines == "");
}

BOOST_AUTO_TEST_CASE(at_the_end_of_run_the_cleanup_of_finally_takes_its_time) {
  std::string lines;
  BOOST_TEST(log_of(&aborted_with_a_long_cleanup, &lines) == "cleaned up");
  BOOST_TEST(lines == "");
  BOOST_TEST(log_of(&has_a_long_cleanup, &lines) == "cleaned up");
  BOOST_TEST(contains(lines, "cancelled again at each wait"));
}

BOOST_AUTO_TEST_CASE(at_the_end_of_run_a_group_whose_body_was_aborted_waits_for_its_children) {
  std::string lines;
  BOOST_TEST(log_of(&has_a_group, &lines) == "cleaned up");
  BOOST_TEST(lines == "");
}

BOOST_AUTO_TEST_CASE(at_the_end_of_run_who_has_caught_cancelled_error_takes_its_time_as_in_asyncio) {
  std::string lines;
  BOOST_TEST(log_of(&cleans_up_by_itself, &lines) == "cleaned up");
  BOOST_TEST(lines == "");
}

BOOST_AUTO_TEST_CASE(a_task_that_does_not_end_at_the_end_of_run_is_named_after_a_while) {
  static auto const body = []() -> awaitable<void> {
    auto const end = std::chrono::steady_clock::now() + 5500ms;
    while (std::chrono::steady_clock::now() < end) {
      try {
        co_await asyncio::sleep(100ms);
      } catch (...) {}
    }
  };
  std::string const lines = lines_of(&leave_behind, +body, false);
  BOOST_TEST(contains(lines, "asyncio::run waits for these tasks, which it has cancelled:"));
  BOOST_TEST(contains(lines, "task 'worker'"));
}

// -- the warning -----------------------------------------------------------------------------------------------------------

namespace {

constexpr char const* goes_on = "was cancelled and goes on";

awaitable<void> waits_for_asio_again() {
  (void)co_await aborted_wait(1h);
  (void)co_await aborted_wait(1h);
}
awaitable<void> waits_twice_in_the_library() {
  (void)co_await aborted_wait(1h);
  co_await asyncio::sleep(1ms);
  co_await asyncio::sleep(1ms);
}
awaitable<void> waits_once_in_the_library() {
  (void)co_await aborted_wait(1h);
  co_await asyncio::sleep(1ms);
}
awaitable<void> takes_it_back() {
  (void)co_await aborted_wait(1h);
  asyncio::current_task().uncancel();
  for (int i = 0; i < 5; ++i) co_await raw_wait(1ms);
}
awaitable<void> ends() { co_await raw_wait(1h); }
awaitable<void> hears_a_cancel_of_the_library() {
  try {
    co_await asyncio::sleep(1h);
  } catch (asyncio::cancelled_error const&) {}
  for (int i = 0; i < 5; ++i) co_await raw_wait(1ms);
}

awaitable<void> cancel_it(awaitable<void> (*body)()) {
  auto t = asyncio::create_task(body(), "worker");
  while (t.waits_for().kind == asyncio::wait_kind::nothing) co_await asyncio::yield();
  t.cancel();
  for (int i = 0; i < 200 && !t.done(); ++i) co_await asyncio::sleep(1ms);
  t.cancel();  // a second one is not told of again
  co_await asyncio::sleep(20ms);
}

std::size_t count_of(std::string const& text, std::string const& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_task_that_swallows_the_abort_of_asio_and_waits_again_is_told_of_once) {
  std::string const lines = lines_of(&cancel_it, &waits_for_asio_again);
  BOOST_TEST(count_of(lines, goes_on) == 1u);
  BOOST_TEST(contains(lines, "task 'worker' created at "));
  BOOST_TEST(contains(lines, "swallowed_cancel_test.cpp:"));
  BOOST_TEST(count_of(lines_of(&cancel_it, &waits_twice_in_the_library), goes_on) == 1u);
}

BOOST_AUTO_TEST_CASE(a_task_that_has_swallowed_nothing_is_not_warned_of) {
  for (auto* const body : {&waits_once_in_the_library, &takes_it_back, &ends, &hears_a_cancel_of_the_library})
    BOOST_TEST(lines_of(&cancel_it, body) == "");
}

BOOST_AUTO_TEST_CASE(a_timeout_of_an_operation_that_returns_its_error_is_no_swallowed_cancel) {
  static auto const reads = []() -> awaitable<void> {
    asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
    auto const [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    BOOST_TEST((error == asio::error::operation_aborted));
  };
  static auto const body = []() -> awaitable<void> {
    for (int i = 0; i < 3; ++i) {
      co_await asyncio::timeout(5ms, reads());
      (void)co_await asyncio::move_on_after(5ms, raw_wait(1h));
      co_await raw_wait(1ms);
    }
  };
  std::string const lines = lines_of(&leave_behind, +body, false);
  BOOST_TEST(lines == "");
}
