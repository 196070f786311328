// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Two tasks take two locks in opposite order and wait for ever, while the program goes on. Start it with
// ASYNCIO_DUMP_SIGNAL=1, then `kill -USR1 PID` from another terminal: the tree names the ring.
#include <asyncio/asyncio.hpp>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;

asyncio::awaitable<void> transfer(asyncio::lock& from, asyncio::lock& to) {
  auto payer = co_await from.acquire();
  co_await asyncio::sleep(10ms);  // long enough for the other one
  auto payee = co_await to.acquire();
  std::cout << "never printed\n";
}

asyncio::awaitable<void> serve() {
  for (int second = 1;; ++second) {
    co_await asyncio::sleep(1s);
    std::cout << "serving for " << second << " s" << std::endl;
  }
}

asyncio::awaitable<void> ask_and_leave() {  // what a person would do
  co_await asyncio::sleep(2500ms);
  std::raise(SIGUSR1);
  co_await asyncio::sleep(1s);
}

asyncio::awaitable<void> main_(bool test) {
  asyncio::lock alice, bob;
  auto there = asyncio::create_task(transfer(alice, bob), "alice pays bob");
  auto back = asyncio::create_task(transfer(bob, alice), "bob pays alice");
  auto server = asyncio::create_task(serve(), "server");
  if (test) {
    co_await ask_and_leave();
  } else {
    co_await asyncio::gather(there.join(), back.join());
  }
  there.cancel();
  back.cancel();
  server.cancel();
  std::vector all{there, back, server};
  co_await asyncio::wait(all);
}

int main() {
  char const* clock = std::getenv("ASYNCIO_CLOCK");  // for demonstrations and tests nobody needs to be at the keyboard
  bool test = clock != nullptr && std::string_view(clock) == "virtual";
  int code = asyncio::main(main_(test), asyncio::run_options().dump_signal(true));
  std::cout << "ended\n";
  return code;
}
