// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::wait_for takes a task or a coroutine that was called, then the limit: wait_for(f(x), 5s)
#include <asyncio/asyncio.hpp>

using namespace std::chrono_literals;

asyncio::awaitable<int> square(int x) { co_return x * x; }

asyncio::awaitable<void> mistake() { co_await asyncio::wait_for(5s, square(2)); }
