// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/loop/loop_core.hpp>
#include <asyncio/detail/signals/ctrl_c.hpp>
#include <asyncio/detail/signals/signal_registry.hpp>
#include <asyncio/detail/signals/wake_pipe.hpp>

#include <sys/syscall.h>
#include <unistd.h>
#include <csignal>

namespace asyncio::detail {

namespace {

bool in_main_thread() { return ::getpid() == static_cast<pid_t>(::syscall(SYS_gettid)); }

}  // namespace

ctrl_c::ctrl_c(loop_core& home, bool on_sigint, bool on_sigterm, bool wake_context) : home_(home) {
  if ((!on_sigint && !on_sigterm) || !in_main_thread() || signal_registry::watching()) return;
  // The byte only wakes the context: the driver of the loop calls take() between its turns. Without a pipe the loop
  // notices signals when something else wakes it.
  if (wake_context) pipe_ = wake_pipe::open(home_.context(), nullptr);
  signal_registry::reset_watch(pipe_ ? pipe_->write_end() : signal_registry::no_descriptor);
  sigint_ = on_sigint && signal_registry::watch(SIGINT, home_);
  sigterm_ = on_sigterm && signal_registry::watch(SIGTERM, home_);
  if (!sigint_ && !sigterm_) pipe_ = nullptr;
  if (pipe_) pipe_->listen();
  if (sigint_ || sigterm_) home_.add_poll_hook(*this);
}

ctrl_c::~ctrl_c() {
  if (sigint_) signal_registry::unwatch(SIGINT, home_);
  if (sigterm_) signal_registry::unwatch(SIGTERM, home_);
  if (pipe_) pipe_->close();
}

int ctrl_c::pending() const noexcept { return sigint_ || sigterm_ ? signal_registry::watch_pending() : 0; }

int ctrl_c::take() noexcept {
  int const count = pending();
  if (count > 0) signal_registry::watch_noticed(count);
  return count;
}

void ctrl_c::poll(bool idle) {
  if (idle) signal_registry::reinstate();
}

void ctrl_c::pause() {
  if (pipe_) pipe_->pause();
}

void ctrl_c::resume() {
  if (pipe_) pipe_->listen();
}

}  // namespace asyncio::detail
