// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::condition::wait_for takes a plain function that tells whether to go on
#include <asyncio/asyncio.hpp>

asyncio::awaitable<bool> ready();
asyncio::awaitable<void> mistake(asyncio::condition& c) { co_await c.wait_for(ready); }
