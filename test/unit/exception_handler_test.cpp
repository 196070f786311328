// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE exception_handler
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/io_context.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/ostream_sink.h>

#include <unistd.h>
#include <cstdio>
#include <memory>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::testing::keep_alive;

namespace {

std::string text_of(std::exception_ptr const& e) {
  if (!e) return "none";
  try {
    std::rethrow_exception(e);
  } catch (std::exception const& x) {
    return x.what();
  } catch (...) {
    return "?";
  }
}

/// Collects what the exception handler is told.
struct told {
  std::vector<asyncio::exception_context> reports;
  explicit told(asyncio::loop& loop) {
    loop.set_exception_handler([this](asyncio::exception_context const& what) { reports.push_back(what); });
  }
  told(told const&) = delete;
  told& operator=(told const&) = delete;
  ~told() {
    if (auto* const l = asyncio::loop::running_or_null()) l->set_exception_handler(nullptr);
  }
  [[nodiscard]] std::size_t count() const { return reports.size(); }
};

/// Replaces the loop's logger by one whose lines can be read.
struct recorder {
  std::ostringstream text;
  explicit recorder(asyncio::loop& loop) {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text);
    sink->set_pattern("%l: %v");
    loop.set_logger(std::make_shared<spdlog::logger>("test", sink));
  }
  recorder(recorder const&) = delete;
  recorder& operator=(recorder const&) = delete;
  ~recorder() { asyncio::loop::running().set_logger(nullptr); }
  [[nodiscard]] bool has(std::string const& part) const { return text.str().find(part) != std::string::npos; }
};

class throwing_sink final : public spdlog::sinks::base_sink<std::mutex> {
  void sink_it_(spdlog::details::log_msg const&) override { throw std::runtime_error("disk full"); }
  void flush_() override {}
};

awaitable<void> fail(std::string text) {
  co_await asyncio::yield();
  throw std::runtime_error(text);
}

awaitable<int> fail_with_int() {
  co_await asyncio::yield();
  throw 42;
}

}  // namespace

// conformance: T23, X2
ASYNCIO_TEST_CASE(an_exception_nobody_took_is_reported_once_with_its_task) {
  told handler(asyncio::loop::running());
  auto const line = BOOST_CURRENT_LOCATION.line() + 1;
  asyncio::create_task(fail("nobody cares"), "lonely");
  co_await asyncio::sleep(1s);
  BOOST_TEST(handler.count() == 1u);
  auto const& what = handler.reports.at(0);
  BOOST_TEST(what.message == "Task exception was never retrieved");
  BOOST_TEST(text_of(what.exception) == "nobody cares");
  BOOST_TEST(what.task_name == "lonely");
  BOOST_TEST(what.task != 0u);
  BOOST_TEST(std::string(what.created_at.file_name()).find("exception_handler_test.cpp") != std::string::npos);
  BOOST_TEST(what.created_at.line() == line);
}

// conformance: T23
ASYNCIO_TEST_CASE(it_is_reported_when_the_last_handle_goes) {
  told handler(asyncio::loop::running());
  auto first = std::make_unique<asyncio::task<void>>(asyncio::create_task(fail("x")));
  auto second = std::make_unique<asyncio::any_task>(*first);
  co_await asyncio::sleep(1s);
  first.reset();
  BOOST_TEST(handler.count() == 0u);
  second.reset();
  BOOST_TEST(handler.count() == 1u);
}

// conformance: T24
ASYNCIO_TEST_CASE(asking_for_the_exception_or_the_result_is_taking_notice) {
  told handler(asyncio::loop::running());
  {
    auto by_exception = asyncio::create_task(fail("a"));
    auto by_result = asyncio::create_task(fail("b"));
    auto by_join = asyncio::create_task(fail("c"));
    co_await asyncio::sleep(1s);
    BOOST_TEST(text_of(by_exception.exception()) == "a");
    BOOST_CHECK_THROW(by_result.result(), std::runtime_error);
    std::string text;
    try {
      co_await by_join.join();
    } catch (std::exception const& e) {
      text = e.what();
    }
    BOOST_TEST(text == "c");
  }
  BOOST_TEST(handler.count() == 0u);
}

// conformance: T25
ASYNCIO_TEST_CASE(cancelling_a_failed_task_is_taking_notice_as_well) {
  told handler(asyncio::loop::running());
  {
    auto t = asyncio::create_task(fail("a"));
    co_await asyncio::sleep(1s);
    BOOST_TEST(!t.cancel());
  }
  BOOST_TEST(handler.count() == 0u);
}

ASYNCIO_TEST_CASE(a_cancelled_task_is_not_reported) {
  told handler(asyncio::loop::running());
  asyncio::create_task(asyncio::sleep(1h)).cancel();
  co_await asyncio::sleep(1s);
  BOOST_TEST(handler.count() == 0u);
}

ASYNCIO_TEST_CASE(an_exception_that_is_no_std_exception_is_reported_too) {
  recorder log(asyncio::loop::running());
  asyncio::create_task(fail_with_int(), "odd");
  co_await asyncio::sleep(1s);
  BOOST_TEST(log.has("error: Task exception was never retrieved: task 'odd' created at "));
  BOOST_TEST(log.has(": an exception that is not a std::exception"));
}

BOOST_AUTO_TEST_CASE(an_exception_nobody_took_is_reported_at_the_end_of_run) {
  std::vector<std::string> texts;
  asyncio::task<void> kept;
  auto main = [&]() -> awaitable<void> {
    auto handler = [&](asyncio::exception_context const& what) { texts.push_back(text_of(what.exception)); };
    asyncio::loop::running().set_exception_handler(handler);
    kept = asyncio::create_task(fail("kept"));
    co_await asyncio::sleep(1s);
  };
  asyncio::testing::run(main());
  BOOST_TEST((texts == std::vector<std::string>{"kept"}));
  BOOST_TEST(text_of(kept.exception()) == "kept");  // and still there for who asks later
}

// conformance: X1
ASYNCIO_TEST_CASE(the_default_handler_logs_an_error) {
  recorder log(asyncio::loop::running());
  asyncio::loop::running().call_soon([] { throw std::runtime_error("boom"); });
  co_await asyncio::sleep(1s);
  BOOST_TEST(log.text.str() == "error: Exception in callback: boom\n");
}

// conformance: X1
ASYNCIO_TEST_CASE(an_empty_handler_restores_the_default) {
  auto& loop = asyncio::loop::running();
  recorder log(loop);
  auto& calls = keep_alive<int>(0);
  auto count = [&](asyncio::exception_context const&) { ++calls; };
  auto boom = [] { throw std::runtime_error("boom"); };
  loop.set_exception_handler(count);
  loop.call_soon(boom);
  co_await asyncio::sleep(1s);
  BOOST_TEST(calls == 1);
  BOOST_TEST(log.text.str() == "");
  loop.set_exception_handler(nullptr);
  loop.call_soon(boom);
  co_await asyncio::sleep(1s);
  BOOST_TEST(log.has("Exception in callback: boom"));
  loop.set_exception_handler(asyncio::loop::exception_handler());
  loop.call_soon(boom);
  co_await asyncio::sleep(1s);
  BOOST_TEST(calls == 1);
}

// conformance: X1
ASYNCIO_TEST_CASE(a_handler_may_take_the_loop_and_replace_itself) {
  auto& loop = asyncio::loop::running();
  auto& order = keep_alive<std::string>();
  auto boom = [] { throw std::runtime_error("boom"); };
  auto first = [&order](asyncio::loop& l, asyncio::exception_context const&) {
    order += '1';
    l.set_exception_handler([&order](asyncio::exception_context const&) { order += '2'; });
  };
  loop.set_exception_handler(first);
  loop.call_soon(boom);
  loop.call_soon(boom);
  co_await asyncio::sleep(1s);
  BOOST_TEST(order == "12");
  loop.set_exception_handler(nullptr);
}

// conformance: X2
ASYNCIO_TEST_CASE(a_user_may_call_the_handler_with_a_context_of_his_own) {
  told handler(asyncio::loop::running());
  asyncio::exception_context what;
  what.message = "by hand";
  asyncio::loop::running().call_exception_handler(what);
  BOOST_TEST(handler.count() == 1u);
  BOOST_TEST(handler.reports.at(0).message == "by hand");
  BOOST_TEST(text_of(handler.reports.at(0).exception) == "none");
  co_return;
}

ASYNCIO_TEST_CASE(the_exception_of_a_done_callback_names_the_task) {
  told handler(asyncio::loop::running());
  auto t = asyncio::create_task(asyncio::sleep(1s), "watched");
  t.add_done_callback([](asyncio::task<void> const&) { throw std::runtime_error("callback"); });
  co_await asyncio::sleep(2s);
  BOOST_TEST(handler.count() == 1u);
  BOOST_TEST(handler.reports.at(0).message == "Exception in done callback");
  BOOST_TEST(handler.reports.at(0).task_name == "watched");
  BOOST_TEST(text_of(handler.reports.at(0).exception) == "callback");
}

// conformance: X3
ASYNCIO_TEST_CASE(a_handler_that_throws_is_reported_by_the_default_one_with_both_errors) {
  auto& loop = asyncio::loop::running();
  recorder log(loop);
  loop.set_exception_handler([](asyncio::exception_context const&) { throw std::logic_error("broken handler"); });
  loop.call_soon([] { throw std::runtime_error("first"); });
  co_await asyncio::sleep(1s);
  BOOST_TEST(
      log.text.str() ==
      "error: Unhandled error in exception handler (broken handler), which was told: Exception in callback: first\n");
  loop.set_exception_handler(nullptr);
}

namespace {

/// What is written to stderr while it lives.
class caught_stderr {
 public:
  caught_stderr() : file_(std::tmpfile()), before_(::dup(STDERR_FILENO)) { ::dup2(::fileno(file_), STDERR_FILENO); }
  caught_stderr(caught_stderr const&) = delete;
  caught_stderr& operator=(caught_stderr const&) = delete;
  ~caught_stderr() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
    std::fclose(file_);
  }
  [[nodiscard]] std::string text() const {
    std::string all;
    std::rewind(file_);
    for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) all += static_cast<char>(c);
    return all;
  }

 private:
  std::FILE* file_;
  int before_;
};

}  // namespace

// conformance: X3
ASYNCIO_TEST_CASE(a_default_handler_that_throws_is_caught_as_well) {
  auto logger = std::make_shared<spdlog::logger>("test", std::make_shared<throwing_sink>());
  logger->set_error_handler([](std::string const&) { throw std::runtime_error("no way out"); });
  auto& loop = asyncio::loop::running();
  loop.set_logger(logger);
  loop.call_soon([] { throw std::runtime_error("first"); });
  caught_stderr const lines;
  co_await asyncio::sleep(1s);  // the loop goes on
  loop.set_logger(nullptr);
  BOOST_TEST(lines.text() == "asyncio: the exception handler failed: Exception in callback\n");
}

// conformance: X4
ASYNCIO_TEST_CASE(the_handler_runs_in_the_context_of_the_failed_task) {
  auto& v = keep_alive<asyncio::context_var<int>>(0);
  auto& fails = keep_alive([&v]() -> awaitable<void> {
    (void)v.set(5);
    co_await asyncio::yield();
    throw std::runtime_error("x");
  });
  auto& seen = keep_alive<std::vector<int>>();
  auto note = [&](asyncio::exception_context const&) { seen.push_back(v.get()); };
  asyncio::loop::running().set_exception_handler(note);
  asyncio::create_task(fails());
  co_await asyncio::sleep(1s);
  BOOST_TEST((seen == std::vector<int>{5}));
  BOOST_TEST(v.get() == 0);
  asyncio::loop::running().set_exception_handler(nullptr);
}

// conformance: X4
ASYNCIO_TEST_CASE(the_handler_runs_in_the_context_of_the_failed_callback) {
  auto& v = keep_alive<asyncio::context_var<int>>(0);
  auto& seen = keep_alive<int>(-1);
  auto note = [&](asyncio::exception_context const&) { seen = v.get(); };
  auto fails = [&v] {
    (void)v.set(v.get() + 1);
    throw std::runtime_error("x");
  };
  asyncio::loop::running().set_exception_handler(note);
  (void)v.set(6);
  asyncio::loop::running().call_soon(fails);
  (void)v.set(0);
  co_await asyncio::sleep(1s);
  BOOST_TEST(seen == 7);
  asyncio::loop::running().set_exception_handler(nullptr);
}

BOOST_AUTO_TEST_CASE(a_task_that_outlives_its_loop_unretrieved_is_reported_once_only) {
  int reports = 0;
  asyncio::task<void> kept;
  auto main = [&]() -> awaitable<void> {
    auto count = [&](asyncio::exception_context const&) { ++reports; };
    asyncio::loop::running().set_exception_handler(count);
    kept = asyncio::create_task(fail("x"));
    co_await asyncio::sleep(1s);
  };
  asyncio::testing::run(main());
  BOOST_TEST(reports == 1);
  kept = {};
  BOOST_TEST(reports == 1);
}

// conformance: T21
BOOST_AUTO_TEST_CASE(a_task_destroyed_with_its_loop_is_reported_as_pending) {
  std::vector<std::string> told_names;
  {
    boost::asio::io_context ctx;
    auto& loop = asyncio::loop::of(ctx);
    auto note = [&](asyncio::exception_context const& what) {
      told_names.push_back(what.message + " " + what.task_name);
    };
    loop.set_exception_handler(note);
    asyncio::create_task(ctx, asyncio::sleep_forever(), asyncio::task_options().name("left"));
    ctx.poll();
  }
  BOOST_TEST((told_names == std::vector<std::string>{"Task was destroyed but it is pending! left"}));
}

BOOST_AUTO_TEST_CASE(another_thread_may_drop_the_last_handle_while_the_exception_is_reported) {
  struct story {
    asyncio::context_var<int> number{0};
    asyncio::any_task held;
    int seen = 0;
  };
  static auto const fails = []() -> awaitable<void> {
    co_await asyncio::yield();
    throw std::runtime_error("nobody asks");
  };
  static auto const main = [](story& s) -> awaitable<void> {
    (void)s.number.set(8);
    s.held = asyncio::create_task(fails());
    asyncio::loop::running().set_exception_handler([&s](asyncio::exception_context const&) {
      std::thread([&s] { s.held = {}; }).join();
      s.seen = s.number.get();  // in the context of the task
    });
    co_await asyncio::sleep(1s);
  };
  story s;
  asyncio::testing::run(main(s));
  BOOST_TEST(s.seen == 8);
}
