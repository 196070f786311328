// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/base/assign_or_clear.hpp>
#include <asyncio/detail/base/exception_in.hpp>
#include <asyncio/detail/task/done_callback.hpp>
#include <asyncio/detail/task/own_task.hpp>
#include <asyncio/detail/task/raw_cancel.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/detail/task/wait_node.hpp>

#include <new>

namespace asyncio::detail {

task_base::task_base(task_loop& home, frame_base* body, source_location where)
    : loop_(&home),
      body_(body),
      id_(home.next_task_id() & id_mask),
      home_serial_(home.serial() & 0xff'ffff),
      where_(where) {}

task_base::~task_base() {
  static_cast<list_node<registry_tag>&>(*this).unlink();
  if (failure_ && !retrieved_) report_unretrieved();
  drop_body();
}

void task_base::launch(start_mode mode) {
  if (!context_) {
    context_slot const& creators = current_context_slot();
    if (creators && creators->values) [[unlikely]]
      context_ = copy_context_slot(creators);
  }
  add_reference();  // the loop's reference, until the task has ended
  loop_->task_added(*this);
  if (instrument* const hooks = loop_->hooks()) [[unlikely]] {
    task_base const* const creator = loop_->current_task();
    hooks->task_created(id_, creator ? creator->id() : 0, where_);
    if (extras_ && !extras_->name.empty()) hooks->task_named(id_, extras_->name);
  }
  if (mode == start_mode::by_owner || (mode == start_mode::eager && loop_->start_eagerly(*this))) return;
  loop_->push_ready(*this);
}

void task_base::run() {
  if (done()) {
    if (owner_) owner_->child_report(*this);
    release();
    return;
  }
  if (cancel_.pending) {  // cancelled before the first step: the body is never entered
    cancel_.pending = false;
    drop_body();
    ended(task_phase::cancelled);
    return;
  }
  loop_->start(*this);
}

void task_base::begin_body() noexcept {
  phase_ = task_phase::started;
  if (instrument* const hooks = loop_->hooks()) [[unlikely]]
    hooks->task_started(id_);
}

// -- outcome ---------------------------------------------------------------------------------------------------------

void task_base::drop_body() noexcept {
  if (body_) std::exchange(body_, nullptr)->destroy();
}

void task_base::body_ended() noexcept {
  std::exception_ptr thrown = std::exchange(frame_access::pending(root()), nullptr);
  if (!thrown) {
    try {
      take_result();
      return;
    } catch (...) {  // the result could not be moved
      thrown = std::current_exception();
    }
  }
  drop_body();
  body_threw(std::move(thrown));
}

void task_base::body_refused(std::exception_ptr e) noexcept {
  drop_body();
  body_failed(std::move(e));
}

bool task_base::result_counts() noexcept {
  if (!cancel_.pending) return true;
  body_cancelled(cancel_message());
  return false;
}

void task_base::body_abandoned() noexcept {
  carrier_ = nullptr;
  drop_body();
  body_cancelled({});
}

void task_base::body_threw(std::exception_ptr e) noexcept {
  if (auto const* const cancelled = exception_in<cancelled_error>(e)) {
    body_cancelled(cancelled->message());
  } else if (exception_in<keyboard_interrupt>(e) != nullptr) {
    loop_->escape(e);
    retrieved_ = true;
    body_failed(std::move(e));
  } else if (cancel_.seen && is_cancel(e)) {
    // Asio's operation_aborted has many causes: it is a cancellation only if one was requested. Asio's && and || wrap
    // such exceptions.
    body_cancelled({});
  } else {
    body_failed(std::move(e));
  }
}

void task_base::body_failed(std::exception_ptr e) noexcept {
  failure_ = std::move(e);
  ended(task_phase::failed);
}

void task_base::body_cancelled(std::string_view message) noexcept {
  if (!message.empty() && message != cancel_message()) set_cancel_message(message);
  ended(task_phase::cancelled);
}

void task_base::ended(task_phase phase) noexcept {
  phase_ = phase;
  cancel_.pending = false;
  if (carrier_) {
    carrier_->release(cancellation());
    carrier_ = nullptr;
    loop_->leave();
  }
  if (!failure_ || retrieved_) context_.reset();  // otherwise the report of the failure runs in it
  static_cast<list_node<registry_tag>&>(*this).unlink();
  if (cancel_.seen) [[unlikely]]
    loop_->cancels_in_flight().answers().ended(*this);
  unlink_from_cancel();
  loop_->task_removed(static_cast<std::size_t>(phase) - static_cast<std::size_t>(task_phase::finished));
  if (failure_ && !retrieved_) loop_->failed().push_back(*this);
  if (loop_->debug()) [[unlikely]]
    warn_of_swallowed_cancel();
  if (loop_->hooks() != nullptr) [[unlikely]]
    tell_ended();
  static_cast<list_node<child_tag>&>(*this).unlink();
  if (owner_) owner_->child_finished(*this);  // first, like the first registered callback
  loop_->splice_ready(waiters_);
  release();
}

// -- cancellation ----------------------------------------------------------------------------------------------------

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
