// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// A carrier: a coroutine that is started once and carries one task after another, so that a task needs no co_spawn.
#pragma once

#include <asyncio/detail/asio/asio_hook.hpp>
#include <asyncio/detail/task/task_loop.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>

#include <sys/single_threaded.h>
#include <cstdint>
#include <memory>
#include <utility>

namespace asyncio::detail {

struct cancel_tag {};
struct planting;

/// The bottom of a coroutine stack, with its executor. A running task occupies one. When it waits in an operation of
/// this library it leaves the carrier to the next task, and later resumes on any carrier: a waiting task needs none.
///
/// A task that has exposed its carrier stays on it to its end (pinned): either the task or an Asio operation has a copy
/// of the carrier's executor, which refers to the carrier, or it has changed state that Asio keeps at the bottom of the
/// stack.
class carrier : public list_node<>, public list_node<cancel_tag> {
 public:
  explicit carrier(task_loop& home) noexcept : loop_(home) {}

  [[nodiscard]] task_loop& home() const noexcept { return loop_; }
  /// Changes when a pinned task ends: executors copied before no longer belong to a task.
  [[nodiscard]] std::uint32_t generation() const noexcept { return generation_; }
  [[nodiscard]] task_base* task() const noexcept { return task_; }

  // -- the task's stay -----------------------------------------------------------------------------------------------
  /// A task arrives, to start or to resume.
  void carry(task_base& task, boost::asio::cancellation_state const& state) noexcept {
    task_ = &task;
    suspended_thread::state(*frame_) = state;
  }
  void pin() noexcept { pinned_ = true; }
  /// The executor is copied. @return a return ticket if the copy is made by the operation in which the stack is
  /// suspended, which will resume the stack through the copy; else 0.
  [[nodiscard]] std::uint16_t lend() noexcept;
  /// A handler with such a copy runs: it may resume the stack.
  void redeem(std::uint16_t ticket) noexcept {
    if (ticket == 0 || ticket != ticket_) return;
    if (++ticket_ == 0) ticket_ = 1;
    bound_home_ = false;
  }
  /// The stack is back in the loop's thread. @return whether it was assumed to have stayed there.
  bool came_home() noexcept { return std::exchange(bound_home_, false); }
  /// Whether only the loop's thread can resume the stack while it is suspended in an Asio operation: this holds if the
  /// operation has asked for the stack's executor. An operation bound to another executor (bind_executor) does not ask:
  /// it may be a hop to a thread pool.
  [[nodiscard]] bool bound_home() const noexcept { return bound_home_ || __libc_single_threaded || seems_bound_home(); }
  /// Whether no other thread can be running the stack.
  [[nodiscard]] bool has_stack() const noexcept { return running_ || parked() || bound_home(); }
  /// After a step: whether another thread may be running the stack now.
  void set_away(bool on) noexcept {
    if (away_ == on) return;
    away_ = on;
    loop_.count_away(on);
  }
  [[nodiscard]] bool away() const noexcept { return away_; }
  /// Whether this thread is in a step of its task.
  [[nodiscard]] bool in_step() const noexcept {
    return task_loop::current() == &loop_ && loop_.current_task() == task_;
  }
  /// Whether the task has to stay; `state` is the one passed to carry().
  [[nodiscard]] bool pinned(boost::asio::cancellation_state const& state) const noexcept {
    return pinned_ || suspended_thread::throws_if_cancelled(*frame_) || !in_force(state);
  }
  /// The task waits: takes the stack from the object that resumes it. @return whether the task has left the carrier.
  bool suspend(frame_base& innermost, bool stays) noexcept {
    park(suspended_thread::of(innermost));
    if (stays) return false;
    suspended_thread::strip(*frame_);
    suspended_thread::state(*frame_) = boost::asio::cancellation_state();
    task_ = nullptr;
    return true;
  }
  /// The task has ended; `state` is the one passed to carry().
  void release(boost::asio::cancellation_state const& state) noexcept {
    task_ = nullptr;
    if (pinned(state)) [[unlikely]]
      unpin();
    suspended_thread::state(*frame_) = boost::asio::cancellation_state();
  }
  /// Clears the slots, since they may own handlers of operations, which must not outlive the context.
  void clear_slots(boost::asio::cancellation_state const& state) noexcept {
    state.slot().clear();
    signal_.slot().clear();
  }
  /// The loop is destroyed while the task is suspended: its coroutines are destroyed with the carrier's.
  void inherit(frame_base* outermost) noexcept {
    task_ = nullptr;
    inherited_ = outermost;
  }

  // -- the coroutine stack -------------------------------------------------------------------------------------------
  /// The bottom of the stack; null before launch and after the end.
  [[nodiscard]] entry_frame* frame() const noexcept { return frame_; }
  /// Whether that state is in force for the running stack: the coroutines of a stack share it.
  [[nodiscard]] bool in_force(boost::asio::cancellation_state const& state) const noexcept {
    return state.slot() == suspended_thread::state(*frame_).slot();
  }
  [[nodiscard]] bool running() const noexcept { return running_; }
  void set_running(bool on) noexcept { running_ = on; }
  void park(suspended_thread stack) noexcept { parked_.put(std::move(stack)); }
  [[nodiscard]] suspended_thread unpark() noexcept { return parked_.take(); }
  [[nodiscard]] bool parked() const noexcept { return !parked_.empty(); }
  /// Starts the coroutine, which parks immediately.
  [[gnu::cold]] void launch();

  // -- cancellation of Asio operations: see raw_cancels --------------------------------------------------------------
  /// Whether a cancellation is on its way into the Asio operation in which the task is suspended.
  [[nodiscard]] bool cancel_in_flight() const noexcept {
    return static_cast<list_node<cancel_tag> const&>(*this).linked();
  }
  /// Emits it through the state that the task substituted for its own.
  void emit_cancel() { signal_.emit(boost::asio::cancellation_type::terminal); }

 private:
  friend class raw_cancels;
  class next_task;
  class frame_cleanup;
  static entry_coroutine carry_tasks(carrier& w);
  void unpin() noexcept;
  [[nodiscard]] bool seems_bound_home() const noexcept;

  task_loop& loop_;
  task_base* task_ = nullptr;
  entry_frame* frame_ = nullptr;
  frame_base* inherited_ = nullptr;
  stack_slot parked_;
  boost::asio::cancellation_signal signal_;
  frame_base* cancelled_in_ = nullptr;  // the coroutine that was suspended when the pending cancellation came
  std::shared_ptr<planting> planting_;
  std::uint32_t generation_ = 1;
  std::uint16_t ticket_ = 1;
  bool running_ = false;
  bool pinned_ = false;
  bool bound_home_ = false;
  bool away_ = false;
};

}  // namespace asyncio::detail
