// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio: an item that cannot be copied is handed over to the queue: put(std::move(item))
#include <asyncio/asyncio.hpp>

#include <memory>

void mistake(asyncio::queue<std::unique_ptr<int>>& q, std::unique_ptr<int> const& item) { q.put_nowait(item); }
