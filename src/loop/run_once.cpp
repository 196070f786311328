// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The part of loop_core that drives the context for run().
#include <asyncio/detail/loop/loop_core.hpp>
#include <asyncio/detail/loop/loop_io.hpp>
#include <asyncio/detail/loop/step_observer.hpp>

namespace asyncio::detail {

namespace asio = boost::asio;

namespace {

/// After this many turns a loop that is never idle checks whether a foreign signal handler was removed.
constexpr std::size_t turns_between_looks = 64;

using work_guard = asio::executor_work_guard<asio::io_context::executor_type>;

}  // namespace

void loop_core::ask_poll_hooks(bool idle) {
  poll_hooks_.for_each([idle](poll_hook& h) { h.poll(idle); });
}

progress loop_core::run_once() {
  entry const inside(*this);
  struct at_exit {
    loop_core& l;
    ~at_exit() { l.after_handlers(); }
  } const leave{*this};
  if (context_.stopped()) context_.restart();
  if (!drain_.scheduled && !queue_.empty()) schedule_drain();
  bool const idle = !drain_.scheduled || ++drain_.turns % turns_between_looks == 0;
  if (!poll_hooks_.empty() && (idle || clock_->is_virtual())) ask_poll_hooks(idle);
  if (queue_.observer() && !drain_.scheduled) [[unlikely]]
    queue_.observer()->before_step();  // one of Asio's handlers has run
  return clock_->is_virtual() ? run_virtual() : run_real();
}

progress loop_core::run_real() {
  if (!quiescence_.empty() && !drain_.scheduled) {
    if (context_.poll() == 0) splice_ready(quiescence_);
    return progress::made;
  }
  if (hooks_ == nullptr) [[likely]]
    return context_.run_one() > 0 ? progress::made : progress::stuck;
  if (context_.poll_one() > 0) return progress::made;
  if (context_.stopped()) return progress::stuck;
  hooks_->idle_begin();
  bool const ran = context_.run_one() > 0;
  if (hooks_) hooks_->idle_end();
  return ran ? progress::made : progress::stuck;
}

progress loop_core::run_virtual() {
  if (drain_.scheduled) {
    context_.poll_one();
    return progress::made;
  }
  if (!timers_.empty() && timers_.next_deadline() <= now()) {
    schedule_drain();
    return progress::made;
  }
  if ((queue_.observer() ? context_.poll_one() : context_.poll()) > 0) return progress::made;
  if (!quiescence_.empty()) {
    splice_ready(quiescence_);
    return progress::made;
  }
  if (has_thread_work()) {  // time stands still while a thread works
    wait_for_outside();
    return progress::made;
  }
  std::optional<work_guard> others_work;
  if (away_count_ > 0) {
    others_work.emplace(context_.get_executor());
    if (context_.stopped()) context_.restart();
  }
  bool const outside_work = !context_.stopped();
  if (timers_.empty() || timers_.next_deadline() == time_point::max()) {
    if (!outside_work) return progress::stuck;
    context_.run_one();
    return progress::made;
  }
  if (outside_work) {
    // Real I/O is in flight, or a coroutine is in another thread: it gets as much real time as the virtual time until
    // the deadline.
    if (!io_->idle_since) io_->idle_since = std::chrono::steady_clock::now();
    if (context_.run_one_until(add_saturated(*io_->idle_since, timers_.next_deadline() - now())) > 0)
      return progress::made;
  }
  clock_->jump_to(timers_.next_deadline());
  io_->idle_since.reset();
  schedule_drain();
  return progress::made;
}

bool loop_core::nothing_in_flight() {
  if (drain_.scheduled || !queue_.empty() || !timers_.empty() || away_count_ > 0) return false;
  if (context_.stopped()) context_.restart();
  while (context_.poll() > 0) {  // the handlers may have ended or started operations
    if (drain_.scheduled || !queue_.empty() || !timers_.empty()) return false;
    if (context_.stopped()) context_.restart();
  }
  return context_.stopped();
}

void loop_core::wait_for_outside() {
  entry const inside(*this);
  auto const guard = asio::make_work_guard(context_);
  if (context_.stopped()) context_.restart();
  if (hooks_) hooks_->idle_begin();
  context_.run_one();
  if (hooks_) hooks_->idle_end();
}

}  // namespace asyncio::detail
