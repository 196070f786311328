// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The state of a task group: its children, their errors, and the cancellation of the task that opened it.
#pragma once

#include <asyncio/detail/task/operation.hpp>
#include <asyncio/detail/task/own_task.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/task.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace asyncio::detail {

/// Implements the rules of asyncio's TaskGroup. A child reports in a separate turn after its end, as through a done
/// callback. Shared by the handles; after leave() it only records that the group is finished.
class group_state final : public task_owner {
 public:
  /// Opens a group on behalf of `parent`, in whose coroutine stack the body runs.
  explicit group_state(task_base& parent) noexcept;
  group_state(group_state const&) = delete;
  group_state& operator=(group_state const&) = delete;

  // -- any task's side -----------------------------------------------------------------------------------------------
  /// Throws invalid_state, with a message that begins with `who`, unless a child can be added now.
  void require_open(char const* who) const;
  [[nodiscard]] task_loop& home() const noexcept { return *home_; }
  void launch(task_base& child, task_owner& owner, task_options& options);
  [[nodiscard]] std::vector<any_task> tasks();
  /// Cancels children and body; the group ends without an error.
  void cancel();

  // -- the parent's side: the body has ended, then wait() until there are no children, then finish() -----------------
  void body_ended() noexcept { exiting_ = true; }
  void body_failed(std::exception_ptr e);
  [[nodiscard]] bool has_children() const noexcept { return children_ > 0; }
  class wait_operation;
  [[nodiscard]] wait_operation wait() noexcept;
  /// wait() was cancelled with `e`.
  void wait_cancelled(std::exception_ptr e);
  /// Restores the parent's count of cancellation requests and throws the errors of the group, if any.
  void finish();
  /// Marks the group as finished, whatever its outcome.
  void leave() noexcept;

  // -- children ------------------------------------------------------------------------------------------------------
  void child_finished(task_base& child) noexcept override;
  void child_report(task_base& child) noexcept override;
  /// A child's report was processed, whoever owned the child.
  void child_left() noexcept;

 private:
  [[nodiscard]] bool finished() const noexcept { return finished_ || (exiting_ && !has_children()); }
  void require_own_loop(char const* who) const;
  void abort();
  void child_failed(std::exception_ptr e);
  void cancel_parent();
  void report_suppressed() noexcept;
  [[noreturn]] void throw_errors(bool cancelled_from_outside);

  task_loop* home_;
  task_base* parent_;
  deadline_scope const* deadlines_;  // in force for the call, and thus for its children
  list<task_base, child_tag> running_;
  std::size_t children_ = 0;  // launched, and not yet reported
  std::vector<std::exception_ptr> errors_;
  std::exception_ptr body_error_;
  std::exception_ptr interrupt_;     // keyboard_interrupt: leaves the group unwrapped
  std::exception_ptr cancellation_;  // of the parent, to be rethrown
  wait_operation* waiter_ = nullptr;
  int cancelling_before_;
  bool exiting_ = false;
  bool aborting_ = false;
  bool finished_ = false;
  bool parent_cancel_requested_ = false;
};

/// Waits until no child is left. A cancellation ends the wait immediately.
class group_state::wait_operation final : public wait_node, public operation<wait_operation, void> {
 public:
  explicit wait_operation(group_state& group) noexcept : group_(group) {}
  wait_operation(wait_operation&& other) noexcept : wait_node(std::move(other)), group_(other.group_) {}

  bool cancel_wait() override;
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::task_group, 0, {}, &group_}; }
  void visit_awaited(task_visitor& v) override {
    group_.running_.for_each([&](task_base& t) { v.awaited(t); });
  }
  void finish() { check_outcome(); }

 private:
  bool arm() override;
  void disarm() noexcept override { group_.waiter_ = nullptr; }
  group_state& group_;
};

inline group_state::wait_operation group_state::wait() noexcept { return wait_operation(*this); }

/// A child that `start` waits for: until it calls `started`, its end concerns the caller and not the group.
class start_state : public task_owner {
 public:
  explicit start_state(std::shared_ptr<group_state> group) noexcept : group_(std::move(group)) {}
  start_state(start_state const&) = delete;
  start_state& operator=(start_state const&) = delete;

  void launch(task_base& child);
  class wait_operation;
  /// Waits until the child has called `started` or has ended; throws in the latter case. A cancellation cancels the
  /// child.
  [[nodiscard]] wait_operation wait() noexcept;

  /// First half of `started`: throws invalid_state the second time, or if the child has ended.
  void require_pending() const;
  /// Second half: the group takes over the child, and its starter resumes.
  void take_over() noexcept;

  void child_finished(task_base& child) noexcept override { group_->child_finished(child); }
  void child_report(task_base& child) noexcept override;

 protected:
  ~start_state() = default;

 private:
  std::shared_ptr<group_state> group_;
  task_ref child_;  // until the starter has resumed
  wait_operation* waiter_ = nullptr;
  bool called_ = false;
  bool ended_ = false;
  bool starter_cancelled_ = false;
};

class start_state::wait_operation final : public wait_node, public operation<wait_operation, void> {
 public:
  explicit wait_operation(start_state& state) noexcept : state_(state) {}
  wait_operation(wait_operation&& other) noexcept : wait_node(std::move(other)), state_(other.state_) {}

  bool cancel_wait() override;
  [[nodiscard]] wait_info describe() const noexcept override {
    return {wait_kind::join, state_.child_.get()->id(), {}, nullptr};
  }
  void visit_awaited(task_visitor& v) override { v.awaited(*state_.child_.get()); }
  void finish();

 private:
  bool arm() override;
  void disarm() noexcept override { state_.waiter_ = nullptr; }
  start_state& state_;
};

/// For a group ended by cancel() whose body returns a value.
[[noreturn]] void throw_no_value();

inline start_state::wait_operation start_state::wait() noexcept { return wait_operation(*this); }

}  // namespace asyncio::detail
