// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Both tasks begin when main_ first waits, and together they take as long as the slower one.
#include <asyncio/asyncio.hpp>

#include <cstdio>
#include <string>

using namespace std::chrono_literals;
using seconds = std::chrono::duration<double>;

asyncio::awaitable<void> say_after(asyncio::duration delay, std::string what) {
  co_await asyncio::sleep(delay);
  std::printf("%s\n", what.c_str());
}

asyncio::awaitable<void> main_() {
  auto& loop = asyncio::loop::running();
  auto start = loop.time();

  auto hello = asyncio::create_task(say_after(500ms, "hello"));
  auto world = asyncio::create_task(say_after(1s, "world"));
  std::printf("two tasks created\n");
  co_await asyncio::gather(hello, world);

  std::printf("both done after %.1f s\n", seconds(loop.time() - start).count());
}

int main() { return asyncio::main(main_()); }
