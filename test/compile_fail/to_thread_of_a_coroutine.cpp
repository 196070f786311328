// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::to_thread calls a plain function in a thread; a coroutine runs in the loop: co_await f(x), or create_task(f(x))
#include <asyncio/asyncio.hpp>

asyncio::awaitable<void> work(int) { co_return; }

asyncio::awaitable<void> mistake() { co_await asyncio::to_thread(work, 1); }
