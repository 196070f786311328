// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio: co_await takes a coroutine that was called: co_await f(x), not co_await f
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> work(int x) { co_return x; }

asyncio::awaitable<int> mistake() {
  int const n = co_await work;
  co_return n;
}
