// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Hooks for tools that observe a running program: debug mode, traces, timelines.
#pragma once

#include <asyncio/awaitable.hpp>

#include <cstdint>
#include <string_view>

namespace asyncio {

/// What a task waits for.
enum class wait_kind : std::uint8_t {
  nothing,        ///< It is running or ready to run.
  sleep,          ///< A point in time.
  forever,        ///< `sleep_forever`: ends only by cancellation.
  yield,          ///< Its next turn.
  join,           ///< The end of another task.
  gather,         ///< The end of several tasks.
  task_group,     ///< The end of a task group's children.
  event,          ///< An event, a condition, a barrier or a cancellation token.
  lock,           ///< A lock, a semaphore or a limiter.
  queue,          ///< An item or a free slot in a queue.
  future,         ///< The result of a future.
  thread,         ///< A function in another thread.
  quiescence,     ///< Test kit: the moment nothing else can run.
  raw_operation,  ///< An Asio operation outside this library.
};

/// A short text for a wait_kind, as the task tables print it.
[[nodiscard]] std::string_view to_string(wait_kind kind) noexcept;

/// What a suspended task waits for: plain data, valid while the task stays suspended.
struct wait_info {
  wait_kind kind = wait_kind::nothing;
  /// For `join`: the id of the awaited task; for `lock`: the id of the holder, 0 if unknown.
  std::uint64_t task = 0;
  time_point until{};            ///< For `sleep`: when it ends.
  void const* object = nullptr;  ///< The lock, queue, event ... it waits for.
};

/// Callbacks of the loop. All run in the loop's thread, in the middle of its work: they may inspect tasks and record
/// data, but must not create, cancel or run tasks. A hook that is not overridden does nothing; an instrument that
/// throws is removed with a log message, and the program continues. Installed by `loop::add_instrument` or
/// `run_options::instrument`. Conformance: XT8.
/// **Cost**: one predictable branch per hook when none is installed.
class instrument {
 public:
  instrument() = default;
  instrument(instrument const&) = delete;
  instrument& operator=(instrument const&) = delete;
  virtual ~instrument();

  /// `run` starts to drive the loop until `main` has ended ...
  virtual void run_begin(std::uint64_t main);
  /// ... and has stopped driving it.
  virtual void run_end();
  /// `run` only: nothing is ready, the loop waits for time, I/O, another thread or a signal ...
  virtual void idle_begin();
  /// ... and something has arrived.
  virtual void idle_end();

  /// `task` was created by `creator` (0: not by a task) and is queued to start.
  virtual void task_created(std::uint64_t task, std::uint64_t creator, source_location where);
  /// `task` was given a name: called after task_created and whenever the name changes.
  virtual void task_named(std::uint64_t task, std::string_view name);
  /// The body of `task` is entered.
  virtual void task_started(std::uint64_t task);
  /// `task` (0: a callback, or a coroutine that is not a task) is resumed. Every step has a matching end, and steps
  /// nest.
  virtual void step_begin(std::uint64_t task);
  /// ... and has suspended again, or ended.
  virtual void step_end(std::uint64_t task);
  /// `task` has suspended in an operation of this library.
  virtual void blocked(std::uint64_t task, wait_info const& what);
  /// What `task` waited for has happened; it is queued to run.
  virtual void woken(std::uint64_t task);
  /// A cancellation was requested.
  virtual void cancel_requested(std::uint64_t task);
  /// A timeout of `task` has expired; the task is about to be cancelled.
  virtual void timed_out(std::uint64_t task);
  /// `task` has ended.
  virtual void task_finished(std::uint64_t task, bool cancelled, bool failed);
};

}  // namespace asyncio
