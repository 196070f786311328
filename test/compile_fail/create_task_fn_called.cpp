// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::create_task_fn takes a function that is not called yet: create_task_fn(f, x); for a coroutine that was called use create_task(f(x))
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> square(int x) { co_return x * x; }

void mistake() { asyncio::create_task_fn(square(2)); }
