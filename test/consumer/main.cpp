// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The first example of the README, as somebody would write it who has just installed the package.
#include <asyncio/asyncio.hpp>

#include <iostream>

using namespace std::chrono_literals;

asyncio::awaitable<int> square(int x) {
  co_await asyncio::sleep(10ms);
  co_return x * x;
}

asyncio::awaitable<void> main_() {
  auto [a, b] = co_await asyncio::gather(square(2), square(3));
  auto t = asyncio::create_task(square(4), "four");
  auto c = co_await t.join();
  std::cout << a + b + c << '\n';
}

int main() { asyncio::run(main_()); }
