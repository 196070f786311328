// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::condition uses the lock it is given and does not keep it
#include <asyncio/asyncio.hpp>

asyncio::condition mistake{asyncio::lock()};
