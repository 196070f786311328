// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio: a coroutine cannot return a type that is aligned more strictly than std::max_align_t
#include <asyncio/asyncio.hpp>

struct alignas(64) line {
  char bytes[64];
};

asyncio::awaitable<line> read() { co_return line(); }

asyncio::awaitable<void> mistake() { co_await asyncio::create_task(read()).join(); }
