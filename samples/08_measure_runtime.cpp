// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Four delays one after the other add up; four concurrent ones cost as much as one.
#include <asyncio/asyncio.hpp>

#include <cstdio>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using seconds = std::chrono::duration<double>;

asyncio::awaitable<void> one_after_the_other() {
  for (int i = 0; i < 4; ++i) co_await asyncio::sleep(500ms);
}

asyncio::awaitable<void> concurrently() {
  std::vector<asyncio::awaitable<void>> delays;
  for (int i = 0; i < 4; ++i) delays.push_back(asyncio::sleep(500ms));
  co_await asyncio::gather(std::move(delays));
}

asyncio::awaitable<seconds> measure_runtime(asyncio::awaitable<void> work) {
  auto& loop = asyncio::loop::running();
  auto start = loop.time();
  co_await std::move(work);
  co_return loop.time() - start;
}

asyncio::awaitable<void> main_() {
  seconds runtime = co_await measure_runtime(one_after_the_other());
  std::printf("one after the other: %.1f s\n", runtime.count());
  runtime = co_await measure_runtime(concurrently());
  std::printf("concurrently: %.1f s\n", runtime.count());
}

int main() { return asyncio::main(main_()); }
