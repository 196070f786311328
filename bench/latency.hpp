// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The latency row: how late sleeping tasks wake up while thousands of others sleep, compute and start children.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace bench::latency {

// 10 000 tasks. On every wake-up a sleeper notes how late it is, a worker computes, a parent gathers two children that yield.
inline constexpr std::size_t sleepers = 8'000;
inline constexpr std::size_t workers = 1'000;
inline constexpr std::size_t parents = 1'000;
inline constexpr std::chrono::milliseconds duration{1'000};
inline constexpr std::chrono::microseconds computation{10};

class test {
 public:
  using clock = std::chrono::steady_clock;

  test() { late_.reserve(1 << 18); }

  [[nodiscard]] bool running() const { return clock::now() < end_; }
  /// 20 to 200 ms.
  [[nodiscard]] std::chrono::microseconds next_delay() {
    return std::chrono::microseconds(std::uniform_int_distribution<int>(20'000, 200'000)(generator_));
  }
  void woken(clock::time_point due) {
    late_.push_back(std::chrono::duration_cast<std::chrono::nanoseconds>(clock::now() - due).count());
  }
  static void compute() {
    auto const end = clock::now() + computation;
    while (clock::now() < end) {}
  }

  void report(benchmark::State& state) {
    state.counters["p50_ns"] = percentile(0.5);
    state.counters["p99_ns"] = percentile(0.99);
    state.counters["p999_ns"] = percentile(0.999);
    state.counters["wake_ups"] = static_cast<double>(late_.size());
  }

 private:
  double percentile(double share) {
    auto const nth = late_.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(late_.size() - 1));
    std::nth_element(late_.begin(), nth, late_.end());
    return static_cast<double>(*nth);
  }

  std::mt19937 generator_;
  clock::time_point end_ = clock::now() + duration;
  std::vector<std::int64_t> late_;
};

}  // namespace bench::latency
