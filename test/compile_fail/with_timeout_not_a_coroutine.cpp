// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio: the function must be a coroutine: it has to return asyncio::awaitable<T>
#include <asyncio/asyncio.hpp>

using namespace std::chrono_literals;

int square(asyncio::timeout_scope&, int x) { return x * x; }

asyncio::awaitable<void> mistake() { co_await asyncio::with_timeout(5s, square, 2); }
