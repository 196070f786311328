// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::to_thread takes a function that is not called yet: to_thread(f, x); a coroutine runs in the loop
#include <asyncio/asyncio.hpp>

asyncio::awaitable<void> work() { co_return; }

asyncio::awaitable<void> mistake() { co_await asyncio::to_thread(work()); }
