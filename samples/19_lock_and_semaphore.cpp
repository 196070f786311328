// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// A lock for what only one may do, a semaphore for what only two may do at a time; both serve in the order of arrival.
#include <asyncio/asyncio.hpp>

#include <cstdio>
#include <vector>

using namespace std::chrono_literals;
using seconds = std::chrono::duration<double>;

asyncio::awaitable<void> deposit(asyncio::lock& mutex, int& balance, int amount) {
  auto guard = co_await mutex.acquire();
  int before = balance;
  co_await asyncio::sleep(10ms);  // without the lock the others would read the same balance meanwhile
  balance = before + amount;
  std::printf("deposit of %d, balance %d\n", amount, balance);
}

asyncio::awaitable<void> download(asyncio::semaphore& slots, int file, asyncio::time_point start) {
  auto slot = co_await slots.acquire();
  seconds begin = asyncio::loop::running().time() - start;
  co_await asyncio::sleep(100ms);
  std::printf("file %d, begun after %.1f s\n", file, begin.count());
}

asyncio::awaitable<void> main_() {
  int balance = 0;
  asyncio::lock mutex;
  std::vector<asyncio::awaitable<void>> deposits;
  for (int amount : {10, 20, 30, 40}) deposits.push_back(deposit(mutex, balance, amount));
  co_await asyncio::gather(std::move(deposits));

  asyncio::semaphore slots(2);
  auto start = asyncio::loop::running().time();
  std::vector<asyncio::awaitable<void>> downloads;
  for (int file = 1; file <= 6; ++file) downloads.push_back(download(slots, file, start));
  co_await asyncio::gather(std::move(downloads));

  auto guard = mutex.try_acquire();
  auto again = mutex.try_acquire();
  std::printf("first %s, second %s\n", guard ? "got it" : "refused", again ? "got it" : "refused");
}

int main() { return asyncio::main(main_()); }
