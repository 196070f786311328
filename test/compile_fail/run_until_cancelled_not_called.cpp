// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::cancellation_token::run_until_cancelled takes a coroutine that was called
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> square(int x) { co_return x * x; }

asyncio::awaitable<void> mistake(asyncio::cancellation_token token) { co_await token.run_until_cancelled(square); }
