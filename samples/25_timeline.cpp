// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Writes timeline.html: open it in a browser and see when each task ran, and what it waited for the rest of the time.
#include <asyncio/asyncio.hpp>

#include <cstdio>
#include <stdexcept>
#include <string>

using namespace std::chrono_literals;

double now() { return std::chrono::duration<double>(asyncio::loop::running().time().time_since_epoch()).count(); }

asyncio::awaitable<void> clerk(std::string name, asyncio::lock& printer, asyncio::duration writes) {
  for (int letter = 1; letter <= 2; ++letter) {
    co_await asyncio::sleep(writes);
    auto turn = co_await printer.acquire();
    co_await asyncio::sleep(300ms);
    std::printf("%.2f %s has printed letter %d\n", now(), name.c_str(), letter);
  }
}

asyncio::awaitable<void> fax() {
  co_await asyncio::sleep(900ms);
  throw std::runtime_error("out of paper");
}

asyncio::awaitable<void> call(asyncio::duration lasts) {
  bool answered = co_await asyncio::move_on_after(600ms, asyncio::sleep(lasts));
  std::printf("%.2f a call of %lld ms %s\n", now(), static_cast<long long>(lasts / 1ms),
              answered ? "ended" : "was given up");
}

asyncio::awaitable<void> office() {
  asyncio::lock printer;
  auto radio = asyncio::create_task(asyncio::sleep_forever(), "radio");
  auto broken = asyncio::create_task(fax(), "fax");
  auto ada = asyncio::create_task(clerk("Ada", printer, 100ms), "Ada");
  auto ben = asyncio::create_task(clerk("Ben", printer, 150ms), "Ben");
  auto cleo = asyncio::create_task(clerk("Cleo", printer, 400ms), "Cleo");
  co_await asyncio::gather(call(500ms), call(2s), call(100ms));
  co_await asyncio::gather(ada, ben, cleo);
  try {
    co_await broken.join();
  } catch (std::runtime_error const& e) {
    std::printf("%.2f the fax is %s\n", now(), e.what());
  }
  radio.cancel();
}

int main() { return asyncio::main(office(), asyncio::run_options().name("office").timeline("timeline.html")); }
