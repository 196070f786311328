/// @file
/// Hearing of the end of tasks: under wait, as_completed, task_set and gather over tasks.
#pragma once

#include <asyncio/detail/task_state.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

namespace asyncio::detail {

struct watch_tag {};

/// Watches tasks for a derived class, which learns of each end in a turn of the ready queue of its own, one pass after
/// the end: as through asyncio's done callbacks. A watched task is not cancelled, changed or counted as retrieved.
class task_watch {
 public:
  task_watch() = default;
  task_watch(task_watch const&) = delete;
  task_watch& operator=(task_watch const&) = delete;

  /// Begins to watch `t`; a task that has ended already has its turn in the next pass. **Cost**: one allocation.
  void watch(kernel& home, task_ref t);
  /// The end of no task will be heard of any more.
  void forget_all() noexcept;
  /// How many tasks have not been heard of.
  [[nodiscard]] std::size_t watched() const noexcept { return watched_; }
  /// Cancels those tasks. Last, because it may run foreign code, which may destroy this object.
  void cancel_watched(std::string_view message);
  /// Calls `fn(task_base&)` for those tasks, in the order in which they came.
  template <class F>
  void for_each_watched(F&& fn) {
    listeners_.for_each([&](listener& l) { fn(*l.task.get()); });
  }

 protected:
  ~task_watch() { forget_all(); }
  /// Called when `t`, which is not watched any more, has ended. It may destroy the watch.
  virtual void task_ended(task_ref t) = 0;
  /// A task, which is not watched any more, will never end: its loop is being destroyed. It may destroy the watch.
  virtual void task_lost() noexcept {}

 private:
  /// Stands among the waiters of one task, then in the ready queue.
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

/// Throws value_error, with a sentence that starts with `who`, for a task that lives in another loop than `home`.
void require_home(task_base const& t, kernel const& home, char const* who);

/// Drops what is in `tasks` a second time; the order stays.
void keep_each_once(std::vector<task_ref>& tasks);

}  // namespace asyncio::detail
