/// @file
/// A worker: one coroutine that was started once and carries task after task, so that a task costs no co_spawn.
#pragma once

#include <asyncio/detail/asio_hook.hpp>
#include <asyncio/detail/kernel.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>

#include <cstdint>
#include <memory>
#include <sys/single_threaded.h>
#include <utility>

namespace asyncio::detail {

struct cancel_tag {};
struct planting;

/// The bottom of a coroutine stack, with its executor. A task stands on one while it runs. When it waits in an operation of
/// this library it leaves the worker to the next task, and is resumed on any other: a waiting task costs no worker.
///
/// A task that has shown the worker to others stays on it to its end (pinned): it or an Asio operation has a copy of the
/// worker's executor, which names the worker, or it has changed something Asio keeps at the bottom of the stack.
class worker : public list_node<>, public list_node<cancel_tag> {
 public:
  explicit worker(kernel& home) noexcept : kernel_(home) {}

  [[nodiscard]] kernel& home() const noexcept { return kernel_; }
  /// Changes when a pinned task ends: executors that were copied before belong to no task any more.
  [[nodiscard]] std::uint32_t generation() const noexcept { return generation_; }
  [[nodiscard]] task_base* task() const noexcept { return task_; }

  // -- the task's stay -----------------------------------------------------------------------------------------------
  /// A task comes, to begin or to go on.
  void carry(task_base& task, boost::asio::cancellation_state const& state) noexcept {
    task_ = &task;
    suspended_thread::state(*frame_) = state;
  }
  void pin() noexcept { pinned_ = true; }
  /// Somebody gets a copy of the executor. @return the number that makes it a return ticket: it is the operation in which
  /// the stack is suspended that asks, and it will resume the stack through the copy; else 0.
  [[nodiscard]] std::uint16_t lend() noexcept;
  /// A handler that has such a copy runs: maybe it resumes the stack.
  void redeem(std::uint16_t ticket) noexcept {
    if (ticket == 0 || ticket != ticket_) return;
    if (++ticket_ == 0) ticket_ = 1;
    bound_home_ = false;
  }
  /// The stack is in the loop's thread again. @return whether it was thought to be there all the time.
  bool came_home() noexcept { return std::exchange(bound_home_, false); }
  /// Whether nobody but the loop's thread can have the stack in hands while it is suspended in an Asio operation. That is
  /// so when the operation has asked for the stack's executor. One that is bound to another (bind_executor) does not ask: it
  /// may be a hop to a thread pool.
  [[nodiscard]] bool bound_home() const noexcept { return bound_home_ || __libc_single_threaded || seems_bound_home(); }
  /// Whether the stack is in nobody else's hands.
  [[nodiscard]] bool has_stack() const noexcept { return running_ || parked() || bound_home(); }
  /// After a step: whether the stack may be in the hands of another thread now.
  void set_away(bool on) noexcept {
    if (away_ == on) return;
    away_ = on;
    kernel_.count_away(on);
  }
  [[nodiscard]] bool away() const noexcept { return away_; }
  /// Whether this thread is in the middle of a step of its task.
  [[nodiscard]] bool in_step() const noexcept { return current_kernel == &kernel_ && kernel_.current_task() == task_; }
  /// Whether the task has to stay; `state` is what carry() was given.
  [[nodiscard]] bool pinned(boost::asio::cancellation_state const& state) const noexcept {
    return pinned_ || suspended_thread::throws_if_cancelled(*frame_) || !in_force(state);
  }
  /// The task waits: takes the stack out of whoever resumes it. @return whether the task has left.
  bool suspend(frame_base& innermost, bool stays) noexcept {
    park(suspended_thread::of(innermost));
    if (stays) return false;
    suspended_thread::strip(*frame_);
    suspended_thread::state(*frame_) = boost::asio::cancellation_state();
    task_ = nullptr;
    return true;
  }
  /// The task has ended; `state` is what carry() was given.
  void release(boost::asio::cancellation_state const& state) noexcept {
    task_ = nullptr;
    if (pinned(state)) [[unlikely]] unpin();
    suspended_thread::state(*frame_) = boost::asio::cancellation_state();
  }
  /// The same: the slots may own the handlers of operations, which must not outlive the context.
  void clear_slots(boost::asio::cancellation_state const& state) noexcept {
    state.slot().clear();
    signal_.slot().clear();
  }
  /// The loop is being destroyed under the task: its coroutines go with the worker's.
  void inherit(frame_base* outermost) noexcept {
    task_ = nullptr;
    inherited_ = outermost;
  }

  // -- the coroutine stack -------------------------------------------------------------------------------------------
  /// Its bottom; null before it was launched and after it has ended.
  [[nodiscard]] entry_frame* frame() const noexcept { return frame_; }
  /// Whether that state is the one in force for the running stack: the coroutines of a stack share it.
  [[nodiscard]] bool in_force(boost::asio::cancellation_state const& state) const noexcept {
    return state.slot() == suspended_thread::state(*frame_).slot();
  }
  [[nodiscard]] bool running() const noexcept { return running_; }
  void set_running(bool on) noexcept { running_ = on; }
  void park(suspended_thread stack) noexcept { parked_.put(std::move(stack)); }
  [[nodiscard]] suspended_thread unpark() noexcept { return parked_.take(); }
  [[nodiscard]] bool parked() const noexcept { return !parked_.empty(); }
  /// Starts the coroutine, which parks at once.
  void launch();

  // -- cancels of Asio operations: see raw_cancels -------------------------------------------------------------------
  /// Whether a cancel is on its way into the Asio operation the task is suspended in.
  [[nodiscard]] bool cancel_in_flight() const noexcept { return static_cast<list_node<cancel_tag> const&>(*this).linked(); }
  /// Through the state that the task put in the place of its own.
  void emit_cancel() { signal_.emit(boost::asio::cancellation_type::terminal); }

 private:
  friend class raw_cancels;
  class turn;
  class last_rites;
  static entry_coroutine carry_tasks(worker& w);
  void unpin() noexcept;
  [[nodiscard]] bool seems_bound_home() const noexcept;

  kernel& kernel_;
  task_base* task_ = nullptr;
  entry_frame* frame_ = nullptr;
  frame_base* inherited_ = nullptr;
  stack_slot parked_;
  boost::asio::cancellation_signal signal_;
  frame_base* cancelled_in_ = nullptr;  // the coroutine that was suspended when the cancel in flight came
  std::shared_ptr<planting> planting_;
  std::uint32_t generation_ = 1;
  std::uint16_t ticket_ = 1;
  bool running_ = false;
  bool pinned_ = false;
  bool bound_home_ = false;
  bool away_ = false;
};

}  // namespace asyncio::detail
