// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The part of loop_core that runs ready nodes: its hot path.
#include <asyncio/detail/loop/loop_core.hpp>
#include <asyncio/detail/loop/loop_io.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>

namespace asyncio::detail {

namespace asio = boost::asio;

namespace {

/// How many ready nodes one posted drain may run before Asio gets to run its own handlers and I/O.
constexpr std::size_t drain_budget = 256;
/// The minimum number of due timers per pass, in real time.
constexpr std::size_t timers_per_pass = 64;

}  // namespace

void ready_node::expired(loop_core& home) noexcept { home.push_ready(*this); }

void loop_core::post_own(own_call fn) {
  auto call = [this, fn] { (this->*fn)(); };
  asio::post(context_.get_executor(), own_handler<decltype(call)>{&io_->memory, call});
}

void loop_core::hand_on(own_call fn) {
  post_own(fn);
  refuse_thread();
}

void loop_core::schedule_drain() noexcept {
  if (closed()) return;
  drain_.scheduled = true;
  post_own(&loop_core::drain);
}

void loop_core::make_up_for_drain() {
  if (std::exchange(drain_.missed, false)) drain();
}

void loop_core::drain() {
  visit const inside(*this);
  if (!inside) [[unlikely]]
    hand_on(&loop_core::drain);
  if (fate_ == fork_fate::left_behind) [[unlikely]]
    context_.notify_fork(asio::io_context::fork_child);  // the user has not called notify_fork
  drain_.scheduled = true;                               // nothing in here needs another post
  if (drain_.held) [[unlikely]] {
    drain_.missed = true;
    return;
  }
  struct at_exit {
    loop_core& l;
    ~at_exit() { l.end_drain(); }
  } const leave{*this};
  drain_.interrupted = false;
  ++drain_.count;
  before_drain();
  std::size_t ran = 0;
  do {
    if (!timers_.empty()) fire_due_timers();
    drain_.last_pass = queue_.run_pass();
    ran += drain_.last_pass;
  } while (!queue_.empty() && !drain_.interrupted && ran < drain_budget);
  if (escaped_ && !driven_) std::rethrow_exception(take_escaped());  // out of the user's context.run()
}

void loop_core::end_drain() noexcept {
  drain_.scheduled = false;
  after_handlers();
  queue_.end_pass();
  if (!queue_.empty()) {
    if (!drain_.interrupted || !driven_) schedule_drain();
  } else if (!clock_->is_virtual()) {
    try {
      arm_context_timer();
      if (!driven_ && !poll_hooks_.empty()) [[unlikely]]
        ask_poll_hooks(true);  // otherwise run_once() does
    } catch (...) {            // no memory for Asio's timer: the loop spins until there is
      io_->armed_until = time_point::max();
      schedule_drain();
    }
  }
}

void loop_core::fire_due_timers() {
  time_point const t = now();
  // Many due timers are taken in portions, so that what they wake is still in the CPU cache when it runs. At least as
  // many per pass as other nodes ran in the last one, so that timers do not fall behind. Not in virtual time, where all
  // timers of one deadline are due in one pass, as in asyncio.
  std::size_t room = clock_->is_virtual() ? timers_.size() : std::max(timers_per_pass, drain_.last_pass);
  for (; room > 0 && !timers_.empty() && timers_.next_deadline() <= t; --room) {
    auto& first = static_cast<ready_node&>(timers_.pop());
    if (!timers_.empty()) __builtin_prefetch(&timers_.front());
    first.expired(*this);
  }
}

void loop_core::last_timer_removed() noexcept {
  // The context still waits for a deadline that was cancelled: a context run by the user would wait in vain.
  if (io_->armed_until != time_point::max() && !drain_.scheduled) schedule_drain();
}

void loop_core::arm_context_timer() {
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
  io_->timer->expires_at(next);  // cancels the previous wait, if any
  auto fire = [this](boost::system::error_code const& ec) {
    if (!ec) context_timer_fired();
  };
  io_->timer->async_wait(own_handler<decltype(fire)>{&io_->memory, fire});
}

void loop_core::context_timer_fired() {
  visit const inside(*this);
  if (!inside) [[unlikely]]
    hand_on(&loop_core::context_timer_fired);
  io_->armed_until = time_point::max();
  if (!drain_.scheduled) drain();
}

}  // namespace asyncio::detail
