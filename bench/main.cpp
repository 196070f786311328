// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// asyncio-bench: every row of the performance table as library/ROW[:N] and raw_asio/ROW[:N], next to each other;
// raw_asio_tuned/ROW has the rows that a frugal completion token and a try before each wait make faster.
// Counters: ns_per_op (CPU time of the thread; wall time in gather_sleep, echo and startup), allocs_per_op, bytes_per_op of
// the thread that runs the loop. An operation is a task, child, switch, item, timer, message, await or lock acquisition, in
// gather_sleep the whole gather. Others: echo has cpu_ns_per_op of the server too; mem has bytes_per_task, of resident memory;
// mem_peak the same at the peak, after_bytes_per_task when all tasks have ended, held_bytes_per_task (allocated) and
// later_bytes_per_task (resident) after some ordinary work and a malloc_trim; latency has p50_ns, p99_ns and p999_ns.
#include "bench.hpp"
#include "echo.hpp"

#include <charconv>
#include <cstdio>
#include <exception>

namespace {

struct row {
  std::string_view name;
  std::size_t n = 0;
};

constexpr row rows[] = {
    {"spawn_join"},
    {"gather_ready", 10},
    {"gather_ready", 1'000},
    {"gather_ready", 100'000},
    {"gather_yield", 10},
    {"gather_yield", 1'000},
    {"gather_yield", 100'000},
    {"gather_sleep", 10'000},
    {"gather_sleep", 100'000},
    {"pingpong"},
    {"queue", 1},
    {"queue", 64},
    {"lock"},
    {"lock_try"},
    {"lock_cont"},
    {"timeout_ready"},
    {"timeout_yield"},
    {"cancel"},
    {"nested"},
    {"loop_ready"},
    {"echo"},
    {"latency"},
    {"spawn_join_hooks"},
    {"pingpong_hooks"},
    {"grow_tasks", 100},
    {"grow_tasks", 10'000},
    {"grow_tasks", 1'000'000},
    {"grow_timers", 100},
    {"grow_timers", 10'000},
    {"grow_timers", 1'000'000},
};

template <class Body>
void register_benchmark(std::string const& name, Body body) {
  auto const guarded = [body](benchmark::State& state) {
    try {
      body(state);
    } catch (std::exception const& error) {
      state.SkipWithError(error.what());
    }
  };
  benchmark::RegisterBenchmark(name.c_str(), guarded);
}

void register_row(bench::implementation const& who, row const& r) {
  auto const found = who.rows.find(r.name);
  if (found == who.rows.end()) return;
  std::string name = std::string(who.name) + '/' + std::string(r.name);
  if (r.n != 0) name += ':' + std::to_string(r.n);
  register_benchmark(name, [program = found->second, n = r.n](benchmark::State& state) { program(state, n); });
}

std::vector<double> ask(std::string const& name) {
  return bench::process(std::string(bench::question_flag) + name).answer();
}

/// Memory does not depend on the number of iterations, which google-benchmark raises until enough time has passed: a fresh
/// process is asked once.
void register_memory(bench::implementation const& who, std::string_view row_name, std::vector<std::string> counters) {
  if (!who.in_fresh_process.contains(row_name)) return;
  auto const name = std::string(who.name) + '/' + std::string(row_name);
  auto const run = [name, counters = std::move(counters)](benchmark::State& state) {
    static std::map<std::string, std::vector<double>> answers;
    auto const found = answers.find(name);
    auto const& numbers = found != answers.end() ? found->second : answers[name] = ask(name);
    for (auto _ : state) benchmark::DoNotOptimize(numbers.data());
    for (std::size_t i = 0; i < counters.size(); ++i) state.counters[counters[i]] = numbers.at(i);
  };
  register_benchmark(name, run);
}

void register_startup(bench::implementation const& who) {
  if (!who.in_fresh_process.contains("startup")) return;
  auto const name = std::string(who.name) + "/startup";
  register_benchmark(name, [name](benchmark::State& state) {
    bench::measurement const counters(state, 1, bench::clock_kind::wall);
    for (auto _ : state) ask(name);
  });
}

constexpr bench::implementation const& (*everybody[])() = {bench::library, bench::raw_asio, bench::raw_asio_tuned};

/// In a fresh process: the work that question_flag names.
int run_question(std::string_view implementation_and_row) {
  for (auto const who : everybody)
    for (auto const& [row_name, question] : who().in_fresh_process)
      if (implementation_and_row == std::string(who().name) + '/' + std::string(row_name)) {
        question(bench::sleeping_tasks);
        return 0;
      }
  std::fprintf(stderr, "no such question: %.*s\n", static_cast<int>(implementation_and_row.size()),
               implementation_and_row.data());
  return 2;
}

int run_client(std::string_view port) {
  std::uint16_t number = 0;
  auto const [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error == std::errc() && end == port.data() + port.size()) return bench::echo::client(number);
  std::fprintf(stderr, "no such port: %.*s\n", static_cast<int>(port.size()), port.data());
  return 2;
}

}  // namespace

int main(int argc, char** argv) try {
  std::string_view const only_argument = argc == 2 ? argv[1] : "";
  if (only_argument.starts_with(bench::question_flag))
    return run_question(only_argument.substr(bench::question_flag.size()));
  if (only_argument.starts_with(bench::client_flag)) return run_client(only_argument.substr(bench::client_flag.size()));

  for (auto const& r : rows)
    for (auto const who : everybody) register_row(who(), r);
  for (auto const who : everybody) register_memory(who(), "mem", {"bytes_per_task"});
  for (auto const who : everybody)
    register_memory(who(), "mem_peak",
                    {"bytes_per_task", "after_bytes_per_task", "held_bytes_per_task", "later_bytes_per_task"});
  for (auto const who : everybody) register_startup(who());

  // One iteration first: whoever runs next on warm memory has no advantage. Any argument of the caller's comes later and wins.
  std::string warm_up = "--benchmark_min_warmup_time=0.001";
  std::vector<char*> arguments(argv, argv + argc);
  arguments.insert(arguments.begin() + 1, warm_up.data());
  int count = argc + 1;
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
} catch (std::exception const& error) {
  std::fprintf(stderr, "asyncio-bench: %s\n", error.what());
  return 1;
}
