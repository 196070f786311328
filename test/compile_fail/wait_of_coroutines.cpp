// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// conformance: W2
// expect: asyncio::wait takes a range of task handles, a vector<task<T>> for instance; make a task of a coroutine with create_task, join a single task
#include <asyncio/asyncio.hpp>

#include <vector>

asyncio::awaitable<int> square(int x) { co_return x * x; }

asyncio::awaitable<void> mistake() {
  std::vector<asyncio::awaitable<int>> calls;
  calls.push_back(square(2));
  co_await asyncio::wait(calls);
}
