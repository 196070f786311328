// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::race takes coroutines that were called, race(f(1), g())
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> one() { co_return 1; }

asyncio::awaitable<void> mistake() { co_await asyncio::race(one, one); }
