// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/loop/step_observer.hpp>
#include <asyncio/detail/loop/tools.hpp>
#include <asyncio/detail/signals/ctrl_c.hpp>
#include <asyncio/detail/task/cancel_walk.hpp>
#include <asyncio/detail/task/raw_cancel.hpp>
#include <asyncio/detail/task/report.hpp>
#include <asyncio/detail/task/run_end.hpp>
#include <asyncio/run.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>

namespace asyncio {

namespace asio = boost::asio;

namespace {

constexpr char const* interrupted_again = "asyncio: interrupted again, forced out; these tasks have not ended:";

/// After this time the end of run() logs what it waits for.
constexpr std::chrono::seconds end_is_slow{5};

}  // namespace

struct runner::state {
  explicit state(run_options given) : options(std::move(given)) {
    loop& l = loop::of(context);
    detail::task_loop& core = l.core();
    core.set_driven(true);
    if (options.clock_ == clock_kind::virtual_) core.set_clock(std::make_unique<virtual_clock>());
    core.settings() = {options.seed_, options.max_threads_};
    if (options.shuffle_) core.queue().shuffle_passes(options.seed_.value_or(0));
    if (options.logger_) l.set_logger(options.logger_);
    l.set_slow_step(options.slow_step_);
    if (options.debug_) l.set_debug(true);
    start_tools(core);
    if (options.observer_) core.queue().set_observer(*options.observer_);
  }

  [[nodiscard]] detail::task_loop& home() { return loop::of(context).core(); }
  void start_tools(detail::task_loop& core);
  void cancel_all(std::vector<any_task>& cancelled);
  void drive_until_ended(std::vector<any_task> const& left);
  void drive_until_no_threads();
  /// One turn, unless a second Ctrl-C ends run(). @return false if nothing can ever run again in virtual time.
  bool run_once(detail::ctrl_c& signals);
  void warn_when_nothing_can_wake(detail::task_base const& main, detail::ctrl_c& signals);

  run_options options;
  detail::context_slot variables;  // main's context, for all runs
  asio::io_context context{1};
  std::unique_ptr<detail::run_tools> tools;  // destroyed first: one of their threads wakes the context
  bool warned_idle = false;
  bool running = false;
  bool closed = false;
  bool forced_out = false;
};

void runner::state::start_tools(detail::task_loop& core) {
  detail::tool_options const wanted{options.trace_, options.timeline_, options.dump_signal_,
                                    std::move(options.instruments_)};
  if (!wanted.any()) return;
  if (detail::tools::attached == nullptr)
    throw invalid_state(
        "asyncio::run: a trace, a timeline, a dump signal or an instrument is asked for, and this program has no "
        "introspection; "
        "link asyncio::asyncio instead of asyncio::core, or unset ASYNCIO_TRACE, ASYNCIO_TIMELINE and "
        "ASYNCIO_DUMP_SIGNAL");
  tools = detail::tools::attached->start(core, wanted);
}

runner::runner(run_options options) : state_(std::make_unique<state>(std::move(options))) {}

runner::~runner() {
  try {
    close();
  } catch (...) {
    // A second Ctrl-C during the cleanup for a propagating exception: the latter is more informative.
  }
}

loop& runner::get_loop() {
  if (state_->closed) throw invalid_state("asyncio::runner::get_loop: the runner is closed; make a new one");
  return loop::of(state_->context);
}

void runner::check_can_run() const {
  if (state_->home().fate() == detail::fork_fate::left_behind)
    state_->context.notify_fork(asio::io_context::fork_child);  // this is the child of a fork
  if (state_->closed) throw invalid_state("asyncio::runner::run: the runner is closed; make a new one");
  if (detail::task_loop::running_or_null() != nullptr)
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
  if (state_->options.observer_) state_->options.observer_->begin(t);
}

void runner::state::warn_when_nothing_can_wake(detail::task_base const& main, detail::ctrl_c& signals) {
  if (!options.debug_ || warned_idle || options.clock_ != clock_kind::real) return;
  if (home().has_timers() || home().has_thread_work()) return;
  signals.pause();
  if (home().nothing_in_flight() && !main.done() && signals.pending() == 0) {
    warned_idle = true;
    loop& l = loop::of(context);
    l.warn("nothing can wake this program but a signal or another thread:" + detail::live_tree(home()));
  }
  signals.resume();
}

void runner::finish(any_task const& main) {
  detail::task_base& t = *main.ref().get();
  detail::task_loop& core = state_->home();
  detail::task_loop::visit const inside(core, true);
  if (!inside) detail::task_loop::refuse_thread();
  detail::ctrl_c signals(core, state_->options.handle_sigint_, state_->options.handle_sigterm_,
                         state_->options.clock_ == clock_kind::real);
  detail::end_of_main const end(t);
  detail::run_notifier const told(core, t.id());
  int interrupted = 0;
  while (!end.seen()) {
    if (int const count = signals.take(); count > 0) {
      if (interrupted + count > 1) {
        state_->forced_out = true;
        detail::print_tree(core, interrupted_again);
        throw keyboard_interrupt();
      }
      interrupted += count;
      if (!t.cancel({})) throw keyboard_interrupt();
      continue;
    }
    if (state_->tools) state_->tools->between_turns();
    state_->warn_when_nothing_can_wake(t, signals);
    if (std::exception_ptr const e = core.take_escaped()) std::rethrow_exception(e);
    if (end.seen()) break;  // the check for work in flight ran ready nodes
    auto const made = core.run_once();
    if (std::exception_ptr const e = core.take_escaped()) std::rethrow_exception(e);
    if (made == detail::progress::stuck && signals.pending() == 0) {
      if (state_->options.observer_ && state_->options.observer_->stuck()) continue;
      if (state_->options.clock_ == clock_kind::virtual_) {
        throw deadlock_error("asyncio: deadlock: nothing can ever run again, and these tasks have not ended:" +
                             detail::live_tree(core));
      }
      core.wait_for_outside();
    }
  }
  t.mark_retrieved();  // run() throws it
  if (interrupted > 0 && t.cancelled() && t.uncancel() == 0) throw keyboard_interrupt();
  if (!t.failed() && signals.take() > 0) throw keyboard_interrupt();  // it came in the last step
}

bool runner::state::run_once(detail::ctrl_c& signals) {
  detail::task_loop& core = home();
  if (tools) tools->between_turns();
  if (signals.take() > 0) {
    forced_out = true;
    detail::print_tree(core, interrupted_again);
    throw keyboard_interrupt();
  }
  auto const made = core.run_once();
  if (std::exception_ptr const e = core.take_escaped()) {
    forced_out = true;
    std::rethrow_exception(e);
  }
  if (made == detail::progress::stuck && signals.pending() == 0) {
    if (options.observer_ && options.observer_->stuck()) return true;
    if (options.clock_ == clock_kind::virtual_) return false;
    core.wait_for_outside();
  }
  return true;
}

void runner::state::cancel_all(std::vector<any_task>& cancelled) {
  detail::cancel_walk all(home(), {});
  for (any_task& t : all_tasks(loop::of(context))) {
    if (options.debug_)
      loop::of(context).warn("task '" + std::string(t.name()) + "' was still running at the end, created at " +
                             t.created_at().file_name() + ':' + std::to_string(t.created_at().line()));
    all.add(*t.ref().get());
    cancelled.push_back(std::move(t));
  }
  all.run();
}

void runner::state::drive_until_ended(std::vector<any_task> const& left) {
  if (left.empty()) return;
  detail::end_of_left const end(home(), left);
  detail::ctrl_c signals(home(), options.handle_sigint_, options.handle_sigterm_, options.clock_ == clock_kind::real);
  asio::steady_timer patience(context);
  if (options.clock_ == clock_kind::real) {
    patience.expires_after(end_is_slow);
    patience.async_wait([this](boost::system::error_code const& ec) {
      if (!ec)
        loop::of(context).warn("asyncio::run waits for these tasks, which it has cancelled:" +
                               detail::live_tree(home()));
    });
  }
  // In virtual time tasks that ignore their cancellation and wait forever are given up.
  while (!end.seen() && !home().cancels_in_flight().answers().given_up() && run_once(signals)) {}
  if (signals.take() > 0) {
    forced_out = true;
    throw keyboard_interrupt();
  }
}

void runner::state::drive_until_no_threads() {
  detail::task_loop& core = home();
  detail::ctrl_c signals(home(), options.handle_sigint_, options.handle_sigterm_, options.clock_ == clock_kind::real);
  auto const late = std::make_shared<bool>(false);
  asio::steady_timer limit(context);
  limit.expires_at(detail::add_saturated(std::chrono::steady_clock::now(), options.shutdown_timeout_));
  limit.async_wait([late](boost::system::error_code const& ec) { *late = *late || !ec; });
  while (core.has_thread_work() && !*late && run_once(signals)) {}
}

void runner::close() {
  if (state_->closed) return;
  detail::task_loop& core = state_->home();
  if (core.live_count() > 0 && detail::task_loop::running_or_null() != nullptr)
    throw loop_already_running(
        "asyncio::runner::close cannot be called in a running loop: it has to run its own until every task has ended; "
        "close the runner where it was made");
  detail::task_loop::visit const only(core, true);
  detail::task_loop::entry const inside(core);
  loop& l = loop::of(state_->context);
  std::vector<any_task> left;
  if (state_->options.observer_ && state_->options.observer_->stopped()) state_->forced_out = true;
  struct at_exit {
    state& s;
    ~at_exit() {
      s.closed = true;
      if (s.tools) s.tools->finish();
      s.home().set_ended();
    }
  } const leave{*state_};
  if (!state_->forced_out) {
    core.set_ending();
    core.cancels_in_flight().answers().begin_last(core);
    state_->cancel_all(left);
    state_->drive_until_ended(left);
    if (core.has_thread_work()) {
      // Work that functions in threads submit meanwhile runs until no thread can wait for it any more.
      state_->drive_until_no_threads();
      state_->cancel_all(left);
      state_->drive_until_ended(left);
    }
  }
  if (std::size_t const running = core.end_threads(); running > 0) {
    l.warn(std::to_string(running) + (running == 1 ? " function" : " functions") +
           " given to to_thread did not return within the shutdown timeout; what is returned later is lost");
  }
  for (any_task& t : left) {
    detail::task_base& ended = *t.ref().get();
    if (!ended.failed()) continue;
    detail::report(&core, nullptr, "unhandled exception during asyncio::run shutdown", ended.retrieve_exception(),
                   detail::about(&ended));
  }
  while (!core.failed().empty()) {
    detail::task_base& failed = core.failed().front();
    if (failed.add_reference_if_any()) {
      detail::task_ref const kept(&failed);
      failed.report_unretrieved();
    } else {  // another thread is dropping it, and will report the unretrieved exception
      core.failed().pop_front();
    }
  }
}

}  // namespace asyncio
