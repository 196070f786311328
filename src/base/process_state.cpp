// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/base/process_state.hpp>

#include <pthread.h>

namespace asyncio::detail {

fork_watch::fork_watch(void* owner, function called) : owner_(owner), tell_(called) {
  process_state& all = process_state::get();
  std::lock_guard const lock(all.watches_mutex_);
  all.watches_.push_back(*this);
}

fork_watch::~fork_watch() {
  std::lock_guard const lock(process_state::get().watches_mutex_);
  unlink();
}

fork_hook::fork_hook(fork_order place, function called) noexcept {
  process_state::get().hooks_[static_cast<std::size_t>(place)] = called;
}

process_state::process_state() {
  ::pthread_atfork([] { get().at_fork(fork_point::before); }, [] { get().at_fork(fork_point::in_parent); },
                   [] { get().at_fork(fork_point::in_child); });
}

namespace {

// Created before main(): a fork during its initialisation in another thread would leave it half-initialised in the
// child.
[[maybe_unused]] process_state const& made_in_time = process_state::get();

}  // namespace

process_state& process_state::get() noexcept {
  static process_state& only = *new process_state;
  return only;
}

void process_state::tell(fork_order place, fork_point p) noexcept {
  if (place == fork_order::watches) {
    if (p == fork_point::before) watches_mutex_.lock();
    watches_.for_each([p](fork_watch& w) { w.tell(p); });
    if (p != fork_point::before) watches_mutex_.unlock();
  } else if (auto const hook = hooks_[static_cast<std::size_t>(place)]) {
    hook(p);
  }
}

void process_state::at_fork(fork_point p) noexcept {
  constexpr int count = static_cast<int>(fork_order::count);
  if (p == fork_point::before) {
    ::sigset_t all;
    ::sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    forking_.lock();
    signals_before_ = before;
    for (int i = 0; i < count; ++i) tell(static_cast<fork_order>(i), p);
    return;
  }
  for (int i = count; i-- > 0;) tell(static_cast<fork_order>(i), p);
  ::sigset_t const before = signals_before_;
  forking_.unlock();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace asyncio::detail
