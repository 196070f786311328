// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The part of task_base that takes cancellation requests and delivers them.
#include <asyncio/detail/base/assign_or_clear.hpp>
#include <asyncio/detail/task/done_callback.hpp>
#include <asyncio/detail/task/raw_cancel.hpp>
#include <asyncio/detail/task/task_base.hpp>
#include <asyncio/detail/task/wait_node.hpp>
#include <asyncio/error.hpp>

#include <new>
#include <utility>

namespace asyncio::detail {

bool task_base::cancel(std::string_view message) {
  if (failure_) mark_retrieved();  // as in asyncio, cancelling a failed task retrieves its exception
  if (done() || loop_ == nullptr || loop_->closed()) return false;
  loop_->check_thread("asyncio::task::cancel");
  note_cancel(message);
  if (cancel_.passing_down) return true;  // a cycle of waits: already being passed down
  if (carrier_ == nullptr || carrier_->has_stack()) (void)show_cancel();
  cancel_.pending = true;  // delivered now, or at its next wait if it is not waiting
  if (suspended()) deliver_cancel();
  return true;
}

void task_base::cancel_ahead() noexcept {
  if (std::exchange(cancel_.ahead, true)) return;
  ++cancel_.requests;
  cancel_.seen = cancel_.pending = true;
  if (instrument* const hooks = loop_->hooks()) [[unlikely]]
    hooks->cancel_requested(id_);
}

void task_base::note_cancel(std::string_view message) {
  ++cancel_.requests;
  cancel_.seen = true;
  if (!message.empty() || (extras_ && !extras_->cancel_message.empty())) set_cancel_message(message);
  if (instrument* const hooks = loop_->hooks()) [[unlikely]]
    hooks->cancel_requested(id_);
}

int task_base::uncancel() noexcept {
  if (cancel_.requests > 0) --cancel_.requests;
  if (cancel_.requests == 0) {
    drop_cancel();
    if (loop_ != nullptr) loop_->cancels_in_flight().answers().taken_back(*this);
    if (carrier_ == nullptr || carrier_->has_stack()) asio_state().clear();
  }
  return cancel_.requests;
}

bool task_base::show_cancel() {
  boost::asio::cancellation_state state = asio_state();
  {
    slot_silence const not_yet(state.slot());
    emit_cancel();
  }
  bool const let_through = state.cancelled() != boost::asio::cancellation_type::none;
  // Otherwise Asio would throw at every later await, not only at this one.
  if (carrier_ != nullptr && suspended_thread::throws_if_cancelled(*carrier_->frame())) state.clear();
  return let_through;
}

void task_base::drop_cancel() noexcept {
  cancel_.pending = false;
  if (carrier_ != nullptr && carrier_->cancel_in_flight()) loop_->cancels_in_flight().take_back(*carrier_);
}

void task_base::set_cancel_message(std::string_view message) noexcept {
  if (!extras_) extras_.reset(new (std::nothrow) extras);
  if (extras_) assign_or_clear(extras_->cancel_message, message);
}

std::string_view task_base::cancel_message() const noexcept {
  return extras_ ? std::string_view(extras_->cancel_message) : std::string_view();
}

void task_base::deliver_cancel() noexcept {
  if (carrier_ == nullptr && waiting_ == nullptr) return;
  task_ref const kept =
      task_ref::share(*this);  // the cancellation may immediately end what it waits for, and then the task
  cancel_.pending = false;     // first: a cancellation that is passed down may come back to this task
  struct passing {
    bool& flag;
    explicit passing(bool& f) noexcept : flag(f) { flag = true; }
    passing(passing const&) = delete;
    passing& operator=(passing const&) = delete;
    ~passing() { flag = false; }
  } const down(cancel_.passing_down);
  try {
    if (waiting_ ? waiting_->cancel_wait() : loop_->cancels_in_flight().send(*carrier_, cancel_message())) return;
  } catch (...) {  // no memory: the next wait throws it
  }
  cancel_.pending = true;
}

}  // namespace asyncio::detail
