// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio: g++ 12.0-12.2 destroys a temporary lambda with captures twice in a co_await expression, and an aggregate too
// compiler: gcc12
#include <asyncio/asyncio.hpp>

#include <string>

struct greet {
  std::string text;
  asyncio::awaitable<void> operator()() { co_return; }
};

asyncio::awaitable<void> mistake() { co_await asyncio::create_task_fn(greet{"hello"}); }
