// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::run takes a coroutine, asyncio::run(main_()), or a coroutine function with its arguments
#include <asyncio/asyncio.hpp>

asyncio::awaitable<void> main_(int) { co_return; }

int main() { asyncio::run(main_); }
