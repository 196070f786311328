// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/base/assign_or_clear.hpp>
#include <asyncio/detail/gather/child_group.hpp>
#include <asyncio/detail/task/cancel_walk.hpp>

namespace asyncio::detail {

child_group::~child_group() {
  end_turn_.unlink();
  unlink();
  // Running children are left only if the loop was destroyed during the wait for them.
  running_.for_each([](task_base& t) { t.set_owner(nullptr); });
}

void child_group::adopt(task_base& child, task_base::start_mode mode) {
  child.set_owner(this);
  child.set_unreported();
  child.set_deadlines(&deadline_);
  running_.push_back(child);
  ++count_;
  try {
    child.launch(mode);
  } catch (...) {
    --count_;
    static_cast<list_node<child_tag>&>(child).unlink();
    child.set_owner(nullptr);
    throw;
  }
}

void child_group::child_finished(task_base& child) noexcept {
  --count_;
  try {
    if (child.failed() || child.cancelled()) {
      child.mark_retrieved();
      child_not_succeeded(child);
      if (!failed()) {
        failure_ = child.failure();
        child.thrown_in(caller_);
        child_cancelled_ = child.cancelled();
        assign_or_clear(cancel_message_, child.cancel_message());
        decide_later();
        if (policy_ == on_failure::cancel_siblings) cancel_those_served(false);
      }
    } else {
      child_succeeded(child);
    }
  } catch (...) {  // the result could not be stored
    refuse(std::current_exception());
  }
  end_later();
  if (!ended()) pull_soon();
}

void child_group::stop() noexcept {
  creation_ = creation::stopped;
  if (siblings_ == siblings::run) siblings_ = siblings::to_be_ended;
  decide_later();
  cancel_those_served(true);
  end_later();
}

void child_group::refuse(std::exception_ptr e) noexcept {
  if (!refused_) refused_ = std::move(e);
  stop();
}

void child_group::pull_soon() noexcept {
  if (creation_ == creation::goes_on && !puller_.linked() && !puller_.pulling()) home_.push_ready(puller_);
}

void child_group::decide_later() noexcept {
  if (!linked()) home_.push_ready(*this);
}

void child_group::end_later() noexcept {
  if (ending_ || !ended()) return;
  ending_ = true;
  home_.push_ready(end_turn_);
}

void child_group::wake_waiter() noexcept {
  if (waiter_) waiter_->complete();
}

void child_group::run() {
  failure_seen_ = failed();
  bool const decided = policy_ == on_failure::cancel_siblings && failed();
  if (siblings_ == siblings::to_be_ended || (siblings_ == siblings::run && decided)) {
    creation_ = creation::stopped;
    siblings_ = siblings::ended;
    end_later();  // if only children not yet created were missing
    cancel_walk others(home_, {});
    running_.for_each([&](task_base& t) {
      if (!t.exchange_cancelled_ahead()) others.add(t);
    });
    others.run();
  }
}

void child_group::cancel_those_served(bool all) noexcept {
  if (siblings_ == siblings::ended) return;
  // Traverses the tree without recursion: calls can be nested to any depth.
  child_group* group = this;
  task_base* child = running_.first();
  for (;;) {
    if (child == nullptr) {
      if (group == this) return;
      task_base& parent = *group->caller_;
      group = static_cast<child_group*>(parent.owner());
      child = group->running_.after(parent);
      continue;
    }
    wait_node* const wait = child->waiting();
    if (wait != nullptr ? wait->served() || (all && wait->queued()) : all && !child->started()) {
      child->cancel_ahead();
    } else if (child_group* const inner = wait != nullptr ? wait->awaited_children() : nullptr) {
      group = inner;
      child = inner->running_.first();
      continue;
    }
    child = group->running_.after(*child);
  }
}

// -- pulling ---------------------------------------------------------------------------------------------------------

void child_group::puller::run() {
  pulling_ = true;
  group_.home_.start_all(*this);
  pulling_ = false;
  group_.end_later();
}

void child_group::never_enter() {
  if (cancelled_by_caller_ != caller_cancel::none && !failed() && has_more()) {
    child_cancelled_ = true;
    decide_later();
  }
}

task_base* child_group::puller::next() noexcept {
  task_loop::as_task_scope const as_caller(group_.home_, group_.caller_, group_.caller_context_);
  try {
    if (!group_.stopped()) return group_.make_next();
    if (group_.has_room()) group_.never_enter();
  } catch (...) {
    group_.refuse(std::current_exception());
  }
  return nullptr;
}

// -- waiting ---------------------------------------------------------------------------------------------------------

bool child_group::wait_operation::arm() {
  child_group& g = group_;
  g.caller_ = waiter();
  if (g.caller_ == nullptr)
    g.own_context_ = copy_context_slot(current_context_slot());  // the current context's owner may end earlier
  g.caller_context_ = g.caller_ ? &g.caller_->context() : &g.own_context_;
  if (!g.stopped()) g.creation_ = g.has_more() ? creation::goes_on : creation::exhausted;
  if (g.ended() && !g.linked() && !g.end_turn_.linked()) return true;
  g.waiter_ = this;
  if (g.creation_ == creation::goes_on) home().push_ready(g.puller_);
  return false;
}

void child_group::wait_operation::disarm() noexcept {
  group_.waiter_ = nullptr;
  group_.puller_.unlink();
  group_.end_turn_.unlink();
  group_.unlink();
}

bool child_group::wait_operation::cancel_wait() {
  child_group& g = group_;
  if (!waiting() || g.ended()) return false;
  if (g.failure_seen_) {
    g.cancelled_by_caller_ = caller_cancel::after_failure;
  } else if (g.cancelled_by_caller_ == caller_cancel::none) {
    g.cancelled_by_caller_ = caller_cancel::before_failure;
  }
  g.creation_ = creation::stopped;
  g.siblings_ = siblings::ended;
  if (!g.failed()) assign_or_clear(g.cancel_message_, waiter() ? waiter()->cancel_message() : std::string_view());
  // Children not yet created end in their turn, as if they had been created and never entered.
  if (!g.puller_.linked() && !g.puller_.pulling()) g.end_later();
  passed_cancel down(*this);
  g.running_.for_each([&](task_base& t) {
    if (!t.exchange_cancelled_ahead()) down.add(t);
  });
  down.go();
  return true;
}

void child_group::wait_operation::finish() {
  child_group& g = group_;
  g.waiter_ = nullptr;
  check_outcome();
  if (g.refused_) std::rethrow_exception(g.refused_);
  bool const thrown = g.policy_ == on_failure::cancel_siblings && g.failed();
  if (g.cancelled_by_caller_ == caller_cancel::after_failure) throw_cancel();
  if (g.cancelled_by_caller_ == caller_cancel::before_failure && !thrown) throw_cancel();
  if (!thrown) return;
  if (g.child_cancelled_) throw_cancel(g.cancel_message_);
  std::rethrow_exception(g.failure_);
}

}  // namespace asyncio::detail
