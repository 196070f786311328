// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// A hundred pages, ten at a time. A page that fails is asked for again after a random pause that may double each time.
#include <asyncio/asyncio.hpp>

#include <algorithm>
#include <cstdio>
#include <vector>

using namespace std::chrono_literals;
using seconds = std::chrono::duration<double>;

struct connection_reset {};

struct crawler {
  int retries = 0;
  int open = 0;
  int most_open = 0;

  asyncio::awaitable<int> load(int page) {  // a network that is slow, and down now and then
    co_await asyncio::random_delay(50ms, 250ms);
    if (asyncio::random::random() < 0.2) throw connection_reset();
    co_return 1000 + page;
  }

  asyncio::awaitable<int> load_with_retry(int page) {
    for (asyncio::duration pause = 100ms;; pause *= 2) {
      try {
        co_return co_await load(page);
      } catch (connection_reset const&) {
        ++retries;
      }
      co_await asyncio::random_delay(pause);
    }
  }

  asyncio::awaitable<int> visit(int page) {
    most_open = std::max(most_open, ++open);
    int size = co_await load_with_retry(page);
    --open;
    co_return size;
  }
};

asyncio::awaitable<void> main_() {
  auto start = asyncio::loop::running().time();
  crawler c;
  std::vector<asyncio::awaitable<int>> visits;
  for (int page = 1; page <= 100; ++page) visits.push_back(c.visit(page));
  auto sizes = co_await asyncio::gather(asyncio::limit(10), visits);
  int total = 0;
  for (int size : sizes) total += size;
  seconds taken = asyncio::loop::running().time() - start;
  std::printf("%zu pages with %d bytes in %.1f s\n", sizes.size(), total, taken.count());
  std::printf("%d retries, at most %d pages at a time\n", c.retries, c.most_open);
}

int main() { return asyncio::main(main_()); }
