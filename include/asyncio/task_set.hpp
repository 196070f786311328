// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// A dynamic set of tasks: tokio's `JoinSet`.
#pragma once

#include <asyncio/detail/gather/completion_queue.hpp>
#include <asyncio/task.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace asyncio {

namespace detail {

/// Cancels all tasks in the set and waits for them.
awaitable<void> shut_down(std::shared_ptr<completion_queue> set);

template <class T>
using joined_values =
    typename std::conditional_t<std::is_void_v<T>, std::type_identity<void>, std::type_identity<std::vector<T>>>::type;

template <class T>
awaitable<joined_values<T>> join_all_of(std::shared_ptr<completion_queue> set) {
  std::vector<nonvoid_t<T>> values;
  std::optional<task<T>> failed;
  while (std::optional<task<T>> t = co_await next_operation<task<T>>(set)) {
    task_state<T>& state = t->typed();
    if (failed) {
      state.mark_retrieved();
    } else if (state.failed() || state.cancelled()) {
      failed = std::move(t);
      set->cancel_all({});
    } else if constexpr (!std::is_void_v<T>) {
      values.push_back(state.take(state.unreferenced_elsewhere()));
    }
  }
  if (failed) failed->ref().get()->rethrow_failure();
  if constexpr (!std::is_void_v<T>) co_return values;
}

}  // namespace detail

/// A set of tasks of one result type, to which tasks are added while others end, such as a server's connections.
/// Movable. Destroying a non-empty set cancels its tasks without waiting: `co_await set.shutdown()` first if they use
/// objects that are destroyed next. Finished tasks stay in the set until they are taken.
/// **Threads**: the loop's. Conformance: XJ1, XJ2.
/// **Example**: `while (auto task = co_await set.join_next()) use(task->result());`
template <class T = void>
class task_set {
 public:
  /// A set for the loop that runs when its first task is created.
  task_set() : state_(make_state()) {}
  /// A set for the loop of `context`, for coroutines that run on it without this library.
  explicit task_set(boost::asio::io_context& context) : task_set() { state_->begin(loop::of(context).core()); }
  task_set(task_set&& other) : state_(std::exchange(other.state_, make_state())) {}
  task_set& operator=(task_set&& other) {
    std::swap(state_, other.state_);
    return *this;
  }
  ~task_set() {
    state_->cancel_all({});
    state_->forget();
  }

  /// `asyncio.create_task(coro)` into the set. @return the task's handle, which need not be kept.
  /// @throws what `asyncio::create_task` throws; value_error in a different loop than before. **Cost**: two allocations
  /// besides the coroutine's own frame.
  template <awaitable_like A>
  requires std::is_same_v<await_result_t<A>, T> task<T> create_task(A aw, task_options options = {},
                                                                    source_location where = BOOST_CURRENT_LOCATION) {
    detail::task_loop& home = state_->loop_for_task("asyncio::task_set::create_task");
    task<T> t = detail::spawn(home, detail::to_awaitable(std::move(aw)), std::move(options), where,
                              "asyncio::task_set::create_task");
    state_->add(t.ref());
    return t;
  }
  /// The same with a name.
  template <awaitable_like A>
  requires std::is_same_v<await_result_t<A>, T> task<T> create_task(A aw, std::string_view name,
                                                                    source_location where = BOOST_CURRENT_LOCATION) {
    return create_task(std::move(aw), task_options().name(std::string(name)), where);
  }

  /// tokio's `join_next`: waits for the next task that ends and removes it from the set, in completion order.
  /// @return the task, whatever its outcome; nothing if the set is empty. Concurrent calls are served first come, first
  /// served.
  /// @throws cancelled_error when cancelled; never the task's own exception: get that from its `result()`.
  /// **Cancellation**: ends the wait; nothing is lost and the tasks continue. **Checkpoint**: only if it must wait.
  /// **Cost**: no allocation.
  [[nodiscard("co_await it")]] detail::next_operation<task<T>> join_next() {
    return detail::next_operation<task<T>>(state_);
  }
  /// The same without waiting: nothing if no task of the set has ended. A task becomes visible here one pass after its
  /// end.
  [[nodiscard("it was taken out of the set")]] std::optional<task<T>> try_join_next() {
    if (state_->ended() == 0) return std::nullopt;
    return task<T>(state_->take_ended());
  }
  /// tokio's `join_all`: waits until the set is empty. @return the values in completion order; nothing for `void`.
  /// @throws the exception of the first task that failed or was cancelled, after the others were cancelled and have
  /// ended.
  /// **Cancellation**: ends the wait; unfinished tasks stay in the set. **Checkpoint**: only if it must wait.
  [[nodiscard("co_await it")]] awaitable<detail::joined_values<T>> join_all() { return detail::join_all_of<T>(state_); }

  /// tokio's `abort_all`: cancels every task of the set; they stay in the set until joined.
  void cancel_all(std::string_view message = {}) { state_->cancel_all(message); }
  /// tokio's `shutdown`: cancels every task and waits until all have ended and the set is empty. Results are dropped;
  /// exceptions go to the loop's exception handler.
  /// **Cancellation**: ends the wait; unfinished tasks stay in the set. **Checkpoint**: only if it must wait.
  [[nodiscard("co_await it")]] awaitable<void> shutdown() { return detail::shut_down(state_); }
  /// tokio's `detach_all`: empties the set; its tasks keep running.
  void detach_all() noexcept { state_->forget(); }

  /// The number of tasks not yet removed, finished or not.
  [[nodiscard]] std::size_t size() const noexcept { return state_->size(); }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }

 private:
  static std::shared_ptr<detail::completion_queue> make_state() {
    return std::make_shared<detail::completion_queue>("asyncio::task_set");
  }
  std::shared_ptr<detail::completion_queue> state_;
};

}  // namespace asyncio
