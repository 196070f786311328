// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Every line names its request, in tasks and in threads, and no function passes the id on.
#include <asyncio/asyncio.hpp>
#include <asyncio/log_format.hpp>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <string>

using namespace std::chrono_literals;

asyncio::context_var<std::string> request_id("-");

int count_rows(std::string const& table) {
  spdlog::info("query {}", table);  // in a thread, with the caller's context
  return static_cast<int>(table.size());
}

asyncio::awaitable<int> look_up(std::string table) {
  int rows = co_await asyncio::to_thread(count_rows, table);
  spdlog::info("{} rows", rows);
  co_return rows;
}

asyncio::awaitable<void> handle(std::string id, std::string table, asyncio::duration delay) {
  (void)request_id.set(id);  // in this task's context only
  spdlog::info("begin");
  co_await asyncio::sleep(delay);
  auto lookup = asyncio::create_task(look_up(table), id + ".lookup");  // runs in a copy of it
  co_await lookup.join();
  spdlog::info("end");
}

asyncio::awaitable<void> main_() {
  spdlog::info("serving");
  auto first = asyncio::create_task(handle("a1", "users", 20ms), "first");
  auto second = asyncio::create_task(handle("b2", "orders", 10ms), "second");
  co_await first.join();
  co_await second.join();
  spdlog::info("closed");
}

int main() {
  auto format = std::make_unique<spdlog::pattern_formatter>();
  format->add_flag<asyncio::task_name_flag>('N');
  format->add_flag<asyncio::context_var_flag<std::string>>('R', request_id);
  format->set_pattern("[%2R] %-9N | %v");
  auto log = spdlog::stdout_logger_mt("sample");
  log->set_formatter(std::move(format));
  spdlog::set_default_logger(log);
  return asyncio::main(main_());
}
