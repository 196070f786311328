// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// One mirror is broken: the task group cancels the other downloads, waits for them, and then says what went wrong.
#include <asyncio/asyncio.hpp>

#include <cstdio>
#include <stdexcept>
#include <string>

using namespace std::chrono_literals;

asyncio::awaitable<int> download(std::string name, asyncio::duration time) {
  try {
    co_await asyncio::sleep(time);
  } catch (asyncio::cancelled_error const&) {
    std::printf("%s: cancelled\n", name.c_str());
    throw;
  }
  if (name == "broken") throw std::runtime_error("no answer from " + name);
  std::printf("%s: done\n", name.c_str());
  co_return static_cast<int>(name.size());
}

asyncio::awaitable<int> all_of_them(asyncio::task_group& group, bool with_the_broken_one) {
  auto page = group.create_task(download("page", 1s));
  auto logo = group.create_task(download("logo", 3s), "logo");
  if (with_the_broken_one) group.create_task(download("broken", 2s));
  std::printf("waiting\n");
  co_return co_await page.join() + co_await logo.join();
}

asyncio::awaitable<void> main_() {
  int const size = co_await asyncio::with_task_group(all_of_them, false);
  std::printf("downloaded %d\n", size);
  try {
    co_await asyncio::with_task_group(all_of_them, true);
  } catch (asyncio::exception_group const& failures) {
    auto [network, other] = failures.split<std::runtime_error>();
    std::printf("%s\n", std::string(failures.message()).c_str());
    std::printf("network errors: %zu, others: %s\n", network->exceptions().size(), other ? "some" : "none");
  }
}

int main() { return asyncio::main(main_()); }
