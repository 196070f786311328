// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::loop::call_later takes a std::chrono::duration: call_later(1s, fn)
#include <asyncio/asyncio.hpp>

void callback();

void mistake() { asyncio::loop::running().call_later(1, callback); }
