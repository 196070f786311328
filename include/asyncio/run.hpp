// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Running a program: `asyncio.run` and `asyncio.Runner`.
#pragma once

#include <asyncio/clock.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/task.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace asyncio {

namespace detail {
class step_observer;
}

/// How to run: `run(main_(), run_options().debug(true).seed(1))`. Options that are not set come from the environment
/// (`ASYNCIO_DEBUG=1`, `ASYNCIO_SEED=n`, `ASYNCIO_CLOCK=virtual`, `ASYNCIO_DUMP_SIGNAL=1`,
/// `ASYNCIO_TRACE=file.json`, `ASYNCIO_TIMELINE=file.html`), or else the defaults below.
class run_options {
 public:
  run_options();

  /// `asyncio.run(debug=...)`: enables checks with a run-time cost: slow steps, calls from a wrong thread, tasks left
  /// at the end, a program that nothing can wake. Default: off.
  run_options& debug(bool on) {
    debug_ = on;
    return *this;
  }
  /// The seed of the loop's random generator, as for `random.seed`. Default: from the operating system.
  run_options& seed(std::uint64_t value) {
    seed_ = value;
    return *this;
  }
  /// Real time, or virtual time that jumps to the next deadline when nothing can run. Default: real.
  run_options& clock(clock_kind kind) {
    clock_ = kind;
    return *this;
  }
  /// Whether Ctrl-C cancels main: the first SIGINT does, and `run` throws keyboard_interrupt if that ends main; the
  /// second one leaves `run` immediately. Only in the main thread, and only if SIGINT has no other handler. Default:
  /// on.
  run_options& handle_sigint(bool on) {
    handle_sigint_ = on;
    return *this;
  }
  /// The same for SIGTERM. Default: off.
  run_options& handle_sigterm(bool on) {
    handle_sigterm_ = on;
    return *this;
  }
  /// How long the end of `run` waits for the functions of `to_thread`, in real time; after that it logs how many still
  /// run and detaches them. Default: 300 s, as in asyncio.
  run_options& shutdown_timeout(duration value) {
    shutdown_timeout_ = value;
    return *this;
  }
  /// How many threads `to_thread` may use at once. @throws value_error for 0. Default: 40.
  run_options& max_threads(std::size_t n);
  /// The name of the main task. Default: `Task-1`.
  run_options& name(std::string value) {
    name_ = std::move(value);
    return *this;
  }
  /// Debug mode: steps longer than this are logged with their task. Default: 100 ms.
  run_options& slow_step(duration value) {
    slow_step_ = value;
    return *this;
  }
  /// Whether SIGUSR1 prints the task tree to standard error: what each task waits for, and since when. For a loop that
  /// is stuck in a step it prints that step instead. Costs a thread and two hash lookups per step. Default: off.
  run_options& dump_signal(bool on) {
    dump_signal_ = on;
    return *this;
  }
  /// Writes a trace of the whole run, for Perfetto (ui.perfetto.dev) and chrome://tracing: see `trace_to`. A second run
  /// of the process that writes to the same path creates `file.2.json`. An empty path: none. Default: none.
  run_options& trace(std::string path) {
    trace_ = std::move(path);
    return *this;
  }
  /// Writes the timeline of the run as one HTML page when it ends: see `timeline_to`. Otherwise as above.
  run_options& timeline(std::string path) {
    timeline_ = std::move(path);
    return *this;
  }
  /// Adds an instrument; may be called repeatedly. It lives as long as the runner.
  run_options& instrument(std::shared_ptr<asyncio::instrument> value) {
    instruments_.push_back(std::move(value));
    return *this;
  }
  /// The logger for reports. Default: the spdlog logger named `asyncio`.
  run_options& logger(std::shared_ptr<spdlog::logger> value) {
    logger_ = std::move(value);
    return *this;
  }
  /// Runs the ready queue in a random order drawn from the seed, to find code that depends on the order. Default: off.
  run_options& shuffle(bool on) {
    shuffle_ = on;
    return *this;
  }

  /// @cond internal
  run_options& step_observer(detail::step_observer* value) {
    observer_ = value;
    return *this;
  }
  /// @endcond

 private:
  friend class runner;
  bool debug_ = false;
  std::optional<std::uint64_t> seed_;
  clock_kind clock_ = clock_kind::real;
  bool handle_sigint_ = true;
  bool handle_sigterm_ = false;
  bool shuffle_ = false;
  bool dump_signal_ = false;
  duration shutdown_timeout_ = std::chrono::seconds(300);
  std::size_t max_threads_ = 40;
  duration slow_step_ = std::chrono::milliseconds(100);
  std::string name_;
  std::string trace_;
  std::string timeline_;
  std::shared_ptr<spdlog::logger> logger_;
  std::vector<std::shared_ptr<asyncio::instrument>> instruments_;
  detail::step_observer* observer_ = nullptr;
};

/// `asyncio.Runner`: a loop for several main functions one after the other. `close()`, or else the destructor, cancels
/// and awaits the remaining tasks. Conformance: R9-R11. **Threads**: used by one thread.
class runner {
 public:
  explicit runner(run_options options = {});
  runner(runner const&) = delete;
  runner& operator=(runner const&) = delete;
  ~runner();

  /// `Runner.run(coro)`: runs `main` to completion; other tasks continue in the next run. Context variables it sets
  /// persist.
  /// @return its value. @throws its exception; keyboard_interrupt; deadlock_error (virtual time);
  /// loop_already_running inside a running loop; invalid_state after close().
  template <awaitable_like A>
  await_result_t<A> run(A main, source_location where = BOOST_CURRENT_LOCATION) {
    task<await_result_t<A>> const t = start(detail::to_awaitable(std::move(main)), where);
    finish(t);
    return detail_take(t);
  }
  /// `Runner.get_loop()`. @throws invalid_state after close().
  [[nodiscard]] loop& get_loop();
  /// `Runner.close()`: cancels every task, waits for them, and reports unretrieved exceptions. Calling it again has no
  /// effect.
  void close();

  /// @cond internal: the two halves of asyncio::run
  template <class T>
  task<T> start(awaitable<T> main, source_location where) {
    check_can_run();
    task<T> t = detail::make_task(get_loop().core(), std::move(main), where, "asyncio::run");
    launch(t);
    return t;
  }
  void finish(any_task const& main);
  template <class T>
  static T detail_take(task<T> const& t) {
    return t.typed().take(true);
  }
  /// @endcond

 private:
  struct state;
  void check_can_run() const;
  void launch(any_task const& main);

  std::unique_ptr<state> state_;
};

/// `asyncio.run(main())`: runs a program: creates a loop, runs `main`, then cancels all remaining tasks, waits for them
/// and for the functions of `to_thread`, and only then returns. As in asyncio, a task that one of those creates
/// meanwhile and does not wait for is destroyed while suspended. @param main the coroutine, e.g. `main_()`. @param
/// options see run_options.
/// @return what main returns. @throws what main throws; keyboard_interrupt when Ctrl-C ended it; deadlock_error in
/// virtual time when nothing can ever run again; loop_already_running when called in a loop; cancelled_error when main
/// was cancelled. **Threads**: any number of loops in as many threads. **Cost**: creates and destroys an io_context.
/// **Example**: `int main() { asyncio::run(main_()); }` Conformance: R1-R8, R12-R17.
template <awaitable_like A>
await_result_t<A> run(A&& main, run_options options = {}, source_location where = BOOST_CURRENT_LOCATION) {
  static_assert(!std::is_lvalue_reference_v<A>,
                "asyncio::run takes the coroutine over; give it as an rvalue: run(main_()) or run(std::move(aw))");
  runner r(std::move(options));
  auto const t = r.start(detail::to_awaitable(std::move(main)), where);
  r.finish(t);
  r.close();
  return runner::detail_take(t);
}

namespace detail {
template <class F, class... Args>
auto run_call(source_location where, F&& fn, Args&&... args) {
  return run(call_and_keep<std::decay_t<F>, std::decay_t<Args>...>(std::forward<F>(fn), std::forward<Args>(args)...),
             {}, where);
}
}  // namespace detail

/// `asyncio.run(fn(*args))`: calls `fn(args...)` and runs the coroutine; `fn` and `args` outlive it, so a lambda with
/// captures is safe.
template <class F, ASYNCIO_DETAIL_TYPES>
requires(!awaitable_like<F> && detail::given<ASYNCIO_DETAIL_NAMES>::template called_by<F>) auto run(
    F&& fn, ASYNCIO_DETAIL_PARAMETERS, source_location where = BOOST_CURRENT_LOCATION) {
  auto const call = [&](auto&&... args) {
    return detail::run_call(where, std::forward<F>(fn), std::forward<decltype(args)>(args)...);
  };
  return detail::given<ASYNCIO_DETAIL_NAMES>::pass(call, ASYNCIO_DETAIL_FORWARDED);
}
/// @cond internal: longer argument lists
template <class F, class... Args>
requires(!awaitable_like<F> && detail::coroutine_function<F, Args...> &&
         sizeof...(Args) > detail::most_arguments) auto run(F&& fn, Args&&... args) {
  return detail::run_call(detail::unknown_place, std::forward<F>(fn), std::forward<Args>(args)...);
}
/// @endcond
/// @cond internal: a short compile error for the classic mistakes
template <class F, class... Args>
requires(!awaitable_like<F> && std::is_invocable_v<std::decay_t<F>&, std::decay_t<Args>...> &&
         !detail::coroutine_function<F, Args...>) auto run(F&&, Args&&...) {
  static_assert(detail::always_false<F>,
                "asyncio::run needs a coroutine: a function that returns asyncio::awaitable<T>");
  return detail::anything();
}
template <class F, class... Args>
requires(!awaitable_like<F> && !std::is_invocable_v<std::decay_t<F>&, std::decay_t<Args>...>) auto run(F&&, Args&&...) {
  static_assert(detail::always_false<F>,
                "asyncio::run takes a coroutine, asyncio::run(main_()), or a coroutine function with its arguments, "
                "asyncio::run(main_, 1, 2)");
  return detail::anything();
}
/// @endcond

}  // namespace asyncio
