// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::finally takes two coroutines that were called, the second one without a result
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> square(int x) { co_return x * x; }
asyncio::awaitable<void> clean_up() { co_return; }

asyncio::awaitable<void> mistake() { co_await asyncio::finally(square(2), clean_up); }
