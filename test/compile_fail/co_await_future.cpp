// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: a future by co_await f.wait()
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> mistake(asyncio::future<int> f) { co_return co_await f; }
