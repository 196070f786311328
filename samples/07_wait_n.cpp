// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Random delays run side by side and come out in ascending order, although nobody sorts them.
#include <asyncio/asyncio.hpp>

#include <cstdio>
#include <vector>

using namespace std::chrono_literals;
using seconds = std::chrono::duration<double>;

asyncio::awaitable<std::vector<seconds>> wait_n(int n, asyncio::duration max_delay) {
  std::vector<asyncio::task<asyncio::duration>> tasks;
  for (int i = 0; i < n; ++i) tasks.push_back(asyncio::create_task(asyncio::random_delay(max_delay)));

  std::vector<seconds> delays;
  auto finished = asyncio::as_completed(tasks);
  while (auto task = co_await finished.next()) delays.push_back(task->result());
  co_return delays;
}

asyncio::awaitable<void> main_() {
  for (seconds delay : co_await wait_n(5, 2s)) std::printf("%.2f s\n", delay.count());
}

int main() { return asyncio::main(main_()); }
