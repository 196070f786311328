// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// conformance: W2
// expect: asyncio::wait takes a range of task handles, a vector<task<T>> for instance; make a task of a coroutine with create_task, join a single task
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> square(int x) { co_return x * x; }

asyncio::awaitable<void> mistake() {
  auto t = asyncio::create_task(square(2));
  co_await asyncio::wait(t, asyncio::first_completed);
}
