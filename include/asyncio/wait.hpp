// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Waiting until some or all of several tasks have ended: `asyncio.wait`.
#pragma once

#include <asyncio/detail/base/time_limit.hpp>
#include <asyncio/detail/gather/ranges.hpp>
#include <asyncio/detail/gather/task_watch.hpp>
#include <asyncio/detail/loop/deadline_timer.hpp>
#include <asyncio/task.hpp>

#include <cstdint>
#include <utility>
#include <vector>

namespace asyncio {

/// When `wait` returns.
enum class return_when : std::uint8_t {
  all_completed,    ///< All tasks have ended.
  first_completed,  ///< A task has ended, in whatever way.
  first_exception   ///< A task has failed, or all have ended. Cancellation is not failure.
};
using enum return_when;

/// What `wait` returns: the given tasks, each once, in argument order. `T` is the type of the tasks' results; for a
/// range of `any_task` it is `any_task`.
template <class T>
class wait_result {
 public:
  using handle = detail::handle_of<T>;

  wait_result() = default;
  wait_result(std::vector<handle> done_tasks, std::vector<handle> pending_tasks) noexcept
      : done(std::move(done_tasks)), pending(std::move(pending_tasks)) {}

  std::vector<handle> done;     ///< The tasks that have ended.
  std::vector<handle> pending;  ///< The tasks that have not.
};

namespace detail {

/// The wait, independent of the task types.
class wait_for_tasks : public wait_node, private task_watch, private deadline_timer::target {
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

  /// Returns the tasks; throws if the wait was cancelled.
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
  deadline_timer timer_{*this};
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

/// The tasks and settings passed to wait(t1, t2, ...).
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

/// `any_task`, unless both have the same type.
template <class A, class B>
using common_handle = std::conditional_t<std::is_same_v<std::remove_cvref_t<A>, std::remove_cvref_t<B>>,
                                         std::remove_cvref_t<A>, any_task>;

/// The settings after the tasks: none, a return_when, a timeout, or both in that order.
template <class... Settings>
inline constexpr bool wait_settings = false;
template <>
inline constexpr bool wait_settings<> = true;
template <class When>
inline constexpr bool wait_settings<When> =
    std::is_same_v<std::remove_cvref_t<When>, return_when> || std::is_convertible_v<When, time_limit>;
template <class When, class Limit>
inline constexpr bool wait_settings<When, Limit> =
    std::is_same_v<std::remove_cvref_t<When>, return_when>&& std::is_convertible_v<Limit, time_limit>;

/// The arguments after a task: more tasks, then settings. `handle` is their common type.
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
/// timeout has expired. It never throws a task's exception and never cancels a task, not even on timeout.
/// @param tasks a range of `task<T>` or, for tasks of different types, of `any_task`; duplicates count once.
/// @param when all_completed, first_completed or first_exception. @param timeout any chrono duration; omit it for no
/// limit; zero or less: a single check. @return every task in `done` or in `pending`; all that have ended by then are
/// in `done`.
/// @throws value_error (immediately) for no tasks, for an unknown `when` and for a NaN; value_error (when awaited) for
/// a task of another loop; invalid_state for an empty handle; cancelled_error when cancelled.
/// **Cancellation**: ends the wait; the tasks continue. **Checkpoint**: always. **Threads**: the loop's.
/// **Cost**: O(tasks), one allocation each. Conformance: W1-W10.
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
/// The same for two or more tasks passed individually; `when` and `timeout` may follow. Tasks of different types yield
/// `any_task` handles.
/// **Example**: `auto [done, pending] = co_await asyncio::wait(a, b, asyncio::first_completed, 1s);`
template <detail::any_handle A, detail::any_handle B, class... More>
requires(detail::several_tasks<A, B, More...>)
    [[nodiscard("co_await it")]] auto wait(A&& first, B&& second, More&&... more) -> detail::wait_operation<
        detail::result_type_of<typename detail::wait_arguments<std::remove_cvref_t<A>, B, More...>::handle>> {
  detail::wait_list all;
  all.add(first);
  all.add(second);
  (all.add(std::forward<More>(more)), ...);
  return {std::move(all.tasks), all.when, all.timeout};
}
/// @cond internal: a short compile error for the classic mistakes
template <class A, class... Rest>
requires(!detail::handle_range<A> && !detail::several_tasks<A, Rest...>) auto wait(A&&, Rest&&...) {
  static_assert(
      detail::always_false<A>,
      "asyncio::wait takes a range of task handles, a vector<task<T>> for instance; make a task of a coroutine "
      "with create_task, join a single task");
  return detail::mistake();
}
/// @endcond

}  // namespace asyncio
