// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The waiting half of every operation: suspends a coroutine, resumes it through the ready queue, delivers
/// cancellation.
#pragma once

#include <asyncio/detail/asio/asio_hook.hpp>
#include <asyncio/detail/task/task_loop.hpp>
#include <asyncio/detail/task/task_state.hpp>

#include <cstdint>
#include <exception>
#include <new>
#include <string_view>

namespace asyncio::detail {

class child_group;

/// Visits the tasks that a wait is for.
class task_visitor {
 public:
  virtual void awaited(task_base& task) = 0;

 protected:
  ~task_visitor() = default;
};

/// One wait of one coroutine. It lives in the operation object, which lives in the frame of the awaiting coroutine.
///
/// A wait in the coroutine stack of a task is cancelled through the task. Any other coroutine (a plain `co_spawn`, an
/// operand of Asio's `||`) is cancelled through its associated cancellation slot, as with every Asio operation.
class wait_node : public ready_node {
 public:
  wait_node() noexcept {}
  /// Moves an operation that was not awaited yet. Neither object warns if it is never awaited: it was stored on
  /// purpose.
  wait_node(wait_node&& other) noexcept : put_aside_(true) { other.put_aside_ = true; }
  wait_node(wait_node const&) = delete;
  wait_node& operator=(wait_node const&) = delete;

  /// Called when the awaiting coroutine is about to suspend. @return whether it has to wait.
  ///
  /// In another thread than the loop's (after a hop to a thread pool, or in a callback's thread) the coroutine is sent
  /// back to its loop and continues there. `ready`, if not null, is then called again.
  using ready_function = bool (*)(wait_node&) noexcept;
  [[nodiscard]] bool begin(frame_base& awaiting, ready_function ready = nullptr) noexcept;
  /// Whether ready() of a derived class may be called: in the loop's thread, during a step.
  [[nodiscard]] static bool in_step() noexcept {
    return task_loop::current() != nullptr && task_loop::current()->current_task() != nullptr;
  }
  template <class Op>
  static bool ready_of(wait_node& op) noexcept {
    return static_cast<Op&>(op).ready();
  }

  /// The wait has succeeded: queues the coroutine. Called once, in the loop's thread.
  void complete() noexcept;
  /// The same with an exception as the outcome.
  void complete(std::exception_ptr failure) noexcept {
    stash(std::move(failure));
    complete();
  }
  /// The wait ends with cancelled_error: queues the coroutine. For cancel_wait().
  void complete_cancelled() noexcept {
    cancelled_ = true;
    complete();
  }

  /// Requests the wait to end; true if it will (now or later) and the cancellation needs no further delivery.
  virtual bool cancel_wait() = 0;
  /// Whether the wait has succeeded and the coroutine resumes in the next pass. False for one that only yields.
  [[nodiscard]] virtual bool served() const noexcept { return queued(); }
  /// The child group whose end is waited for, if any.
  [[nodiscard]] virtual child_group* awaited_children() noexcept { return nullptr; }
  [[nodiscard]] virtual wait_info describe() const noexcept = 0;
  /// Visits the tasks whose end is waited for, while they have not ended.
  virtual void visit_awaited(task_visitor&) {}

  void run() override;
  /// Its task resumes now. @return the coroutine that has waited.
  [[nodiscard]] frame_base& end_own() noexcept {
    frame_base& awaiting = *awaiting_;
    end_wait(awaiting);
    task_->set_waiting(nullptr);
    if (task_->must_cancel()) [[unlikely]] {
      task_->set_must_cancel(false);
      cancelled_ = true;
    }
    return awaiting;
  }
  void abandon() noexcept override;
  /// Destroys the waiting coroutine stack (outside any task), and this node with it: the loop is being destroyed.
  void unwind_foreign() noexcept;

  /// Notifies the hooks, which must exist, that the wait has succeeded.
  void tell_woken(task_loop& core) const;

  [[nodiscard]] bool waiting() const noexcept { return phase_ == phase::waiting; }
  /// Whether it is in the ready queue, and its coroutine will resume in its turn.
  [[nodiscard]] bool queued() const noexcept { return phase_ == phase::queued; }
  /// The task whose coroutine stack contains the wait, else null.
  [[nodiscard]] task_base* waiter() const noexcept { return own_ ? task_ : nullptr; }
  /// The loop that resumes it; valid once the wait has begun.
  [[nodiscard]] task_loop& home() const noexcept { return own_ ? *task_->home() : *loop_; }

 protected:
  // A coroutine frame with a waiting node is destroyed only after its stack was taken out.
  ~wait_node() {
    if (phase_ != phase::finished || failed_) [[unlikely]]
      end_otherwise();
  }
  /// It has taken effect without an await.
  void need_not_be_awaited() noexcept { put_aside_ = true; }

  /// Awaited with Asio's throw_if_cancelled deliberately switched off.
  static constexpr std::uint8_t throws_nothing = 0x80;
  /// Flag bits for derived classes, except the one above.
  void set_flag(std::uint8_t flag) noexcept { flags_ |= flag; }
  [[nodiscard]] bool has_flag(std::uint8_t flag) const noexcept { return (flags_ & flag) != 0; }

  /// For ready() of a derived class, if there is nothing to wait for: counts as the one await of the operation.
  /// @return false if it was already awaited.
  [[nodiscard]] bool awaited_first_time() noexcept {
    if (phase_ != phase::fresh) [[unlikely]]
      return false;
    phase_ = phase::finished;
    return true;
  }

  /// Registers with what is waited for. @return true if there is nothing to wait for.
  virtual bool arm() = 0;
  /// For arm(), if only a turn of the queue is waited for.
  void take_turn() noexcept {
    phase_ = phase::queued;
    home().push_ready(*this);
  }
  /// Undoes arm(): the loop is being destroyed, or the coroutine will not be resumed.
  virtual void disarm() noexcept = 0;

  /// For finish(): throws if the wait failed or was cancelled. `on_cancel` runs first in either case.
  template <class Undo>
  void check_outcome(Undo&& on_cancel) {
    if (failed_ || cancelled_) [[unlikely]] {
      on_cancel();
      throw_outcome();
    }
  }
  void check_outcome() {
    if (failed_ || cancelled_) [[unlikely]]
      throw_outcome();
  }

  /// Ends the await as cancelled: throws cancelled_error in a task; elsewhere Asio's rule applies.
  [[noreturn]] void throw_cancel(std::string_view message) const;
  /// The same with the message of the task's cancellation.
  [[noreturn]] void throw_cancel() const;
  /// For finish() of a wait for something that may itself be cancelled (`cancelled`): throws cancelled_error in a task,
  /// elsewhere Asio's operation_aborted.
  void check_target(bool cancelled) const {
    if (cancelled && !own_) [[unlikely]]
      throw_cancel({});
  }

  /// Prefetches what a wake-up will access while others are woken: many sleeping tasks do not fit the CPU cache.
  void prefetch_task() const noexcept {
    if (!own_) return;
    __builtin_prefetch(task_);
    __builtin_prefetch(awaiting_);
  }

  // -- for a wait that continues after its first turn, with its own run() --------------------------------------------
  /// Sets the outcome without queueing the coroutine.
  void set_cancelled() noexcept { cancelled_ = true; }
  /// The same; also for a ready() that has found nothing to wait for.
  void set_failure(std::exception_ptr failure) noexcept;
  [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }
  /// Takes the task's cancellation that cancel_wait() left to this turn; false if there is none.
  bool take_cancel() noexcept;
  /// Calls wait_node::run() in such a turn, that is, without a preceding complete().
  void run_now();

 private:
  enum class phase : std::uint8_t { fresh, waiting, queued, finished, on_the_way };  // on_the_way: to its loop
  struct slot_handler {
    wait_node* node;
    void operator()(boost::asio::cancellation_type type) const;
  };

  /// The task of a stack that is resumed outside its steps, by an operation with another executor (bind_executor).
  [[nodiscard]] static task_base* task_on(entry_frame& bottom) noexcept;
  [[gnu::cold]] static void warn_of_unawaited(task_loop& l) noexcept;
  [[nodiscard]] bool begin_elsewhere(entry_frame& bottom, ready_function ready) noexcept;
  [[nodiscard]] bool begin_here(entry_frame& bottom, ready_function ready) noexcept;
  /// Sends the coroutine, which has just suspended, to its loop, ...
  static void depart(void* node) noexcept;
  /// ... where it arrives and starts to wait.
  void arrive();
  [[nodiscard]] bool begin_own(task_base& task, carrier& w) noexcept;
  [[nodiscard]] bool begin_foreign(entry_frame& bottom) noexcept;
  void register_foreign();
  /// Passes the coroutine (outside any task) to its executor. The node keeps it until that calls go_on().
  void run_foreign();
  void go_on() noexcept;
  [[nodiscard]] suspended_thread take_stack() noexcept {
    suspended_thread taken(std::move(stack_));
    stack_.~suspended_thread();
    return taken;
  }
  /// Where a failure is stored until the coroutine is resumed: a part of the frame that Asio uses only after its end.
  [[nodiscard]] std::exception_ptr& stash_place() noexcept;
  void stash(std::exception_ptr failure) noexcept;
  /// Ends the wait: the coroutine will be resumed.
  void end_wait(frame_base& awaiting) noexcept {
    phase_ = phase::finished;
    if (failed_) [[unlikely]]
      new (&failure_) std::exception_ptr(std::exchange(frame_access::pending(awaiting), nullptr));
  }
  void fail_at_once(std::exception_ptr failure) noexcept;
  void refuse_second_await() noexcept;
  [[gnu::cold]] void end_otherwise() noexcept;
  [[noreturn]] void throw_outcome();

  // Ordered to fill the padding of the base class, and kept small: every waiting task has one of these in its frame.
  phase phase_ : 3 = phase::fresh;
  bool own_ : 1 = false;
  bool cancelled_ : 1 = false;
  bool failed_ : 1 = false;
  bool detached_ : 1 = false;
  bool put_aside_ : 1 = false;
  std::uint8_t flags_ = 0;
  union {
    task_loop* loop_ = nullptr;  // in a coroutine stack outside any task
    task_base* task_;            // in a task's coroutine stack
    ready_function ready_;       // on the way to its loop
  };
  union {
    frame_base* awaiting_ = nullptr;  // while it waits or is queued
    suspended_thread stack_;          // the same in a coroutine stack outside any task, as soon as it is detached;
                                      // in any stack on the way to its loop
    std::exception_ptr failure_;      // after a failure
  };
};

}  // namespace asyncio::detail
