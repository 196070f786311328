// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// An event that starts everybody at once, and a condition that waits until a shared value is what it has to be.
#include <asyncio/asyncio.hpp>

#include <cstdio>
#include <vector>

using namespace std::chrono_literals;

asyncio::awaitable<void> run_when_started(asyncio::event& started, int runner) {
  co_await started.wait();
  std::printf("runner %d is off\n", runner);
}

asyncio::awaitable<void> lend(asyncio::condition& changed, int& bicycles, int wanted) {
  auto guard = co_await changed.acquire();
  auto enough = [&] { return bicycles >= wanted; };
  co_await changed.wait_for(enough);  // gives the lock up while it waits, and has it again afterwards
  bicycles -= wanted;
  std::printf("%d lent, %d left\n", wanted, bicycles);
}

asyncio::awaitable<void> give_back(asyncio::condition& changed, int& bicycles) {
  for (int i = 0; i < 4; ++i) {
    co_await asyncio::sleep(100ms);
    auto guard = co_await changed.acquire();
    ++bicycles;
    changed.notify_all();
  }
}

asyncio::awaitable<void> main_() {
  asyncio::event started;
  std::vector<asyncio::task<void>> runners;
  for (int runner = 1; runner <= 3; ++runner)
    runners.push_back(asyncio::create_task(run_when_started(started, runner)));
  co_await asyncio::sleep(100ms);
  std::puts("ready, steady, go");
  started.set();
  co_await asyncio::gather(runners);

  asyncio::condition changed;
  int bicycles = 0;
  co_await asyncio::gather(lend(changed, bicycles, 3), lend(changed, bicycles, 1), give_back(changed, bicycles));
  std::printf("%d in the shop\n", bicycles);
}

int main() { return asyncio::main(main_()); }
