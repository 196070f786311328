// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::race takes coroutines that were called, race(f(1), g()), or one range of them that is not const; for tasks that live on use wait(tasks, first_completed)
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> square(int x) { co_return x * x; }

asyncio::awaitable<void> mistake() {
  auto a = asyncio::create_task(square(2));
  auto b = asyncio::create_task(square(3));
  co_await asyncio::race(a, b);
}
