// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: an operation by co_await std::move(op)
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> mistake(asyncio::queue<int>& q) {
  auto next = q.get();
  co_return co_await next;
}
