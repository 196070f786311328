// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Hello appears, a second passes, then World: while the coroutine sleeps the loop is free for others.
#include <asyncio/asyncio.hpp>

#include <iostream>

using namespace std::chrono_literals;

asyncio::awaitable<void> main_() {
  std::cout << "Hello\n";
  co_await asyncio::sleep(1s);
  std::cout << "World\n";
}

int main() { return asyncio::main(main_()); }
