// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio: the function must be a coroutine: it has to return asyncio::awaitable<T>
#include <asyncio/asyncio.hpp>

int square(int x) { return x * x; }

void mistake() { asyncio::create_task_fn(square, 2); }
