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
      : wait_node(std::move(other)), tasks_(std::move(other.tasks_)), when_(other.when_), timeout_(other.timeout_) {}
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

/// The tasks and settings that wait(t1, t2, ...) is given.
class wait_list {
 public:
  void add(any_task const& t) {
    (void)t.state("asyncio::wait");
    tasks.push_back(t.ref());
  }
  void add(return_when value) noexcept { when = value; }
  void add(time_limit const& value) noexcept { timeout = value; }

  std::vector<task_ref> tasks;
  return_when when = all_completed;
  time_limit timeout;
};

/// `any_task`, unless both are tasks of one type.
template <class A, class B>
using common_handle = std::conditional_t<std::is_same_v<std::remove_cvref_t<A>, std::remove_cvref_t<B>>, std::remove_cvref_t<A>, any_task>;

/// What may stand behind the tasks: nothing, when to return, a limit in time, or both in that order.
template <class... Settings>
inline constexpr bool wait_settings = false;
template <>
inline constexpr bool wait_settings<> = true;
template <class When>
inline constexpr bool wait_settings<When> =
    std::is_same_v<std::remove_cvref_t<When>, return_when> || std::is_convertible_v<When, time_limit>;
template <class When, class Limit>
inline constexpr bool wait_settings<When, Limit> =
    std::is_same_v<std::remove_cvref_t<When>, return_when> && std::is_convertible_v<Limit, time_limit>;

/// Behind a task: more of them, then settings. `handle` is the type of all.
template <class Handle, class... A>
struct wait_arguments : std::bool_constant<wait_settings<A...>> {
  using handle = Handle;
};
template <class Handle, any_handle A, class... More>
struct wait_arguments<Handle, A, More...> : wait_arguments<common_handle<Handle, A>, More...> {};

template <class... A>
inline constexpr bool several_tasks = false;
template <any_handle A, any_handle B, class... More>
inline constexpr bool several_tasks<A, B, More...> = wait_arguments<std::remove_cvref_t<A>, B, More...>::value;

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
/// The same for tasks that are given one by one, at least two of them; `when` and `timeout` may follow. Tasks of different
/// types give handles of `any_task`.
/// **Example**: `auto [done, pending] = co_await asyncio::wait(a, b, asyncio::first_completed, 1s);`
template <detail::any_handle A, detail::any_handle B, class... More>
  requires(detail::several_tasks<A, B, More...>)
[[nodiscard("co_await it")]] auto wait(A&& first, B&& second, More&&... more)
    -> detail::wait_operation<detail::result_type_of<typename detail::wait_arguments<std::remove_cvref_t<A>, B, More...>::handle>> {
  detail::wait_list all;
  all.add(first);
  all.add(second);
  (all.add(std::forward<More>(more)), ...);
  return {std::move(all.tasks), all.when, all.timeout};
}
/// @cond internal: one sentence instead of a page for the classic mistakes
template <class A, class... Rest>
  requires(!detail::handle_range<A> && !detail::several_tasks<A, Rest...>)
auto wait(A&&, Rest&&...) {
  static_assert(
      detail::always_false<A>,
      "asyncio::wait takes a range of task handles, a vector<task<T>> for instance; make a task of a coroutine "
      "with create_task, join a single task");
  return detail::mistake();
}
/// @endcond

}  // namespace asyncio
