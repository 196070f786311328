// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::retry takes a coroutine function that is not called yet, and its arguments
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> fetch(int n) { co_return n; }

asyncio::awaitable<void> mistake() { co_await asyncio::retry(asyncio::retry_policy(), fetch(1)); }
