// asyncio-bench: every row of the performance table as library/ROW[:N] and raw_asio/ROW[:N], next to each other.
// Counters: ns_per_op (CPU time of the thread; wall time in gather_sleep, echo and startup), allocs_per_op, bytes_per_op of
// the thread that runs the loop; mem has bytes_per_task. An operation is a task, child, switch, item, message, await or lock
// acquisition, in gather_sleep the whole gather.
#include "bench.hpp"

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
};

void register_row(bench::implementation const& who, row const& r) {
  auto const found = who.rows.find(r.name);
  if (found == who.rows.end()) return;
  std::string name = std::string(who.name) + '/' + std::string(r.name);
  if (r.n != 0) name += ':' + std::to_string(r.n);
  auto const run = [program = found->second, n = r.n](benchmark::State& state) { program(state, n); };
  benchmark::RegisterBenchmark(name.c_str(), run);
}

/// Rows that ask a fresh process; google-benchmark appends "/iterations:N" to their names.
void register_mem(bench::implementation const& who) {
  auto const name = std::string(who.name) + "/mem";
  auto const ask = [name](benchmark::State& state) {
    for (auto _ : state) state.counters["bytes_per_task"] = bench::ask_fresh_process(name);
  };
  benchmark::RegisterBenchmark(name.c_str(), ask)->Iterations(1);
}

void register_startup(bench::implementation const& who) {
  auto const name = std::string(who.name) + "/startup";
  auto const ask = [name](benchmark::State& state) {
    bench::measurement const counters(state, 1, bench::clock_kind::wall);
    for (auto _ : state) bench::ask_fresh_process(name);
  };
  benchmark::RegisterBenchmark(name.c_str(), ask)->Iterations(20);
}

/// In a fresh process: the work that question_flag names.
int run_question(std::string_view implementation_and_row) {
  for (auto const* who : {&bench::library(), &bench::raw_asio()})
    for (auto const& [row_name, question] : who->in_fresh_process)
      if (implementation_and_row == std::string(who->name) + '/' + std::string(row_name)) {
        question(bench::sleeping_tasks);
        return 0;
      }
  std::fprintf(stderr, "no such question: %.*s\n", static_cast<int>(implementation_and_row.size()),
               implementation_and_row.data());
  return 2;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc == 2 && std::string_view(argv[1]).starts_with(bench::question_flag))
    return run_question(std::string_view(argv[1]).substr(bench::question_flag.size()));

  bench::implementation const* const both[] = {&bench::library(), &bench::raw_asio()};
  for (auto const& r : rows)
    for (auto const* who : both) register_row(*who, r);
  for (auto const* who : both) register_mem(*who);
  for (auto const* who : both) register_startup(*who);

  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
} catch (std::exception const& error) {
  std::fprintf(stderr, "asyncio-bench: %s\n", error.what());
  return 1;
}
