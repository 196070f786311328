// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The same blocking calls as in 10_blocking_calls, each in a thread of its own: the loop goes on, and no tick is late.
#include <asyncio/asyncio.hpp>

#include <iostream>
#include <string>
#include <thread>

using namespace std::chrono_literals;

// Neither a coroutine nor safe to call in one. In virtual time the clock stands still until it has returned.
std::string read_sensor(std::string name) {
  std::this_thread::sleep_for(300ms);
  if (name == "broken") throw std::runtime_error("no answer");
  return name + " is fine";
}

asyncio::awaitable<void> tick() {
  auto& loop = asyncio::loop::running();
  auto start = loop.time();
  for (int number = 1; number <= 5; ++number) {
    co_await asyncio::sleep(100ms);
    auto late = (loop.time() - start) / 100ms - number;
    std::cout << "  tick " << number << (late > 0 ? " is late\n" : " is on time\n");
  }
}

asyncio::awaitable<void> main_() {
  auto ticks = asyncio::create_task(tick());
  auto [first, second] = co_await asyncio::gather(asyncio::to_thread(read_sensor, "sensor 1"),
                                                  asyncio::to_thread(read_sensor, "sensor 2"));
  std::cout << first << ", " << second << '\n';
  try {
    co_await asyncio::to_thread(read_sensor, "broken");
  } catch (std::runtime_error const& e) {
    std::cout << "exception: " << e.what() << '\n';
  }
  co_await ticks.join();
}

int main() { return asyncio::main(main_()); }
