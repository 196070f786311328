// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::sleep takes a std::chrono::duration: sleep(1s), sleep(std::chrono::duration<double>(seconds))
#include <asyncio/asyncio.hpp>

asyncio::awaitable<void> mistake() { co_await asyncio::sleep(1); }
