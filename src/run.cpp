#include <asyncio/detail/cancel_walk.hpp>
#include <asyncio/detail/dump_signal.hpp>
#include <asyncio/detail/interrupts.hpp>
#include <asyncio/detail/probe.hpp>
#include <asyncio/detail/raw_cancel.hpp>
#include <asyncio/detail/report.hpp>
#include <asyncio/detail/take_snapshot.hpp>
#include <asyncio/detail/timeline_writer.hpp>
#include <asyncio/detail/trace_writer.hpp>
#include <asyncio/random.hpp>
#include <asyncio/run.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <spdlog/logger.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>

namespace asyncio {

namespace asio = boost::asio;

namespace {

bool environment_is(char const* name, char const* value) {
  char const* const set = std::getenv(name);
  return set != nullptr && std::strcmp(set, value) == 0;
}

std::string environment(char const* name) {
  char const* const set = std::getenv(name);
  return set != nullptr ? set : "";
}

/// Ends the driving of the loop in the pass after main has ended, as the callback of asyncio's run_until_complete does.
class end_of_main final : public detail::ready_node {
 public:
  explicit end_of_main(detail::task_base& main) noexcept : kernel_(*main.home()) { main.waiters().push_back(*this); }
  end_of_main(end_of_main const&) = delete;
  end_of_main& operator=(end_of_main const&) = delete;
  ~end_of_main() { unlink(); }

  void run() override {
    seen_ = true;
    kernel_.interrupt_drain();
  }
  void abandon() noexcept override {}
  [[nodiscard]] bool seen() const noexcept { return seen_; }

 private:
  detail::kernel& kernel_;
  bool seen_ = false;
};

/// For the hooks: the loop is driven as long as this lives.
class told_run {
 public:
  told_run(detail::kernel& k, std::uint64_t main) : kernel_(k) {
    if (instrument* const hooks = k.hooks()) hooks->run_begin(main);
  }
  told_run(told_run const&) = delete;
  told_run& operator=(told_run const&) = delete;
  ~told_run() {
    if (instrument* const hooks = kernel_.hooks()) hooks->run_end();
  }

 private:
  detail::kernel& kernel_;
};

constexpr char const* interrupted_again = "asyncio: interrupted again, forced out; these tasks have not ended:";

/// After that long the end of run() says what it waits for.
constexpr std::chrono::seconds end_is_slow{5};

/// Ends the driving of the loop when the tasks that run() has cancelled have ended. What they have started meanwhile, and
/// do not wait for, runs on for as many passes as in asyncio.run: those of the gather over the cancelled tasks, then two each for
/// the end of the generators and of the executor.
class end_of_left final : public detail::ready_node {
 public:
  end_of_left(detail::kernel& k, std::vector<any_task> const& left) : kernel_(k), unfinished_(left.size()) {
    for (any_task const& t : left) {
      parts_.emplace_back(*this);
      if (t.done()) {
        k.push_ready(parts_.back());
      } else {
        t.ref().get()->waiters().push_back(parts_.back());
      }
    }
  }
  end_of_left(end_of_left const&) = delete;
  end_of_left& operator=(end_of_left const&) = delete;
  ~end_of_left() {
    unlink();
    for (part& p : parts_) p.unlink();
  }

  void run() override {
    if (++passes_ < last_passes) {
      kernel_.push_ready(*this);
      return;
    }
    seen_ = true;
    kernel_.interrupt_drain();
  }
  void abandon() noexcept override {}
  [[nodiscard]] bool seen() const noexcept { return seen_; }

 private:
  class part final : public detail::ready_node {
   public:
    explicit part(end_of_left& whole) noexcept : whole_(whole) {}
    void run() override {
      if (--whole_.unfinished_ == 0) whole_.kernel_.push_ready(whole_);
    }
    void abandon() noexcept override {}

   private:
    end_of_left& whole_;
  };

  static constexpr int last_passes = 5;
  detail::kernel& kernel_;
  std::deque<part> parts_;
  std::size_t unfinished_;
  int passes_ = 0;
  bool seen_ = false;
};

}  // namespace

run_options::run_options() {
  if (char const* const text = std::getenv("ASYNCIO_SEED"); text != nullptr && *text != '\0') {
    char const* const digits = *text == '-' ? text + 1 : text;  // CPython seeds with the absolute value
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(digits, digits + std::strlen(digits), value);
    if (error != std::errc() || *end != '\0')
      throw value_error(std::string("ASYNCIO_SEED=") + text + ": not an integer; set it to a number from 0 to 2^64-1");
    seed_ = value;
  }
  debug_ = environment_is("ASYNCIO_DEBUG", "1");
  trace_ = environment("ASYNCIO_TRACE");
  timeline_ = environment("ASYNCIO_TIMELINE");
  dump_signal_ = environment_is("ASYNCIO_DUMP_SIGNAL", "1");
  if (environment_is("ASYNCIO_CLOCK", "virtual")) clock_ = clock_kind::virtual_;
}

run_options& run_options::max_threads(std::size_t n) {
  if (n == 0) throw value_error("asyncio::run_options::max_threads: at least one thread is needed, 0 was given");
  max_threads_ = n;
  return *this;
}

struct runner::state {
  explicit state(run_options given) : options(std::move(given)) {
    loop& l = loop::of(context);
    detail::kernel& k = l.kernel();
    k.set_driven(true);
    if (options.clock_ == clock_kind::virtual_) k.set_clock(std::make_unique<virtual_clock>());
    k.set_max_threads(options.max_threads_);
    if (options.seed_) k.generator().seed(*options.seed_);
    if (options.shuffle_) k.set_shuffle(options.seed_.value_or(0));
    if (options.logger_) l.set_logger(options.logger_);
    l.set_slow_step(options.slow_step_);
    if (options.debug_) l.set_debug(true);
    if (!options.trace_.empty()) l.add_instrument(trace = std::make_shared<detail::trace_writer>(k, options.trace_));
    if (!options.timeline_.empty())
      l.add_instrument(timeline = std::make_shared<detail::timeline_writer>(k, options.timeline_));
    for (auto& i : options.instruments_) l.add_instrument(std::move(i));
    if (options.dump_signal_) dump.emplace(k);
    if (options.probe_) k.set_probe(*options.probe_);
  }

  [[nodiscard]] detail::kernel& kernel() { return loop::of(context).kernel(); }
  void cancel_all(std::vector<any_task>& cancelled);
  void drive_until_ended(std::vector<any_task> const& left);
  void drive_until_no_threads();
  /// One turn, unless a Ctrl-C forces out. @return false when nothing can ever run again in virtual time.
  bool turn(detail::interrupts& signals);
  void warn_when_nothing_can_wake(detail::task_base const& main, detail::interrupts& signals);

  run_options options;
  detail::context_slot variables;  // main's, for all runs
  std::shared_ptr<detail::trace_writer> trace;
  std::shared_ptr<detail::timeline_writer> timeline;
  asio::io_context context{1};
  std::optional<detail::dump_signal> dump;  // goes first: its thread wakes the context
  bool warned_idle = false;
  bool running = false;
  bool closed = false;
  bool forced_out = false;
};

runner::runner(run_options options) : state_(std::make_unique<state>(std::move(options))) {}

runner::~runner() {
  try {
    close();
  } catch (...) {
    // A second Ctrl-C during the clean-up of an exception that is on its way: that one says more.
  }
}

loop& runner::get_loop() {
  if (state_->closed) throw invalid_state("asyncio::runner::get_loop: the runner is closed; make a new one");
  return loop::of(state_->context);
}

void runner::check_can_run() const {
  if (state_->kernel().left_behind()) state_->context.notify_fork(asio::io_context::fork_child);  // a child runs it
  if (state_->closed) throw invalid_state("asyncio::runner::run: the runner is closed; make a new one");
  if (detail::kernel::running_or_null() != nullptr)
    throw loop_already_running(
        "asyncio::run cannot be called from a running loop; co_await the coroutine, or create_task it");
}

void runner::launch(any_task const& main) {
  detail::task_base& t = *main.ref().get();
  if (!state_->variables) {
    state_->variables = detail::copy_context_slot(detail::current_context_slot());
    if (!state_->variables) state_->variables = std::make_shared<detail::context_cell>();
  }
  t.context() = state_->variables;
  if (!state_->options.name_.empty()) t.set_name(state_->options.name_);
  t.launch(detail::task_base::start_mode::queued);
  if (state_->options.probe_) state_->options.probe_->begin(t);
}

void runner::state::warn_when_nothing_can_wake(detail::task_base const& main, detail::interrupts& signals) {
  if (!options.debug_ || warned_idle || options.clock_ != clock_kind::real) return;
  if (kernel().has_timers() || kernel().has_thread_work()) return;
  signals.pause();
  if (kernel().nothing_in_flight() && !main.done() && signals.pending() == 0) {
    warned_idle = true;
    loop& l = loop::of(context);
    l.logger()->warn("nothing can wake this program but a signal or another thread:" + detail::live_tree(kernel()));
  }
  signals.resume();
}

void runner::finish(any_task const& main) {
  detail::task_base& t = *main.ref().get();
  detail::kernel& k = state_->kernel();
  detail::kernel::visit const inside(k, true);
  if (!inside) detail::kernel::refuse_thread();
  detail::interrupts signals(k, state_->options.handle_sigint_, state_->options.handle_sigterm_,
                             state_->options.clock_ == clock_kind::real);
  end_of_main const end(t);
  told_run const told(k, t.id());
  int interrupted = 0;
  while (!end.seen()) {
    if (int const count = signals.take(); count > 0) {
      if (interrupted + count > 1) {
        state_->forced_out = true;
        detail::dump_tree(k, interrupted_again);
        throw keyboard_interrupt();
      }
      interrupted += count;
      if (!t.cancel({})) throw keyboard_interrupt();
      continue;
    }
    if (state_->dump && state_->dump->take()) state_->dump->print();
    state_->warn_when_nothing_can_wake(t, signals);
    if (std::exception_ptr const e = k.take_escaped()) std::rethrow_exception(e);
    if (end.seen()) break;  // the look for work in flight ran what was ready
    auto const turn = k.turn();
    if (std::exception_ptr const e = k.take_escaped()) std::rethrow_exception(e);
    if (turn == detail::kernel::turn_result::stuck && signals.pending() == 0) {
      if (state_->options.probe_ && state_->options.probe_->stuck()) continue;
      if (state_->options.clock_ == clock_kind::virtual_) {
        throw deadlock_error("asyncio: deadlock: nothing can ever run again, and these tasks have not ended:" +
                             detail::live_tree(k));
      }
      k.wait_for_outside();
    }
  }
  t.mark_retrieved();  // run() throws it
  if (interrupted > 0 && t.cancelled() && t.uncancel() == 0) throw keyboard_interrupt();
  if (!t.failed() && signals.take() > 0) throw keyboard_interrupt();  // it came in the last step
}

bool runner::state::turn(detail::interrupts& signals) {
  detail::kernel& k = kernel();
  if (dump && dump->take()) dump->print();
  if (signals.take() > 0) {
    forced_out = true;
    detail::dump_tree(k, interrupted_again);
    throw keyboard_interrupt();
  }
  auto const turn = k.turn();
  if (std::exception_ptr const e = k.take_escaped()) {
    forced_out = true;
    std::rethrow_exception(e);
  }
  if (turn == detail::kernel::turn_result::stuck && signals.pending() == 0) {
    if (options.probe_ && options.probe_->stuck()) return true;
    if (options.clock_ == clock_kind::virtual_) return false;
    k.wait_for_outside();
  }
  return true;
}

void runner::state::cancel_all(std::vector<any_task>& cancelled) {
  detail::cancel_walk all(kernel(), {});
  for (any_task& t : all_tasks(loop::of(context))) {
    if (options.debug_)
      loop::of(context).logger()->warn("task '" + std::string(t.name()) + "' was still running at the end, created at " +
                                       t.created_at().file_name() + ':' + std::to_string(t.created_at().line()));
    all.add(*t.ref().get());
    cancelled.push_back(std::move(t));
  }
  all.run();
}

void runner::state::drive_until_ended(std::vector<any_task> const& left) {
  if (left.empty()) return;
  end_of_left const end(kernel(), left);
  detail::interrupts signals(kernel(), options.handle_sigint_, options.handle_sigterm_, options.clock_ == clock_kind::real);
  asio::steady_timer patience(context);
  if (options.clock_ == clock_kind::real) {
    patience.expires_after(end_is_slow);
    patience.async_wait([this](boost::system::error_code const& ec) {
      if (!ec) loop::of(context).warn("asyncio::run waits for these tasks, which it has cancelled:" + detail::live_tree(kernel()));
    });
  }
  // In virtual time those that ignore their cancel and wait for ever are given up.
  while (!end.seen() && !kernel().cancels_in_flight().answers().given_up() && turn(signals)) {}
  if (signals.take() > 0) {
    forced_out = true;
    throw keyboard_interrupt();
  }
}

void runner::state::drive_until_no_threads() {
  detail::kernel& k = kernel();
  detail::interrupts signals(kernel(), options.handle_sigint_, options.handle_sigterm_, options.clock_ == clock_kind::real);
  auto const late = std::make_shared<bool>(false);
  asio::steady_timer limit(context);
  limit.expires_at(detail::add_saturated(std::chrono::steady_clock::now(), options.shutdown_timeout_));
  limit.async_wait([late](boost::system::error_code const& ec) { *late = *late || !ec; });
  while (k.has_thread_work() && !*late && turn(signals)) {}
}

void runner::close() {
  if (state_->closed) return;
  detail::kernel& k = state_->kernel();
  if (k.live_count() > 0 && detail::kernel::running_or_null() != nullptr)
    throw loop_already_running(
        "asyncio::runner::close cannot be called in a running loop: it has to run its own until every task has ended; "
        "close the runner where it was made");
  detail::kernel::visit const only(k, true);
  detail::kernel::entry const inside(k);
  loop& l = loop::of(state_->context);
  std::vector<any_task> left;
  if (state_->options.probe_ && state_->options.probe_->stopped()) state_->forced_out = true;
  struct at_exit {
    state& s;
    ~at_exit() {
      s.closed = true;
      if (s.trace) s.trace->finish();
      if (s.timeline) s.timeline->finish();
      s.kernel().set_ended();
    }
  } const leave{*state_};
  if (!state_->forced_out) {
    k.set_ending();
    k.cancels_in_flight().answers().begin_last(k);
    state_->cancel_all(left);
    state_->drive_until_ended(left);
    if (k.has_thread_work()) {
      // What a function in a thread gives the loop meanwhile runs until no thread can wait for it any more.
      state_->drive_until_no_threads();
      state_->cancel_all(left);
      state_->drive_until_ended(left);
    }
  }
  if (std::size_t const running = k.end_threads(); running > 0) {
    l.logger()->warn(std::to_string(running) + (running == 1 ? " function" : " functions") +
                     " given to to_thread did not return within the shutdown timeout; what is returned later is lost");
  }
  for (any_task& t : left) {
    detail::task_base& ended = *t.ref().get();
    if (!ended.failed()) continue;
    detail::report(&k, nullptr, "unhandled exception during asyncio::run shutdown", ended.take_notice(), detail::about(&ended));
  }
  while (!k.failed().empty()) {
    detail::task_base& failed = k.failed().front();
    if (failed.add_reference_if_any()) {
      detail::task_ref const kept(&failed);
      failed.report_unretrieved();
    } else {  // another thread is dropping it, and will find that nobody has taken the exception
      k.failed().pop_front();
    }
  }
}

}  // namespace asyncio
