// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/base/exception_in.hpp>
#include <asyncio/detail/task/done_callback.hpp>
#include <asyncio/detail/task/own_task.hpp>
#include <asyncio/detail/task/raw_cancel.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/detail/task/wait_node.hpp>

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
  note_failure();
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

}  // namespace asyncio::detail
