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

class children;

/// Is shown the tasks that somebody waits for.
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
  /// For one that was not awaited yet. Neither of the two is told of when nobody awaits it: it was put aside on purpose.
  wait_node(wait_node&& other) noexcept : put_aside_(true) { other.put_aside_ = true; }
  wait_node(wait_node const&) = delete;
  wait_node& operator=(wait_node const&) = delete;

  /// Called when the coroutine that awaits is about to suspend. @return whether it has to wait.
  ///
  /// In another thread than the loop's (after a hop to a thread pool, or in a callback's thread) the coroutine is sent home,
  /// and all that follows happens there. `ready`, if not null, is asked again then.
  using ready_function = bool (*)(wait_node&) noexcept;
  [[nodiscard]] bool begin(frame_base& awaiting, ready_function ready = nullptr) noexcept;
  /// Whether a member ready() of a derived class may be asked: in the loop's thread, in the middle of a step.
  [[nodiscard]] static bool in_step() noexcept { return current_kernel != nullptr && current_kernel->current_task() != nullptr; }
  template <class Op>
  static bool ready_of(wait_node& op) noexcept {
    return static_cast<Op&>(op).ready();
  }

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
  /// Whether what was waited for has happened, and the coroutine goes on in the next pass. Not one that only gives way.
  [[nodiscard]] virtual bool served() const noexcept { return queued(); }
  /// The children whose end is waited for, if these are what the wait is for.
  [[nodiscard]] virtual children* awaited_children() noexcept { return nullptr; }
  [[nodiscard]] virtual wait_info describe() const noexcept = 0;
  /// Shows the tasks whose end is waited for, as long as they have not ended.
  virtual void visit_awaited(task_visitor&) {}

  void run() override;
  /// Its task goes on now. @return the coroutine that has waited.
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
  /// Destroys the coroutine stack, not a task's, that has waited, and this node with it: the loop is being destroyed.
  void unwind_foreign() noexcept;

  /// For the hooks, of which there are some: what was waited for has happened.
  void tell_woken(kernel& k) const;

  [[nodiscard]] bool waiting() const noexcept { return phase_ == phase::waiting; }
  /// Whether it stands in the ready queue, and its coroutine goes on in its turn.
  [[nodiscard]] bool queued() const noexcept { return phase_ == phase::queued; }
  /// The task in whose coroutine stack the wait is, else null.
  [[nodiscard]] task_base* waiter() const noexcept { return own_ ? task_ : nullptr; }
  /// The loop that resumes it; once it has begun.
  [[nodiscard]] kernel& home() const noexcept { return own_ ? *task_->home() : *kernel_; }

 protected:
  // A coroutine frame that holds a waiting node is destroyed only after its stack was taken out.
  ~wait_node() {
    if (phase_ != phase::finished || failed_) [[unlikely]] end_otherwise();
  }
  /// It has done its work without an await.
  void need_not_be_awaited() noexcept { put_aside_ = true; }

  /// Awaited while Asio's throw_if_cancelled is switched off on purpose.
  static constexpr std::uint8_t throws_nothing = 0x80;
  /// Room for what a derived class has to remember in bits, but for the one above.
  void set_flag(std::uint8_t flag) noexcept { flags_ |= flag; }
  [[nodiscard]] bool has_flag(std::uint8_t flag) const noexcept { return (flags_ & flag) != 0; }

  /// For a member ready() of a derived class, when there is nothing to wait for: counts as the one await of the operation.
  /// @return false when it was awaited before.
  [[nodiscard]] bool awaited_first_time() noexcept {
    if (phase_ != phase::fresh) [[unlikely]] return false;
    phase_ = phase::finished;
    return true;
  }

  /// Registers with whatever is waited for. @return true when there is nothing to wait for.
  virtual bool arm() = 0;
  /// For arm(), when there is nothing to wait for but a turn.
  void take_turn() noexcept {
    phase_ = phase::queued;
    home().push_ready(*this);
  }
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

  /// Ends the await as a cancelled one: cancelled_error in a task; elsewhere Asio's rule holds.
  [[noreturn]] void throw_cancel(std::string_view message) const;
  /// The same with the text of the task's own cancel.
  [[noreturn]] void throw_cancel() const;
  /// For finish() of a wait for something that may end by a cancel and then throws cancelled_error: `cancelled` says that it
  /// has. To others than tasks that is Asio's operation_aborted.
  void check_target(bool cancelled) const {
    if (cancelled && !own_) [[unlikely]] throw_cancel({});
  }

  /// Many sleeping tasks do not fit the processor's cache: fetches what a wake-up will touch while others are woken.
  void prefetch_task() const noexcept {
    if (!own_) return;
    __builtin_prefetch(task_);
    __builtin_prefetch(awaiting_);
  }

  // -- for a wait that goes on after its first turn, with a run() of its own -------------------------------------------
  /// The outcome is settled, but not yet the time: nothing is queued.
  void set_cancelled() noexcept { cancelled_ = true; }
  /// The same; also for a member ready() that found that there is nothing to wait for.
  void set_failure(std::exception_ptr failure) noexcept;
  [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }
  /// Takes the cancel of the task that cancel_wait() left to this turn; false when there is none.
  bool take_cancel() noexcept;
  /// wait_node::run() out of such a turn, that is, without a complete() before it.
  void run_now();

 private:
  enum class phase : std::uint8_t { fresh, waiting, queued, finished, on_the_way };  // ... home
  struct slot_handler {
    wait_node* node;
    void operator()(boost::asio::cancellation_type type) const;
  };

  [[nodiscard]] bool begin_elsewhere(entry_frame& bottom, ready_function ready) noexcept;
  [[nodiscard]] bool begin_here(entry_frame& bottom, ready_function ready) noexcept;
  /// Sends the coroutine, which has just suspended, to its loop, ...
  static void depart(void* node) noexcept;
  /// ... where it arrives and begins to wait.
  void arrive();
  [[nodiscard]] bool begin_own(task_base& task, worker& carrier) noexcept;
  [[nodiscard]] bool begin_foreign(entry_frame& bottom) noexcept;
  void register_foreign();
  /// Hands the coroutine, not a task's, over to its executor. Until that calls go_on() the node keeps it.
  void run_foreign();
  void go_on() noexcept;
  [[nodiscard]] suspended_thread take_stack() noexcept {
    suspended_thread taken(std::move(stack_));
    stack_.~suspended_thread();
    return taken;
  }
  /// Where a failure is kept until the coroutine is resumed: Asio needs that place in the frame only after it has ended.
  [[nodiscard]] std::exception_ptr& stash_place() noexcept;
  void stash(std::exception_ptr failure) noexcept;
  /// The wait is over and the coroutine will be resumed.
  void end_wait(frame_base& awaiting) noexcept {
    phase_ = phase::finished;
    if (failed_) [[unlikely]] new (&failure_) std::exception_ptr(std::exchange(frame_access::pending(awaiting), nullptr));
  }
  void fail_at_once(std::exception_ptr failure) noexcept;
  void refuse_second_await() noexcept;
  [[gnu::cold]] void end_otherwise() noexcept;
  [[noreturn]] void throw_outcome();

  // In the order that fills the gap behind the base class. Every task that waits keeps one of these in its frame, hence
  // the frugality.
  phase phase_ : 3 = phase::fresh;
  bool own_ : 1 = false;
  bool cancelled_ : 1 = false;
  bool failed_ : 1 = false;
  bool detached_ : 1 = false;
  bool put_aside_ : 1 = false;
  std::uint8_t flags_ = 0;
  union {
    kernel* kernel_ = nullptr;  // in a coroutine stack that is not a task's
    task_base* task_;           // in a task's own
    ready_function ready_;      // on the way home
  };
  union {
    frame_base* awaiting_ = nullptr;  // while it waits or is queued
    suspended_thread stack_;          // the same in a coroutine stack that is not a task's, as soon as it is detached;
                                      // in any stack on the way home
    std::exception_ptr failure_;      // when it is over and has failed
  };
};

/// What a join does to the task it waits for: queues `node` when it ends. `waiter` is the joining task, if it is one.
bool join_arm(task_base& target, ready_node& node, task_base* waiter, kernel& home);
bool join_cancel(task_base& target, wait_node& node);

}  // namespace asyncio::detail
