// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// What the benchmark programs share: the shape of an implementation, the counters of a row, measurements in other processes.
#pragma once

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace bench {

inline constexpr std::size_t many_tasks = 100'000;        // spawn_join, cancel
inline constexpr std::size_t sleeping_tasks = 1'000'000;  // mem, mem_peak
inline constexpr std::size_t switches = 1'000'000;        // pingpong, one iteration
inline constexpr std::size_t items = 100'000;             // queue, one iteration
inline constexpr std::size_t contenders = 100;            // lock_cont
inline constexpr std::size_t acquisitions = 1'000;        // lock_cont, each contender in one iteration
inline constexpr std::size_t awaits = 100;                // nested: depth of the chain
inline constexpr std::size_t timers_at_once = 100;        // grow_timers: armed, then cancelled
inline constexpr std::size_t timer_rounds = 100;          // grow_timers, one iteration
inline constexpr std::size_t later_yields = 5'000'000;    // mem_peak: ordinary work after the peak

/// One way to do the work of all rows: this library, or raw Asio.
struct implementation {
  using program = void (*)(benchmark::State&, std::size_t n);  // n is the N of ROW:N, 0 without
  using question = void (*)(std::size_t n);                    // runs in a fresh process and may end in answer()

  std::string_view name;
  std::map<std::string_view, program> rows;
  std::map<std::string_view, question> in_fresh_process;
};

implementation const& library();
implementation const& raw_asio();
implementation const& raw_asio_tuned();

/// What this thread has allocated so far, by operator new and aligned_alloc (Asio's coroutine frames use the latter).
struct allocations {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;

  static allocations of_this_thread() noexcept;
};

enum class clock_kind { cpu, wall };  // cpu: of this thread; other work on the machine disturbs it less

inline double now_ns(clock_kind clock) {
  std::timespec t;
  clock_gettime(clock == clock_kind::cpu ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

/// Lives around the benchmark loop and writes the counters of its row.
class measurement {
 public:
  measurement(benchmark::State& state, std::size_t operations_per_iteration, clock_kind clock = clock_kind::cpu)
      : state_(state), operations_(operations_per_iteration), clock_(clock), start_ns_(now_ns(clock)) {}

  ~measurement() {
    double const ns = now_ns(clock_) - start_ns_;
    auto const now = allocations::of_this_thread();
    double const operations = static_cast<double>(state_.iterations()) * static_cast<double>(operations_);
    state_.SetItemsProcessed(static_cast<std::int64_t>(operations));
    state_.counters["ns_per_op"] = ns / operations;
    state_.counters["allocs_per_op"] = static_cast<double>(now.count - start_.count) / operations;
    state_.counters["bytes_per_op"] = static_cast<double>(now.bytes - start_.bytes) / operations;
  }

  measurement(measurement const&) = delete;
  measurement& operator=(measurement const&) = delete;

 private:
  benchmark::State& state_;
  std::size_t operations_;
  clock_kind clock_;
  allocations start_ = allocations::of_this_thread();
  double start_ns_;
};

/// The same random delays of 0 to 10 ms for everybody.
inline std::vector<std::chrono::microseconds> random_delays(std::size_t n) {
  std::mt19937 generator;
  std::uniform_int_distribution<int> up_to_10_ms(0, 10'000);
  std::vector<std::chrono::microseconds> delays(n);
  for (auto& delay : delays) delay = std::chrono::microseconds(up_to_10_ms(generator));
  return delays;
}

/// Delays of one to two hours, for timers that never fire.
class long_delays {
 public:
  std::chrono::microseconds next() { return std::chrono::microseconds(hours_(generator_)); }

 private:
  std::mt19937 generator_;
  std::uniform_int_distribution<std::int64_t> hours_{3'600'000'000, 7'200'000'000};
};

// ---- other processes (process.cpp): this program starts itself with one argument

inline constexpr std::string_view question_flag = "--fresh-process=";  // followed by implementation/row
inline constexpr std::string_view client_flag = "--echo-client=";      // followed by a port

/// This program, started again; what it writes to standard output is its answer.
class process {
 public:
  explicit process(std::string argument);
  process(process const&) = delete;
  process& operator=(process const&) = delete;
  ~process();

  /// Waits for its end. Throws if it failed.
  std::vector<double> answer();

 private:
  std::string argument_;
  pid_t id_ = 0;
  int output_ = -1;
};

/// In such a process: answers and ends it at once, without unwinding what is suspended in it.
[[noreturn]] void answer(std::vector<double> const& numbers);
/// Resident memory of this process.
std::size_t resident_bytes();
/// What malloc has given out and not got back.
std::size_t allocated_bytes();

/// The answer of mem_peak, all in bytes per task.
class memory_after_a_peak {
 public:
  explicit memory_after_a_peak(std::size_t tasks) : tasks_(tasks) {}
  void at_the_peak() { note(resident_bytes(), resident_); }
  /// All tasks have ended.
  void after() { note(resident_bytes(), resident_); }
  /// The loop has done ordinary work since: what is still allocated, and what is resident when malloc has trimmed.
  void later();
  [[noreturn]] void report() const { answer(numbers_); }

 private:
  void note(std::size_t now, std::size_t before) {
    numbers_.push_back((static_cast<double>(now) - static_cast<double>(before)) / static_cast<double>(tasks_));
  }

  std::size_t tasks_;
  std::size_t resident_ = resident_bytes();
  std::size_t allocated_ = allocated_bytes();
  std::vector<double> numbers_;
};

}  // namespace bench
