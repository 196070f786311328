// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio: the function must be a coroutine: it has to return asyncio::awaitable<T>
#include <asyncio/asyncio.hpp>

int forgot(asyncio::task_group&) { return 1; }

asyncio::awaitable<void> mistake() { co_await asyncio::with_task_group(forgot); }
