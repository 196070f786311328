#include <asyncio/detail/dump_signal.hpp>
#include <asyncio/detail/executor.hpp>
#include <asyncio/detail/hook_set.hpp>
#include <asyncio/detail/kernel.hpp>
#include <asyncio/detail/mailbox.hpp>
#include <asyncio/detail/probe.hpp>
#include <asyncio/detail/process.hpp>
#include <asyncio/detail/raw_cancel.hpp>
#include <asyncio/detail/signal_hub.hpp>
#include <asyncio/detail/signal_table.hpp>
#include <asyncio/detail/task_state.hpp>
#include <asyncio/detail/task_times.hpp>
#include <asyncio/detail/thread_pool.hpp>
#include <asyncio/detail/wait_node.hpp>
#include <asyncio/detail/worker.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/random.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <cstddef>
#include <new>

namespace asyncio::detail {

namespace asio = boost::asio;

constinit thread_local kernel* current_kernel = nullptr;

namespace {

/// How many ready nodes one posted drain may run before Asio gets a look at its own handlers and at I/O.
constexpr std::size_t drain_budget = 256;
/// So many turns of a loop that is never idle may pass before it looks whether another handler of its signals is gone.
constexpr std::size_t turns_between_looks = 64;
/// How many due timers one pass takes at least, in real time.
constexpr std::size_t timers_per_pass = 64;

loop_directory& all_kernels() { return process_state::get().loops; }

/// The mail of the first loop that `chosen` says yes to.
template <class Predicate>
std::shared_ptr<mailbox> mail_of_first(Predicate chosen) {
  std::shared_ptr<mailbox> found;
  all_kernels().find(chosen, [&found](kernel& k) { found = k.mail(); });
  return found;
}

/// Memory for the few handlers the loop itself posts: queueing a wake-up must not be able to fail.
class handler_memory {
 public:
  void* allocate(std::size_t size) {
    for (block& b : blocks_) {
      if (size <= sizeof b.bytes && !b.used.exchange(true, std::memory_order_acquire)) return b.bytes;
    }
    return ::operator new(size);
  }
  void deallocate(void* p) noexcept {
    for (block& b : blocks_) {
      if (p == b.bytes) {
        b.used.store(false, std::memory_order_release);  // maybe by a thread that should not run this context
        return;
      }
    }
    ::operator delete(p);
  }

 private:
  struct block {
    alignas(std::max_align_t) std::byte bytes[256];
    std::atomic<bool> used{false};
  };
  block blocks_[7];
};

template <class T>
class handler_allocator {
 public:
  using value_type = T;
  explicit handler_allocator(handler_memory& m) noexcept : memory_(&m) {}
  template <class U>
  handler_allocator(handler_allocator<U> const& other) noexcept : memory_(other.memory_) {}  // NOLINT: allocators convert
  T* allocate(std::size_t n) { return static_cast<T*>(memory_->allocate(n * sizeof(T))); }
  void deallocate(T* p, std::size_t) noexcept { memory_->deallocate(p); }
  friend bool operator==(handler_allocator const& a, handler_allocator const& b) noexcept { return a.memory_ == b.memory_; }

 private:
  template <class>
  friend class handler_allocator;
  handler_memory* memory_;
};

template <class F>
struct own_handler {
  using allocator_type = handler_allocator<void>;
  handler_memory* memory;
  F fn;
  [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type(*memory); }
  template <class... Args>
  void operator()(Args&&... args) {
    fn(std::forward<Args>(args)...);
  }
};

}  // namespace

/// Stands before each node of a batch in turn, so that the probe is told.
class kernel::probe_point final : public ready_node {
 public:
  explicit probe_point(kernel& home) noexcept : home_(home) {}

  /// Before all others.
  void stand_first() noexcept {
    unlink();  // an exception has left the batch before
    if (home_.batch_.empty()) return;
    list<ready_node> rest;
    rest.splice_back(home_.batch_);
    home_.batch_.push_back(*this);
    home_.batch_.splice_back(rest);
  }
  void run() override {
    home_.probe_->before_step();
    if (home_.batch_.empty()) return;
    list<ready_node> rest;
    rest.splice_back(home_.batch_);
    home_.batch_.push_back(rest.pop_front());
    if (rest.empty()) return;
    home_.batch_.push_back(*this);
    home_.batch_.splice_back(rest);
  }
  void abandon() noexcept override {}

 private:
  kernel& home_;
};

/// What the kernel needs of Asio beyond the context itself.
struct kernel::io {
  handler_memory memory;
  // A context that has ever had a timer polls the reactor between handlers, so it is made when it is needed.
  std::optional<asio::steady_timer> timer;
  time_point armed_until = time_point::max();
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard;
  raw_cancels cancels;
  explicit io(asio::io_context& context) : cancels(asio_queue(context, &memory, sizeof memory)) {}
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> while_cancelling;
  std::size_t markers = 0;  // that calm_down() has seen
  std::optional<time_point> idle_since;  // virtual clock with real I/O in flight: when real time began to count
  std::optional<probe_point> point;
};

void ready_node::expired(kernel& home) noexcept { home.push_ready(*this); }

kernel::kernel(loop& owner, asio::io_context& context)
    : owner_(owner), context_(context), clock_(std::make_unique<real_clock>()), generator_(std::make_unique<random::generator>()), io_(std::make_unique<io>(context)),
      mail_(std::make_shared<mailbox>(*this)) {
  all_kernels().add(*this, serial_);
}

kernel::~kernel() {
  all_kernels().remove(*this);
  drop_queued();  // of coroutines that were destroyed with Asio's operations
}

std::shared_ptr<mailbox> kernel::mail_of(loop const* address) {
  return mail_of_first([address](kernel& k) { return &k.owner() == address; });
}

std::shared_ptr<mailbox> kernel::mail_of(std::uint32_t serial) {
  return mail_of_first([serial](kernel& k) { return k.serial() == serial; });
}

std::shared_ptr<mailbox> kernel::mail_from_elsewhere(std::uint32_t serial) {
  return mail_of_first([serial](kernel& k) { return k.serial() == serial && !k.belongs_here(); });
}

kernel* kernel::running_or_null() noexcept {
  if (current_kernel != nullptr) return current_kernel;
  return all_kernels().running_here();
}

kernel& kernel::running(char const* who) {
  if (kernel* const k = running_or_null()) return *k;
  throw no_running_loop(std::string(who) +
                        ": no running loop in this thread; call it inside a coroutine started by asyncio::run, or give "
                        "the io_context: asyncio::create_task(ctx, ...)");
}

kernel& kernel::of(asio::any_io_executor const& executor) {
  if (auto const* const ours = executor.target<task_executor>()) return ours->home();
  if (auto const* const plain = executor.target<asio::io_context::executor_type>()) return loop::of(plain->context()).kernel();
  asio::execution_context& context = asio::query(executor, asio::execution::context);
  if (asio::has_service<loop>(context)) return asio::use_service<loop>(context).kernel();
  throw no_running_loop(
      "asyncio: this coroutine's executor belongs to a context without an asyncio loop; run it on an io_context (for a "
      "strand or another wrapper call asyncio::loop::of(io_context) once before)");
}

void kernel::set_shuffle(std::uint64_t seed) {
  shuffler_ = std::make_unique<random::generator>();
  shuffler_->seed(seed);
}

void kernel::set_probe(probe& p) {
  probe_ = &p;
  io_->point.emplace(*this);
}

bool kernel::in_thread() const noexcept {
  return current_kernel == this || context_.get_executor().running_in_this_thread();
}

void kernel::check_thread(char const* who) const {
  if (debug_ && !closed() && driven_ && !in_thread())
    throw invalid_state(std::string(who) +
                        ": called from a thread that does not run the loop; use loop::call_soon_threadsafe, "
                        "any_task::cancel_threadsafe or run_coroutine_threadsafe there");
}

void kernel::warn_of_lost_cancels() noexcept {
  if (std::exchange(warned_of_lost_cancels_, true)) return;
  owner_.warn(
      "a coroutine that is not a task awaits with throw_if_cancelled(false) in force: a cancel that comes between two Asio "
      "operations is lost; switch it on again, or run the coroutine as a task, where no cancel is lost");
}

void kernel::tell_of_way_home(task_base const* task, bool astray) {
  if (!astray && std::exchange(told_of_way_home_, true)) return;
  std::string const who = task == nullptr ? "a coroutine"
                                          : "task '" + std::string(task->name()) + "' created at " + task->created_at().file_name() + ':' +
                                                std::to_string(task->created_at().line());
  char const* const how = "asio::dispatch(asio::get_associated_executor(handler), ...)";
  if (astray) {
    owner_.warn(who + " was resumed in a thread that does not run its loop, by an Asio operation that it waited for: a callback "
                      "has to run the handler through its executor, " + how + "; the task has been sent home");
  } else {
    owner_.warn(who + " went on in another thread after an Asio operation and has been sent home by its next wait. That is right after "
                      "bind_executor(pool, use_awaitable); a callback has to run the handler through its executor, " + how);
  }
}

kernel* kernel::if_alive(kernel* k, std::uint32_t serial) noexcept {
  return all_kernels().contains(k, serial, false) ? k : nullptr;
}

kernel* kernel::if_here(kernel* k, std::uint32_t serial) noexcept {
  return all_kernels().contains(k, serial, true) ? k : nullptr;
}

void kernel::for_each_alive(std::function<void(kernel&)> const& fn) { all_kernels().for_each(fn); }

void kernel::add_instrument(std::shared_ptr<instrument> hooks) {
  if (!hook_set_) hook_set_ = std::make_unique<hook_set>(*this);
  hook_set_->add(std::move(hooks));
  instruments_changed();
}

bool kernel::remove_instrument(instrument const& hooks) noexcept {
  bool const was_there = hook_set_ && hook_set_->remove(hooks);
  instruments_changed();
  return was_there;
}

void kernel::instruments_changed() noexcept {
  instrument_ = hook_set_ && !hook_set_->empty() ? hook_set_.get() : nullptr;
}

void kernel::record_times() {
  if (times_) return;
  times_ = std::make_shared<task_times>(*this);
  add_instrument(times_);
}

bool kernel::belongs_here() const noexcept {
  return in_thread() || turnstile_.was_last();
}

void kernel::refuse_thread() {
  throw invalid_state(
      "asyncio: several threads run this io_context, but one thread at a time runs a loop: call context.run() in one thread "
      "only; work that blocks belongs into to_thread or a thread_pool, more loops need an io_context each (doc/threads.md, "
      "\"One thread per loop\")");
}

asio::any_io_executor kernel::context_executor() noexcept { return context_.get_executor(); }

void kernel::refuse_task(char const* who) const {
  throw invalid_state(std::string(who) + ": this loop has ended and would not run the task; start it before run() returns");
}

raw_cancels& kernel::cancels_in_flight() noexcept { return io_->cancels; }

std::uint32_t kernel::next_cancel_walk() noexcept {
  if (cancel_walks_ == last_cancel_walk) {  // the numbers begin again: no task may have one of them
    live_.for_each([](task_base& t) { t.set_cancel_walk(0); });
    cancel_walks_ = 0;
  }
  return ++cancel_walks_;
}

// -- other threads and signals -------------------------------------------------------------------------------------------

void kernel::collect_mail() noexcept {
  if (!mail_->waiting()) return;
  list<ready_node> arrived;
  mail_->collect(arrived);
  splice_ready(arrived);
}

thread_pool& kernel::threads() {
  if (!threads_) threads_ = std::make_unique<thread_pool>(max_threads_);
  return *threads_;
}

void kernel::set_max_threads(std::size_t limit) {
  max_threads_ = limit;
  if (threads_) threads_->set_limit(limit);
}

std::size_t kernel::end_threads() noexcept { return threads_ ? threads_->end() : 0; }

signal_hub& kernel::signals() {
  if (!signals_) signals_ = std::make_unique<signal_hub>(*this);
  return *signals_;
}

void kernel::set_ended() noexcept {
  stage_ = loop_stage::ended;
  if (signals_) signals_->clear();
  while (!failed_.empty()) failed_.pop_front();  // a handle that another thread drops from now on finds no list
  mail_->close();
}

// -- a fork --------------------------------------------------------------------------------------------------------------

bool kernel::survive_fork() noexcept {
  turnstile_.forget_threads();
  if (carried_over_forks_) return true;
  left_behind_ = true;
  if (current_kernel == this) {
    current_kernel = nullptr;
    random::detail::exchange_current(nullptr);
  }
  return false;
}

void kernel::carry_on() {
  carried_over_forks_ = false;
  try {
    generator_->seed();  // as CPython does: parent and child shall not have the same numbers
  } catch (std::system_error const&) {
    // No entropy: better the same ones than none.
  }
  if (std::exchange(left_behind_, false)) {
    all_kernels().add_again(*this);
    if (signals_) signals_->claim_again();
  }
  if (threads_) threads_->start_again();
  dump_signal::serve_again();
}

// -- ready queue ---------------------------------------------------------------------------------------------------------

void kernel::schedule_drain() noexcept {
  if (closed()) return;
  drain_scheduled_ = true;
  auto run = [this] { drain(); };
  asio::post(context_.get_executor(), own_handler<decltype(run)>{&io_->memory, run});
}

// -- cancels of Asio operations ------------------------------------------------------------------------------------------

void kernel::schedule_cancels() noexcept {
  if (closed() || cancels_scheduled_) return;
  cancels_scheduled_ = true;
  auto run = [this] { emit_cancels(); };
  asio::post(context_.get_executor(), own_handler<decltype(run)>{&io_->memory, run});
}

/// Asio's handlers are run in here while the loop's own queue stands still, for that may always have something.
void kernel::emit_cancels() {
  struct at_exit {
    kernel& k;
    ~at_exit() {
      k.drains_held_ = false;
      k.io_->cancels.keep_rest();
      // A handler that runs another inside itself must not be the last work of a context, as it counts as both.
      auto run = [home = &k] { home->after_cancels(); };
      asio::post(k.context_.get_executor(), own_handler<decltype(run)>{&k.io_->memory, run});
    }
  };
  visit const inside(*this);
  if (!inside) [[unlikely]] hand_on([this] { emit_cancels(); });
  io_->while_cancelling.emplace(context_.get_executor());
  drains_held_ = true;
  at_exit const leave{*this};
  bool noisy = false;
  io_->cancels.emit_due([this, &noisy] { return calm_down(noisy); });
}

void kernel::after_cancels() {
  visit const inside(*this);
  if (!inside) [[unlikely]] hand_on([this] { after_cancels(); });
  io_->while_cancelling.reset();
  cancels_scheduled_ = false;
  io_->cancels.look_again();
  if (io_->cancels.due()) schedule_cancels();
  if (std::exchange(drain_missed_, false)) drain();
}

calm kernel::calm_down(bool& noisy) {
  auto const now = [this] { return context_.stopped() ? calm::none : calm::quiet; };
  for (int handlers = 0; handlers < 64; ++handlers)
    if (io_->cancels.is_quiet(counts_.steps) || context_.poll_one() == 0) return now();
  // Many are queued, or each queues the next one. All that are queued now have run when the marker behind them has.
  for (int passes = 0; passes < 3 && !noisy; ++passes) {
    std::size_t const before = io_->markers;
    auto run = [this] { ++io_->markers; };
    asio::post(context_.get_executor(), own_handler<decltype(run)>{&io_->memory, run});
    while (io_->markers == before)
      if (context_.poll_one() == 0) return now();
    if (context_.poll_one() == 0) return now();
  }
  noisy = true;
  return calm::noisy;
}

void kernel::drain() {
  visit const inside(*this);
  if (!inside) [[unlikely]] hand_on([this] { drain(); });
  if (left_behind_) [[unlikely]] context_.notify_fork(asio::io_context::fork_child);  // nobody has told Asio of the fork
  if (drains_held_) [[unlikely]] {
    drain_scheduled_ = drain_missed_ = true;
    return;
  }
  drain_scheduled_ = true;  // nothing that happens in here needs another post
  struct at_exit {
    kernel& k;
    ~at_exit() {
      k.drain_scheduled_ = false;
      if (k.io_->cancels.unanswered()) [[unlikely]] k.io_->cancels.look_again();
      if (!k.batch_.empty()) {  // an exception left the batch: what it had not run yet goes on first
        k.batch_.splice_back(k.ready_);
        k.ready_.splice_back(k.batch_);
      }
      if (!k.ready_.empty()) {
        if (!k.interrupt_ || !k.driven_) k.schedule_drain();
      } else if (!k.clock_->is_virtual()) {
        try {
          k.arm_context_timer();
          if (k.signals_ && !k.driven_) [[unlikely]] signal_table::reinstate();  // else turn() does
        } catch (...) {  // no memory for Asio's timer: the loop goes round until there is
          k.io_->armed_until = time_point::max();
          k.schedule_drain();
        }
      }
    }
  } const leave{*this};
  interrupt_ = false;
  ++drains_;
  trim_idle_workers();
  std::size_t ran = 0;
  do {
    if (!timers_.empty()) fire_due_timers();
    last_pass_ = run_batch();
    ran += last_pass_;
  } while (!ready_.empty() && !interrupt_ && ran < drain_budget);
  if (escaped_ && !driven_) std::rethrow_exception(take_escaped());  // out of the user's own context.run()
}

std::size_t kernel::run_batch() {
  // As in asyncio, a pass runs what was ready when it began; what becomes ready meanwhile waits for the next.
  batch_.splice_back(ready_);
  if (shuffler_) shuffle_batch();
  if (probe_) [[unlikely]] io_->point->stand_first();
  std::size_t ran = 0;
  while (!batch_.empty()) {
    ++ran;
    ready_node& next = batch_.pop_front();
    __builtin_prefetch(batch_.front_address());
    next.run();
  }
  return ran;
}

void kernel::shuffle_batch() {
  std::vector<ready_node*> nodes;
  nodes.reserve(batch_.size());
  list<ready_node> first;
  while (!batch_.empty()) {
    ready_node& next = batch_.pop_front();
    if (next.goes_first()) {
      first.push_back(next);
    } else {
      nodes.push_back(&next);
    }
  }
  shuffler_->shuffle(nodes);
  batch_.splice_back(first);
  for (ready_node* const n : nodes) batch_.push_back(*n);
}

void kernel::fire_due_timers() {
  time_point const t = now();
  // A crowd of due timers is let in by portions: what they wake then still is in the processor's cache when it runs. As many
  // as others run in a pass, so that timers do not fall behind a crowd that is always ready. Not in virtual time, where all
  // timers of an instant are due in one pass, as in asyncio.
  std::size_t room = clock_->is_virtual() ? timers_.size() : std::max(timers_per_pass, last_pass_);
  for (; room > 0 && !timers_.empty() && timers_.next_deadline() <= t; --room) {
    auto& first = static_cast<ready_node&>(timers_.pop());
    if (!timers_.empty()) __builtin_prefetch(&timers_.front());
    first.expired(*this);
  }
}

void kernel::last_timer_removed() noexcept {
  // The context still waits for a deadline that was given up: user code that runs it would wait that long for nothing.
  if (io_->armed_until != time_point::max() && !drain_scheduled_) schedule_drain();
}

void kernel::arm_context_timer() {
  if (timers_.empty()) {
    if (io_->armed_until != time_point::max()) {
      io_->armed_until = time_point::max();
      io_->timer->cancel();
    }
    return;
  }
  time_point const next = timers_.next_deadline();
  if (next == io_->armed_until || next == time_point::max()) return;
  if (!io_->timer) io_->timer.emplace(context_);
  io_->armed_until = next;
  io_->timer->expires_at(next);  // cancels the wait before, if there is one
  auto fire = [this](boost::system::error_code const& ec) {
    if (!ec) context_timer_fired();
  };
  io_->timer->async_wait(own_handler<decltype(fire)>{&io_->memory, fire});
}

void kernel::context_timer_fired() {
  visit const inside(*this);
  if (!inside) [[unlikely]] hand_on([this] { context_timer_fired(); });
  io_->armed_until = time_point::max();
  if (!drain_scheduled_) drain();
}

// -- tasks -----------------------------------------------------------------------------------------------------------

void kernel::first_task_added() noexcept {
  if (!driven_) io_->guard.emplace(context_.get_executor());
}

void kernel::last_task_removed() noexcept {
  io_->guard.reset();
  if (timers_.empty()) last_timer_removed();
}

void kernel::escape(std::exception_ptr e) noexcept {
  if (!escaped_) escaped_ = std::move(e);
  interrupt_drain();
  if (!driven_ && !drain_scheduled_) schedule_drain();  // which lets it out
}

// -- the driver ------------------------------------------------------------------------------------------------------

kernel::turn_result kernel::turn() {
  turn_result const result = one_turn();
  if (io_->cancels.unanswered()) [[unlikely]] io_->cancels.look_again();
  return result;
}

kernel::turn_result kernel::one_turn() {
  entry const inside(*this);
  if (context_.stopped()) context_.restart();
  if (!drain_scheduled_ && !ready_.empty()) schedule_drain();
  if (!drain_scheduled_ || ++turns_ % turns_between_looks == 0) signal_table::reinstate();
  if (probe_ && !drain_scheduled_) [[unlikely]] probe_->before_step();  // a handler of Asio's has run
  if (clock_->is_virtual()) return turn_virtual();
  if (!quiescence_.empty() && !drain_scheduled_) {
    if (context_.poll() == 0) splice_ready(quiescence_);
    return turn_result::progress;
  }
  if (instrument_) [[unlikely]] return turn_watched();
  return context_.run_one() > 0 ? turn_result::progress : turn_result::stuck;
}

kernel::turn_result kernel::turn_watched() {
  if (context_.poll_one() > 0) return turn_result::progress;
  if (context_.stopped()) return turn_result::stuck;
  instrument_->idle_begin();
  bool const ran = context_.run_one() > 0;
  if (instrument_) instrument_->idle_end();
  return ran ? turn_result::progress : turn_result::stuck;
}

kernel::turn_result kernel::turn_virtual() {
  if (signals_) signals_->dispatch();  // nothing waits for them in the context: it would look like I/O in flight
  if (drain_scheduled_) {
    context_.poll_one();
    return turn_result::progress;
  }
  if (!timers_.empty() && timers_.next_deadline() <= now()) {
    schedule_drain();
    return turn_result::progress;
  }
  if ((probe_ ? context_.poll_one() : context_.poll()) > 0) return turn_result::progress;
  if (!quiescence_.empty()) {
    splice_ready(quiescence_);
    return turn_result::progress;
  }
  if (thread_work_.load(std::memory_order_relaxed) > 0) {  // time stands still while a thread works
    wait_for_outside();
    return turn_result::progress;
  }
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> others_work;
  if (away_count_ > 0) {
    others_work.emplace(context_.get_executor());
    if (context_.stopped()) context_.restart();
  }
  bool const outside_work = !context_.stopped();
  if (timers_.empty() || timers_.next_deadline() == time_point::max()) {
    if (!outside_work) return turn_result::stuck;
    context_.run_one();
    return turn_result::progress;
  }
  if (outside_work) {
    // Real I/O is in flight, or a coroutine is in another thread: it gets as much real time as virtual time would pass.
    if (!io_->idle_since) io_->idle_since = std::chrono::steady_clock::now();
    if (context_.run_one_until(add_saturated(*io_->idle_since, timers_.next_deadline() - now())) > 0) {
      return turn_result::progress;
    }
  }
  clock_->jump_to(timers_.next_deadline());
  io_->idle_since.reset();
  schedule_drain();
  return turn_result::progress;
}

bool kernel::nothing_in_flight() {
  if (drain_scheduled_ || !ready_.empty() || !timers_.empty() || away_count_ > 0) return false;
  if (context_.stopped()) context_.restart();
  while (context_.poll() > 0) {  // what ran may have ended operations, or have begun some
    if (drain_scheduled_ || !ready_.empty() || !timers_.empty()) return false;
    if (context_.stopped()) context_.restart();
  }
  return context_.stopped();
}

void kernel::wait_for_outside() {
  entry const inside(*this);
  auto const guard = asio::make_work_guard(context_);
  if (context_.stopped()) context_.restart();
  if (instrument_) instrument_->idle_begin();
  context_.run_one();
  if (instrument_) instrument_->idle_end();
}

// -- the end ---------------------------------------------------------------------------------------------------------

void kernel::unwind_later(wait_node& foreign) noexcept { to_unwind_.push_back(foreign); }

void kernel::drop_queued() noexcept {
  // What is dropped may drop, and may even queue, something else.
  for (bool dropped = true; dropped;) {
    dropped = false;
    for (auto* const nodes : {&batch_, &ready_, &quiescence_, &thread_waiters_})
      for (; !nodes->empty(); dropped = true) nodes->pop_front().abandon();
    for (; !timers_.empty(); dropped = true) static_cast<ready_node&>(timers_.pop()).abandon();
  }
}

void kernel::shutdown() noexcept {
  // First all that other threads could find: the list of failures, the mail, the loop itself.
  drain_scheduled_ = true;  // the context takes nothing any more
  set_ended();
  all_kernels().remove(*this);
  stage_ = loop_stage::closed;
  entry const inside(*this);
  end_threads();
  // From here on destructors, exception handlers and disarmed operations may do anything to what is left: see loop_stage.
  for (std::size_t left = live_.size(); left > 0 && !live_.empty(); --left) {
    task_base& next = live_.pop_front();
    live_.push_back(next);
    next.report_loss();
  }
  // Nobody waits for anything any more, and nothing is queued: all of that is in coroutines that are destroyed then.
  while (!foreign_.empty()) foreign_.extract(foreign_.begin()).value()->abandon();
  live_.for_each_left([](task_base& t) { t.abandon_wait(); });
  drop_queued();
  // The youngest first: what a task created may use the locals of its coroutine.
  while (!live_.empty()) live_.back().lose();
  next_worker_ = nullptr;
  for (auto* const workers : {&free_workers_, &idle_workers_})
    while (!workers->empty()) workers->pop_front();
  while (!to_unwind_.empty()) static_cast<wait_node&>(to_unwind_.pop_front()).unwind_foreign();
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    if (!workers_[i]->parked()) continue;
    suspended_thread stack = workers_[i]->unpark();
    stack.unwind();
  }
  drop_queued();
  io_->cancels.forget_all();
  io_->while_cancelling.reset();
  io_->guard.reset();
  io_->timer.reset();
}

}  // namespace asyncio::detail
