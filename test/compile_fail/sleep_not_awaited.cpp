// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: co_await it
#include <asyncio/sleep.hpp>

#pragma GCC diagnostic error "-Wunused-result"
using namespace std::chrono_literals;

asyncio::awaitable<void> main_() {
  asyncio::sleep(1s);
  co_return;
}
