// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::as_completed takes a range of task handles or of coroutines that were called
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> square(int x) { co_return x * x; }

asyncio::awaitable<void> mistake() {
  auto completed = asyncio::as_completed(square(2));
  co_await completed.next();
}
