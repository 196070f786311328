/// @file
/// Waiting until some or all of several tasks have ended: `asyncio.wait`.
#pragma once

#include <asyncio/detail/ranges.hpp>
#include <asyncio/detail/task_watch.hpp>
#include <asyncio/detail/time_limit.hpp>
#include <asyncio/detail/turn_timer.hpp>
#include <asyncio/task.hpp>

#include <cstdint>
#include <utility>
#include <vector>

namespace asyncio {

/// When `wait` returns.
enum class return_when : std::uint8_t {
  all_completed,    ///< All tasks have ended.
  first_completed,  ///< A task has ended, in whatever way.
  first_exception   ///< A task has failed, or all have ended. A cancelled task has not failed.
};
using enum return_when;

/// What `wait` returns: the tasks it was given, each once, in the order of the arguments. `T` is the type of the tasks'
/// results; for a range of `any_task` it is `any_task`.
template <class T>
class wait_result {
 public:
  using handle = detail::handle_of<T>;

  wait_result() = default;
  wait_result(std::vector<handle> done_tasks, std::vector<handle> pending_tasks) noexcept
      : done(std::move(done_tasks)), pending(std::move(pending_tasks)) {}

  std::vector<handle> done;     ///< Those that have ended.
  std::vector<handle> pending;  ///< Those that have not.
};

namespace detail {

/// The wait for all types of task.
class wait_for_tasks : public wait_node, private task_watch, private turn_timer::target {
 public:
  bool cancel_wait() override;
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::gather, 0, {}, this}; }
  void visit_awaited(task_visitor& v) override {
    for_each_watched([&](task_base& t) { v.awaited(t); });
  }

 protected:
  wait_for_tasks(std::vector<task_ref> tasks, return_when when, time_limit const& timeout);
  wait_for_tasks(wait_for_tasks&& other) noexcept
      : tasks_(std::move(other.tasks_)), when_(other.when_), timeout_(other.timeout_) {}
  ~wait_for_tasks() = default;

  /// The tasks that were waited for; throws when the wait was cancelled.
  [[nodiscard]] std::vector<task_ref>& conclude();

 private:
  bool arm() override;
  void disarm() noexcept override;
  void task_ended(task_ref t) override;
  void time_up() override;
  void end() noexcept;

  std::vector<task_ref> tasks_;
  return_when when_;
  time_limit timeout_;
  turn_timer timer_{*this};
};

template <class T>
class wait_operation final : public wait_for_tasks, public operation<wait_operation<T>, wait_result<T>> {
 public:
  wait_operation(std::vector<task_ref> tasks, return_when when, time_limit const& timeout)
      : wait_for_tasks(std::move(tasks), when, timeout) {}
  wait_operation(wait_operation&&) noexcept = default;

  wait_result<T> finish() {
    wait_result<T> sorted;
    for (task_ref& t : conclude()) {
      bool const done = t.get()->done();
      (done ? sorted.done : sorted.pending).emplace_back(std::move(t));
    }
    return sorted;
  }
};

}  // namespace detail

/// `asyncio.wait(tasks, return_when=..., timeout=...)`: waits until the tasks have ended, or the first of them, or the
/// timeout is over. It never throws what a task threw, and it never cancels one, not even at the timeout.
/// @param tasks a range of `task<T>` or, for tasks of different types, of `any_task`; the same task twice counts once.
/// @param when all_completed, first_completed or first_exception. @param timeout any chrono duration; none: no limit; zero
/// or less: one look. @return every task in `done` or in `pending`; all that have ended by now are in `done`.
/// @throws value_error (at once) for no tasks, for an unknown `when` and for a NaN; value_error (when awaited) for a task
/// of another loop; invalid_state for an empty handle; cancelled_error when cancelled.
/// **Cancellation**: ends the wait; the tasks go on. **Checkpoint**: always. **Threads**: the loop's.
/// **Cost**: O(tasks), an allocation each. Conformance: W1-W10.
/// **Example**: `auto [done, pending] = co_await asyncio::wait(tasks, asyncio::first_completed);`
template <detail::handle_range R>
[[nodiscard("co_await it")]] auto wait(R&& tasks, return_when when = all_completed, detail::time_limit timeout = {})
    -> detail::wait_operation<detail::result_type_of<detail::element_of<R>>> {
  return {detail::refs_of(std::forward<R>(tasks), "asyncio::wait"), when, timeout};
}
/// The same for all_completed.
template <detail::handle_range R, class Rep, class Period>
[[nodiscard("co_await it")]] auto wait(R&& tasks, std::chrono::duration<Rep, Period> timeout) {
  return wait(std::forward<R>(tasks), all_completed, timeout);
}
/// @cond internal: one sentence instead of a page for the classic mistakes
template <class A, class... Rest>
requires(!detail::handle_range<A>) awaitable<wait_result<void>> wait(A&&, Rest&&...) {
  static_assert(
      detail::always_false<A>,
      "asyncio::wait takes a range of task handles, a vector<task<T>> for instance; make a task of a coroutine "
      "with create_task, join a single task");
  return {};
}
/// @endcond

}  // namespace asyncio
