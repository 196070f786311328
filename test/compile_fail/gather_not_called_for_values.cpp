// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::gather takes coroutines that were called, gather(f(1), g()), or task handles, or one range of either
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> work() { co_return 1; }

asyncio::awaitable<int> mistake() {
  auto const [a, b] = co_await asyncio::gather(work, work);
  co_return 1;
}
