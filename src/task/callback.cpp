// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/loop/mailbox.hpp>
#include <asyncio/detail/task/callback.hpp>
#include <asyncio/detail/task/report.hpp>

#include <exception>

namespace asyncio::detail {

callback::callback(task_loop& home) : callback(&home, nullptr) {}

callback::callback(task_loop* home, std::recursive_mutex* running)
    : loop_(home), running_(running), context_(copy_context_slot(current_context_slot())) {}

void callback::cancel() noexcept {
  if (running_ != nullptr) {
    std::lock_guard const lock(*running_);
    cancelled_.store(true, std::memory_order_release);
    return;
  }
  if (cancelled_.exchange(true, std::memory_order_acq_rel)) return;
  // A timer leaves the heap immediately; a queued callback is skipped in its turn.
  if (armed() && loop_->in_thread()) {
    loop_->remove_timer(*this);
    release();
  }
}

bool callback::cancelled() const noexcept {
  if (running_ == nullptr) return cancelled_.load(std::memory_order_acquire);
  std::lock_guard const lock(*running_);
  return cancelled_.load(std::memory_order_acquire);
}

void callback::schedule() {
  if (loop_->closed()) [[unlikely]] {  // called by a destructor while the loop is destroyed
    cancelled_ = true;
    return;
  }
  loop_->collect_mail();  // what other threads have sent comes first
  add_reference();
  loop_->push_ready(*this);
}

void callback::schedule_at(time_point when) {
  when_ = when;
  if (loop_->closed()) [[unlikely]] {
    cancelled_ = true;
    return;
  }
  loop_->add_timer(*this, when);
  add_reference();
}

void callback::schedule_from_any_thread(std::shared_ptr<mailbox> const& mail, char const* who) {
  if (mail != nullptr && !mail->closed() && current_core == loop_) {
    schedule();
    return;
  }
  add_reference();
  if (mail != nullptr && mail->send(*this)) return;
  release();
  throw invalid_state(std::string(who) + ": the loop has ended and would not call the function");
}

namespace {

/// For the hooks a callback is a step without a task.
class callback_step {
 public:
  explicit callback_step(task_loop& core) noexcept : loop_(core), told_(core.hooks() != nullptr) {
    if (told_) [[unlikely]]
      core.hooks()->step_begin(0);
  }
  callback_step(callback_step const&) = delete;
  callback_step& operator=(callback_step const&) = delete;
  ~callback_step() {
    if (told_ && loop_.hooks() != nullptr) [[unlikely]]
      loop_.hooks()->step_end(0);
  }

 private:
  task_loop& loop_;
  bool told_;
};

}  // namespace

void callback::run() {
  std::unique_lock<std::recursive_mutex> running;
  if (running_ != nullptr) running = std::unique_lock(*running_);
  if (!cancelled_.load(std::memory_order_acquire)) {
    context_slot* const before = exchange_context_slot(&context_);
    callback_step const told(*loop_);
    try {
      invoke();
    } catch (keyboard_interrupt const&) {
      loop_->escape(std::current_exception());
    } catch (...) {
      report(loop_, nullptr, "Exception in callback", std::current_exception(), about(nullptr));
    }
    exchange_context_slot(before);
  }
  if (running) running.unlock();
  release();
}

}  // namespace asyncio::detail
