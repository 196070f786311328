// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Running a coroutine under virtual time.
#pragma once

#include <asyncio/detail/loop/step_observer.hpp>
#include <asyncio/run.hpp>
#include <asyncio/testing/keep_alive.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace asyncio::testing {

/// The run was ended by `test_options::stop_after`.
class stopped : public error {
 public:
  explicit stopped(std::size_t steps);
};

namespace detail {
class observed_run;
}

/// Options for a test run.
class test_options {
 public:
  test_options() = default;
  /// The seed of the loop's random generator and of the shuffle. Default: 1.
  test_options& seed(std::uint64_t value) {
    seed_ = value;
    return *this;
  }
  /// Runs each pass over the ready queue in a random order drawn from the seed. Default: off.
  test_options& shuffle(bool on) {
    shuffle_ = on;
    return *this;
  }
  /// Debug mode, as in run_options. Default: off.
  test_options& debug(bool on) {
    debug_ = on;
    return *this;
  }
  /// Destroys the loop after that many steps, with everything suspended in it; `run` then throws `stopped`. See
  /// stop_at_every_step. Default: never.
  test_options& stop_after(std::size_t steps) {
    stop_after_ = steps;
    return *this;
  }
  /// Cancels the main task after that many steps, and all tasks again each time nothing can run any more. Tasks that
  /// still have not ended ignore or have lost their cancellation, and `run` throws deadlock_error. See
  /// cancel_at_every_step. Default: never.
  test_options& cancel_after(std::size_t steps) {
    cancel_after_ = steps;
    return *this;
  }

  /// Converts to run_options.
  [[nodiscard]] run_options to_run_options() const;

 private:
  friend class detail::observed_run;
  std::uint64_t seed_ = 1;
  bool shuffle_ = false;
  bool debug_ = false;
  std::optional<std::size_t> stop_after_;
  std::optional<std::size_t> cancel_after_;
};

namespace detail {

/// Stops or cancels a run between two steps.
class observed_run final : public asyncio::detail::step_observer {
 public:
  explicit observed_run(test_options const& options, bool counting = false) noexcept
      : options_(options), counting_(counting) {}

  [[nodiscard]] run_options to_run_options();
  /// The number of steps so far.
  [[nodiscard]] std::size_t steps() const noexcept { return steps_; }

  void begin(asyncio::detail::task_base& main) override;
  void before_step() override;
  [[nodiscard]] bool stopped() const noexcept override { return stopped_; }
  bool stuck() override;

 private:
  test_options const& options_;
  any_task main_;
  std::size_t steps_ = 0;
  int times_stuck_ = 0;
  bool counting_;
  bool stopped_ = false;
};

}  // namespace detail

/// Runs a coroutine like `asyncio::run`, under a virtual clock: when nothing can run the clock jumps to the next
/// deadline, so a test that sleeps an hour takes no time. The clock stands still while a function runs in a thread;
/// while a real I/O operation is in flight it follows real time. @return what the coroutine returns. @throws what it
/// throws; deadlock_error, naming the stuck tasks, if nothing can ever run again; `stopped` after `stop_after` steps.
/// Conformance: XV1-XV9, XV12.
template <awaitable_like A>
await_result_t<A> run(A main, test_options const& options = {}, source_location where = BOOST_CURRENT_LOCATION) {
  detail::kept_alive const keep_alive;  // until the loop is destroyed
  detail::observed_run observed(options);
  return asyncio::run(std::move(main), observed.to_run_options(), where);
}

}  // namespace asyncio::testing
