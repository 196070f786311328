// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::run_coroutine_threadsafe takes a coroutine, or a coroutine function and its arguments; a plain function is called by loop.call_soon_threadsafe(f)
#include <asyncio/asyncio.hpp>

int work() { return 1; }

void mistake(asyncio::loop& loop) { asyncio::run_coroutine_threadsafe(loop, work); }
