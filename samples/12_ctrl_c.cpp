// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Press Ctrl-C: the program is cancelled, cleans up in its own time, and ends with exit code 130.
#include <asyncio/asyncio.hpp>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string_view>

using namespace std::chrono_literals;

asyncio::awaitable<void> serve() {
  std::cout << "serving until Ctrl-C" << std::endl;
  co_await asyncio::sleep_forever();
}

asyncio::awaitable<void> clean_up() {
  std::cout << "closing connections\n";
  co_await asyncio::sleep(500ms);
  std::cout << "closed\n";
}

asyncio::awaitable<void> main_(bool interrupts_itself) {
  if (interrupts_itself) asyncio::loop::running().call_later(1s, [] { std::raise(SIGINT); });
  co_await asyncio::finally(serve(), clean_up());
}

int main(int argc, char** argv) {
  // For demonstrations and tests nobody needs to be at the keyboard.
  char const* clock = std::getenv("ASYNCIO_CLOCK");
  bool demo = argc > 1 && std::string_view(argv[1]) == "--self";
  bool test = clock != nullptr && std::string_view(clock) == "virtual";
  return asyncio::main(main_(demo || test));
}
