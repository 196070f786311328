// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Clang gives the sentence of the class, which is Asio's and has none.
// expect: nodiscard
#include <asyncio/gather.hpp>

#pragma GCC diagnostic error "-Wunused-result"

asyncio::awaitable<int> one() { co_return 1; }

asyncio::awaitable<void> main_() {
  asyncio::gather(one(), one());
  co_return;
}
