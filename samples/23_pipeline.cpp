// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Three stages joined by two queues. When a stage has no more it shuts its queue down, and the stage behind ends by itself.
#include <asyncio/asyncio.hpp>

#include <cstdio>
#include <string>
#include <utility>

using namespace std::chrono_literals;

using text_queue = asyncio::queue<std::string>;

asyncio::awaitable<void> read(text_queue& lines) {
  for (auto line : {"the quick brown fox", "jumps over", "the lazy dog"}) {
    co_await asyncio::sleep(10ms);
    std::printf("read: %s\n", line);
    co_await lines.put(line);
  }
  lines.shutdown();
  std::puts("read: no more lines");
}

asyncio::awaitable<void> split(text_queue& lines, text_queue& words) {
  try {
    for (;;) {
      std::string line = co_await lines.get();
      for (std::size_t from = 0, to = 0; to != std::string::npos; from = to + 1) {
        to = line.find(' ', from);
        co_await words.put(line.substr(from, to - from));
      }
    }
  } catch (asyncio::queue_shut_down const&) {
    words.shutdown();
    std::puts("split: no more words");
  }
}

asyncio::awaitable<int> count(text_queue& words) {
  int letters = 0;
  try {
    for (;;) {
      std::string word = co_await words.get();
      co_await asyncio::sleep(4ms);
      letters += static_cast<int>(word.size());
      std::printf("count: %s, %d letters so far\n", word.c_str(), letters);
    }
  } catch (asyncio::queue_shut_down const&) {
    std::puts("count: done");
  }
  co_return letters;
}

asyncio::awaitable<void> main_() {
  text_queue lines(1), words(2);
  auto [a, b, letters] = co_await asyncio::gather(read(lines), split(lines, words), count(words));
  std::printf("%d letters\n", letters);
}

int main() { return asyncio::main(main_()); }
