// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: co_await it
#include <asyncio/lock.hpp>

#pragma GCC diagnostic error "-Wunused-result"

asyncio::awaitable<void> main_(asyncio::lock& lock) {
  lock.acquire();
  co_return;
}
