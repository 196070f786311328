// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::shield takes a task or a coroutine that was called: shield(f(x)), not shield(f)
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> work() { co_return 1; }

asyncio::awaitable<int> mistake() {
  int const n = co_await asyncio::shield(work);
  co_return n;
}
