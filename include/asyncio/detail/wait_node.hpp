/// @file
/// The waiting half of every operation: suspends a coroutine, resumes it through the ready queue, delivers a cancel.
#pragma once

#include <asyncio/detail/asio_hook.hpp>
#include <asyncio/detail/kernel.hpp>
#include <asyncio/detail/worker.hpp>

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

  /// Called by the await handler when the coroutine has suspended.
  void begin(suspended_thread stack) noexcept;

  /// What was waited for has happened: queues the coroutine. Called once, in the loop's thread.
  void complete() noexcept;
  /// The same with an exception as the outcome.
  void complete(std::exception_ptr failure) noexcept {
    failure_ = std::move(failure);
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
  /// Destroys the coroutine that waits, and this node with it: the loop is being destroyed, and all waits are abandoned.
  virtual void unwind() noexcept;
  /// Resumes without a turn in the queue: the operation did not have to wait.
  void resume_ready();

  [[nodiscard]] bool waiting() const noexcept { return phase_ == phase::waiting; }
  /// The task in whose coroutine stack the wait is, else null.
  [[nodiscard]] task_base* waiter() const noexcept;

 protected:
  ~wait_node() {}  // a coroutine frame that holds a waiting node is destroyed only after its stack was taken out

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
    if (failure_ || cancelled_) [[unlikely]] {
      on_cancel();
      throw_outcome();
    }
  }
  void check_outcome() {
    if (failure_ || cancelled_) [[unlikely]] throw_outcome();
  }

  /// Many sleeping tasks do not fit the processor's cache. These two fetch what a wake-up will touch while others are
  /// woken: first the worker and its coroutine, a pass later what those point to.
  void prefetch_worker() noexcept {
    if (!own_) return;
    __builtin_prefetch(worker_);
    __builtin_prefetch(stack_.entry_point());
  }
  void prefetch_task() noexcept {
    if (!own_) return;
    __builtin_prefetch(worker_->task());
    __builtin_prefetch(suspended_thread::top(*stack_.entry_point()));
  }

  [[nodiscard]] kernel& home() const noexcept { return own_ ? worker_->home() : *kernel_; }

 private:
  enum class phase : std::uint8_t { fresh, waiting, queued, finished };
  struct slot_handler {
    wait_node* node;
    void operator()(boost::asio::cancellation_type type) const;
  };

  [[nodiscard]] suspended_thread take_stack() noexcept {
    suspended_thread taken(std::move(stack_));
    stack_.~suspended_thread();
    return taken;
  }
  void adopt_worker_of(suspended_thread& stack) noexcept;
  [[noreturn]] void refuse_second_await();
  void begin_foreign();
  [[noreturn]] void throw_outcome();

  // In the order that fills the gap behind the base class.
  phase phase_ = phase::fresh;
  bool own_ = false;
  bool cancelled_ = false;
  std::uint8_t flags_ = 0;
  union {
    kernel* kernel_ = nullptr;  // in a coroutine stack that is not a task's
    worker* worker_;            // in a task's own
  };
  union {
    suspended_thread stack_;  // while it waits or is queued
  };
  std::exception_ptr failure_;
};

/// What a join does to the task it waits for; `waiter` is the joining task, if it is one.
bool join_arm(task_base& target, wait_node& node, task_base* waiter, kernel& home);
bool join_cancel(task_base& target, wait_node& node);

}  // namespace asyncio::detail
