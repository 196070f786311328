// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::random_delay takes std::chrono::durations: random_delay(1s, 2s)
#include <asyncio/asyncio.hpp>

asyncio::awaitable<void> mistake() { co_await asyncio::random_delay(0.5, 2.0); }
