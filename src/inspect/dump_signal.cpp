// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/base/process_state.hpp>
#include <asyncio/detail/inspect/dump_signal.hpp>
#include <asyncio/detail/inspect/snapshot.hpp>
#include <asyncio/detail/inspect/task_times.hpp>
#include <asyncio/detail/inspect/task_tree.hpp>
#include <asyncio/detail/task/task_loop.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace asyncio::detail {

namespace {

std::atomic<int> requests{0};
std::atomic<int> wake_descriptor{-1};
std::atomic<int> handlers_at_work{0};

/// The time limit for a loop to answer.
constexpr std::chrono::seconds patience(1);

extern "C" void on_dump_signal(int) {
  int const saved_errno = errno;
  handlers_at_work.fetch_add(1);
  requests.fetch_add(1);
  if (int const fd = wake_descriptor.load(); fd >= 0) {
    char const byte = 's';
    [[maybe_unused]] auto const written = ::write(fd, &byte, 1);
  }
  handlers_at_work.fetch_sub(1);
  errno = saved_errno;
}

void print_to_stderr(std::string const& text) noexcept { std::fwrite(text.data(), 1, text.size(), stderr); }

std::string numbered(task_loop const& core, bool several) {
  return several ? "asyncio: tasks of loop " + std::to_string(core.serial()) + '\n' : std::string("asyncio: tasks\n");
}

}  // namespace

/// One per process, like signals; never destroyed, so that a program may exit while a loop runs.
struct dump_signal::service {
  static service& instance() {
    static service& only = *new service;
    return only;
  }

  void join(dump_signal& member) {
    std::lock_guard const lock(mutex);
    members.push_back(&member);
    if (wake_descriptor < 0) start();
  }

  void leave(dump_signal& member) {
    std::lock_guard const lock(mutex);
    std::erase(members, &member);
    answered.notify_all();
    if (has_members()) return;
    give_signal_back();
    int const fd = wake_descriptor.exchange(-1);
    while (handlers_at_work.load() != 0) std::this_thread::yield();  // one may be about to write in another thread
    if (fd >= 0) ::close(fd);                                        // ends the thread
  }

  [[nodiscard]] static bool handled_by(void (*handler)(int)) {
    struct sigaction now {};
    return ::sigaction(SIGUSR1, nullptr, &now) == 0 && now.sa_handler == handler;
  }

  static void give_signal_back() {
    if (handled_by(on_dump_signal)) std::signal(SIGUSR1, SIG_DFL);
  }

  [[nodiscard]] bool has_members() const {
    return std::any_of(members.begin(), members.end(), [](dump_signal* m) { return !m->left_behind(); });
  }

  void start() {
    if (!handled_by(SIG_DFL) && !handled_by(on_dump_signal)) return;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    ::fcntl(ends[1], F_SETFL, O_NONBLOCK);  // a signal handler must not block
    sigset_t all, old;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &old);  // keeps signals away from the new thread
    try {
      std::thread([this, from = ends[0]] { serve(from); }).detach();
      read_end = ends[0];
      wake_descriptor = ends[1];
      struct sigaction action {};
      action.sa_handler = on_dump_signal;
      ::sigemptyset(&action.sa_mask);
      action.sa_flags = SA_RESTART;
      ::sigaction(SIGUSR1, &action, nullptr);
    } catch (std::system_error const&) {  // no thread: no service
      ::close(ends[0]);
      ::close(ends[1]);
    }
    ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
  }

  void serve(int from) {
    for (char byte = 0; ::read(from, &byte, 1) == 1;) {
      std::unique_lock lock(mutex);
      int const request = requests.load();
      for (dump_signal* const m : members)
        if (!m->left_behind()) boost::asio::post(m->loop_.context().get_executor(), [] {});
      answered.wait_for(lock, patience, [&] {
        return std::all_of(members.begin(), members.end(),
                           [&](dump_signal* m) { return m->taken_.load() >= request || m->left_behind(); });
      });
      for (dump_signal* const m : members) {
        int before = m->taken_.load();
        if (m->left_behind() || before >= request || !m->taken_.compare_exchange_strong(before, request)) continue;
        print_to_stderr(numbered(m->loop_, members.size() > 1) + tree_text(unanswered(m->loop_)));
      }
    }
    ::close(from);
  }

  /// The thread and the pipe belong to the parent.
  void lose_thread() {
    if (!has_members()) give_signal_back();
    handlers_at_work = 0;
    new (&answered) std::condition_variable;  // in place of one that the thread may wait for
    if (wake_descriptor < 0) return;
    ::close(wake_descriptor.exchange(-1));
    ::close(read_end);
  }

  std::mutex mutex;
  std::condition_variable answered;
  std::vector<dump_signal*> members;
  int read_end = -1;
};

bool dump_signal::left_behind() const noexcept { return loop_.fate() == fork_fate::left_behind; }

void dump_signal::at_fork(fork_point p) noexcept {
  service& all = service::instance();
  if (p == fork_point::before) {
    all.mutex.lock();
    return;
  }
  if (p == fork_point::in_child) all.lose_thread();
  all.mutex.unlock();
}

namespace {

[[maybe_unused]] fork_hook const told_of_forks{fork_order::dump_service, dump_signal::at_fork};

}  // namespace

/// Makes a loop participate again in the child of a fork, once it is carried over or resumed there.
class dump_signal::served_again final : public loop_part {
 public:
  using loop_type = loop_core;
  explicit served_again(loop_core&) noexcept {}
  void carried_on(bool) override {
    service& all = service::instance();
    std::lock_guard const lock(all.mutex);
    if (wake_descriptor < 0 && all.has_members()) all.start();
  }
};

dump_signal::dump_signal(task_loop& core) : loop_(core), taken_(requests.load()) {
  static_cast<void>(core.part<task_times>());
  static_cast<void>(core.part<served_again>());
  service::instance().join(*this);
}

dump_signal::~dump_signal() { service::instance().leave(*this); }

bool dump_signal::take() noexcept {
  int before = taken_.load(std::memory_order_relaxed);
  int const now = requests.load(std::memory_order_relaxed);
  if (before == now) [[likely]]
    return false;
  bool const mine = taken_.compare_exchange_strong(before, now);
  service::instance().answered.notify_all();
  return mine;
}

void dump_signal::print() const {
  service& all = service::instance();
  bool several = false;
  {
    std::lock_guard const lock(all.mutex);
    several = all.members.size() > 1;
  }
  print_to_stderr(numbered(loop_, several) + tree_text(take_snapshot(loop_)));
}

void dump_tree(task_loop& core, char const* title) noexcept {
  try {
    print_to_stderr(std::string(title) + '\n' + tree_text(take_snapshot(core)));
  } catch (...) {
    // Out of memory: the loop continues without it.
  }
}

}  // namespace asyncio::detail
