/// @file
/// The machine inside a loop: ready queue, timers, workers and the registry of tasks. No public names.
#pragma once

#include <asyncio/clock.hpp>
#include <asyncio/context.hpp>
#include <asyncio/detail/list.hpp>
#include <asyncio/detail/timer_heap.hpp>
#include <asyncio/fwd.hpp>
#include <asyncio/instrument.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
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

class kernel;
class probe;
class raw_cancels;
class task_base;
class wait_node;
class worker;

/// A number per type of task result: workers of a kind carry tasks of that type.
using worker_kind_number = std::uint32_t;

/// Something that waits for its turn in the ready queue, at once or from a time on.
class ready_node : public list_node<>, public timer_node {
 public:
  /// Called in the loop's thread when the turn has come; the node is out of the queue by then.
  virtual void run() = 0;
  /// The loop is being destroyed and the turn will never come.
  virtual void abandon() noexcept = 0;
  /// The deadline that add_timer was given has come: as in asyncio, that gives it a turn. Out of the heap by then.
  virtual void expired(kernel& home) noexcept;
  /// For the start of a task: the kind of worker that carries it; 0 for everything else.
  [[nodiscard]] virtual worker_kind_number start_kind() const noexcept { return 0; }

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
  void set_instrument(instrument* i) noexcept { instrument_ = i; }
  [[nodiscard]] instrument* hooks() const noexcept { return instrument_; }
  /// A number that no other loop of the process has (until 2^24 more have been made).
  [[nodiscard]] std::uint32_t serial() const noexcept { return serial_; }
  /// The loop `k`, if it is the one with that number and still there; else null. `k` may dangle. **Threads**: any.
  [[nodiscard]] static kernel* if_alive(kernel* k, std::uint32_t serial) noexcept;
  /// Whether the caller may touch the loop: it runs here, or it does not run and ran here last.
  [[nodiscard]] bool belongs_here() const noexcept;
  /// Throws invalid_state when the loop has ended and could not run another task.
  void check_open(char const* who) const {
    if (ended_) [[unlikely]] refuse_task(who);
  }
  /// run() is over: from now on check_open() throws.
  void set_ended() noexcept { ended_ = true; }
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
  /// Resumes `node`'s coroutine as soon as the present coroutine has suspended, inside the same step.
  void resume_inline(wait_node& node) noexcept;
  [[nodiscard]] worker* current_worker() const noexcept { return current_worker_; }
  [[nodiscard]] task_base* current_task() const noexcept;
  /// Runs a task's body until it first suspends: in an idle worker, else in a new one.
  void start(task_base& task) noexcept;
  /// The same inside whatever runs now, if the loop does run now. @return false when it does not.
  bool start_eagerly(task_base& task);
  /// Starts what `source` has, in order; a worker that becomes free at once takes the next one by itself.
  void start_all(start_source& source);
  /// A task of the same kind that is next in the queue and has not begun, for a worker that has just become free.
  [[nodiscard]] task_base* take_startable(worker_kind_number kind) noexcept;
  void worker_idle(worker& w) noexcept;
  void worker_ended(worker& w) noexcept;

  [[nodiscard]] raw_cancels& cancels_in_flight() noexcept;

  // -- tasks ---------------------------------------------------------------------------------------------------------
  [[nodiscard]] std::uint64_t next_task_id() noexcept { return ++last_task_id_; }
  void task_added(task_base& task) noexcept;
  void task_removed() noexcept;
  [[nodiscard]] list<task_base, registry_tag>& live() noexcept { return live_; }
  [[nodiscard]] std::size_t live_count() const noexcept { return live_count_; }
  [[nodiscard]] list<task_base, registry_tag>& failed() noexcept { return failed_; }
  /// Waits of coroutines that are not tasks.
  [[nodiscard]] std::unordered_set<wait_node*>& foreign() noexcept { return foreign_; }
  /// Lines "  'name' waits for ..." for the texts of deadlock_error and of warnings.
  [[nodiscard]] std::string describe_live() const;

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
  void remove_thread_work() noexcept { thread_work_.fetch_sub(1, std::memory_order_relaxed); }
  /// An exception that must leave run() at once (keyboard_interrupt from a task).
  void escape(std::exception_ptr e) noexcept;
  [[nodiscard]] std::exception_ptr take_escaped() noexcept { return std::exchange(escaped_, nullptr); }

  /// First half of the end: suspended coroutines are unwound, tasks are marked as lost. The context still exists.
  void shutdown() noexcept;
  /// For shutdown(): the coroutine is destroyed when no wait is registered with anything any more.
  void unwind_later(wait_node& abandoned) noexcept;
  [[nodiscard]] bool closed() const noexcept { return closed_; }

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

  /// One resumption: `w` (null: a coroutine that is not a task) is the current worker until the scope ends.
  class step {
   public:
    step(kernel& k, worker* w) noexcept;
    step(step const&) = delete;
    step& operator=(step const&) = delete;
    ~step();

   private:
    kernel& kernel_;
    worker* worker_;
    worker* before_;
    context_slot* slot_before_;
    list<ready_node> inline_before_;
    std::uint64_t task_id_ = 0;  // for the hooks only: the task may end in this step
    bool was_running_;
  };

  /// Lets code run in the name of a coroutine that is suspended: its task is the current one.
  class disguise {
   public:
    disguise(kernel& k, worker* w, context_slot* slot) noexcept
        : kernel_(k), before_(std::exchange(k.current_worker_, w)), slot_before_(exchange_context_slot(slot)) {}
    disguise(disguise const&) = delete;
    disguise& operator=(disguise const&) = delete;
    ~disguise() {
      kernel_.current_worker_ = before_;
      exchange_context_slot(slot_before_);
    }

   private:
    kernel& kernel_;
    worker* before_;
    context_slot* slot_before_;
  };

  /// Runs `fn` as a step of `w`; in the loop's thread only.
  template <class F>
  void run_step(worker* w, F&& fn) {
    entry const inside(*this);
    step const s(*this, w);
    std::forward<F>(fn)();
  }

 private:
  struct io;
  class probe_point;
  struct pool {
    list<worker> idle;
    std::size_t idle_count = 0;
    std::size_t least_idle = 0;  // since the last trim
  };

  [[noreturn]] void refuse_task(char const* who) const;
  void schedule_drain() noexcept;
  void drain();
  std::size_t run_batch();
  void shuffle_batch();
  void fire_due_timers();
  turn_result turn_virtual();
  void arm_context_timer();
  void last_timer_removed() noexcept;
  void run_inline() noexcept;
  void trim_idle_workers();
  [[nodiscard]] pool& pool_of(worker_kind_number kind);
  [[nodiscard]] worker& new_worker(worker_kind_number kind);
  void start_in_worker(task_base& task);

  loop& owner_;
  boost::asio::io_context& context_;
  list<ready_node> ready_;
  list<ready_node> batch_;
  list<ready_node> inline_;
  timer_heap timers_;
  worker* current_worker_ = nullptr;
  start_source* source_ = nullptr;
  unsigned source_depth_ = 0;
  instrument* instrument_ = nullptr;
  probe* probe_ = nullptr;
  std::unique_ptr<clock> clock_;
  std::unique_ptr<random::generator> shuffler_;
  bool drain_scheduled_ = false;
  bool interrupt_ = false;
  bool debug_ = false;
  bool closed_ = false;
  bool ended_ = false;
  bool driven_ = false;
  unsigned step_depth_ = 0;
  std::size_t drains_ = 0;
  std::size_t live_count_ = 0;
  std::uint64_t last_task_id_ = 0;
  std::atomic<std::thread::id> drained_by_{};
  list<task_base, registry_tag> live_;
  list<task_base, registry_tag> failed_;
  std::unordered_set<wait_node*> foreign_;
  list<ready_node> quiescence_;
  list<ready_node> abandoned_;
  std::vector<std::unique_ptr<worker>> workers_;
  std::vector<std::unique_ptr<pool>> pools_;
  list<worker> free_workers_;
  std::atomic<std::size_t> thread_work_{0};
  std::exception_ptr escaped_;
  std::unique_ptr<random::generator> generator_;
  std::unique_ptr<io> io_;
  std::uint32_t serial_;
};

worker_kind_number next_worker_kind() noexcept;
template <class T>
inline std::atomic<worker_kind_number> worker_kind_of{0};
template <class T>
worker_kind_number worker_kind() noexcept {
  worker_kind_number n = worker_kind_of<T>.load(std::memory_order_relaxed);
  if (n == 0) [[unlikely]] {
    worker_kind_number const fresh = next_worker_kind();
    n = worker_kind_of<T>.compare_exchange_strong(n, fresh) ? fresh : worker_kind_of<T>.load();
  }
  return n;
}

}  // namespace asyncio::detail
