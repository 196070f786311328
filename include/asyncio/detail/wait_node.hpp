/// @file
/// The waiting half of every operation: suspends a coroutine, resumes it through the ready queue, delivers a cancel.
#pragma once

#include <asyncio/detail/asio_hook.hpp>
#include <asyncio/detail/kernel.hpp>
#include <asyncio/detail/task_state.hpp>

#include <cstdint>
#include <exception>
#include <new>
#include <string_view>

namespace asyncio::detail {

/// One wait of one coroutine. It lives in the operation object, which lives in the frame of the awaiting coroutine.
///
/// A wait in the coroutine stack of a task is cancelled through the task. Any other coroutine (a plain `co_spawn`, an
/// operand of Asio's `||`) is cancelled through its associated cancellation slot, as with every Asio operation.
class wait_node : public ready_node {
 public:
  wait_node() noexcept {}
  wait_node(wait_node const&) = delete;
  wait_node& operator=(wait_node const&) = delete;

  /// Called when the coroutine that awaits is about to suspend. @return whether it has to wait.
  [[nodiscard]] bool begin(frame_base& awaiting) noexcept;

  /// What was waited for has happened: queues the coroutine. Called once, in the loop's thread.
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

  /// Asks the wait to end; true when it will (now or later) and the cancel needs no further delivery.
  virtual bool cancel_wait() = 0;
  [[nodiscard]] virtual wait_info describe() const noexcept = 0;

  void run() override;
  void abandon() noexcept override;

  [[nodiscard]] bool waiting() const noexcept { return phase_ == phase::waiting; }
  /// The task in whose coroutine stack the wait is, else null.
  [[nodiscard]] task_base* waiter() const noexcept { return own_ ? task_ : nullptr; }

 protected:
  // A coroutine frame that holds a waiting node is destroyed only after its stack was taken out.
  ~wait_node() {
    if (failed_ && phase_ == phase::finished) [[unlikely]] failure_.~exception_ptr();
  }

  /// Room for what a derived class has to remember in bits.
  void set_flag(std::uint8_t flag) noexcept { flags_ |= flag; }
  [[nodiscard]] bool has_flag(std::uint8_t flag) const noexcept { return (flags_ & flag) != 0; }

  /// Registers with whatever is waited for. @return true when there is nothing to wait for.
  virtual bool arm() = 0;
  /// Undoes arm(): the loop is being destroyed, or the coroutine will not be resumed.
  virtual void disarm() noexcept = 0;

  /// For finish(): throws when the wait failed or was cancelled. `on_cancel` runs first in either case.
  template <class Undo>
  void check_outcome(Undo&& on_cancel) {
    if (failed_ || cancelled_) [[unlikely]] {
      on_cancel();
      throw_outcome();
    }
  }
  void check_outcome() {
    if (failed_ || cancelled_) [[unlikely]] throw_outcome();
  }

  /// Many sleeping tasks do not fit the processor's cache: fetches what a wake-up will touch while others are woken.
  void prefetch_task() const noexcept {
    if (!own_) return;
    __builtin_prefetch(task_);
    __builtin_prefetch(awaiting_);
  }

  [[nodiscard]] kernel& home() const noexcept { return own_ ? *task_->home() : *kernel_; }

 private:
  enum class phase : std::uint8_t { fresh, waiting, queued, finished };
  struct slot_handler {
    wait_node* node;
    void operator()(boost::asio::cancellation_type type) const;
  };

  [[nodiscard]] bool begin_own(task_base& task, worker& carrier) noexcept;
  [[nodiscard]] bool begin_foreign(entry_frame& bottom) noexcept;
  void register_foreign();
  [[nodiscard]] suspended_thread take_stack() noexcept {
    suspended_thread taken(std::move(stack_));
    stack_.~suspended_thread();
    return taken;
  }
  /// Where a failure is kept until the coroutine is resumed: Asio needs that place in the frame only after it has ended.
  [[nodiscard]] std::exception_ptr& stash_place() noexcept;
  void stash(std::exception_ptr failure) noexcept;
  /// The wait is over and the coroutine will be resumed.
  void end_wait(frame_base& awaiting) noexcept;
  void fail_at_once(std::exception_ptr failure) noexcept;
  void refuse_second_await() noexcept;
  [[noreturn]] void throw_outcome();

  // In the order that fills the gap behind the base class. Every task that waits keeps one of these in its frame, hence
  // the frugality.
  phase phase_ : 2 = phase::fresh;
  bool own_ : 1 = false;
  bool cancelled_ : 1 = false;
  bool failed_ : 1 = false;
  bool detached_ : 1 = false;
  std::uint8_t flags_ = 0;
  union {
    kernel* kernel_ = nullptr;  // in a coroutine stack that is not a task's
    task_base* task_;           // in a task's own
  };
  union {
    frame_base* awaiting_ = nullptr;  // while it waits or is queued
    suspended_thread stack_;          // the same in a coroutine stack that is not a task's, as soon as it is detached
    std::exception_ptr failure_;      // when it is over and has failed
  };
};

/// What a join does to the task it waits for; `waiter` is the joining task, if it is one.
bool join_arm(task_base& target, wait_node& node, task_base* waiter, kernel& home);
bool join_cancel(task_base& target, wait_node& node);

}  // namespace asyncio::detail
