// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Three counters take turns in one thread: whoever sleeps lets the others run.
#include <asyncio/asyncio.hpp>

#include <iostream>
#include <string>

using namespace std::chrono_literals;

asyncio::awaitable<void> count(std::string name) {
  for (int number = 1; number <= 3; ++number) {
    std::cout << name << ": " << number << '\n';
    co_await asyncio::sleep(500ms);
  }
}

asyncio::awaitable<void> main_() {
  co_await asyncio::gather(count("A"), count("B"), count("C"));
  std::cout << "all have counted\n";
}

int main() { return asyncio::main(main_()); }
