// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio: co_await takes an rvalue: a task that has a name is awaited by co_await t.join()
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> square(int x) { co_return x * x; }

asyncio::awaitable<int> mistake() {
  auto t = asyncio::create_task(square(2));
  co_return co_await t;
}
