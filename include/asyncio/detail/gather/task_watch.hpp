// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Observing the end of tasks. Used by wait, as_completed, task_set and gather over tasks.
#pragma once

#include <asyncio/detail/task/task_base.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

namespace asyncio::detail {

struct watch_tag {};

/// Watches tasks for a derived class, which is notified of each end in a separate turn of the ready queue, one pass
/// after the end, as through asyncio's done callbacks. A watched task is not cancelled, changed or counted as
/// retrieved.
class task_watch {
 public:
  task_watch() = default;
  task_watch(task_watch const&) = delete;
  task_watch& operator=(task_watch const&) = delete;

  /// Starts to watch `t`; a task that has already ended is reported in the next pass. **Cost**: one allocation.
  void watch(task_loop& home, task_ref t);
  /// Stops watching all tasks.
  void forget_all() noexcept;
  /// The number of tasks not reported yet.
  [[nodiscard]] std::size_t watched() const noexcept { return watched_; }
  /// Cancels those tasks. Call it last: it may run foreign code, which may destroy this object.
  void cancel_watched(std::string_view message);
  /// Calls `fn(task_base&)` for those tasks, in the order in which they were added.
  template <class F>
  void for_each_watched(F&& fn) {
    listeners_.for_each([&](listener& l) { fn(*l.task.get()); });
  }

 protected:
  ~task_watch() { forget_all(); }
  /// Called when `t`, which is no longer watched, has ended. It may destroy the watch.
  virtual void task_ended(task_ref t) = 0;
  /// A task, which is no longer watched, will never end: its loop is being destroyed. It may destroy the watch.
  virtual void task_lost() noexcept {}

 private:
  /// One of the waiters of a task, then queued.
  class listener final : public ready_node, public list_node<watch_tag> {
   public:
    listener(task_watch& watch, task_ref t) noexcept : task(std::move(t)), watch_(watch) {}
    void run() override;
    void abandon() noexcept override;
    void drop() noexcept;

    task_ref task;

   private:
    task_watch& watch_;
  };

  list<listener, watch_tag> listeners_;
  std::size_t watched_ = 0;
};

/// Throws value_error, with a message that begins with `who`, for a task of a loop other than `home`.
void require_home(task_base const& t, task_loop const& home, char const* who);

/// Removes duplicates from `tasks`, keeping the order.
void keep_each_once(std::vector<task_ref>& tasks);

}  // namespace asyncio::detail
