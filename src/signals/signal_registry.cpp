// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/base/process_state.hpp>
#include <asyncio/detail/loop/loop_core.hpp>
#include <asyncio/detail/signals/signal_registry.hpp>
#include <asyncio/error.hpp>

#include <unistd.h>
#include <atomic>
#include <bit>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>

namespace asyncio::detail::signal_registry {

namespace {

/// Zero-initialised, so that the table takes no space in the binary.
struct entry {
  // Read by the signal handler.
  std::atomic<bool> claimed{false};
  std::atomic<int> descriptor{0};
  std::atomic<int> count{0};
  std::atomic<bool> watched{false};
  // The rest is guarded by the mutex.
  loop_core const* owner = nullptr;
  loop_core const* watcher = nullptr;
  bool installed = false;
  struct sigaction before {};
};

static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free,
              "a signal handler may only use atomics without locks");

constinit std::mutex mutex;
constinit entry entries[NSIG];
std::atomic<int> handlers_at_work{0};
/// The signals whose handler must be ours; bit n - 1 is signal n.
std::atomic<std::uint64_t> in_use{0};
static_assert(NSIG - 1 <= 64);

// run()'s Ctrl-C. A process has one main thread, so only one run() at a time uses these.
std::atomic<int> received{0};
std::atomic<int> noticed{0};
std::atomic<int> watch_descriptor{no_descriptor};

void wake(int descriptor) noexcept {
  if (descriptor < 0) return;
  char const byte = 0;
  [[maybe_unused]] auto const written = ::write(descriptor, &byte, 1);
}

extern "C" void on_signal(int number) {
  int const saved_errno = errno;
  handlers_at_work.fetch_add(1);
  entry& e = entries[number];
  if (e.claimed.load()) {
    e.count.fetch_add(1);
    wake(e.descriptor.load());
  } else if (e.watched.load()) {
    if (received.fetch_add(1) + 1 - noticed.load() > 1) {
      // The loop has not noticed the previous signal: it is stuck in a step. Only the default action ends it.
      std::signal(number, SIG_DFL);
      ::raise(number);
    }
    wake(watch_descriptor.load());
  }
  handlers_at_work.fetch_sub(1);
  errno = saved_errno;
}

bool in_force(int number, ::sighandler_t handler) noexcept {
  struct sigaction now {};
  return ::sigaction(number, nullptr, &now) == 0 && now.sa_handler == handler;
}

bool put_in_force(int number, struct sigaction* before) noexcept {
  struct sigaction action {};
  action.sa_handler = on_signal;
  ::sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  return ::sigaction(number, &action, before) == 0;
}

constexpr std::uint64_t bit(int number) noexcept { return std::uint64_t{1} << (number - 1); }

/// Installs our handler and saves the previous action. @return false if the system call fails.
bool install(int number) noexcept {
  entry& e = entries[number];
  if (e.installed && in_force(number, on_signal)) return true;
  if (!put_in_force(number, &e.before)) return false;
  e.installed = true;
  in_use.fetch_or(bit(number));
  return true;
}

void uninstall(int number) noexcept {
  entry& e = entries[number];
  if (!std::exchange(e.installed, false)) return;
  in_use.fetch_and(~bit(number));
  // The default action: a handler that had replaced ours was removed.
  if (in_force(number, on_signal) || in_force(number, SIG_DFL)) ::sigaction(number, &e.before, nullptr);
}

}  // namespace

std::string name_of(int number) {
  char const* const name = ::sigabbrev_np(number);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(number);
}

void require_signal(int number, char const* who) {
  struct sigaction now {};
  // The C library reserves the numbers between the classic and the real-time signals.
  if (number < 1 || number >= NSIG || ::sigaction(number, nullptr, &now) != 0)
    throw value_error(std::string(who) + ": " + std::to_string(number) +
                      " is not the number of a signal; use SIGINT, SIGTERM, SIGUSR1, ... of <csignal>");
}

void claim(int number, loop_core const& owner, int descriptor, char const* who) {
  require_signal(number, who);
  if (number == SIGKILL || number == SIGSTOP)
    throw invalid_state(std::string(who) + ": no program can handle " + name_of(number));
  std::lock_guard const lock(mutex);
  entry& e = entries[number];
  if (e.owner == &owner) return;
  if (e.owner != nullptr)
    throw invalid_state(std::string(who) + ": another loop of this process handles " + name_of(number) +
                        "; it has to stop doing so first");
  e.owner = &owner;
  e.count.store(0);
  e.descriptor.store(descriptor);
  e.claimed.store(true);  // before our handler is installed, which reads it
  if (!install(number)) {
    int const reason = errno;
    e.owner = nullptr;
    e.claimed.store(false);
    throw std::system_error(reason, std::generic_category(), who);
  }
}

void give_up(int number, loop_core const& owner) noexcept {
  std::lock_guard const lock(mutex);
  entry& e = entries[number];
  if (e.owner != &owner) return;
  e.owner = nullptr;
  if (!e.watched.load()) uninstall(number);  // first: from now on a signal has its former action
  e.claimed.store(false);
}

int take(int number) noexcept { return entries[number].count.exchange(0); }

bool watch(int number, loop_core const& owner) noexcept {
  std::lock_guard const lock(mutex);
  entry& e = entries[number];
  if (e.owner == nullptr) {
    struct sigaction now {};
    if (::sigaction(number, nullptr, &now) != 0 || now.sa_handler != SIG_DFL || !install(number)) return false;
  } else if (e.before.sa_handler != SIG_DFL || !in_force(number, on_signal)) {
    return false;
  }
  e.watcher = &owner;
  e.watched.store(true);
  return true;
}

void unwatch(int number, loop_core const& owner) noexcept {
  std::lock_guard const lock(mutex);
  entry& e = entries[number];
  if (e.watcher != &owner) return;
  e.watcher = nullptr;
  if (e.owner == nullptr) uninstall(number);
  e.watched.store(false);
  if (!watching()) watch_descriptor = no_descriptor;
}

bool watching() noexcept { return entries[SIGINT].watched.load() || entries[SIGTERM].watched.load(); }

void reset_watch(int descriptor) noexcept {
  received = 0;
  noticed = 0;
  watch_descriptor = descriptor;
}

int watch_pending() noexcept { return received.load() - noticed.load(); }

void watch_noticed(int count) noexcept { noticed.fetch_add(count); }

void reinstate() noexcept {
  for (std::uint64_t left = in_use.load(std::memory_order_relaxed); left != 0; left &= left - 1) {
    int const number = std::countr_zero(left) + 1;
    if (!in_force(number, SIG_DFL)) [[likely]]
      continue;
    std::lock_guard const lock(mutex);
    if (entries[number].installed && in_force(number, SIG_DFL)) put_in_force(number, nullptr);
  }
}

namespace {

void at_fork(fork_point p) noexcept {
  if (p == fork_point::before) {
    mutex.lock();
    return;
  }
  if (p == fork_point::in_child) {  // pending signals belong to the parent
    handlers_at_work = 0;
    received = 0;
    noticed = 0;
    auto const left_behind = [](loop_core const* l) { return l != nullptr && l->fate() != fork_fate::carried_over; };
    for (int number = 1; number < NSIG; ++number) {
      entry& e = entries[number];
      e.count = 0;
      if (left_behind(e.owner)) e.owner = nullptr;
      if (left_behind(e.watcher)) e.watcher = nullptr;
      e.watched = e.watcher != nullptr;
      if (e.owner == nullptr && e.watcher == nullptr) uninstall(number);
      if (e.owner == nullptr) e.claimed = false;
    }
    if (!watching()) watch_descriptor = no_descriptor;
  }
  mutex.unlock();
}

[[maybe_unused]] fork_hook const told_of_forks{fork_order::signals, at_fork};

}  // namespace

void wait_for_handlers() noexcept {
  while (handlers_at_work.load() != 0) std::this_thread::yield();
}

}  // namespace asyncio::detail::signal_registry
