/// @file
/// Hooks below the task, for tools that watch a program run: the debug mode, a trace, a timeline.
#pragma once

#include <asyncio/awaitable.hpp>

#include <cstdint>
#include <string_view>

namespace asyncio {

/// What a task waits for.
enum class wait_kind : std::uint8_t {
  nothing,        ///< It runs, or it is ready to run.
  sleep,          ///< A time.
  forever,        ///< `sleep_forever`: only a cancel ends it.
  yield,          ///< Its next turn.
  join,           ///< The end of another task.
  gather,         ///< The end of several tasks.
  task_group,     ///< The end of a task group's children.
  event,          ///< An event, a condition or a barrier.
  lock,           ///< A lock, a semaphore or a limiter.
  queue,          ///< An item or a free place in a queue.
  future,         ///< The result of a future.
  thread,         ///< A function in another thread.
  quiescence,     ///< Test kit: the moment when nothing else can run.
  raw_operation,  ///< An Asio operation that is not of this library.
};

/// A short text for a wait_kind, as the task tables print it.
[[nodiscard]] std::string_view to_string(wait_kind kind) noexcept;

/// What a suspended task waits for: plain data, valid while the task stays suspended.
struct wait_info {
  wait_kind kind = wait_kind::nothing;
  std::uint64_t task = 0;  ///< For `join`: the id of the task that is awaited.
  time_point until{};      ///< For `sleep`: when it ends.
  void const* object = nullptr;  ///< The lock, queue, event ... that is waited for.
};

/// Callbacks of the loop. All run in the loop's thread and must not throw; a hook that is not overridden does nothing.
/// Cost when no instrument is installed: one predictable branch each.
class instrument {
 public:
  instrument() = default;
  instrument(instrument const&) = delete;
  instrument& operator=(instrument const&) = delete;
  virtual ~instrument();

  /// `task` was created by `creator` (0: not by a task).
  virtual void task_created(std::uint64_t task, std::uint64_t creator, source_location where);
  /// The body of `task` is entered.
  virtual void task_started(std::uint64_t task);
  /// `task` (0: a coroutine that is not a task) is resumed.
  virtual void step_begin(std::uint64_t task);
  /// ... and has suspended again, or ended.
  virtual void step_end(std::uint64_t task);
  /// `task` has suspended in an operation of this library.
  virtual void blocked(std::uint64_t task, wait_info const& what);
  /// What `task` waited for has happened; it is queued to run.
  virtual void woken(std::uint64_t task);
  /// A cancel was requested.
  virtual void cancel_requested(std::uint64_t task);
  /// `task` has ended.
  virtual void task_finished(std::uint64_t task, bool cancelled, bool failed);
};

}  // namespace asyncio
