// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::task_group::start takes a coroutine function that is not called yet, whose first parameter is a task_status<V>
#include <asyncio/asyncio.hpp>

asyncio::awaitable<void> serve(asyncio::task_status<int> status) {
  status.started(80);
  co_return;
}

asyncio::awaitable<void> mistake(asyncio::task_group& group) {
  co_await group.start(serve);  // start<int>
}
