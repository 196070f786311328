// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The part of task_base that describes a task: its name, its wait, its outcome. Not a hot path.
#include <asyncio/detail/loop/mailbox.hpp>
#include <asyncio/detail/loop/tools.hpp>
#include <asyncio/detail/task/done_callback.hpp>
#include <asyncio/detail/task/raw_cancel.hpp>
#include <asyncio/detail/task/report.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/detail/task/wait_node.hpp>
#include <asyncio/loop.hpp>

#include <string>

namespace asyncio::detail {

bool task_base::send_home() noexcept {
  std::shared_ptr<mailbox> const mail = task_loop::mail_from_elsewhere(home_serial());
  if (mail == nullptr) return false;
  owner_ = nullptr;
  add_reference();  // released by run() or abandon()
  if (mail->send(*this)) return true;
  return !references_.release();
}

std::string_view task_base::name() const {
  if (!extras_ || extras_->name.empty()) {
    if (!extras_) extras_ = std::make_unique<extras>();
    extras_->name = "Task-" + std::to_string(id_);
  }
  return extras_->name;
}

void task_base::set_name(std::string name) {
  more().name = std::move(name);
  if (done() || !static_cast<list_node<registry_tag>&>(*this).linked()) return;  // launch() reports the name
  if (instrument* const hooks = loop_->hooks()) [[unlikely]]
    hooks->task_named(id_, extras_->name);
}

task_base::extras& task_base::more() {
  if (!extras_) extras_ = std::make_unique<extras>();
  return *extras_;
}

wait_info task_base::waits_for() const noexcept {
  if (done() || !started()) return {};
  if (waiting_ != nullptr) return waiting_->describe();
  if (carrier_ == nullptr || carrier_->running()) return {};
  return {wait_kind::raw_operation, 0, {}, nullptr};
}

void task_base::warn_of_swallowed_cancel() {
  if (phase_ != task_phase::finished || cancel_.requests == 0) return;
  loop_->owner().warn("task '" + std::string(name()) + "' created at " + where_.file_name() + ':' +
                      std::to_string(where_.line()) +
                      " was cancelled but ended as if it was not: it caught the cancel and did not throw it on (or "
                      "call uncancel())");
}

void task_base::tell_ended() {
  loop_->hooks()->task_finished(id_, cancelled(), failed());
  waiters_.for_each([this](ready_node& n) {  // their next turn resumes them
    if (auto const* const joining = dynamic_cast<wait_node const*>(&n); joining != nullptr && loop_->hooks() != nullptr)
      joining->tell_woken(*loop_);
  });
}

void task_base::abandon_wait() noexcept {
  static_cast<list_node<child_tag>&>(*this).unlink();
  static_cast<list_node<>&>(*this).unlink();
  if (waiting_) waiting_->abandon();
}

void task_base::report_loss() noexcept {
  if (std::exchange(unreported_, true)) return;
  report(loop_, nullptr, "Task was destroyed but it is pending!", nullptr, about(this));
}

void task_base::lose() noexcept {
  static_cast<list_node<registry_tag>&>(*this).unlink();
  frame_base* const body = std::exchange(body_, nullptr);
  if (carrier_ && carrier_->cancel_in_flight()) loop_->cancels_in_flight().take_back(*carrier_);
  carrier* const w = std::exchange(carrier_, nullptr);
  phase_ = task_phase::cancelled;
  while (!waiters_.empty()) waiters_.pop_front().abandon();
  loop_ = nullptr;
  // Last, because user destructors run. A coroutine waiting in an Asio operation is destroyed when Asio drops that
  // operation.
  if (w) {
    bool const here = w->has_stack();
    w->inherit(body);
    if (here) w->clear_slots(cancellation());
  } else if (body) {
    body->destroy();
  }
  release();
}

void task_base::mark_retrieved() noexcept {
  retrieved_ = true;
  static_cast<list_node<registry_tag>&>(*this).unlink();
}

void task_base::report_unretrieved() noexcept {
  mark_retrieved();
  report(task_loop::if_here(loop_, home_serial_), &context_, "Task exception was never retrieved", failure_,
         about(this));  // in the task's context
}

std::exception_ptr task_base::retrieve_exception() noexcept {
  mark_retrieved();
  return failure_;
}

void task_base::note_failure() const noexcept {
  if (tools::attached != nullptr && loop_ != nullptr && loop_->in_thread()) tools::attached->failed(*this);
}

void task_base::thrown_in(task_base const* to) const noexcept {
  if (tools::attached == nullptr || to == nullptr || to->loop_ != loop_) return;
  if (loop_ != nullptr && loop_->in_thread()) tools::attached->thrown_on(*this, *to);
}

void task_base::throw_failure() {
  if (phase_ == task_phase::failed) {
    if (task_loop* const here = task_loop::current()) thrown_in(here->current_task());
    std::rethrow_exception(retrieve_exception());
  }
  if (phase_ == task_phase::cancelled) throw_cancelled(cancel_message());
}

void task_base::require_done(char const* who) const {
  if (!done())
    throw invalid_state(std::string(who) + ": task '" + std::string(name()) +
                        "' has not ended yet; co_await its join(), or ask done() first");
}

time_point effective_deadline(task_base const* task) noexcept {
  time_point earliest = time_point::max();
  for (deadline_scope const* d = task ? task->deadlines() : nullptr; d != nullptr; d = d->outer)
    if (d->when < earliest) earliest = d->when;
  return earliest;
}

}  // namespace asyncio::detail
