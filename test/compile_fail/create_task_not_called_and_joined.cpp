// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::create_task takes a coroutine that was called: create_task(f(x)), not create_task(f)
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> work() { co_return 1; }

asyncio::awaitable<int> mistake() {
  auto t = asyncio::create_task(work);
  co_return co_await t.join();
}
