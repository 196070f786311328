// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE soak
#include <asyncio/gather.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <unistd.h>
#include <cstddef>
#include <fstream>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

/// Resident memory of this process in KiB.
long resident() {
  std::ifstream statm("/proc/self/statm");
  long total = 0;
  long pages = 0;
  statm >> total >> pages;
  return pages * (::sysconf(_SC_PAGESIZE) / 1024);
}

asyncio::awaitable<int> work(int i) {
  switch (i % 5) {
    case 0: break;
    case 1: co_await asyncio::yield(); break;
    case 2: co_await asyncio::sleep(std::chrono::microseconds(i % 1000)); break;
    case 3: co_await asyncio::sleep(1h); break;  // cancelled by its creator
    default: throw std::runtime_error("soak");
  }
  co_return i;
}

asyncio::awaitable<long> round(int tasks) {
  std::vector<asyncio::task<int>> all;
  all.reserve(static_cast<std::size_t>(tasks));
  for (int i = 0; i < tasks; ++i) all.push_back(asyncio::create_task(work(i)));
  co_await asyncio::sleep(2ms);
  for (int i = 3; i < tasks; i += 5) all[static_cast<std::size_t>(i)].cancel();
  auto outcomes = co_await asyncio::gather(asyncio::return_exceptions, all);
  long ended = 0;
  for (auto const& outcome : outcomes) ended += outcome.has_value() ? 1 : 0;
  co_return ended;
}

}  // namespace

ASYNCIO_TEST_CASE(ten_million_tasks_leave_the_memory_as_it_was) {
  constexpr int tasks = 1000;
  constexpr int rounds = 10'000;
  long after_warm_up = 0;
  for (int i = 0; i < rounds; ++i) {
    long const ended = co_await round(tasks);
    BOOST_REQUIRE_EQUAL(ended, tasks * 3 / 5);
    if (i == rounds / 100) after_warm_up = resident();
  }
  long const grown = resident() - after_warm_up;
  BOOST_TEST_MESSAGE("resident: " << after_warm_up << " KiB after 1 % of the tasks, " << grown
                                  << " KiB more at the end");
  BOOST_TEST(grown < 1024);
}
