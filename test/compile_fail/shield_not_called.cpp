// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::shield takes a task or a coroutine that was called: shield(f(x)), not shield(f)
#include <asyncio/asyncio.hpp>

using namespace std::chrono_literals;

asyncio::awaitable<int> square(int x) { co_return x * x; }

asyncio::awaitable<void> mistake() { co_await asyncio::shield(square); }
