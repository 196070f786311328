// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/base/exception_in.hpp>
#include <asyncio/detail/loop/mailbox.hpp>
#include <asyncio/detail/task/report.hpp>
#include <asyncio/run_coroutine_threadsafe.hpp>

namespace asyncio::detail {

namespace {

std::exception_ptr loop_has_ended() noexcept {
  return exception_from(
      [] { return invalid_state("asyncio::run_coroutine_threadsafe: the loop has ended before the coroutine did"); });
}

}  // namespace

remote_task::remote_task(std::shared_ptr<mailbox> mail, std::stop_token stop)
    : mail_(std::move(mail)),
      context_(copy_context_slot(current_context_slot())),
      stop_(*this),
      stop_token_(std::move(stop)) {}

remote_task::~remote_task() {
  if (!on_stop_) return;
  on_stop_.reset();  // waits for a stop request in progress
  mail_->withdraw(stop_);
}

void remote_task::send(std::unique_ptr<remote_task> task) {
  if (task->mail_ != nullptr && task->mail_->send(*task)) {
    (void)task.release();
  } else {
    task->fail(loop_has_ended());
  }
}

void remote_task::send_stop::operator()() const noexcept { (void)owner->mail_->send(owner->stop_); }

void remote_task::run() {
  std::unique_ptr<remote_task> self(this);
  if (task_.get() != nullptr) {
    set_outcome(std::move(task_));
    return;
  }
  task_loop& home = *task_loop::current();
  if (!home.takes_remote_tasks()) {
    fail(loop_has_ended());
    return;
  }
  context_slot* const before = exchange_context_slot(&context_);
  try {
    task_ = start(home);
    task_.get()->waiters().push_back(*this);
    (void)self.release();
  } catch (...) {
    report(&home, nullptr, "Exception in run_coroutine_threadsafe", std::current_exception(), about(nullptr));
    fail(std::current_exception());
  }
  exchange_context_slot(before);
  if (self != nullptr || !stop_token_.stop_possible()) return;
  if (stop_token_.stop_requested()) {
    task_.get()->cancel({});
  } else {
    on_stop_.emplace(stop_token_, send_stop{this});
  }
}

void remote_task::abandon() noexcept {
  std::unique_ptr<remote_task> const self(this);
  fail(loop_has_ended());
}

}  // namespace asyncio::detail
