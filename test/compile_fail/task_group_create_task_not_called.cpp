// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::task_group::create_task takes a coroutine that was called: create_task(f(x)), not create_task(f)
#include <asyncio/asyncio.hpp>

asyncio::awaitable<void> work() { co_return; }

asyncio::awaitable<void> mistake(asyncio::task_group& group) {
  group.create_task(work);
  co_return;
}
