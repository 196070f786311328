// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::race takes the coroutines over; give them as rvalues: race(f(), std::move(aw))
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> square(int x) { co_return x * x; }

asyncio::awaitable<void> mistake() {
  asyncio::awaitable<int> call = square(2);
  co_await asyncio::race(call, square(3));
}
