// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// After a second comes a random integer from 1 to 100: the same one every time when ASYNCIO_SEED is set.
#include <asyncio/asyncio.hpp>

#include <iostream>

using namespace std::chrono_literals;

asyncio::awaitable<int> random_int() {
  co_await asyncio::sleep(1s);
  co_return asyncio::random::randint(1, 100);
}

asyncio::awaitable<void> main_() { std::cout << "the number is " << co_await random_int() << '\n'; }

int main() { return asyncio::main(main_()); }
