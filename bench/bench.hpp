// What the benchmark programs share: the shape of an implementation, the counters of a row, measurements in a fresh process.
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

namespace bench {

inline constexpr std::size_t many_tasks = 100'000;        // spawn_join, cancel
inline constexpr std::size_t sleeping_tasks = 1'000'000;  // mem
inline constexpr std::size_t switches = 1'000'000;        // pingpong, one iteration
inline constexpr std::size_t items = 100'000;             // queue, one iteration
inline constexpr std::size_t contenders = 100;            // lock_cont
inline constexpr std::size_t acquisitions = 1'000;        // lock_cont, each contender in one iteration
inline constexpr std::size_t awaits = 100;                // nested: depth of the chain

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

/// What this thread has allocated so far, by operator new and aligned_alloc (Asio's coroutine frames use the latter).
struct allocations {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;

  static allocations of_this_thread() noexcept;
};

enum class clock_kind { cpu, wall };  // cpu: of this thread; other work on the machine disturbs it less

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
  static double now_ns(clock_kind clock) {
    std::timespec t;
    clock_gettime(clock == clock_kind::cpu ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
  }

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

// Fresh processes (mem.cpp): this program starts itself with the name of the question as its only argument.

inline constexpr std::string_view question_flag = "--fresh-process=";

/// Runs "implementation/row" in a fresh process; returns what that one answered, 0 if it ended without an answer.
double ask_fresh_process(std::string const& implementation_and_row);
/// Ends the fresh process at once, without unwinding what is suspended in it.
[[noreturn]] void answer(double number);
/// Resident memory of this process.
std::size_t resident_bytes();

}  // namespace bench
