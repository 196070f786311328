// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: for a task timeout(5s, t.join())
#include <asyncio/asyncio.hpp>

using namespace std::chrono_literals;

asyncio::awaitable<int> square(int x) { co_return x * x; }

asyncio::awaitable<void> mistake() {
  auto t = asyncio::create_task(square(2));
  co_await asyncio::timeout(5s, t);
}
