// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Waiting for the end of a task.
#pragma once

#include <asyncio/detail/task/operation.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/detail/task/wait_node.hpp>
#include <asyncio/fwd.hpp>

#include <concepts>
#include <utility>

namespace asyncio::detail {

/// Registers a join: queues `node` when `target` ends. `waiter` is the joining task, if any.
bool join_arm(task_base& target, ready_node& node, task_base* waiter, task_loop& home);
bool join_cancel(task_base& target, wait_node& node);

[[nodiscard]] task_base& checked(task_ref const& ref, char const* who);

/// `co_await t.join()`: waits for a task and returns its result.
template <class T>
class join_wait : public wait_node {
 public:
  explicit join_wait(task_ref target) noexcept : target_(std::move(target)) {}
  template <std::derived_from<any_task> Handle>
  explicit join_wait(Handle&& handle) noexcept : target_(std::move(handle).take_ref()) {}
  join_wait(join_wait&& other) noexcept : wait_node(std::move(other)), target_(std::move(other.target_)) {}

  bool cancel_wait() override { return join_cancel(*target_.get(), *this); }
  [[nodiscard]] bool served() const noexcept override { return target_.get()->done(); }
  [[nodiscard]] wait_info describe() const noexcept override {
    return {wait_kind::join, target_.get()->id(), {}, nullptr};
  }
  void visit_awaited(task_visitor& v) override { v.awaited(*target_.get()); }
  T finish() {
    check_outcome();
    check_target(target_.get()->cancelled());
    return static_cast<task_state<T>*>(target_.get())->take(target_.get()->unreferenced_elsewhere());
  }

 protected:
  ~join_wait() = default;

 private:
  bool arm() override { return join_arm(checked(target_, "asyncio: co_await task"), *this, waiter(), home()); }
  void disarm() noexcept override {}
  task_ref target_;
};

template <class T>
class join_operation final : public join_wait<T>, public operation<join_operation<T>, T> {
 public:
  using join_wait<T>::join_wait;
  join_operation(join_operation&&) noexcept = default;
};

/// The same without the value, for `any_task`.
class join_any_operation final : public wait_node, public operation<join_any_operation, void> {
 public:
  explicit join_any_operation(task_ref target) noexcept : target_(std::move(target)) {}
  join_any_operation(join_any_operation&& other) noexcept
      : wait_node(std::move(other)), target_(std::move(other.target_)) {}

  bool cancel_wait() override { return join_cancel(*target_.get(), *this); }
  [[nodiscard]] bool served() const noexcept override { return target_.get()->done(); }
  [[nodiscard]] wait_info describe() const noexcept override {
    return {wait_kind::join, target_.get()->id(), {}, nullptr};
  }
  void visit_awaited(task_visitor& v) override { v.awaited(*target_.get()); }
  void finish() {
    check_outcome();
    check_target(target_.get()->cancelled());
    target_.get()->rethrow_failure();
  }

 private:
  bool arm() override { return join_arm(*target_.get(), *this, waiter(), home()); }
  void disarm() noexcept override {}
  task_ref target_;
};

}  // namespace asyncio::detail
