// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio: the queue holds items of another type, and this one does not convert to it
#include <asyncio/asyncio.hpp>

#include <string>

void mistake(asyncio::priority_queue<int>& q) { q.put_nowait(std::string("one")); }
