// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// One producer, three consumers, and room for two jobs: put() waits when the workers are behind, get() when they are ahead.
#include <asyncio/asyncio.hpp>

#include <cstdio>
#include <vector>

using namespace std::chrono_literals;
using seconds = std::chrono::duration<double>;

asyncio::awaitable<void> produce(asyncio::queue<int>& jobs) {
  for (int job = 1; job <= 12; ++job) {
    co_await asyncio::random_delay(20ms);
    co_await jobs.put(job);
    std::printf("job %d is in the queue, which holds %zu\n", job, jobs.size());
  }
}

asyncio::awaitable<void> consume(asyncio::queue<int>& jobs, int worker, std::vector<int>& done) {
  for (;;) {
    int job = co_await jobs.get();
    co_await asyncio::random_delay(20ms, 80ms);
    std::printf("worker %d has done job %d\n", worker, job);
    done.push_back(job);
    jobs.task_done();
  }
}

asyncio::awaitable<void> main_() {
  auto start = asyncio::loop::running().time();
  asyncio::queue<int> jobs(2);
  std::vector<int> done;
  std::vector<asyncio::task<>> workers;
  for (int worker = 1; worker <= 3; ++worker) workers.push_back(asyncio::create_task(consume(jobs, worker, done)));
  co_await produce(jobs);
  co_await jobs.join();  // every job that was put has been reported by task_done()
  for (auto& worker : workers) worker.cancel();
  co_await asyncio::gather(asyncio::return_exceptions, workers);
  seconds taken = asyncio::loop::running().time() - start;
  std::printf("%zu jobs in %.2f s, %zu left\n", done.size(), taken.count(), jobs.size());
}

int main() { return asyncio::main(main_()); }
