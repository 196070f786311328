// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio: this function takes the coroutine over; give it as an rvalue: f() or std::move(aw)
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> square(int x) { co_return x * x; }
asyncio::awaitable<void> clean_up() { co_return; }

asyncio::awaitable<void> mistake() {
  auto work = square(2);
  co_await asyncio::finally(work, clean_up());
}
