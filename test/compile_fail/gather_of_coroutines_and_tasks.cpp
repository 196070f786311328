// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::gather takes either coroutines or task handles; among coroutines a task is waited for by t.join()
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> square(int x) { co_return x * x; }

asyncio::awaitable<void> mistake() {
  auto t = asyncio::create_task(square(2));
  co_await asyncio::gather(square(3), t);
}
