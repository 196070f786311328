/// @file
/// Taking results as they come: `asyncio.as_completed`.
#pragma once

#include <asyncio/detail/completions.hpp>
#include <asyncio/detail/ranges.hpp>
#include <asyncio/detail/time_limit.hpp>
#include <asyncio/task.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace asyncio {

namespace detail {

class tasks_as_completed final : public completions {
 public:
  tasks_as_completed(std::vector<task_ref> tasks, time_limit const& timeout);

 private:
  void make_tasks(kernel& home) override;
  std::vector<task_ref> tasks_;
};

template <class T>
class bodies_as_completed final : public completions {
 public:
  bodies_as_completed(std::vector<awaitable<T>> bodies, time_limit const& timeout, source_location where)
      : completions("asyncio::as_completed", timeout), bodies_(std::move(bodies)), where_(where) {
    for (awaitable<T> const& body : bodies_)
      if (!body.valid()) throw_empty_awaitable("asyncio::as_completed");
  }

 private:
  void make_tasks(kernel& home) override {
    for (awaitable<T>& body : bodies_) add(spawn(home, std::move(body), where_).ref());
    bodies_.clear();
  }
  std::vector<awaitable<T>> bodies_;
  source_location where_;
};

}  // namespace detail

/// What `as_completed` returns: gives the tasks one after the other, as they end. `T` is the type of their results.
/// Movable. Dropping it early leaves the tasks running and takes the timer away. **Threads**: the loop's.
template <class T>
class [[nodiscard("while (auto task = co_await completed.next()) ...")]] as_completed_iterator {
 public:
  using handle = detail::handle_of<T>;

  /// `async for task in as_completed(...)`: waits for the next task that ends.
  /// @return a task that has ended: the very one that was passed, or the one that was made for an awaitable; nothing when
  /// there are no more. Asked several times at once, the first who asks gets the first.
  /// @throws timeout_error for each task that had not ended in time, after those that had; value_error in another loop;
  /// cancelled_error when cancelled. Never what a task threw: that comes from its `result()` or `join()`.
  /// **Cancellation**: ends the wait; nothing is lost, the next call gives what this one would have given.
  /// **Checkpoint**: only if it must wait: even if all tasks had ended before the call of as_completed, the first one comes
  /// in the next pass. **Cost**: no allocation.
  [[nodiscard("co_await it")]] detail::next_operation<handle> next() { return detail::next_operation<handle>(state_); }

  /// @cond internal: one sentence instead of a page for the classic mistake, `for (auto task : as_completed(tasks))`
  template <class Self = handle>
  auto begin() const {
    static_assert(detail::always_false<Self>,
                  "asyncio::as_completed is no range, C++ has no `async for`: auto completed = as_completed(...); "
                  "while (auto task = co_await completed.next()) use(task->result());");
    return 0;  // what the loop makes of it is an error, too, hence nothing that is done in it
  }
  int end() const;
  /// @endcond
  /// @cond internal
  explicit as_completed_iterator(std::shared_ptr<detail::completions> state) : state_(std::move(state)) {
    if (detail::kernel* const home = detail::kernel::running_or_null()) state_->begin(*home);
  }
  as_completed_iterator(as_completed_iterator &&) noexcept = default;
  as_completed_iterator& operator=(as_completed_iterator&&) noexcept = default;
  ~as_completed_iterator() = default;
  /// @endcond

 private:
  std::shared_ptr<detail::completions> state_;
};

/// `asyncio.as_completed(tasks, timeout=...)`: the tasks in the order in which they end; those that have ended already
/// come first, in the order of the arguments.
/// @param tasks a range of `task<T>` or `any_task`; the same task twice counts once. They are not cancelled by anything
/// here. @param timeout any chrono duration, counted from the call; none: no limit.
/// @throws value_error for a task of another loop and for a NaN, invalid_state for an empty handle. No tasks: `next()`
/// gives nothing at once. **Threads**: the loop's. **Cost**: O(tasks), an allocation each. Conformance: A1-A8.
/// **Example**: `auto completed = asyncio::as_completed(tasks);`
/// `while (auto task = co_await completed.next()) use(task->result());`
template <detail::handle_range R>
auto as_completed(R&& tasks, detail::time_limit timeout = {})
    -> as_completed_iterator<detail::result_type_of<detail::element_of<R>>> {
  return as_completed_iterator<detail::result_type_of<detail::element_of<R>>>(
      std::make_shared<detail::tasks_as_completed>(detail::refs_of(std::forward<R>(tasks), "asyncio::as_completed"),
                                                   timeout));
}
/// The same for awaitables: each becomes a task at once, in the order of the range, which is moved from. In a plain
/// coroutine of an io_context that has no loop yet they become tasks at the first `next()`.
template <detail::awaitable_range R>
auto as_completed(R&& awaitables, detail::time_limit timeout = {}, source_location where = BOOST_CURRENT_LOCATION)
    -> as_completed_iterator<await_result_t<detail::element_of<R>>> {
  using value = await_result_t<detail::element_of<R>>;
  std::vector<awaitable<value>> bodies;
  for (auto&& aw : awaitables) bodies.push_back(detail::to_awaitable(std::move(aw)));
  return as_completed_iterator<value>(
      std::make_shared<detail::bodies_as_completed<value>>(std::move(bodies), timeout, where));
}
/// @cond internal: one sentence instead of a page for the classic mistake
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
