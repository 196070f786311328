// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Taking results in completion order: `asyncio.as_completed`.
#pragma once

#include <asyncio/detail/base/time_limit.hpp>
#include <asyncio/detail/gather/completion_queue.hpp>
#include <asyncio/detail/gather/ranges.hpp>
#include <asyncio/task.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace asyncio {

namespace detail {

class tasks_as_completed final : public completion_queue {
 public:
  tasks_as_completed(std::vector<task_ref> tasks, time_limit const& timeout);

 private:
  void make_tasks(task_loop& home) override;
  std::vector<task_ref> tasks_;
};

template <class T>
class bodies_as_completed final : public completion_queue {
 public:
  bodies_as_completed(std::vector<awaitable<T>> bodies, time_limit const& timeout, source_location where)
      : completion_queue("asyncio::as_completed", timeout), bodies_(std::move(bodies)), where_(where) {
    for (awaitable<T> const& body : bodies_)
      if (!body.valid()) throw_empty_awaitable("asyncio::as_completed");
  }

 private:
  void make_tasks(task_loop& home) override {
    for (awaitable<T>& body : bodies_) add(spawn(home, std::move(body), where_).ref());
    bodies_.clear();
  }
  std::vector<awaitable<T>> bodies_;
  source_location where_;
};

}  // namespace detail

/// What `as_completed` returns: yields the tasks one by one as they end. `T` is the type of their results. Movable.
/// Destroying it early leaves the tasks running and cancels the timer. **Threads**: the loop's.
template <class T>
class [[nodiscard("while (auto task = co_await completed.next()) ...")]] as_completed_iterator {
 public:
  using handle = detail::handle_of<T>;

  /// `async for task in as_completed(...)`: waits for the next task that ends.
  /// @return a task that has ended: the one that was passed, or the one created for an awaitable; nothing when there
  /// are no more. Concurrent calls are served first come, first served.
  /// @throws timeout_error for each task that did not end in time, after those that did; value_error in another loop;
  /// cancelled_error when cancelled. Never the task's own exception: get that from its `result()` or `join()`.
  /// **Cancellation**: ends the wait; nothing is lost: the next call returns what this one would have returned.
  /// **Checkpoint**: only if it must wait. The first task is delivered in the next pass even if all had ended before
  /// the call to as_completed. **Cost**: no allocation.
  [[nodiscard("co_await it")]] detail::next_operation<handle> next() { return detail::next_operation<handle>(state_); }

  /// @cond internal: a short compile error for the classic mistake, `for (auto task : as_completed(tasks))`
  template <class Self = handle>
  auto begin() const {
    static_assert(detail::always_false<Self>,
                  "asyncio::as_completed is no range, C++ has no `async for`: auto completed = as_completed(...); "
                  "while (auto task = co_await completed.next()) use(task->result());");
    return 0;  // the loop variable is ill-formed too, so any use of it in the body is accepted silently
  }
  int end() const;
  /// @endcond
  /// @cond internal
  explicit as_completed_iterator(std::shared_ptr<detail::completion_queue> state) : state_(std::move(state)) {
    if (detail::task_loop* const home = detail::task_loop::running_or_null()) state_->begin(*home);
  }
  as_completed_iterator(as_completed_iterator &&) noexcept = default;
  as_completed_iterator& operator=(as_completed_iterator&&) noexcept = default;
  ~as_completed_iterator() = default;
  /// @endcond

 private:
  std::shared_ptr<detail::completion_queue> state_;
};

/// `asyncio.as_completed(tasks, timeout=...)`: the tasks in the order in which they end. Tasks that have already ended
/// come first, in argument order.
/// @param tasks a range of `task<T>` or `any_task`; duplicates count once. Nothing here cancels them. @param timeout
/// any chrono duration, measured from the call; omit it for no limit.
/// @throws value_error for a task of another loop and for a NaN, invalid_state for an empty handle. Without tasks,
/// `next()` returns nothing immediately. **Threads**: the loop's. **Cost**: O(tasks), one allocation each.
/// Conformance: A1-A8.
/// **Example**: `auto completed = asyncio::as_completed(tasks);`
/// `while (auto task = co_await completed.next()) use(task->result());`
template <detail::handle_range R>
auto as_completed(R&& tasks, detail::time_limit timeout = {})
    -> as_completed_iterator<detail::result_type_of<detail::element_of<R>>> {
  return as_completed_iterator<detail::result_type_of<detail::element_of<R>>>(
      std::make_shared<detail::tasks_as_completed>(detail::refs_of(std::forward<R>(tasks), "asyncio::as_completed"),
                                                   timeout));
}
/// The same for awaitables: each becomes a task immediately, in the order of the range, which is moved from. In a plain
/// coroutine on an io_context without a loop they become tasks at the first `next()`.
template <detail::awaitable_range R>
auto as_completed(R&& awaitables, detail::time_limit timeout = {}, source_location where = BOOST_CURRENT_LOCATION)
    -> as_completed_iterator<await_result_t<detail::element_of<R>>> {
  using value = await_result_t<detail::element_of<R>>;
  std::vector<awaitable<value>> bodies;
  for (auto&& aw : awaitables) bodies.push_back(detail::to_awaitable(std::move(aw)));
  return as_completed_iterator<value>(
      std::make_shared<detail::bodies_as_completed<value>>(std::move(bodies), timeout, where));
}
/// @cond internal: a short compile error for the classic mistake
template <class A, class... Rest>
requires(!detail::handle_range<A> && !detail::awaitable_range<A>) auto as_completed(A&&, Rest&&...) {
  static_assert(
      detail::always_false<A>,
      "asyncio::as_completed takes a range of task handles or of coroutines that were called, a vector<task<T>> or "
      "a vector<awaitable<T>> that is not const for instance, not a single one");
  return as_completed_iterator<detail::anything>(nullptr);
}
/// @endcond

}  // namespace asyncio
