/// @file
/// The machine inside a loop: ready queue, timers, workers and the registry of tasks. No public names.
#pragma once

#include <asyncio/clock.hpp>
#include <asyncio/context.hpp>
#include <asyncio/detail/asio_hook.hpp>
#include <asyncio/detail/list.hpp>
#include <asyncio/detail/timer_heap.hpp>
#include <asyncio/detail/turnstile.hpp>
#include <asyncio/fwd.hpp>
#include <asyncio/instrument.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/require.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace asyncio::random::detail {
generator* exchange_current(generator*) noexcept;
}

namespace asyncio::detail {

class cancel_walk;
class hook_set;
class kernel;
class mailbox;
class probe;
class raw_cancels;
enum class calm : std::uint8_t;
class signal_hub;
class task_base;
class task_times;
class thread_pool;
class wait_node;
class worker;

/// Something that waits for its turn in the ready queue, at once or from a time on.
class ready_node : public list_node<>, public timer_node {
 public:
  /// Called in the loop's thread when the turn has come; the node is out of the queue by then.
  virtual void run() = 0;
  /// The loop is being destroyed and the turn will never come.
  virtual void abandon() noexcept = 0;
  /// The deadline that add_timer was given has come: as in asyncio, that gives it a turn. Out of the heap by then.
  virtual void expired(kernel& home) noexcept;
  /// For the start of a task: the task, unless it is cancelled; null for everything else.
  [[nodiscard]] virtual task_base* startable() noexcept { return nullptr; }
  /// Whether a pass in a random order lets it keep its place before all that was queued after it.
  [[nodiscard]] virtual bool goes_first() const noexcept { return false; }

 protected:
  ~ready_node() = default;
};

/// Something that makes tasks one by one as they can be started.
class start_source : public ready_node {
 public:
  /// The next task, launched but neither queued nor started; null: none at present.
  virtual task_base* next() noexcept = 0;

 protected:
  ~start_source() = default;
};

/// The loop of the code that runs now, else null.
extern constinit thread_local kernel* current_kernel;

struct registry_tag {};
struct child_tag {};

/// How far a loop has come, and what it still takes. What comes too late leaks nothing and crashes nothing.
/// | stage   | since                                       | new tasks | from other threads           | call_soon, timers | cancel | signals |
/// |---------|---------------------------------------------|-----------|------------------------------|-------------------|--------|---------|
/// | open    | the loop was made                           | yes       | yes                          | yes               | yes    | yes     |
/// | ending  | run() has begun to end                      | yes       | no coroutine, except while a function of to_thread runs, which may wait for it | yes | yes | yes |
/// | ended   | run() is over                               | throws    | refused                      | queued, dropped with the loop | yes | no |
/// | closed  | the context is being destroyed              | throws    | refused                      | dropped at once   | ignored | no |
enum class loop_stage : std::uint8_t { open, ending, ended, closed };

class kernel {
 public:
  kernel(loop& owner, boost::asio::io_context& context);
  kernel(kernel const&) = delete;
  kernel& operator=(kernel const&) = delete;
  ~kernel();

  [[nodiscard]] static kernel* current() noexcept { return current_kernel; }
  /// The loop of the calling code, also inside a plain handler of an attached context. Throws no_running_loop with a
  /// sentence that starts with `who`.
  [[nodiscard]] static kernel& running(char const* who);
  [[nodiscard]] static kernel* running_or_null() noexcept;
  /// The loop of a coroutine's executor; attaches one to the io_context when it has none yet.
  [[nodiscard]] static kernel& of(boost::asio::any_io_executor const& executor);

  [[nodiscard]] loop& owner() noexcept { return owner_; }
  [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
  [[nodiscard]] clock& time_source() noexcept { return *clock_; }
  [[nodiscard]] time_point now() const noexcept { return clock_->now(); }
  [[nodiscard]] random::generator& generator() noexcept { return *generator_; }
  [[nodiscard]] bool in_thread() const noexcept;

  // -- settings, made before anything runs ---------------------------------------------------------------------------
  void set_clock(std::unique_ptr<clock> c) noexcept { clock_ = std::move(c); }
  void set_debug(bool on) noexcept { debug_ = on; }
  [[nodiscard]] bool debug() const noexcept { return debug_; }
  /// Each pass over the ready queue in a random order. A generator of its own: the program's random numbers stay.
  void set_shuffle(std::uint64_t seed);
  /// `p` is told of every step; it outlives the loop's last one.
  void set_probe(probe& p);
  /// The context is run by turn(), not by the user: nothing needs to keep it from running out of work.
  void set_driven(bool on) noexcept { driven_ = on; }
  void add_instrument(std::shared_ptr<instrument> hooks);
  /// @return whether it was there.
  bool remove_instrument(instrument const& hooks) noexcept;
  void instruments_changed() noexcept;
  /// All of them; null: there is none.
  [[nodiscard]] instrument* hooks() const noexcept { return instrument_; }
  /// Notes since when tasks wait, from now on.
  void record_times();
  /// Null: not recorded.
  [[nodiscard]] task_times* times() const noexcept { return times_.get(); }
  /// A number that no other loop of the process has (until 2^24 more have been made).
  [[nodiscard]] std::uint32_t serial() const noexcept { return serial_; }
  /// The loop `k`, if it is the one with that number and still there; else null. `k` may dangle. **Threads**: any.
  [[nodiscard]] static kernel* if_alive(kernel* k, std::uint32_t serial) noexcept;
  /// The same, and it may be touched by the caller; else null.
  [[nodiscard]] static kernel* if_here(kernel* k, std::uint32_t serial) noexcept;
  /// Calls `fn` for every loop of the process; meanwhile none of them goes away. **Threads**: any.
  static void for_each_alive(std::function<void(kernel&)> const& fn);
  /// Whether the caller may touch the loop: it runs here, or it does not run and ran here last.
  [[nodiscard]] bool belongs_here() const noexcept;
  /// Throws invalid_state when the loop has ended and could not run another task.
  void check_open(char const* who) const {
    if (stage_ >= loop_stage::ended) [[unlikely]] refuse_task(who);
  }
  void set_ending() noexcept { stage_ = loop_stage::ending; }
  [[nodiscard]] bool takes_remote_tasks() const noexcept { return stage_ == loop_stage::open || has_thread_work(); }
  void set_ended() noexcept;
  /// Debug mode: somebody awaits with throw_if_cancelled switched off, which is said once.
  void warn_of_lost_cancels() noexcept;
  /// Debug mode: throws invalid_state when the caller is not in the thread that runs the loop.
  void check_thread(char const* who) const;

  // -- ready queue and timers ----------------------------------------------------------------------------------------
  void push_ready(ready_node& node) noexcept {
    ready_.push_back(node);
    if (!drain_scheduled_) schedule_drain();
  }
  void splice_ready(list<ready_node>& nodes) noexcept {
    if (nodes.empty()) return;
    ready_.splice_back(nodes);
    if (!drain_scheduled_) schedule_drain();
  }
  void add_timer(ready_node& node, time_point deadline) {
    timers_.push(node, deadline);
    if (!drain_scheduled_) schedule_drain();  // which arms the context's timer
  }
  void remove_timer(ready_node& node) noexcept {
    timers_.remove(node);
    if (live_count_ == 0 && timers_.empty()) last_timer_removed();
  }
  [[nodiscard]] bool has_timers() const noexcept { return !timers_.empty(); }
  [[nodiscard]] time_point next_deadline() const noexcept { return timers_.next_deadline(); }

  // -- steps ---------------------------------------------------------------------------------------------------------
  [[nodiscard]] task_base* current_task() const noexcept { return current_task_; }
  /// Runs a task's body until it first suspends.
  void start(task_base& task) noexcept;
  /// Runs it on from where it has waited. If there is no memory for that, bad_alloc leaves run().
  void resume(task_base& task, wait_node& wait);
  /// The same inside whatever runs now, if the loop does run now. @return false when it does not.
  bool start_eagerly(task_base& task);
  /// Starts what `source` has, in order; a worker that becomes free at once takes the next one by itself.
  void start_all(start_source& source);
  /// A task that is next in the queue and has not begun, for a worker that has just become free.
  [[nodiscard]] task_base* take_startable() noexcept;
  /// The body of `task` begins in this step, or ...
  void enter(task_base& task) noexcept;
  /// ... has ended in it.
  void leave() noexcept {
    current_task_ = nullptr;
    exchange_context_slot(nullptr);
  }
  void worker_idle(worker& w) noexcept;
  /// Debug mode: tells that `task`, null for a coroutine that is not one, was resumed in another thread.
  /// `astray`: by an operation that had asked for its executor.
  [[gnu::cold]] void tell_of_way_home(task_base const* task, bool astray);
  /// A coroutine of this loop was seen in another thread. **Threads**: any.
  void set_hopped() noexcept { hopped_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool hopped() const noexcept { return hopped_.load(std::memory_order_relaxed); }
  /// How many workers' stacks may be in the hands of other threads.
  void count_away(bool one_more) noexcept { one_more ? ++away_count_ : --away_count_; }
  void worker_ended(worker& w) noexcept;

  [[nodiscard]] raw_cancels& cancels_in_flight() noexcept;
  /// The innermost request to cancel that is on its way through the tasks, else null.
  [[nodiscard]] cancel_walk* current_cancel_walk() const noexcept { return cancel_walk_; }
  cancel_walk* exchange_cancel_walk(cancel_walk* w) noexcept { return std::exchange(cancel_walk_, w); }
  /// A number that no task of the loop has met before.
  [[nodiscard]] std::uint32_t next_cancel_walk() noexcept;
  static constexpr std::uint32_t last_cancel_walk = (1U << 24) - 1;
  /// Cancels of Asio operations are due: they are emitted as soon as Asio has run the handlers it has queued.
  void schedule_cancels() noexcept;

  // -- tasks ---------------------------------------------------------------------------------------------------------
  [[nodiscard]] std::uint64_t next_task_id() noexcept { return ++last_task_id_; }
  void task_added(task_base& task) noexcept;
  /// `outcome`: how many members of task_phase it comes after `finished`.
  void task_removed(std::size_t outcome) noexcept {
    ++counts_.ended[outcome];
    if (--live_count_ == 0) last_task_removed();
  }
  [[nodiscard]] list<task_base, registry_tag>& live() noexcept { return live_; }
  [[nodiscard]] std::size_t live_count() const noexcept { return live_count_; }
  [[nodiscard]] list<task_base, registry_tag>& failed() noexcept { return failed_; }
  /// Waits of coroutines that are not tasks.
  [[nodiscard]] std::unordered_set<wait_node*>& foreign() noexcept { return foreign_; }
  struct counters {
    std::uint64_t ended[3] = {};  // finished, failed, cancelled
    std::uint64_t steps = 0;
  };
  [[nodiscard]] counters const& counts() const noexcept { return counts_; }
  [[nodiscard]] std::size_t ready_count() const noexcept { return ready_.size() + batch_.size(); }
  [[nodiscard]] std::size_t timer_count() const noexcept { return timers_.size(); }

  // -- other threads and signals -------------------------------------------------------------------------------------
  /// What other threads send to this loop; it outlives the loop.
  [[nodiscard]] std::shared_ptr<mailbox> const& mail() const noexcept { return mail_; }
  /// The mail of the loop at that address, which may dangle; null when there is none. **Threads**: any.
  [[nodiscard]] static std::shared_ptr<mailbox> mail_of(loop const* address);
  /// The mail of the loop with that number; null when it is gone. **Threads**: any.
  [[nodiscard]] static std::shared_ptr<mailbox> mail_of(std::uint32_t serial);
  /// The same, but null as well when the caller may touch the loop itself. **Threads**: any.
  [[nodiscard]] static std::shared_ptr<mailbox> mail_from_elsewhere(std::uint32_t serial);
  /// Queues what other threads have sent up to now, before what the caller is about to queue.
  void collect_mail() noexcept;
  /// The threads of `to_thread`, made on first use.
  [[nodiscard]] thread_pool& threads();
  void set_max_threads(std::size_t limit);
  /// Ends the threads that are idle and leaves the others to themselves. @return how many those are.
  std::size_t end_threads() noexcept;
  /// The signals this loop handles, made on first use.
  [[nodiscard]] signal_hub& signals();

  // -- a fork of the process -----------------------------------------------------------------------------------------
  /// Asio was told of a fork that is to come: in the child the loop goes on, and keeps its signals. Otherwise it is left
  /// behind: the parent goes on with it, and the child has no loop until it makes one.
  void set_carried_over_forks(bool on) noexcept { carried_over_forks_ = on; }
  [[nodiscard]] bool carried_over_forks() const noexcept { return carried_over_forks_; }
  /// In the child. @return whether it is carried over.
  [[nodiscard]] bool survive_fork() noexcept;
  [[nodiscard]] bool left_behind() const noexcept { return left_behind_; }
  /// In the child: somebody goes on with the loop.
  void carry_on();

  // -- the driver of run(): a turn of the context ---------------------------------------------------------------------
  enum class turn_result {
    progress,  ///< Something ran, or time has passed.
    stuck      ///< Nothing can ever run again unless another thread or a signal wakes the loop.
  };
  turn_result turn();
  /// Whether neither a handler nor an operation nor a timer is left; runs what is ready on the way.
  [[nodiscard]] bool nothing_in_flight();
  /// Blocks until another thread or a signal wakes the loop.
  void wait_for_outside();
  /// Ends the present drain after its batch, so that turn() returns.
  void interrupt_drain() noexcept { interrupt_ = true; }
  /// Runs before time jumps and before a deadlock is declared: the test kit's `wait_all_tasks_blocked`.
  list<ready_node>& quiescence_waiters() noexcept { return quiescence_; }
  void add_thread_work() noexcept { thread_work_.fetch_add(1, std::memory_order_relaxed); }
  /// In the loop's thread.
  void remove_thread_work() noexcept {
    if (thread_work_.fetch_sub(1, std::memory_order_relaxed) == 1) splice_ready(thread_waiters_);
  }
  [[nodiscard]] bool has_thread_work() const noexcept { return thread_work_.load(std::memory_order_relaxed) > 0; }
  /// Queued as soon as there is no work in threads: the test kit's `wait_all_threads_completed`.
  list<ready_node>& thread_waiters() noexcept { return thread_waiters_; }
  /// An exception that must leave run() at once: keyboard_interrupt from a task, no memory to go on, what a completion handler
  /// of the user's threw. The first one does.
  void escape(std::exception_ptr e) noexcept;
  [[nodiscard]] std::exception_ptr take_escaped() noexcept { return std::exchange(escaped_, nullptr); }

  /// First half of the end: suspended coroutines are unwound, tasks are marked as lost. The context still exists.
  void shutdown() noexcept;
  [[nodiscard]] bool closed() const noexcept { return stage_ == loop_stage::closed; }
  /// For shutdown(): that coroutine is destroyed when nobody waits for anything any more.
  void unwind_later(wait_node& foreign) noexcept;

  /// Makes this loop the running one of the thread.
  class entry {
   public:
    explicit entry(kernel& k) noexcept
        : before_(std::exchange(current_kernel, &k)), generator_(random::detail::exchange_current(k.generator_.get())) {}
    entry(entry const&) = delete;
    entry& operator=(entry const&) = delete;
    ~entry() {
      current_kernel = before_;
      random::detail::exchange_current(generator_);
    }

   private:
    kernel* before_;
    random::generator* generator_;
  };

  /// The same for a handler that the context runs: false, and nothing has happened, when another thread runs this loop.
  /// Then the handler is handed on.
  class visit {
   public:
    explicit visit(kernel& k, bool own = false) noexcept
        : kernel_(k), how_(current_kernel == &k ? turnstile::answer::inside : k.turnstile_.enter(k.context_, own)) {
      if (*this) [[likely]] inside_.emplace(k);
    }
    visit(visit const&) = delete;
    visit& operator=(visit const&) = delete;
    ~visit() {
      inside_.reset();
      if (how_ == turnstile::answer::entered) kernel_.turnstile_.leave();
    }
    explicit operator bool() const noexcept { return how_ != turnstile::answer::refused; }

   private:
    kernel& kernel_;
    turnstile::answer how_;
    std::optional<entry> inside_;
  };
  [[noreturn]] static void refuse_thread();
  /// Queues a handler once more, and throws what says that several threads run the context.
  template <class F>
  [[noreturn]] void hand_on(F&& handler) {
    boost::asio::require(boost::asio::any_io_executor(context_executor()), boost::asio::execution::blocking.never)
        .execute(std::forward<F>(handler));
    refuse_thread();
  }

  /// One resumption: of what stands on `w`, else (null) of a coroutine that is not a task.
  class step {
   public:
    step(kernel& k, worker* w) noexcept;
    step(step const&) = delete;
    step& operator=(step const&) = delete;
    ~step();

   private:
    kernel& kernel_;
    worker* worker_;
    task_base* before_;
    context_slot* slot_before_;
    std::uint64_t task_id_ = 0;  // for the hooks only: the task may end in this step
    bool was_running_;
  };

  /// Lets code run in the name of a coroutine that is suspended: its task is the current one.
  class disguise {
   public:
    disguise(kernel& k, task_base* task, context_slot* slot) noexcept
        : kernel_(k), before_(std::exchange(k.current_task_, task)), slot_before_(exchange_context_slot(slot)) {}
    disguise(disguise const&) = delete;
    disguise& operator=(disguise const&) = delete;
    ~disguise() {
      kernel_.current_task_ = before_;
      exchange_context_slot(slot_before_);
    }

   private:
    kernel& kernel_;
    task_base* before_;
    context_slot* slot_before_;
  };

 private:
  struct io;
  class probe_point;

  [[noreturn]] void refuse_task(char const* who) const;
  [[nodiscard]] boost::asio::any_io_executor context_executor() noexcept;
  void context_timer_fired();
  void schedule_drain() noexcept;
  void drop_queued() noexcept;
  void drain();
  std::size_t run_batch();
  void shuffle_batch();
  void fire_due_timers();
  turn_result one_turn();
  turn_result turn_virtual();
  void emit_cancels();
  void after_cancels();
  [[nodiscard]] calm calm_down(bool& noisy);
  turn_result turn_watched();
  void arm_context_timer();
  void last_timer_removed() noexcept;
  void first_task_added() noexcept;
  void last_task_removed() noexcept;
  void trim_idle_workers();
  class plain_step;
  template <class Step>
  void resume_on_idle_worker(task_base& task, wait_node& wait);
  /// The coroutine stack of a step has come to rest.
  void after_step(worker& w);
  /// An idle worker, else a new one.
  [[nodiscard]] worker& take_worker();
  [[nodiscard]] worker& new_worker();
  /// The same for `wait`, which is to go on; null: there was no memory, it stays queued.
  [[nodiscard]] worker* worker_for(wait_node& wait) noexcept;

  loop& owner_;
  boost::asio::io_context& context_;
  list<ready_node> ready_;
  list<ready_node> batch_;
  timer_heap timers_;
  task_base* current_task_ = nullptr;
  start_source* source_ = nullptr;
  unsigned source_depth_ = 0;
  instrument* instrument_ = nullptr;
  std::unique_ptr<hook_set> hook_set_;
  std::shared_ptr<task_times> times_;
  counters counts_;
  probe* probe_ = nullptr;
  std::unique_ptr<clock> clock_;
  std::unique_ptr<random::generator> shuffler_;
  bool drain_scheduled_ = false;
  bool interrupt_ = false;
  bool debug_ = false;
  loop_stage stage_ = loop_stage::open;
  bool carried_over_forks_ = false;
  bool left_behind_ = false;
  bool driven_ = false;
  bool warned_of_lost_cancels_ = false;
  bool told_of_way_home_ = false;
  std::atomic<bool> hopped_{false};
  bool cancels_scheduled_ = false;
  bool drains_held_ = false;
  bool drain_missed_ = false;
  unsigned step_depth_ = 0;
  std::size_t drains_ = 0;
  std::size_t turns_ = 0;
  std::size_t last_pass_ = 0;  // how many ran in it
  std::size_t live_count_ = 0;
  std::size_t away_count_ = 0;
  std::uint64_t last_task_id_ = 0;
  turnstile turnstile_;
  list<task_base, registry_tag> live_;
  list<task_base, registry_tag> failed_;
  std::unordered_set<wait_node*> foreign_;
  list<ready_node> quiescence_;
  list<ready_node> to_unwind_;
  list<ready_node> thread_waiters_;
  std::vector<std::unique_ptr<worker>> workers_;
  worker* next_worker_ = nullptr;  // an idle one that is in no list: mostly the step before has just left it
  list<worker> idle_workers_;
  list<worker> free_workers_;
  std::size_t idle_count_ = 0;
  std::size_t least_idle_ = 0;  // since the last trim
  std::atomic<std::size_t> thread_work_{0};
  std::exception_ptr escaped_;
  cancel_walk* cancel_walk_ = nullptr;
  std::uint32_t cancel_walks_ = 0;
  std::unique_ptr<random::generator> generator_;
  std::unique_ptr<io> io_;
  std::shared_ptr<mailbox> mail_;
  std::unique_ptr<thread_pool> threads_;
  std::unique_ptr<signal_hub> signals_;
  std::size_t max_threads_ = 40;
  std::uint32_t serial_;
};

}  // namespace asyncio::detail
