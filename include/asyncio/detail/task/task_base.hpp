// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The type-independent part of a task: its coroutine, queue node, cancellation state and waiters in one block.
#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/detail/asio/cancellation_cell.hpp>
#include <asyncio/detail/base/reference_count.hpp>
#include <asyncio/detail/task/carrier.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace asyncio::detail {

class callback_index;

/// The owner of a structured child (gather, a task group): called in the loop's thread as soon as the task has ended.
class task_owner {
 public:
  /// The task has ended; its waiters are not queued yet.
  virtual void child_finished(task_base& child) noexcept = 0;
  /// The turn requested by child_finished through queue_report(), as for asyncio's done callbacks.
  virtual void child_report(task_base&) noexcept {}

 protected:
  ~task_owner() = default;
};

/// A deadline in force for a task, linked to the enclosing ones. `when` is the largest time_point if there is none.
struct deadline_scope {
  time_point when = time_point::max();
  deadline_scope const* outer = nullptr;
};
/// The earliest deadline in force for `task`, which may be null.
[[nodiscard]] time_point effective_deadline(task_base const* task) noexcept;

enum class task_phase : std::uint8_t { created, started, finished, failed, cancelled };

/// The state of cancellation requests in a task.
/// | what happened                                     | requests | pending | seen | passing_down        |
/// |---------------------------------------------------|----------|---------|------|---------------------|
/// | no request                                        | 0        | no      | no   | no                  |
/// | cancel(), not thrown yet                          | n > 0    | yes     | yes  | while tasks are told |
/// | it was thrown, and the task may go on             | n > 0    | no      | yes  | no                  |
/// | uncancel() has withdrawn the last one             | 0        | no      | yes  | no                  |
struct cancel_progress {
  int requests = 0;           ///< The value of cancelling().
  bool pending = false;       ///< The current or next wait throws it.
  bool seen = false;          ///< There has been a request.
  bool passing_down = false;  ///< It is being passed to what the task waits for.
  bool ahead = false;         ///< The owner cancelled this task before its siblings.
};

/// The part of a task that does not depend on its result type. As a ready_node it is the task's start.
class task_base : public ready_node, public list_node<registry_tag>, public list_node<child_tag> {
 public:
  task_base(task_loop& home, frame_base* body, source_location where);
  task_base(task_base const&) = delete;
  task_base& operator=(task_base const&) = delete;

  /// Memory of recently ended tasks is reused, per thread.
  static void* operator new(std::size_t size);
  static void operator delete(void* block, std::size_t size) noexcept;

  void add_reference() noexcept { references_.add(); }
  /// For callers without a reference: another thread may be dropping the last one.
  [[nodiscard]] bool add_reference_if_any() noexcept { return references_.add_unless_released(); }
  void release() noexcept {
    if (references_.release()) destroy();
  }
  [[nodiscard]] bool unreferenced_elsewhere() const noexcept { return references_.unique(); }
  /// Whether its sole owner may reuse it for a new task: it has succeeded and nothing of it remains.
  [[nodiscard]] bool renewable() const noexcept {
    return phase_ == task_phase::finished && unreferenced_elsewhere() && !cancel_.seen && !retrieved_ &&
           extras_ == nullptr;
  }

  enum class start_mode : std::uint8_t {
    queued,   ///< Starts in the next pass.
    eager,    ///< Starts immediately, inside the call.
    by_owner  ///< Started by the launching owner.
  };
  /// Registers the task with its loop.
  void launch(start_mode mode);
  /// For owners with several children: the child's index.
  [[nodiscard]] std::uint64_t child_index() const noexcept { return child_index_; }
  void set_child_index(std::uint64_t index) noexcept { child_index_ = index & id_mask; }

  // -- state ---------------------------------------------------------------------------------------------------------
  [[nodiscard]] task_loop* home() const noexcept { return loop_; }
  [[nodiscard]] std::uint32_t home_serial() const noexcept { return home_serial_; }
  /// The loop if it still exists: a handle may outlive it. **Threads**: any.
  [[nodiscard]] task_loop* living_home() const noexcept { return task_loop::if_alive(loop_, home_serial_); }
  /// The carrier it occupies: while it runs, while it waits in an Asio operation, and always if pinned; else null.
  [[nodiscard]] carrier* carried_by() const noexcept { return carrier_; }
  /// The operation of this library that it waits in, else null.
  [[nodiscard]] wait_node* waiting() const noexcept { return waiting_; }
  void set_waiting(wait_node* node) noexcept { waiting_ = node; }
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  [[nodiscard]] source_location created_at() const noexcept { return where_; }
  [[nodiscard]] bool started() const noexcept { return phase_ != task_phase::created; }
  [[nodiscard]] bool done() const noexcept { return phase_ >= task_phase::finished; }
  [[nodiscard]] bool cancelled() const noexcept { return phase_ == task_phase::cancelled; }
  [[nodiscard]] bool failed() const noexcept { return phase_ == task_phase::failed; }
  [[nodiscard]] std::string_view name() const;
  void set_name(std::string name);
  [[nodiscard]] context_slot& context() noexcept { return context_; }
  [[nodiscard]] wait_info waits_for() const noexcept;
  void set_owner(task_owner* owner) noexcept { owner_ = owner; }
  [[nodiscard]] task_owner* owner() const noexcept { return owner_; }
  /// For child_finished: child_report will be called in a separate turn.
  void queue_report() noexcept {
    add_reference();
    loop_->push_ready(*this);
  }
  /// For the cleanup of `finally`: part of another task, not listed by all_tasks().
  void set_unlisted() noexcept { unlisted_ = true; }
  [[nodiscard]] bool unlisted() const noexcept { return unlisted_; }
  /// For children of gather and the like: if the loop is destroyed, the report names the task that waits for them.
  void set_unreported() noexcept { unreported_ = true; }

  // -- outcome -------------------------------------------------------------------------------------------------------
  /// The exception of a failed task, else null; counts as retrieving it.
  [[nodiscard]] std::exception_ptr retrieve_exception() noexcept;
  [[nodiscard]] std::exception_ptr const& failure() const noexcept { return failure_; }
  void mark_retrieved() noexcept;
  /// Reports an unretrieved exception to the exception handler; afterwards it counts as retrieved.
  void report_unretrieved() noexcept;
  /// Its exception is about to be thrown in `to`; null: outside any task.
  void thrown_in(task_base const* to) const noexcept;
  /// Throws what a join of the ended task throws: its exception, or cancelled_error.
  void rethrow_failure() {
    if (phase_ != task_phase::finished) [[unlikely]]
      throw_failure();
  }
  /// Throws invalid_state unless the task has ended; `who` begins the error message.
  void require_done(char const* who) const;

  // -- cancellation --------------------------------------------------------------------------------------------------
  bool cancel(std::string_view message);
  /// A cancellation by an owner that cancels all its children a little later: for a child that would otherwise resume
  /// or start before that. It affects only this task. At most once before the regular one.
  void cancel_ahead() noexcept;
  /// Whether cancel_ahead() was called; if so, the owner need not cancel it again.
  [[nodiscard]] bool exchange_cancelled_ahead() noexcept { return std::exchange(cancel_.ahead, false); }
  /// The bookkeeping part of cancel(): does not affect the wait in progress.
  void note_cancel(std::string_view message);
  /// Whether a cancellation of this task is being passed down to what it waits for.
  [[nodiscard]] bool passing_cancel_down() const noexcept { return cancel_.passing_down; }
  void set_passing_cancel_down(bool on) noexcept { cancel_.passing_down = on; }
  /// The number of the last cancel_walk that visited it, or 0.
  [[nodiscard]] std::uint32_t cancel_walk() const noexcept { return cancel_walk_; }
  void set_cancel_walk(std::uint32_t number) noexcept { cancel_walk_ = number & task_loop::last_cancel_walk; }
  /// For a task that has started and not ended: whether a cancel_walk is about to visit it.
  [[nodiscard]] bool linked_by_cancel() const noexcept { return static_cast<list_node<> const&>(*this).linked(); }
  void unlink_from_cancel() noexcept { static_cast<list_node<>&>(*this).unlink(); }
  [[nodiscard]] int cancelling() const noexcept { return cancel_.requests; }
  int uncancel() noexcept;
  [[nodiscard]] std::string_view cancel_message() const noexcept;
  [[nodiscard]] bool must_cancel() const noexcept { return cancel_.pending; }
  void set_must_cancel(bool on) noexcept { cancel_.pending = on; }
  /// Drops a cancellation that has not been thrown yet.
  void drop_cancel() noexcept;
  /// Delivers the cancellation to the wait in progress, if that accepts it: now, or after the current step.
  void deliver_cancel() noexcept;

  // -- deadlines -----------------------------------------------------------------------------------------------------
  /// The innermost deadline. It must stay valid while in force.
  [[nodiscard]] deadline_scope const* deadlines() const noexcept { return deadlines_; }
  void set_deadlines(deadline_scope const* innermost) noexcept { deadlines_ = innermost; }

  // -- waiters -------------------------------------------------------------------------------------------------------
  /// The nodes to queue, in order, when the task ends.
  list<ready_node>& waiters() noexcept { return waiters_; }
  /// The index of the done callbacks among them.
  [[nodiscard]] std::unique_ptr<callback_index>& callbacks() { return more().callbacks; }
  [[nodiscard]] bool has_callback_index() const noexcept { return extras_ != nullptr && extras_->callbacks != nullptr; }

  // -- ready_node: the start, later the report to the owner ----------------------------------------------------------
  void run() override;
  void abandon() noexcept override {
    if (done()) release();
  }
  [[nodiscard]] task_base* startable() noexcept override {
    return phase_ == task_phase::created && !cancel_.pending ? this : nullptr;
  }

  // -- the carrier's side --------------------------------------------------------------------------------------------
  /// The outermost coroutine of the body; valid until it has ended.
  [[nodiscard]] frame_base& root() const noexcept { return *body_; }
  /// Its cancellation state, as held by Asio's coroutines; valid once started.
  [[nodiscard]] boost::asio::cancellation_state cancellation() noexcept { return cancellation_.state(); }
  /// It is about to be resumed for the first time.
  void begin_body() noexcept;
  /// It has suspended in that operation; `left`: and has left its carrier.
  void suspended_in(wait_node& node, bool left) noexcept {
    waiting_ = &node;
    if (left) carrier_ = nullptr;
  }
  /// It starts or resumes on that carrier.
  void moved_to(carrier& w) noexcept {
    carrier_ = &w;
    w.carry(*this, cancellation());
  }
  /// There was not enough memory to start.
  void body_refused(std::exception_ptr e) noexcept;
  /// The outermost coroutine has returned or thrown.
  void body_ended() noexcept;
  /// Its coroutine stack was destroyed: an operation it waited for was dropped without completing.
  void body_abandoned() noexcept;
  /// The state that its coroutines get from Asio.
  [[nodiscard]] boost::asio::cancellation_state asio_state() noexcept {
    return carrier_ ? suspended_thread::state(*carrier_->frame()) : cancellation();
  }
  /// Records the cancellation in that state without notifying the operation in progress. @return false if user code
  /// filters it out.
  bool show_cancel();
  void emit_cancel() {
    if (carrier_ == nullptr || carrier_->in_force(cancellation())) {
      cancellation_.emit(boost::asio::cancellation_type::terminal);
    } else {
      carrier_->emit_cancel();
    }
  }

  /// The loop is being destroyed and the task will never end: reports this ...
  void report_loss() noexcept;
  /// ... abandons its wait ...
  void abandon_wait() noexcept;
  /// ... and destroys its body, after all other tasks have abandoned their waits, which may be for objects in this
  /// body.
  void lose() noexcept;

 protected:
  ~task_base();
  virtual void destroy() noexcept = 0;
  /// For destroy(): whether another thread dropped the last handle of a task with an unretrieved failure. Then the loop
  /// reports it in its own thread and destroys the task.
  [[nodiscard]] bool sent_home() noexcept { return failure_ != nullptr && !retrieved_ && send_home(); }
  /// Stores the result of the body, and calls ended(). May throw before that.
  virtual void take_result() = 0;
  /// @return whether the result counts: as in asyncio, a cancellation after the last await makes the task cancelled.
  [[nodiscard]] bool result_counts() noexcept;
  void drop_body() noexcept;
  void ended(task_phase phase) noexcept;
  /// Reuses a renewable() task for a new body.
  void renew(frame_base* body) noexcept {
    body_ = body;
    id_ = loop_->next_task_id() & id_mask;
    phase_ = task_phase::created;
    cancel_walk_ = 0;
    cancellation_.reset();
  }

 private:
  static constexpr std::uint64_t id_mask = (std::uint64_t{1} << 40) - 1;
  [[gnu::cold]] void warn_of_swallowed_cancel();
  [[gnu::cold]] void tell_ended();
  void throw_failure();
  void note_failure() const noexcept;
  void body_threw(std::exception_ptr e) noexcept;
  void body_failed(std::exception_ptr e) noexcept;
  void body_cancelled(std::string_view message) noexcept;
  /// Whether it is suspended; false if it has not started or is in a step.
  [[nodiscard]] bool suspended() const noexcept { return carrier_ ? !carrier_->running() : waiting_ != nullptr; }

  struct extras {
    std::string name;
    std::string cancel_message;
    std::unique_ptr<callback_index> callbacks;
  };
  extras& more();
  void set_cancel_message(std::string_view message) noexcept;
  [[nodiscard]] bool send_home() noexcept;

  task_loop* loop_;
  carrier* carrier_ = nullptr;
  wait_node* waiting_ = nullptr;
  frame_base* body_;
  task_owner* owner_ = nullptr;
  std::uint64_t id_ : 40;
  std::uint64_t home_serial_ : 24;
  source_location where_;
  list<ready_node> waiters_;
  context_slot context_;
  std::exception_ptr failure_;
  deadline_scope const* deadlines_ = nullptr;
  mutable std::unique_ptr<extras> extras_;
  std::uint64_t child_index_ : 40 = 0;
  std::uint64_t cancel_walk_ : 24 = 0;
  reference_count references_;
  cancellation_cell cancellation_;
  task_phase phase_ = task_phase::created;
  cancel_progress cancel_;
  bool retrieved_ = false;
  bool unlisted_ = false;
  bool unreported_ = false;
};

inline void task_loop::task_added(task_base& task) noexcept {
  live_.push_back(task);
  work_began();
}

/// A counted reference to a task.
class task_ref {
 public:
  task_ref() = default;
  /// Takes over one reference.
  explicit task_ref(task_base* adopted) noexcept : state_(adopted) {}
  static task_ref share(task_base& t) noexcept {
    t.add_reference();
    return task_ref(&t);
  }
  task_ref(task_ref const& other) noexcept : state_(other.state_) {
    if (state_) state_->add_reference();
  }
  task_ref(task_ref&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  // Two overloads instead of one by value: in templates clang 14 never destroys the argument of the latter.
  task_ref& operator=(task_ref const& other) noexcept { return *this = task_ref(other); }
  task_ref& operator=(task_ref&& other) noexcept {
    task_ref dropped(std::exchange(state_, std::exchange(other.state_, nullptr)));
    return *this;
  }
  ~task_ref() {
    if (state_) state_->release();
  }
  [[nodiscard]] task_base* get() const noexcept { return state_; }

 private:
  task_base* state_ = nullptr;
};

}  // namespace asyncio::detail
