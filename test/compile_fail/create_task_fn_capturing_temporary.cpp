// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio: g++ 12.0-12.2 destroys a temporary lambda with captures twice in a co_await expression
// compiler: gcc12
#include <asyncio/asyncio.hpp>

#include <string>

asyncio::awaitable<void> mistake() {
  std::string text = "text";
  co_await asyncio::create_task_fn([text]() -> asyncio::awaitable<void> { co_return; });
}
