// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Three ways to stop waiting: timeout throws, move_on_after gives nothing, and shield lets the work go on.
#include <asyncio/asyncio.hpp>

#include <iostream>
#include <string>

using namespace std::chrono_literals;

asyncio::awaitable<std::string> fetch(std::string page, asyncio::duration delay) {
  co_await asyncio::sleep(delay);
  std::cout << "fetched " << page << '\n';
  co_return page;
}

asyncio::awaitable<int> read_all(asyncio::timeout_scope& scope, int pages) {
  int read = 0;
  for (; read < pages; ++read) {
    co_await asyncio::sleep(800ms);
    scope.reschedule(1s);  // each page that comes is worth another second
  }
  co_return read;
}

asyncio::awaitable<void> main_() {
  std::string home = co_await asyncio::timeout(1s, fetch("home", 100ms));
  std::cout << "got " << home << '\n';

  try {
    co_await asyncio::timeout(1s, fetch("archive", 1h));
  } catch (asyncio::timeout_error const&) {
    std::cout << "archive: timeout\n";
  }

  int pages = co_await asyncio::with_timeout(1s, read_all, 5);
  std::cout << "read " << pages << " pages\n";

  if (auto news = co_await asyncio::move_on_after(500ms, fetch("news", 2s)); !news) std::cout << "no news\n";

  auto backup = asyncio::create_task(fetch("backup", 1s));
  try {
    co_await asyncio::wait_for(asyncio::shield(backup), 500ms);
  } catch (asyncio::timeout_error const&) {
    std::cout << "backup: not yet\n";
  }
  std::string got = co_await backup.join();
  std::cout << "got " << got << '\n';
}

int main() { return asyncio::main(main_()); }
