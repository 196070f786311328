// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::run_coroutine_threadsafe takes the loop first: run_coroutine_threadsafe(loop, f(x))
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> work() { co_return 1; }

void mistake(asyncio::loop& loop) { asyncio::run_coroutine_threadsafe(work(), loop); }
