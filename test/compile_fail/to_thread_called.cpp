// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::to_thread takes a function and its arguments, to_thread(f, x) and not to_thread(f(x))
#include <asyncio/asyncio.hpp>

int work(int x) { return x; }

asyncio::awaitable<void> mistake() { co_await asyncio::to_thread(work(1)); }
