// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE log_format
#include <asyncio/asyncio.hpp>
#include <asyncio/log_format.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <memory>
#include <sstream>
#include <string>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::testing::keep_alive;

namespace {

asyncio::context_var<std::string> request("none");
asyncio::context_var<int> depth;

/// Logs into a string with a pattern: %N is the task, %R the request, %D the depth.
struct recorder {
  std::ostringstream text;
  spdlog::logger logger;
  explicit recorder(std::string const& pattern)
      : logger("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text)) {
    auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::local, "\n");
    formatter->add_flag<asyncio::task_name_flag>('N');
    formatter->add_flag<asyncio::context_var_flag<std::string>>('R', request);
    formatter->add_flag<asyncio::context_var_flag<int>>('D', depth, -1);
    formatter->set_pattern(pattern);
    logger.set_formatter(std::move(formatter));
  }
};

awaitable<void> logs(recorder& log, std::string id, asyncio::duration d) {
  (void)request.set(std::move(id));
  log.logger.info("begins");
  co_await asyncio::sleep(d);
  log.logger.info("ends");
}

}  // namespace

ASYNCIO_TEST_CASE(a_line_names_the_task_that_logs_and_its_context_variable) {
  auto& log = keep_alive<recorder>("[%N] [%R] %v");
  auto a = asyncio::create_task(logs(log, "r1", 2s), "first");
  co_await asyncio::sleep(1ms);
  auto b = asyncio::create_task(logs(log, "r2", 1s), "second");
  co_await a.join();
  co_await b.join();
  BOOST_TEST(log.text.str() == "[first] [r1] begins\n[second] [r2] begins\n[second] [r2] ends\n[first] [r1] ends\n");
}

ASYNCIO_TEST_CASE(outside_a_task_the_name_is_a_dash) {
  auto& log = keep_alive<recorder>("[%N] %v");
  asyncio::loop::running().call_soon([&log] { log.logger.info("in a callback"); });
  co_await asyncio::sleep(1ms);
  BOOST_TEST(log.text.str() == "[-] in a callback\n");
}

BOOST_AUTO_TEST_CASE(outside_a_loop_the_name_is_a_dash_and_the_variable_has_its_default) {
  recorder log("[%N] [%R] [%D] %v");
  log.logger.info("x");
  BOOST_TEST(log.text.str() == "[-] [none] [-1] x\n");
}

ASYNCIO_TEST_CASE(a_function_in_a_thread_logs_with_the_variable_of_its_caller) {
  auto const log = std::make_shared<recorder>("[%N] [%R] %v");  // a thread may outlive the run
  (void)request.set("r3");
  auto work = [log] { log->logger.info("in a thread"); };
  co_await asyncio::to_thread(work);
  BOOST_TEST(log->text.str() == "[-] [r3] in a thread\n");
}

ASYNCIO_TEST_CASE(a_variable_of_any_type_that_fmt_knows_is_printed_or_what_stands_for_it) {
  recorder log("%D");
  log.logger.info("");
  (void)depth.set(12);
  log.logger.info("");
  BOOST_TEST(log.text.str() == "-1\n12\n");
  co_return;
}

BOOST_AUTO_TEST_CASE(widths_are_kept_as_for_spdlogs_own_flags) {
  auto token = request.set("abcd");
  std::string lines;
  for (std::string const width : {"6", "-6", "=6", "=7", "2", "2!", "-2!", "4!"}) {
    recorder log('%' + width + "R|");
    log.logger.info("");
    lines += log.text.str();
  }
  BOOST_TEST(lines == "  abcd|\nabcd  |\n abcd |\n abcd  |\nabcd|\nab|\nab|\nabcd|\n");
  // What spdlog does with its own text.
  lines.clear();
  for (std::string const width : {"6", "-6", "=6", "=7", "2", "2!", "-2!", "4!"}) {
    recorder log('%' + width + "v|");
    log.logger.info("abcd");
    lines += log.text.str();
  }
  BOOST_TEST(lines == "  abcd|\nabcd  |\n abcd |\n abcd  |\nabcd|\nab|\nab|\nabcd|\n");
  request.reset(token);
}

BOOST_AUTO_TEST_CASE(a_formatter_that_was_cloned_still_knows_the_variable) {
  // A logger clones its formatter for each sink but the last.
  std::ostringstream first, second;
  spdlog::logger logger("test", {std::make_shared<spdlog::sinks::ostream_sink_mt>(first),
                                 std::make_shared<spdlog::sinks::ostream_sink_mt>(second)});
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::local, "");
  formatter->add_flag<asyncio::task_name_flag>('N');
  formatter->add_flag<asyncio::context_var_flag<std::string>>('R', request);
  formatter->add_flag<asyncio::context_var_flag<int>>('D', depth, 3);
  formatter->set_pattern("%N %R %D");
  logger.set_formatter(std::move(formatter));
  logger.info("");
  BOOST_TEST(first.str() == "- none 3");
  BOOST_TEST(second.str() == "- none 3");
}
