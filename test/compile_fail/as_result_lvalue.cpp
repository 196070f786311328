// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio: this function takes the coroutine over; give it as an rvalue: f() or std::move(aw)
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> fetch(int n) { co_return n; }

asyncio::awaitable<void> mistake() {
  auto page = fetch(1);
  (void)co_await asyncio::as_result(page);
}
