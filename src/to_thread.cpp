// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/base/exception_in.hpp>
#include <asyncio/detail/loop/mailbox.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/detail/threads/loop_threads.hpp>
#include <asyncio/to_thread.hpp>

namespace asyncio {
namespace detail {
namespace {

constinit thread_local thread_call* current_call = nullptr;

}  // namespace

thread_call* thread_call::current() noexcept { return current_call; }

void thread_call::submit(task_loop& home, wait_node& waiter) {
  loop_ = &home;
  mail_ = home.mail();
  context_ = copy_context_slot(current_context_slot());
  add_reference();
  home.add_thread_work();
  waiter_ = &waiter;
  try {
    home.part<loop_threads>().pool().submit(*this);
  } catch (...) {
    waiter_ = nullptr;
    home.remove_thread_work();
    release();
    throw;
  }
}

bool thread_call::request_cancel() noexcept {
  cancel_requested_.store(true, std::memory_order_relaxed);
  if (!loop_->part<loop_threads>().pool().withdraw(*this)) return false;
  waiter_ = nullptr;
  loop_->remove_thread_work();
  release();
  return true;
}

void thread_call::give_up() noexcept {
  waiter_ = nullptr;
  cancel_requested_.store(true, std::memory_order_relaxed);
}

void thread_call::run() {
  loop_->remove_thread_work();
  returned_ = true;
  if (wait_node* const waiter = std::exchange(waiter_, nullptr)) waiter->complete();
  release();
}

void thread_call::work() noexcept {
  thread_call* const outer = std::exchange(current_call, this);
  context_slot* const before = exchange_context_slot(&context_);
  try {
    call();
  } catch (cancelled_error const&) {
    cancelled_meanwhile_ = cancel_requested();
    failure_ = std::current_exception();
  } catch (...) {
    failure_ = std::current_exception();
  }
  forget_function();
  exchange_context_slot(before);
  context_.reset();
  current_call = outer;
}

void thread_call::ended() noexcept {
  std::shared_ptr<mailbox> const mail = std::move(mail_);
  if (!mail->send(*this)) release();  // the loop is gone, and there is no waiter
}

void thread_call::lost() noexcept {
  failure_ = exception_from([] {
    return invalid_state(
        "asyncio::to_thread: the process was forked while the function ran; its thread is the parent's and does "
        "not exist in the child");
  });
  ended();
}

bool thread_wait::arm() {
  task_base const* const task = waiter();
  if (task != nullptr && task->must_cancel()) return false;  // cancelled before it started: begin() reports it next
  call_->submit(home(), *this);
  return false;
}

void thread_wait::disarm() noexcept { call_->give_up(); }

bool thread_wait::cancel_wait() {
  if (!waiting()) return false;
  if (call_->submitted() && !call_->request_cancel()) {
    if (!has_flag(abandon_on_cancel)) return false;
    call_->give_up();
  }
  complete_cancelled();
  return true;
}

void thread_wait::run() {
  if (call_ != nullptr && !has_flag(abandon_on_cancel) && call_->returned()) {
    // The result must not be lost: the cancellation is left to the next wait, unless it is itself the result.
    if (task_base* const task = waiter(); task != nullptr && task->must_cancel()) {
      task->set_must_cancel(false);
      if (!call_->cancelled_meanwhile()) set_flag(cancel_later);
    }
  }
  wait_node::run();
}

thread_wait::reference thread_wait::take_call() {
  bool const patient = call_ != nullptr && !has_flag(abandon_on_cancel) && call_->returned();
  if (!patient) check_outcome();
  check_target(call_->cancelled_meanwhile());
  if (has_flag(cancel_later)) waiter()->set_must_cancel(true);
  return std::move(call_);
}

}  // namespace detail

bool thread_cancelled() noexcept {
  detail::thread_call const* const call = detail::thread_call::current();
  return call != nullptr && call->cancel_requested();
}

void check_thread_cancelled() {
  if (thread_cancelled()) detail::throw_cancelled({});
}

}  // namespace asyncio
