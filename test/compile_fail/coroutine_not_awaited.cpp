// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The sentence is the compiler's: Boost.Asio's awaitable is [[nodiscard]] without one.
// expect: nodiscard
#include <asyncio/awaitable.hpp>

#pragma GCC diagnostic error "-Wunused-result"

asyncio::awaitable<int> one() { co_return 1; }

asyncio::awaitable<void> main_() {
  one();
  co_return;
}
