#include <asyncio/detail/debug_watch.hpp>
#include <asyncio/detail/interrupts.hpp>
#include <asyncio/detail/probe.hpp>
#include <asyncio/random.hpp>
#include <asyncio/run.hpp>

#include <boost/asio/io_context.hpp>

#include <spdlog/logger.h>

#include <charconv>
#include <cstdlib>
#include <cstring>

namespace asyncio {

namespace asio = boost::asio;

namespace {

bool environment_is(char const* name, char const* value) {
  char const* const set = std::getenv(name);
  return set != nullptr && std::strcmp(set, value) == 0;
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
  if (environment_is("ASYNCIO_CLOCK", "virtual")) clock_ = clock_kind::virtual_;
}

struct runner::state {
  explicit state(run_options given) : options(std::move(given)) {
    loop& l = loop::of(context);
    detail::kernel& k = l.kernel();
    k.set_driven(true);
    k.set_debug(options.debug_);
    if (options.clock_ == clock_kind::virtual_) k.set_clock(std::make_unique<virtual_clock>());
    if (options.seed_) k.generator().seed(*options.seed_);
    if (options.shuffle_) k.set_shuffle(options.seed_.value_or(0));
    if (options.logger_) l.set_logger(options.logger_);
    if (options.probe_) k.set_probe(*options.probe_);
    if (options.debug_) {
      watch = std::make_unique<detail::debug_watch>(l, options.slow_step_);
      k.set_instrument(watch.get());
    }
  }

  [[nodiscard]] detail::kernel& kernel() { return loop::of(context).kernel(); }
  void drive_until_no_tasks();
  void warn_when_nothing_can_wake(detail::task_base const& main, detail::interrupts& signals);

  run_options options;
  detail::context_slot variables;  // main's, for all runs
  std::unique_ptr<detail::debug_watch> watch;
  asio::io_context context{1};
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
  if (!options.debug_ || warned_idle || options.clock_ != clock_kind::real || kernel().has_timers()) return;
  signals.pause();
  if (kernel().nothing_in_flight() && !main.done() && signals.pending() == 0) {
    warned_idle = true;
    loop& l = loop::of(context);
    l.logger()->warn("nothing can wake this program but a signal or another thread:" + kernel().describe_live());
  }
  signals.resume();
}

void runner::finish(any_task const& main) {
  detail::task_base& t = *main.ref().get();
  detail::kernel& k = state_->kernel();
  detail::kernel::entry const inside(k);
  detail::interrupts signals(state_->context, state_->options.handle_sigint_, state_->options.handle_sigterm_,
                             state_->options.clock_ == clock_kind::real);
  end_of_main const end(t);
  int interrupted = 0;
  while (!end.seen()) {
    if (int const count = signals.take(); count > 0) {
      if (interrupted + count > 1) {
        state_->forced_out = true;
        throw keyboard_interrupt();
      }
      interrupted += count;
      if (!t.cancel({})) throw keyboard_interrupt();
      continue;
    }
    state_->warn_when_nothing_can_wake(t, signals);
    auto const turn = k.turn();
    if (std::exception_ptr const e = k.take_escaped()) std::rethrow_exception(e);
    if (turn == detail::kernel::turn_result::stuck && signals.pending() == 0) {
      if (state_->options.probe_ && state_->options.probe_->stuck()) continue;
      if (state_->options.clock_ == clock_kind::virtual_) {
        throw deadlock_error("asyncio: deadlock: nothing can ever run again, and these tasks have not ended:" +
                             k.describe_live());
      }
      k.wait_for_outside();
    }
  }
  t.mark_retrieved();  // run() throws it
  if (interrupted > 0 && t.cancelled() && t.uncancel() == 0) throw keyboard_interrupt();
  if (!t.failed() && signals.take() > 0) throw keyboard_interrupt();  // it came in the last step
}

void runner::state::drive_until_no_tasks() {
  detail::kernel& k = kernel();
  detail::interrupts signals(context, options.handle_sigint_, options.handle_sigterm_, options.clock_ == clock_kind::real);
  while (k.live_count() > 0) {
    if (signals.take() > 0) {
      forced_out = true;
      throw keyboard_interrupt();
    }
    auto const turn = k.turn();
    if (std::exception_ptr const e = k.take_escaped()) {
      forced_out = true;
      std::rethrow_exception(e);
    }
    if (turn == detail::kernel::turn_result::stuck && signals.pending() == 0) {
      if (options.probe_ && options.probe_->stuck()) continue;
      if (options.clock_ == clock_kind::virtual_) return;  // they ignore their cancel and wait for ever: given up
      k.wait_for_outside();
    }
  }
  if (signals.take() > 0) {
    forced_out = true;
    throw keyboard_interrupt();
  }
}

void runner::close() {
  if (state_->closed) return;
  detail::kernel& k = state_->kernel();
  if (k.live_count() > 0 && detail::kernel::running_or_null() != nullptr)
    throw loop_already_running(
        "asyncio::runner::close cannot be called in a running loop: it has to run its own until every task has ended; "
        "close the runner where it was made");
  detail::kernel::entry const inside(k);
  loop& l = loop::of(state_->context);
  std::vector<any_task> left;
  if (state_->options.probe_ && state_->options.probe_->stopped()) state_->forced_out = true;
  if (!state_->forced_out) {
    left = all_tasks(l);
    for (any_task& t : left) {
      if (state_->options.debug_)
        l.logger()->warn("task '" + std::string(t.name()) + "' was still running at the end, created at " +
                         t.created_at().file_name() + ':' + std::to_string(t.created_at().line()));
      t.cancel();
    }
  }
  struct at_exit {
    state& s;
    ~at_exit() {
      s.closed = true;
      s.kernel().set_ended();
    }
  } const leave{*state_};
  if (!state_->forced_out) state_->drive_until_no_tasks();
  for (any_task& t : left) {
    detail::task_base& ended = *t.ref().get();
    if (!ended.failed()) continue;
    detail::report(&k, "unhandled exception during asyncio::run shutdown", ended.take_notice(), &ended);
  }
  while (!k.failed().empty()) k.failed().front().report_unretrieved();
}

}  // namespace asyncio
