// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::gather takes coroutines that were called, gather(f(1), g()), or task handles, or one range of either
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> square(int x) { co_return x * x; }

asyncio::awaitable<void> mistake() { co_await asyncio::gather(square(2), 3); }
