// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::create_task takes the coroutine over; give it as an rvalue: create_task(f()) or create_task(std::move(aw))
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> square(int x) { co_return x * x; }

asyncio::awaitable<void> mistake() {
  asyncio::awaitable<int> call = square(2);
  auto t = asyncio::create_task(call);
  co_await t.join();
}
