// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::timeout takes the limit, then a coroutine that was called: timeout(5s, f(x))
#include <asyncio/asyncio.hpp>

using namespace std::chrono_literals;

asyncio::awaitable<int> square(int x) { co_return x * x; }

asyncio::awaitable<void> mistake() { co_await asyncio::timeout(5s, square); }
