// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/base/exception_in.hpp>
#include <asyncio/detail/task/cancel_walk.hpp>
#include <asyncio/detail/task/report.hpp>
#include <asyncio/task_group.hpp>

#include <asyncio/exception_group.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace asyncio {
namespace detail {

// -- any task's side -------------------------------------------------------------------------------------------------

group_state::group_state(task_base& parent) noexcept
    : home_(parent.home()),
      parent_(&parent),
      deadlines_(parent.deadlines()),
      // An undelivered cancellation counts as one that comes while the group is open.
      cancelling_before_(parent.must_cancel() ? 0 : parent.cancelling()) {}

void group_state::require_open(char const* who) const {
  if (finished())
    throw invalid_state(
        std::string(who) +
        ": the task group is finished; nothing would wait for a new task, so add it before the body and "
        "all tasks have ended, or use asyncio::create_task");
  if (aborting_)
    throw invalid_state(
        std::string(who) +
        ": the task group is shutting down, because one of its tasks failed or it was cancelled; it takes "
        "no new tasks");
  require_own_loop(who);
  home_->check_open(who);
}

void group_state::require_own_loop(char const* who) const {
  if (task_loop::running_or_null() != home_)
    throw invalid_state(std::string(who) +
                        ": the task group belongs to another loop or thread; call it from there, e.g. by "
                        "loop::call_soon_threadsafe");
}

void group_state::launch(task_base& child, task_owner& owner, task_options& options) {
  // Reserves space for the error of each child and of the body.
  if (std::size_t const most = errors_.size() + children_ + 2; errors_.capacity() < most)
    errors_.reserve(std::max(most, 2 * errors_.capacity()));
  ++children_;
  child.set_owner(&owner);
  child.set_deadlines(deadlines_);
  running_.push_back(child);
  try {
    configure_and_launch(child, options);
  } catch (...) {
    --children_;
    static_cast<list_node<child_tag>&>(child).unlink();
    child.set_owner(nullptr);
    throw;
  }
  if (child.done()) {  // eager, and never suspended: it reports immediately
    static_cast<list_node<>&>(child).unlink();
    owner.child_report(child);
    child.release();
  }
}

std::vector<any_task> group_state::tasks() {
  std::vector<any_task> all;
  running_.for_each([&](task_base& t) { all.emplace_back(task_ref::share(t)); });
  return all;
}

void group_state::cancel() {
  if (finished() || aborting_) return;
  require_own_loop("asyncio::task_group::cancel");
  abort();
  cancel_parent();
}

void group_state::abort() {
  aborting_ = true;
  cancel_walk all(*home_, {});
  running_.for_each([&](task_base& t) { all.add(t); });
  all.run();
}

void group_state::cancel_parent() {
  parent_cancel_requested_ = true;
  parent_->cancel({});
}

// -- children --------------------------------------------------------------------------------------------------------

void group_state::child_finished(task_base& child) noexcept { child.queue_report(); }

void group_state::child_report(task_base& child) noexcept {
  if (child.failed()) child_failed(child.retrieve_exception());
  child_left();
}

void group_state::child_failed(std::exception_ptr e) {
  if (!interrupt_ && exception_in<keyboard_interrupt>(e) != nullptr) interrupt_ = e;
  errors_.push_back(std::move(e));
  if (aborting_) return;
  abort();
  cancel_parent();  // ends the body too; if that has ended, this ends a wait(), which restarts if tasks are left
}

void group_state::child_left() noexcept {
  --children_;
  if (waiter_ && !has_children()) waiter_->complete();
}

// -- the parent's side -----------------------------------------------------------------------------------------------

void group_state::body_failed(std::exception_ptr e) {
  if (exception_in<keyboard_interrupt>(e) != nullptr) {
    if (!interrupt_) interrupt_ = std::move(e);
  } else if (exception_in<cancelled_error>(e) != nullptr || (parent_->cancelling() > 0 && is_cancel(e))) {
    cancellation_ = std::move(e);
  } else {
    body_error_ = std::move(e);
  }
  if (!aborting_) abort();
}

void group_state::wait_cancelled(std::exception_ptr e) {
  if (!cancellation_) cancellation_ = std::move(e);
  if (!aborting_) abort();
}

bool group_state::wait_operation::arm() {
  if (!group_.has_children()) return true;
  group_.waiter_ = this;
  return false;
}

bool group_state::wait_operation::cancel_wait() {
  if (!waiting()) return false;
  group_.waiter_ = nullptr;
  complete_cancelled();
  return true;
}

void group_state::finish() {
  if (parent_cancel_requested_) parent_->uncancel();
  bool const cancelled_from_outside = parent_->cancelling() > cancelling_before_;
  if (parent_cancel_requested_) {
    if (!cancelled_from_outside) cancellation_ = nullptr;
    // Our own cancellation, if the body ended too early to notice it. Any other is thrown below.
    if (!cancelled_from_outside || errors_.empty()) parent_->set_must_cancel(false);
  }
  if (interrupt_) {
    report_suppressed();
    std::rethrow_exception(interrupt_);
  }
  if (body_error_) errors_.push_back(std::move(body_error_));
  if (!errors_.empty()) throw_errors(cancelled_from_outside);
  if (cancellation_) std::rethrow_exception(cancellation_);
  if (parent_cancel_requested_ && cancelled_from_outside) throw_cancelled(parent_->cancel_message());
}

void group_state::throw_errors(bool cancelled_from_outside) {
  if (cancelled_from_outside) {  // the errors replace it for now; the next await throws it
    std::string const message(parent_->cancel_message());
    parent_->uncancel();
    parent_->cancel(message);
  }
  throw exception_group("unhandled errors in a TaskGroup", std::move(errors_));
}

void group_state::report_suppressed() noexcept {
  if (body_error_) errors_.push_back(std::move(body_error_));
  for (std::exception_ptr const& e : errors_) {
    if (e == interrupt_) continue;
    report(home_, nullptr, "exception in a task group that ended by keyboard_interrupt", e, about(parent_));
  }
}

void group_state::leave() noexcept {
  finished_ = true;
  running_.for_each([](task_base& t) { t.set_owner(nullptr); });  // only if the loop was destroyed during the group
  errors_.clear();
  body_error_ = interrupt_ = cancellation_ = nullptr;
  waiter_ = nullptr;
  parent_ = nullptr;
}

void throw_no_value() {
  throw cancelled_error("the body of the task group was cancelled by task_group::cancel() and returned nothing");
}

// -- start -----------------------------------------------------------------------------------------------------------

void start_state::launch(task_base& child) {
  child_ = task_ref::share(child);
  task_options options;
  try {
    group_->launch(child, *this, options);
  } catch (...) {
    child_ = task_ref();  // its body holds this object
    throw;
  }
}

void start_state::require_pending() const {
  if (called_)
    throw invalid_state("asyncio::task_status::started: called before; a task says only once that it has started");
  if (ended_ || child_.get() == nullptr || child_.get()->done())
    throw invalid_state("asyncio::task_status::started: the task has ended; call it while the task runs");
}

void start_state::take_over() noexcept {
  called_ = true;
  if (starter_cancelled_) return;  // the child is cancelled too, and the starter waits for its end
  child_.get()->set_owner(group_.get());
  if (waiter_) waiter_->complete();
}

void start_state::child_report(task_base& child) noexcept {
  ended_ = true;
  if (child.failed()) child.mark_retrieved();
  if (waiter_) waiter_->complete();
  group_->child_left();
}

bool start_state::wait_operation::arm() {
  state_.waiter_ = this;
  return false;
}

bool start_state::wait_operation::cancel_wait() {
  task_base& child = *state_.child_.get();
  if (!waiting() || child.done()) return false;
  state_.starter_cancelled_ = true;
  passed_cancel down(*this);
  down.add(child);
  down.go();
  return true;
}

void start_state::wait_operation::finish() {
  state_.waiter_ = nullptr;
  task_ref const child = std::exchange(state_.child_, task_ref());
  check_outcome();
  if (!state_.ended_) return;
  check_target(child.get()->cancelled());
  child.get()->rethrow_failure();
  if (state_.starter_cancelled_) throw_cancel();
  throw invalid_state("asyncio::task_group::start: task '" + std::string(child.get()->name()) +
                      "' has ended without calling started() of its task_status");
}

}  // namespace detail
}  // namespace asyncio
