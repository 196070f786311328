// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/task/carrier.hpp>
#include <asyncio/detail/task/raw_cancel.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/detail/task/wait_node.hpp>

#include <exception>

namespace asyncio::detail {

namespace asio = boost::asio;

void wait_node::end_otherwise() noexcept {
  if (phase_ == phase::finished) {
    failure_.~exception_ptr();
    return;
  }
  // While an exception propagates it could not be awaited; likewise when its coroutine is destroyed.
  if (phase_ != phase::fresh || put_aside_ || std::uncaught_exceptions() > 0) return;
  if (task_loop* const core = task_loop::current(); core != nullptr && core->debug()) warn_of_unawaited(*core);
}

bool wait_node::begin(frame_base& awaiting, ready_function ready) noexcept {
  if (phase_ != phase::fresh) [[unlikely]] {
    refuse_second_await();
    return false;
  }
  awaiting_ = &awaiting;
  phase_ = phase::waiting;
  entry_frame& bottom = *frame_access::attached(awaiting)->entry_point();
  task_loop* const core = task_loop::current();
  task_base* const task = core ? core->current_task() : nullptr;
  carrier* const w = task ? task->carried_by() : nullptr;
  if (w == nullptr || w->frame() != &bottom) [[unlikely]]
    return begin_elsewhere(bottom, ready);
  return begin_own(*task, *w);
}

bool wait_node::begin_here(entry_frame& bottom, ready_function ready) noexcept {
  if (ready != nullptr) {
    phase_ = phase::fresh;
    if (ready(*this)) return false;
    phase_ = phase::waiting;
  }
  task_base* const task = task_on(bottom);
  return task ? begin_own(*task, *task->carried_by()) : begin_foreign(bottom);
}

inline bool wait_node::begin_own(task_base& task, carrier& w) noexcept {
  own_ = true;
  task_ = &task;
  try {
    if (arm()) {
      end_wait(*awaiting_);
      return false;
    }
  } catch (...) {
    fail_at_once(std::current_exception());
    return false;
  }
  task_loop& core = *task.home();
  bool const left = w.suspend(*awaiting_, w.pinned(task.cancellation()));
  task.suspended_in(*this, left);
  if (left && !w.running()) [[unlikely]]
    core.carrier_idle(w);
  if (instrument* const hooks = core.hooks()) [[unlikely]] {
    hooks->blocked(task.id(), describe());
    if (phase_ == phase::queued) hooks->woken(task.id());  // arm() has only to wait for its turn
  }
  if (task.cancelling() != 0) [[unlikely]]
    core.cancels_in_flight().answers().waits(task, this);
  if (task.must_cancel() && phase_ == phase::waiting) [[unlikely]]
    task.deliver_cancel();
  return true;
}

void wait_node::fail_at_once(std::exception_ptr failure) noexcept {
  phase_ = phase::finished;
  failed_ = true;
  new (&failure_) std::exception_ptr(std::move(failure));
}

std::exception_ptr& wait_node::stash_place() noexcept {
  return frame_access::pending(detached_ ? *suspended_thread::innermost(*stack_.entry_point()) : *awaiting_);
}

void wait_node::stash(std::exception_ptr failure) noexcept {
  if (phase_ != phase::waiting) return;
  failed_ = true;
  stash_place() = std::move(failure);
}

void wait_node::set_failure(std::exception_ptr failure) noexcept {
  if (phase_ == phase::finished) {
    fail_at_once(std::move(failure));
  } else {
    stash(std::move(failure));
  }
}

void wait_node::complete() noexcept {
  if (phase_ != phase::waiting) return;
  phase_ = phase::queued;
  task_loop& core = home();
  if (core.hooks()) [[unlikely]]
    tell_woken(core);
  core.push_ready(*this);
}

void wait_node::tell_woken(task_loop& core) const {
  if (own_ && task_->waiting() == this) core.hooks()->woken(task_->id());
}

bool wait_node::take_cancel() noexcept {
  task_base* const task = waiter();
  if (task == nullptr || !task->must_cancel()) return false;
  task->set_must_cancel(false);
  cancelled_ = true;
  return true;
}

void wait_node::run_now() {
  if (task_loop& core = home(); core.hooks()) [[unlikely]]
    tell_woken(core);
  wait_node::run();
}

void wait_node::run() {
  if (!own_) [[unlikely]] {
    phase_ == phase::on_the_way ? arrive() : run_foreign();
    return;
  }
  task_->home()->resume(*task_, *this);  // may destroy this node
}

void wait_node::throw_cancel(std::string_view message) const {
  if (own_) throw_cancelled(message);
  throw_aborted();
}

void wait_node::throw_cancel() const { throw_cancel(own_ ? task_->cancel_message() : std::string_view()); }

void wait_node::throw_outcome() {
  // Not through throw_cancel(): every frame that an exception leaves costs the unwinder a thousand instructions.
  if (cancelled_ && own_) throw_cancelled(task_->cancel_message());
  if (cancelled_) throw_aborted();
  std::rethrow_exception(std::move(failure_));
}

}  // namespace asyncio::detail
