// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::sleep_until takes an instant of the loop's clock: sleep_until(loop::running().time() + 1s)
#include <asyncio/asyncio.hpp>

using namespace std::chrono_literals;

asyncio::awaitable<void> mistake() { co_await asyncio::sleep_until(1s); }
