// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The line grows as results arrive: a name is printed when its download has ended, whatever the order of the calls was.
#include <asyncio/asyncio.hpp>

#include <cstdio>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using seconds = std::chrono::duration<double>;

asyncio::awaitable<std::string> download(std::string name) {
  co_await asyncio::random_delay(100ms, 3s);
  co_return name;
}

asyncio::awaitable<void> main_() {
  auto start = asyncio::loop::running().time();
  std::vector<asyncio::awaitable<std::string>> downloads;
  for (auto name : {"page", "style", "script", "logo", "font"}) downloads.push_back(download(name));

  std::printf("downloaded:");
  auto completed = asyncio::as_completed(downloads, 2s);
  try {
    while (auto task = co_await completed.next()) {
      std::printf(" %s", task->result().c_str());
      std::fflush(stdout);
    }
    std::printf(" - all");
  } catch (asyncio::timeout_error const&) {
    std::printf(" - too late for the rest");
  }
  seconds taken = asyncio::loop::running().time() - start;
  std::printf(" (%.1f s)\n", taken.count());
}

int main() { return asyncio::main(main_()); }
