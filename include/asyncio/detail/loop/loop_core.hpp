// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The part of a loop that is independent of tasks: ready queue, timers, the driver of run(), the mailbox for other
/// threads.
#pragma once

#include <asyncio/clock.hpp>
#include <asyncio/detail/asio/handler_memory.hpp>
#include <asyncio/detail/base/list.hpp>
#include <asyncio/detail/base/timer_heap.hpp>
#include <asyncio/detail/loop/loop_part.hpp>
#include <asyncio/detail/loop/ready_queue.hpp>
#include <asyncio/detail/loop/turnstile.hpp>
#include <asyncio/fwd.hpp>
#include <asyncio/instrument.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace boost::asio {
class io_context;
}

namespace asyncio::detail {

class loop_core;
class mailbox;

/// The loop of the running code, else null.
extern constinit thread_local loop_core* current_core;

/// The life cycle of a loop, and what each stage still accepts. Anything that comes too late is dropped without leak or
/// crash.
/// | stage  | since                   | new tasks | other threads     | call_soon, timers         | cancel  | signals |
/// |--------|-------------------------|-----------|-------------------|---------------------------|---------|---------|
/// | open   | loop created            | yes       | yes               | yes                       | yes     | yes     |
/// | ending | run() started to end    | yes       | no coroutines (*) | yes                       | yes     | yes     |
/// | ended  | run() is over           | throws    | rejected          | queued, dropped with loop | yes     | no      |
/// | closed | context being destroyed | throws    | rejected          | dropped immediately       | ignored | no      |
///
/// (*) Unless a function of to_thread is running, which may wait for the coroutine.
enum class loop_stage : std::uint8_t { open, ending, ended, closed };

/// The result of one turn of run().
enum class progress : std::uint8_t {
  made,  ///< Something ran, or time has advanced.
  stuck  ///< Nothing can ever run again unless another thread or a signal wakes the loop.
};

/// What happens to a loop in the child of a fork.
enum class fork_fate : std::uint8_t {
  the_parents,   ///< It stays with the parent, and the child has no loop until it creates one.
  carried_over,  ///< Asio was notified before the fork: the loop continues in the child and keeps its signals.
  left_behind    ///< This is the child, and the loop has not been resumed yet.
};

class loop_core {
 public:
  loop_core(loop_core const&) = delete;
  loop_core& operator=(loop_core const&) = delete;

  [[nodiscard]] loop& owner() noexcept { return owner_; }
  [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
  [[nodiscard]] clock& time_source() noexcept { return *clock_; }
  [[nodiscard]] time_point now() const noexcept { return clock_->now(); }
  [[nodiscard]] bool in_thread() const noexcept;
  /// Whether the caller may access the loop: it runs in this thread, or is not running and ran here last.
  [[nodiscard]] bool belongs_here() const noexcept { return in_thread() || turnstile_.was_last(); }
  /// A number unique among the loops of the process (until 2^24 more have been created).
  [[nodiscard]] std::uint32_t serial() const noexcept { return serial_; }

  // -- settings, made before anything runs ---------------------------------------------------------------------------
  /// Settings that the parts of a loop read when they are attached.
  struct part_settings {
    std::optional<std::uint64_t> seed;  // of the random generator
    std::size_t max_threads = 40;
  };
  [[nodiscard]] part_settings& settings() noexcept { return settings_; }
  void set_clock(std::unique_ptr<clock> c) noexcept { clock_ = std::move(c); }
  void set_debug(bool on) noexcept { debug_ = on; }
  [[nodiscard]] bool debug() const noexcept { return debug_; }
  [[nodiscard]] ready_queue& queue() noexcept { return queue_; }
  [[nodiscard]] ready_queue const& queue() const noexcept { return queue_; }
  /// The context is run by run_once(), not by the user, so it need not be kept from running out of work.
  void set_driven(bool on) noexcept { driven_ = on; }
  /// The instrument to notify; null if none.
  [[nodiscard]] instrument* hooks() const noexcept { return hooks_; }
  void set_hooks(instrument* hooks) noexcept { hooks_ = hooks; }

  // -- parts ---------------------------------------------------------------------------------------------------------
  /// The part of class P, constructed as P(loop) on first use. **Threads**: the loop's.
  template <class P>
  [[nodiscard]] P& part() {
    if (P* const there = find_part<P>()) return *there;
    auto made = std::make_unique<P>(static_cast<typename P::loop_type&>(*this));
    P& attached = *made;
    attach(std::move(made), &part_key<P>);
    return attached;
  }
  /// The same, or null if it was not used yet. **Threads**: any, while the loop exists.
  template <class P>
  [[nodiscard]] P* find_part() const noexcept {
    for (loop_part* p = parts_.load(std::memory_order_acquire); p != nullptr; p = p->next_)
      if (p->key_ == &part_key<P>) return static_cast<P*>(p);
    return nullptr;
  }
  std::size_t end_threads() noexcept;
  /// Calls `h` before the loop waits, and periodically. It unregisters itself.
  void add_poll_hook(poll_hook& h) noexcept { poll_hooks_.push_back(h); }

  // -- stages --------------------------------------------------------------------------------------------------------
  /// Throws invalid_state if the loop has ended and cannot run another task.
  void check_open(char const* who) const {
    if (stage_ >= loop_stage::ended) [[unlikely]]
      refuse_task(who);
  }
  void set_ending() noexcept { stage_ = loop_stage::ending; }
  [[nodiscard]] bool takes_remote_tasks() const noexcept { return stage_ == loop_stage::open || has_thread_work(); }
  [[nodiscard]] bool closed() const noexcept { return stage_ == loop_stage::closed; }
  /// Debug mode: throws invalid_state if the caller is not in the thread that runs the loop.
  void check_thread(char const* who) const;

  // -- ready queue and timers ----------------------------------------------------------------------------------------
  void push_ready(ready_node& node) noexcept {
    queue_.push(node);
    if (!drain_.scheduled) schedule_drain();
  }
  void splice_ready(list<ready_node>& nodes) noexcept {
    if (nodes.empty()) return;
    queue_.splice(nodes);
    if (!drain_.scheduled) schedule_drain();
  }
  void add_timer(ready_node& node, time_point deadline) {
    timers_.push(node, deadline);
    if (!drain_.scheduled) schedule_drain();  // which arms the context's timer
  }
  void remove_timer(ready_node& node) noexcept {
    timers_.remove(node);
    if (work_count_ == 0 && timers_.empty()) last_timer_removed();
  }
  [[nodiscard]] bool has_timers() const noexcept { return !timers_.empty(); }
  [[nodiscard]] time_point next_deadline() const noexcept { return timers_.next_deadline(); }
  [[nodiscard]] std::size_t timer_count() const noexcept { return timers_.size(); }

  // -- other threads -------------------------------------------------------------------------------------------------
  /// Receives what other threads send to this loop; may outlive the loop.
  [[nodiscard]] std::shared_ptr<mailbox> const& mail() const noexcept { return mail_; }
  /// The mailbox of the loop at that address, which may dangle; null if there is none. **Threads**: any.
  [[nodiscard]] static std::shared_ptr<mailbox> mail_of(loop const* address);
  /// The mailbox of the loop with that number; null if it was destroyed. **Threads**: any.
  [[nodiscard]] static std::shared_ptr<mailbox> mail_of(std::uint32_t serial);
  /// The same, but also null if the caller may access the loop directly. **Threads**: any.
  [[nodiscard]] static std::shared_ptr<mailbox> mail_from_elsewhere(std::uint32_t serial);
  /// Queues what other threads have sent so far, ahead of what the caller is about to queue.
  void collect_mail() noexcept;
  void add_thread_work() noexcept { thread_work_.fetch_add(1, std::memory_order_relaxed); }
  /// In the loop's thread.
  void remove_thread_work() noexcept {
    if (thread_work_.fetch_sub(1, std::memory_order_relaxed) == 1) splice_ready(thread_waiters_);
  }
  [[nodiscard]] bool has_thread_work() const noexcept { return thread_work_.load(std::memory_order_relaxed) > 0; }
  /// Queued once no thread has work: the test kit's `wait_all_threads_completed`.
  list<ready_node>& thread_waiters() noexcept { return thread_waiters_; }
  /// Counts the coroutines that other threads may be running.
  void count_away(bool one_more) noexcept { one_more ? ++away_count_ : --away_count_; }

  // -- a fork of the process -----------------------------------------------------------------------------------------
  /// Asio was notified of a fork to come (`carried`), or that it is over. A loop that was left behind remains so until
  /// carry_on().
  void expect_fork(bool carried) noexcept {
    if (fate_ != fork_fate::left_behind) fate_ = carried ? fork_fate::carried_over : fork_fate::the_parents;
  }
  [[nodiscard]] fork_fate fate() const noexcept { return fate_; }
  /// In the child of a fork. @return whether it is carried over.
  [[nodiscard]] bool survive_fork() noexcept;
  /// In the child: the loop is being resumed.
  void carry_on();

  // -- the driver of run() -------------------------------------------------------------------------------------------
  /// Runs one handler of the context: waits for it in real time, or lets virtual time jump.
  progress run_once();
  /// Whether no handler, operation or timer is left; runs what is ready in order to find out.
  [[nodiscard]] bool nothing_in_flight();
  /// Blocks until another thread or a signal wakes the loop.
  void wait_for_outside();
  /// Ends the current drain after its batch, so that run_once() returns.
  void interrupt_drain() noexcept { drain_.interrupted = true; }
  /// Queued before time jumps and before a deadlock is declared: the test kit's `wait_all_tasks_blocked`.
  list<ready_node>& quiescence_waiters() noexcept { return quiescence_; }
  /// Makes an exception leave run() immediately: keyboard_interrupt from a task, out of memory, or an exception from a
  /// user's completion handler. The first one wins.
  void escape(std::exception_ptr e) noexcept;
  [[nodiscard]] std::exception_ptr take_escaped() noexcept { return std::exchange(escaped_, nullptr); }

  /// Makes this loop the thread's running loop.
  class entry {
   public:
    explicit entry(loop_core& l) noexcept : before_(std::exchange(current_core, &l)) {}
    entry(entry const&) = delete;
    entry& operator=(entry const&) = delete;
    ~entry() { current_core = before_; }

   private:
    loop_core* before_;
  };

  /// The same for a handler that the context runs: false, with no effect, if another thread runs this loop. Then the
  /// handler is passed on.
  class visit {
   public:
    explicit visit(loop_core& l, bool own = false) noexcept
        : loop_(l),
          before_(current_core),
          how_(before_ == &l ? turnstile::answer::inside : l.turnstile_.enter(l.context_, own)) {
      if (*this) [[likely]]
        current_core = &l;
    }
    visit(visit const&) = delete;
    visit& operator=(visit const&) = delete;
    ~visit() {
      if (*this) [[likely]]
        current_core = before_;
      if (how_ == turnstile::answer::entered) loop_.turnstile_.leave();
    }
    explicit operator bool() const noexcept { return how_ != turnstile::answer::refused; }

   private:
    loop_core& loop_;
    loop_core* before_;
    turnstile::answer how_;
  };
  /// Throws the error for a context that is run by several threads.
  [[noreturn]] static void refuse_thread();

 protected:
  loop_core(loop& owner, boost::asio::io_context& context);
  ~loop_core();

  /// Called when a drain begins.
  virtual void before_drain() noexcept = 0;
  /// Called after handlers of the context have run.
  virtual void after_handlers() noexcept = 0;

  /// A member function without arguments that a handler of the context calls.
  using own_call = void (loop_core::*)();
  /// Queues it, which cannot fail.
  void post_own(own_call fn);
  /// Queues it again and throws: another thread runs the context.
  [[noreturn]] void hand_on(own_call fn);
  [[nodiscard]] handler_memory& memory() noexcept;
  /// Counts work that keeps the loop, and a context run by the user, from ending.
  void work_began() {
    if (work_count_++ == 0 && !driven_) keep_context();
  }
  void work_ended() noexcept {
    if (--work_count_ == 0) last_work_ended();
  }
  [[nodiscard]] std::size_t work_count() const noexcept { return work_count_; }
  /// Pauses the ready queue while Asio's handlers are run out of order.
  void hold_drains() noexcept { drain_.held = true; }
  void let_drains_go() noexcept { drain_.held = false; }
  /// Resumes the queue, running a drain that was due meanwhile.
  void make_up_for_drain();
  [[nodiscard]] std::size_t drain_count() const noexcept { return drain_.count; }

  /// First half of destruction: from here on nothing is accepted, and none of this loop's handlers runs.
  void begin_shutdown() noexcept;
  void drop_queued() noexcept;
  /// Second half: Asio no longer holds anything of this loop.
  void end_shutdown() noexcept;
  void set_ended() noexcept;

 private:
  struct io;
  struct drain_state {
    bool scheduled = false;  // a drain is queued in the context, or running
    bool held = false;
    bool missed = false;  // a drain was due while held
    bool interrupted = false;
    std::size_t count = 0;
    std::size_t turns = 0;      // of run_once()
    std::size_t last_pass = 0;  // how many nodes ran in the last pass
  };
  template <class P>
  static constexpr char part_key = 0;

  void attach(std::unique_ptr<loop_part> p, void const* key) noexcept;
  [[noreturn]] void refuse_task(char const* who) const;
  void context_timer_fired();
  void schedule_drain() noexcept;
  void drain();
  void end_drain() noexcept;
  void ask_poll_hooks(bool idle);
  void fire_due_timers();
  progress run_real();
  progress run_virtual();
  void arm_context_timer();
  void last_timer_removed() noexcept;
  void keep_context();
  void last_work_ended() noexcept;

  loop& owner_;
  boost::asio::io_context& context_;
  ready_queue queue_;
  timer_heap timers_;
  std::unique_ptr<clock> clock_;
  instrument* hooks_ = nullptr;
  std::atomic<loop_part*> parts_{nullptr};
  part_settings settings_;
  list<poll_hook, poll_tag> poll_hooks_;
  std::unique_ptr<io> io_;
  std::shared_ptr<mailbox> mail_;
  turnstile turnstile_;
  list<ready_node> quiescence_;
  list<ready_node> thread_waiters_;
  std::atomic<std::size_t> thread_work_{0};
  std::exception_ptr escaped_;
  std::size_t work_count_ = 0;
  std::size_t away_count_ = 0;
  drain_state drain_;
  std::uint32_t serial_ = 0;
  loop_stage stage_ = loop_stage::open;
  fork_fate fate_ = fork_fate::the_parents;
  bool debug_ = false;
  bool driven_ = false;
};

}  // namespace asyncio::detail
