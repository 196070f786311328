// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio: this function takes the coroutine over; give it as an rvalue: f() or std::move(aw)
#include <asyncio/asyncio.hpp>

asyncio::awaitable<void> work() { co_return; }

asyncio::awaitable<void> mistake(asyncio::task_group& group) {
  auto aw = work();
  group.create_task(aw);
  co_return;
}
