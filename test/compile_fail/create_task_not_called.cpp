// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::create_task takes a coroutine that was called: create_task(f(x)), not create_task(f)
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> square(int x) { co_return x * x; }

asyncio::awaitable<void> mistake() {
  asyncio::create_task(square);
  co_return;
}
