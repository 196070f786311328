// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio: co_await takes a coroutine that was called, or an operation; a number or a pointer is neither
#include <asyncio/asyncio.hpp>

asyncio::awaitable<void> mistake(bool ready) { co_await ready; }
