// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Two coroutines at once: 13.
#include <asyncio/awaitable.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>

#include <iostream>

using namespace std::chrono_literals;

asyncio::awaitable<int> square(int x) {
  co_await asyncio::sleep(1ms);
  co_return x * x;
}

asyncio::awaitable<int> sum() {
  auto [a, b] = co_await asyncio::gather(square(2), square(3));
  co_return a + b;
}

int main() {
  auto const result = asyncio::run(sum());
  std::cout << result << '\n';
  return result == 13 ? 0 : 1;
}
