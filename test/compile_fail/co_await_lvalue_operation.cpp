// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: an operation by co_await std::move(op)
#include <asyncio/asyncio.hpp>

using namespace std::chrono_literals;

asyncio::awaitable<void> mistake() {
  auto nap = asyncio::sleep(1s);
  co_await nap;
}
