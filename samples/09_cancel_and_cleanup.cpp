// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The work would take an hour and is cancelled after a second; its cleanup still runs, and may wait too.
#include <asyncio/asyncio.hpp>

#include <iostream>

using namespace std::chrono_literals;

asyncio::awaitable<void> work() {
  std::cout << "working\n";
  co_await asyncio::sleep(1h);
  std::cout << "never printed\n";
}

asyncio::awaitable<void> clean_up() {
  std::cout << "cleaning up\n";
  co_await asyncio::sleep(500ms);
  std::cout << "cleaned up\n";
}

asyncio::awaitable<void> main_() {
  auto task = asyncio::create_task(asyncio::finally(work(), clean_up()));
  co_await asyncio::sleep(1s);
  task.cancel();
  try {
    co_await task.join();
  } catch (asyncio::cancelled_error const&) {
    std::cout << "the task was cancelled\n";
  }
}

int main() { return asyncio::main(main_()); }
