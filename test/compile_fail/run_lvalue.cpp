// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::run takes the coroutine over; give it as an rvalue: run(main_()) or run(std::move(aw))
#include <asyncio/asyncio.hpp>

asyncio::awaitable<int> main_() { co_return 1; }

int main() {
  asyncio::awaitable<int> call = main_();
  return asyncio::run(call);
}
