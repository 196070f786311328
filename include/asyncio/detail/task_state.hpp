/// @file
/// What a task is made of: one block with its coroutine, result, queue node and cancel state.
#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/detail/worker.hpp>
#include <asyncio/error.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif

namespace asyncio::detail {

/// A reference count that is atomic only in a program with threads.
class reference_count {
 public:
  void add() noexcept {
    if (single_threaded()) {
      count_.store(count_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    } else {
      count_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  /// @return whether it was the last one.
  bool release() noexcept {
    if (single_threaded()) {
      auto const left = count_.load(std::memory_order_relaxed) - 1;
      count_.store(left, std::memory_order_relaxed);
      return left == 0;
    }
    return count_.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }
  /// add(), unless the last one was released. @return whether it was not.
  [[nodiscard]] bool add_unless_released() noexcept {
    auto count = count_.load(std::memory_order_relaxed);
    while (count != 0)
      if (count_.compare_exchange_weak(count, count + 1, std::memory_order_acquire, std::memory_order_relaxed)) return true;
    return false;
  }
  [[nodiscard]] bool unique() const noexcept { return count_.load(std::memory_order_acquire) == 1; }

 private:
  static bool single_threaded() noexcept {
#if __has_include(<sys/single_threaded.h>)
    return __libc_single_threaded != 0;
#else
    return false;
#endif
  }
  std::atomic<std::uint32_t> count_{1};
};

class callback_index;

/// Who a structured child reports to (gather, a task group): called in the loop's thread as soon as the task has ended.
class task_owner {
 public:
  /// The task has ended; those who wait for it are not queued yet.
  virtual void child_finished(task_base& child) noexcept = 0;
  /// The turn that child_finished asked for by queue_report(), as asyncio's done callbacks have one.
  virtual void child_report(task_base&) noexcept {}

 protected:
  ~task_owner() = default;
};

/// A deadline in force for a task, and those around it. `when` is the largest instant when there is none.
struct deadline_scope {
  time_point when = time_point::max();
  deadline_scope const* outer = nullptr;
};
/// The earliest deadline in force for `task`; null: none.
[[nodiscard]] time_point effective_deadline(task_base const* task) noexcept;

enum class task_phase : std::uint8_t { created, started, finished, failed, cancelled };

/// Everything of a task that does not depend on the type of its result. As a ready_node it is the task's start.
class task_base : public ready_node, public list_node<registry_tag>, public list_node<child_tag> {
 public:
  task_base(kernel& home, frame_base* body, source_location where);
  task_base(task_base const&) = delete;
  task_base& operator=(task_base const&) = delete;

  /// The blocks of tasks that ended last are kept for the next ones, per thread.
  static void* operator new(std::size_t size);
  static void operator delete(void* block, std::size_t size) noexcept;

  void add_reference() noexcept { references_.add(); }
  /// For whoever has none: another thread may be dropping the last one.
  [[nodiscard]] bool add_reference_if_any() noexcept { return references_.add_unless_released(); }
  void release() noexcept {
    if (references_.release()) destroy();
  }
  [[nodiscard]] bool unreferenced_elsewhere() const noexcept { return references_.unique(); }
  /// Whether the one that refers to it may make a new task of it: it has succeeded, and nothing of it is left.
  [[nodiscard]] bool renewable() const noexcept {
    return phase_ == task_phase::finished && unreferenced_elsewhere() && !cancel_seen_ && !retrieved_ && extras_ == nullptr;
  }

  enum class start_mode : std::uint8_t {
    queued,   ///< In the next pass.
    eager,    ///< At once, inside the call.
    by_owner  ///< Whoever launches it will start it.
  };
  /// Makes the task known to its loop.
  void launch(start_mode mode);
  /// For owners with several children: which one this is.
  [[nodiscard]] std::uint64_t child_index() const noexcept { return child_index_; }
  void set_child_index(std::uint64_t index) noexcept { child_index_ = index & id_mask; }

  // -- state ---------------------------------------------------------------------------------------------------------
  [[nodiscard]] kernel* home() const noexcept { return kernel_; }
  [[nodiscard]] std::uint32_t home_serial() const noexcept { return home_serial_; }
  /// The same if that loop still exists: a handle may outlive it. **Threads**: any.
  [[nodiscard]] kernel* living_home() const noexcept { return kernel::if_alive(kernel_, home_serial_); }
  /// The worker it stands on: while it runs, while it waits in an Asio operation, and always when it is pinned; else null.
  [[nodiscard]] worker* carrier() const noexcept { return worker_; }
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
  /// For child_finished: child_report will be called in a turn of its own.
  void queue_report() noexcept {
    add_reference();
    kernel_->push_ready(*this);
  }
  /// The cleanup of `finally`: a part of another task, not a task of its own for all_tasks().
  void set_unlisted() noexcept { unlisted_ = true; }
  [[nodiscard]] bool unlisted() const noexcept { return unlisted_; }
  /// A child of gather and the like: when the loop is destroyed, the report names the task that waits for it.
  void set_unreported() noexcept { unreported_ = true; }

  // -- outcome -------------------------------------------------------------------------------------------------------
  /// The exception of a failed task, else null; counts as retrieving it.
  [[nodiscard]] std::exception_ptr take_notice() noexcept;
  [[nodiscard]] std::exception_ptr const& failure() const noexcept { return failure_; }
  void mark_retrieved() noexcept;
  /// Tells the exception handler of an exception that nobody took; afterwards it counts as retrieved.
  void report_unretrieved() noexcept;
  /// Throws what a join of the ended task throws: its exception, or cancelled_error.
  void rethrow_failure() {
    if (phase_ != task_phase::finished) [[unlikely]] throw_failure();
  }
  /// Throws invalid_state unless the task has ended; `who` starts the sentence.
  void require_done(char const* who) const;

  // -- cancellation --------------------------------------------------------------------------------------------------
  bool cancel(std::string_view message);
  /// The cancel of an owner that gives all its children theirs a little later: for one that would go on, or begin, before
  /// that. Nothing but this task learns of it. Once, until the other one comes.
  void cancel_ahead() noexcept;
  /// Whether it has had that; for the owner, whose cancel it need not get any more.
  [[nodiscard]] bool exchange_cancelled_ahead() noexcept { return std::exchange(cancelled_ahead_, false); }
  /// The half of it that counts: what the task is suspended in learns nothing.
  void note_cancel(std::string_view message);
  /// Whether a cancel of this task is being passed down to what it waits for.
  [[nodiscard]] bool passing_cancel_down() const noexcept { return passing_cancel_down_; }
  void set_passing_cancel_down(bool on) noexcept { passing_cancel_down_ = on; }
  /// The cancel_walk that has met it last: the loop's number of it, or 0.
  [[nodiscard]] std::uint32_t cancel_walk() const noexcept { return cancel_walk_; }
  void set_cancel_walk(std::uint32_t number) noexcept { cancel_walk_ = number & kernel::last_cancel_walk; }
  /// For a task that has started and not ended: whether a cancel_walk is going to visit it.
  [[nodiscard]] bool linked_by_cancel() const noexcept { return static_cast<list_node<> const&>(*this).linked(); }
  void unlink_from_cancel() noexcept { static_cast<list_node<>&>(*this).unlink(); }
  [[nodiscard]] int cancelling() const noexcept { return cancel_requests_; }
  int uncancel() noexcept;
  [[nodiscard]] std::string_view cancel_message() const noexcept;
  [[nodiscard]] bool must_cancel() const noexcept { return must_cancel_; }
  void set_must_cancel(bool on) noexcept { must_cancel_ = on; }
  /// Forgets a cancel that has not been thrown yet.
  void drop_cancel() noexcept;
  /// Throws the cancel into what the task is suspended in, if that takes it: now, or after the step in which it came.
  void deliver_cancel() noexcept;

  // -- deadlines -----------------------------------------------------------------------------------------------------
  /// The innermost deadline. It must outlive its being in force.
  [[nodiscard]] deadline_scope const* deadlines() const noexcept { return deadlines_; }
  void set_deadlines(deadline_scope const* innermost) noexcept { deadlines_ = innermost; }

  // -- waiters -------------------------------------------------------------------------------------------------------
  /// Queued, in order, when the task ends.
  list<ready_node>& waiters() noexcept { return waiters_; }
  /// Of the done callbacks among them.
  [[nodiscard]] std::unique_ptr<callback_index>& callbacks() { return more().callbacks; }
  [[nodiscard]] bool has_callback_index() const noexcept { return extras_ != nullptr && extras_->callbacks != nullptr; }

  // -- ready_node: the start, later the report to the owner ----------------------------------------------------------
  void run() override;
  void abandon() noexcept override {
    if (done()) release();
  }
  [[nodiscard]] task_base* startable() noexcept override {
    return phase_ == task_phase::created && !must_cancel_ ? this : nullptr;
  }

  // -- the worker's side ---------------------------------------------------------------------------------------------
  /// The outermost coroutine of the body; until it has ended.
  [[nodiscard]] frame_base& root() const noexcept { return *body_; }
  /// Its cancellation state, as Asio's coroutines have one; from the start on.
  [[nodiscard]] boost::asio::cancellation_state cancellation() noexcept { return cancellation_.state(); }
  /// It is going to be resumed for the first time.
  void begin_body() noexcept;
  /// It has suspended in that operation; `left`: the worker too.
  void suspended_in(wait_node& node, bool left) noexcept {
    waiting_ = &node;
    if (left) worker_ = nullptr;
  }
  /// It begins, or goes on, on that worker.
  void moved_to(worker& w) noexcept {
    worker_ = &w;
    w.carry(*this, cancellation());
  }
  /// There was no memory to begin.
  void body_refused(std::exception_ptr e) noexcept;
  /// The outermost coroutine has returned or thrown.
  void body_ended() noexcept;
  /// Its coroutine stack was destroyed: an operation it waited for was dropped without completing.
  void body_abandoned() noexcept;
  /// The state that its coroutines get when they ask Asio for it.
  [[nodiscard]] boost::asio::cancellation_state asio_state() noexcept {
    return worker_ ? suspended_thread::state(*worker_->frame()) : cancellation();
  }
  /// Lets that state show the cancel; the operation in progress hears nothing. @return false when user code filters it out.
  bool show_cancel();
  void emit_cancel() {
    if (worker_ == nullptr || worker_->in_force(cancellation())) {
      cancellation_.emit(boost::asio::cancellation_type::terminal);
    } else {
      worker_->emit_cancel();
    }
  }

  /// The loop is being destroyed and the task will never end: tells so.
  void report_loss() noexcept;
  /// ... waits for nothing any more,
  void abandon_wait() noexcept;
  /// ... and its body is destroyed. When all others have given up their waits: they may be for objects in this body.
  void lose() noexcept;

 protected:
  ~task_base();
  virtual void destroy() noexcept = 0;
  /// For destroy(): whether another thread dropped the last handle of a failure that nobody took, which the loop reports
  /// in its own thread. Then it is the loop that destroys the task.
  [[nodiscard]] bool sent_home() noexcept { return failure_ != nullptr && !retrieved_ && send_home(); }
  /// Keeps what the body has returned, and calls ended(). May throw before.
  virtual void take_result() = 0;
  /// @return whether it counts: a cancel that found no await any more makes the task cancelled, which is asyncio's rule.
  [[nodiscard]] bool result_counts() noexcept;
  void drop_body() noexcept;
  void ended(task_phase phase) noexcept;
  /// Makes a task that has succeeded, and of which nothing is left, a new one with this body.
  void renew(frame_base* body) noexcept {
    body_ = body;
    id_ = kernel_->next_task_id() & id_mask;
    phase_ = task_phase::created;
    cancel_walk_ = 0;
    cancellation_.reset();
  }

 private:
  static constexpr std::uint64_t id_mask = (std::uint64_t{1} << 40) - 1;
  [[gnu::cold]] void warn_of_swallowed_cancel();
  [[gnu::cold]] void tell_ended();
  void throw_failure();
  void body_threw(std::exception_ptr e) noexcept;
  void body_failed(std::exception_ptr e) noexcept;
  void body_cancelled(std::string_view message) noexcept;
  /// Whether it is suspended, or has not begun, or is in the middle of a step.
  [[nodiscard]] bool suspended() const noexcept { return worker_ ? !worker_->running() : waiting_ != nullptr; }

  struct extras {
    std::string name;
    std::string cancel_message;
    std::unique_ptr<callback_index> callbacks;
  };
  extras& more();
  void set_cancel_message(std::string_view message) noexcept;
  [[nodiscard]] bool send_home() noexcept;

  kernel* kernel_;
  worker* worker_ = nullptr;
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
  int cancel_requests_ = 0;
  reference_count references_;
  cancellation_cell cancellation_;
  task_phase phase_ = task_phase::created;
  bool must_cancel_ = false;
  bool cancel_seen_ = false;
  bool retrieved_ = false;
  bool unlisted_ = false;
  bool unreported_ = false;
  bool passing_cancel_down_ = false;
  bool cancelled_ahead_ = false;
};

inline void kernel::task_added(task_base& task) noexcept {
  live_.push_back(task);
  if (live_count_++ == 0) first_task_added();
}

template <class T>
class task_state final : public task_base {
 public:
  task_state(kernel& home, awaitable<T> body, source_location where) : task_base(home, release_frame(body), where) {}

  /// Makes a new task, with this body, of one that is renewable().
  void renew(awaitable<T> body) noexcept {
    task_base::renew(release_frame(body));
    moved_out_ = false;
  }
  /// For an owner that has taken the result.
  void drop_value() noexcept { value_.reset(); }

  /// The value of a finished task. Throws its failure; throws invalid_state when a join has moved the value out.
  [[nodiscard]] nonvoid_t<T>& value() {
    rethrow_failure();
    if (moved_out_)
      throw invalid_state("asyncio: the result of task '" + std::string(name()) +
                          "' was moved out by an earlier join; a move-only result can be joined once");
    return *value_;
  }
  /// What a join gives: a copy, or the value itself if it cannot be copied or nobody else can ask for it.
  [[nodiscard]] T take(bool last_reference) {
    if constexpr (std::is_void_v<T>) {
      (void)last_reference;
      rethrow_failure();
    } else {
      T& v = value();
      if constexpr (std::is_copy_constructible_v<T>) {
        if (!last_reference) return v;
      }
      moved_out_ = true;
      return std::move(v);
    }
  }

 private:
  void destroy() noexcept override {
    if (!sent_home()) delete this;
  }
  void take_result() override {
    auto& body = static_cast<frame_of<T>&>(root());
    if constexpr (std::is_void_v<T>) {
      body.get();
      drop_body();
      if (!result_counts()) return;
      value_.emplace();
    } else {
      T value = body.get();
      drop_body();
      if (!result_counts()) return;
      value_.emplace(std::move(value));
    }
    ended(task_phase::finished);
  }

  std::optional<nonvoid_t<T>> value_;
  bool moved_out_ = false;
};

/// The outcome of a task that has ended, as a value. `sole_owner`: the value is moved out, not copied.
template <class T>
result<T> outcome_of(task_state<T>& t, bool sole_owner) {
  using boost::system::in_place_error;  // T may be made from an exception_ptr, as std::any is
  if (t.failed()) return result<T>(in_place_error, t.take_notice());
  if (t.cancelled()) return result<T>(in_place_error, cancelled_exception(t.cancel_message()));
  if constexpr (std::is_void_v<T>) {
    (void)sole_owner;
    return {};
  } else {
    return result<T>(boost::system::in_place_value, t.take(sole_owner));
  }
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
  // Two of them, not one that takes a value: in templates clang 14 never destroys the argument of the latter.
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
