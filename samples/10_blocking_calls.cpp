// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Each tick is due after 0.1 s: a call that blocks stops the whole loop, and the tick beside it comes late.
#include <asyncio/asyncio.hpp>

#include <iostream>
#include <thread>

using namespace std::chrono_literals;

asyncio::awaitable<void> tick() {
  for (int number = 1; number <= 3; ++number) {
    // The system's clock, not the loop's: a virtual clock stands still during a blocking call.
    auto start = std::chrono::steady_clock::now();
    co_await asyncio::sleep(100ms);
    auto late = (std::chrono::steady_clock::now() - start) / 100ms - 1;
    if (late > 0) {
      std::cout << "  tick " << number << " is more than 0." << late << " s late\n";
    } else {
      std::cout << "  tick " << number << " is on time\n";
    }
  }
}

asyncio::awaitable<void> wait() { co_await asyncio::sleep(300ms); }

asyncio::awaitable<void> block() {
  std::this_thread::sleep_for(300ms);
  co_return;
}

asyncio::awaitable<void> main_() {
  std::cout << "beside a coroutine that waits:\n";
  co_await asyncio::gather(tick(), wait());
  std::cout << "beside a coroutine that blocks:\n";
  co_await asyncio::gather(tick(), block());
}

int main() { return asyncio::main(main_()); }
