// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::as_completed is no range, C++ has no `async for`
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> mistake(std::vector<asyncio::awaitable<int>> pages) {
  int sum = 0;
  for (auto t : asyncio::as_completed(pages)) sum += co_await t;
  co_return sum;
}
