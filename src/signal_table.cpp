#include <asyncio/detail/kernel.hpp>
#include <asyncio/detail/process.hpp>
#include <asyncio/detail/signal_table.hpp>
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

namespace asyncio::detail::signal_table {

namespace {

constexpr int unclaimed = -2;

struct entry {
  // What the handler looks at.
  std::atomic<int> descriptor{unclaimed};
  std::atomic<int> count{0};
  std::atomic<bool> watched{false};
  // The rest belongs to whoever holds the mutex.
  kernel const* owner = nullptr;
  kernel const* watcher = nullptr;
  bool installed = false;
  struct sigaction before {};
};

static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free,
              "a signal handler may only use atomics without locks");

constinit std::mutex mutex;
constinit entry entries[NSIG];
std::atomic<int> handlers_at_work{0};
/// Which handlers of ours are to be in force; bit n - 1 is signal n.
std::atomic<std::uint64_t> in_use{0};
static_assert(NSIG - 1 <= 64);

// run()'s Ctrl-C. One process has one main thread, so one run() at a time has these.
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
  if (int const descriptor = e.descriptor.load(); descriptor != unclaimed) {
    e.count.fetch_add(1);
    wake(descriptor);
  } else if (e.watched.load()) {
    if (received.fetch_add(1) + 1 - noticed.load() > 1) {
      // The loop has not noticed the signal before: it is stuck in a step. Only the default action gets it out.
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

/// Puts our handler in force and remembers what was before. @return false when the system refuses.
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
  // The default: a handler that took the place of ours is gone.
  if (in_force(number, on_signal) || in_force(number, SIG_DFL)) ::sigaction(number, &e.before, nullptr);
}

}  // namespace

std::string name_of(int number) {
  char const* const name = ::sigabbrev_np(number);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(number);
}

void require_signal(int number, char const* who) {
  struct sigaction now {};
  // The C library keeps the numbers between the old signals and the real-time ones for itself.
  if (number < 1 || number >= NSIG || ::sigaction(number, nullptr, &now) != 0)
    throw value_error(std::string(who) + ": " + std::to_string(number) +
                      " is not the number of a signal; use SIGINT, SIGTERM, SIGUSR1, ... of <csignal>");
}

void claim(int number, kernel const& owner, int descriptor, char const* who) {
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
  e.descriptor.store(descriptor);  // before our handler is in force, so that it knows what to do
  if (!install(number)) {
    int const reason = errno;
    e.owner = nullptr;
    e.descriptor.store(unclaimed);
    throw std::system_error(reason, std::generic_category(), who);
  }
}

void give_up(int number, kernel const& owner) noexcept {
  std::lock_guard const lock(mutex);
  entry& e = entries[number];
  if (e.owner != &owner) return;
  e.owner = nullptr;
  if (!e.watched.load()) uninstall(number);  // first: a signal that comes now has its former action
  e.descriptor.store(unclaimed);
}

int take(int number) noexcept { return entries[number].count.exchange(0); }

bool watch(int number, kernel const& owner) noexcept {
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

void unwatch(int number, kernel const& owner) noexcept {
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

void at_fork(fork_point p) noexcept {
  if (p == fork_point::before) {
    mutex.lock();
    return;
  }
  if (p == fork_point::in_child) {  // what has come, came to the parent
    handlers_at_work = 0;
    received = 0;
    noticed = 0;
    auto const left_behind = [](kernel const* k) { return k != nullptr && !k->carried_over_forks(); };
    for (int number = 1; number < NSIG; ++number) {
      entry& e = entries[number];
      e.count = 0;
      if (left_behind(e.owner)) e.owner = nullptr;
      if (left_behind(e.watcher)) e.watcher = nullptr;
      e.watched = e.watcher != nullptr;
      if (e.owner == nullptr && e.watcher == nullptr) uninstall(number);
      if (e.owner == nullptr) e.descriptor = unclaimed;
    }
    if (!watching()) watch_descriptor = no_descriptor;
  }
  mutex.unlock();
}

void settle() noexcept {
  while (handlers_at_work.load() != 0) std::this_thread::yield();
}

}  // namespace asyncio::detail::signal_table
