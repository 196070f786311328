// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// conformance: SG3
// expect: asyncio::loop calls plain functions; a coroutine would never run: use create_task(f()) or create_task_fn(f)
#include <asyncio/asyncio.hpp>

asyncio::awaitable<void> work(int) { co_return; }

void mistake() { asyncio::loop::running().add_signal_handler(15, work, 1); }
