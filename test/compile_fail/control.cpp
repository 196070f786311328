// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: success
// The positive control: with these flags correct code compiles, so the other fragments fail for the reason they name.
#include <asyncio/asyncio.hpp>

using namespace std::chrono_literals;

asyncio::awaitable<void> correct() { co_await asyncio::sleep(10ms); }
