// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Protecting work from cancellation of its caller: `asyncio.shield`.
#pragma once

#include <asyncio/task.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace asyncio {

namespace detail {

/// Represents a shield among the waiters of its task: as with asyncio's outer future, the shield's waiter is woken one
/// pass later than a join of the task.
class shield_relay final : public ready_node {
 public:
  explicit shield_relay(wait_node& shield) noexcept : shield_(shield) {}
  void run() override { shield_.complete(); }
  void abandon() noexcept override {}

 private:
  wait_node& shield_;
};

/// Cancels `waiter` but not the task it waits for; false if it was already woken.
bool shield_cancel(shield_relay& relay, wait_node& waiter);

/// `co_await shield(t)`: waits for a task like a join, but a cancellation ends only the wait.
template <class T>
class shield_operation final : public wait_node, public operation<shield_operation<T>, T> {
 public:
  explicit shield_operation(task_ref target) noexcept : target_(std::move(target)) {}
  shield_operation(awaitable<T> body, source_location where) noexcept : body_(std::move(body)), where_(where) {}
  shield_operation(shield_operation&& other) noexcept
      : wait_node(std::move(other)),
        target_(std::move(other.target_)),
        body_(std::move(other.body_)),
        where_(other.where_) {}

  bool cancel_wait() override { return shield_cancel(relay_, *this); }
  [[nodiscard]] wait_info describe() const noexcept override {
    return {wait_kind::join, target_.get()->id(), {}, nullptr};
  }
  void visit_awaited(task_visitor& v) override { v.awaited(*target_.get()); }
  T finish() {
    check_outcome();
    check_target(target_.get()->cancelled());
    return static_cast<task_state<T>*>(target_.get())->take(target_.get()->unreferenced_elsewhere());
  }

 private:
  bool arm() override {
    if (target_.get() == nullptr) target_ = spawn(home(), std::move(body_), where_, "asyncio::shield").ref();
    return join_arm(*target_.get(), relay_, waiter(), home());
  }
  void disarm() noexcept override { relay_.unlink(); }

  task_ref target_;
  awaitable<T> body_;
  source_location where_;
  shield_relay relay_{*this};
};

}  // namespace detail

/// `asyncio.shield(coro)`: runs the awaitable as a separate task, which is not affected by a cancellation of the
/// caller. It starts when the shield is awaited. @param aw work that must not be cancelled halfway. @return what it
/// returns.
/// @throws what it throws; cancelled_error when the caller is cancelled, or when the task itself is.
/// **Cancellation**: ends the wait immediately and leaves the task running. If the task fails later and its exception
/// is not retrieved, the exception goes to the loop's exception handler when the task's last handle is destroyed; a
/// result is silently dropped. The end of `run` still cancels it. **Checkpoint**: only if the task has not ended.
/// **Threads**: the loop's. **Cost**: one task.
/// **Example**: `co_await asyncio::shield(commit(transaction));` Conformance: S1-S6.
template <awaitable_like A>
[[nodiscard("co_await it")]] detail::shield_operation<await_result_t<A>> shield(
    A&& aw, source_location where = BOOST_CURRENT_LOCATION) {
  detail::require_taken_over<A>();
  return {detail::to_awaitable(std::move(aw)), where};
}

/// `asyncio.shield(task)`: waits for a task, which keeps running when the wait is cancelled. **Cost**: no allocation.
template <class T>
[[nodiscard("co_await it")]] detail::shield_operation<T> shield(task<T> t) {
  (void)t.state("asyncio::shield");
  return detail::shield_operation<T>(t.ref());
}
/// @cond internal: a short compile error for the classic mistake
template <class A>
requires(!awaitable_like<A> && !std::derived_from<std::remove_cvref_t<A>, any_task>) auto shield(A&&) {
  static_assert(detail::always_false<A>,
                "asyncio::shield takes a task or a coroutine that was called: shield(f(x)), not shield(f)");
  return detail::mistake();
}
/// @endcond

}  // namespace asyncio
