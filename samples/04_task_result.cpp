// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// A task is a handle: ask whether it is done, wait for its value, read the value again.
#include <asyncio/asyncio.hpp>

#include <iostream>
#include <string>

using namespace std::chrono_literals;

asyncio::awaitable<std::string> work() {
  co_await asyncio::sleep(1s);
  co_return "Completed";
}

asyncio::awaitable<void> main_() {
  auto task = asyncio::create_task(work());
  std::cout << (task.done() ? "done already" : "still running") << '\n';
  std::cout << co_await task.join() << '\n';
  std::cout << "and again: " << task.result() << '\n';
}

int main() { return asyncio::main(main_()); }
