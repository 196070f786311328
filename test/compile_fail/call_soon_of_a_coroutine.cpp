// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::loop calls plain functions; a coroutine would never run: use create_task(f()) or create_task_fn(f)
#include <asyncio/asyncio.hpp>

asyncio::awaitable<void> work() { co_return; }

void mistake() { asyncio::loop::running().call_soon(work); }
