// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// A delay of random length says afterwards how long it was.
#include <asyncio/asyncio.hpp>

#include <cstdio>

using namespace std::chrono_literals;
using seconds = std::chrono::duration<double>;

asyncio::awaitable<void> main_() {
  seconds delay = co_await asyncio::random_delay(2s);
  std::printf("waited for %.2f s\n", delay.count());
}

int main() { return asyncio::main(main_()); }
