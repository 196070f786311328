// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio: the function cannot be called with these arguments
#include <asyncio/asyncio.hpp>

#include <string>

asyncio::awaitable<int> square(int x) { co_return x * x; }

void mistake() { asyncio::create_task_fn(square, std::string("two")); }
