// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::gather takes the coroutines out of the range; it must not be const
#include <asyncio/asyncio.hpp>

#include <vector>

asyncio::awaitable<void> mistake(std::vector<asyncio::awaitable<int>> const& calls) { co_await asyncio::gather(calls); }
