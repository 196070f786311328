#include <asyncio/detail/dump_signal.hpp>
#include <asyncio/detail/kernel.hpp>
#include <asyncio/detail/process.hpp>
#include <asyncio/detail/take_snapshot.hpp>
#include <asyncio/detail/task_tree.hpp>

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

/// How long a loop has time to answer.
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

std::string numbered(kernel const& k, bool several) {
  return several ? "asyncio: tasks of loop " + std::to_string(k.serial()) + '\n' : std::string("asyncio: tasks\n");
}

}  // namespace

/// One for the process, as signals are; never destroyed, so that a program may exit while a loop runs.
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
    while (handlers_at_work.load() != 0) std::this_thread::yield();  // one in another thread may be about to write
    if (fd >= 0) ::close(fd);                                        // which ends the thread
  }

  [[nodiscard]] static bool handled_by(void (*handler)(int)) {
    struct sigaction now {};
    return ::sigaction(SIGUSR1, nullptr, &now) == 0 && now.sa_handler == handler;
  }

  static void give_signal_back() {
    if (handled_by(on_dump_signal)) std::signal(SIGUSR1, SIG_DFL);
  }

  [[nodiscard]] bool has_members() const {
    return std::any_of(members.begin(), members.end(), [](dump_signal* m) { return !m->kernel_.left_behind(); });
  }

  void start() {
    if (!handled_by(SIG_DFL) && !handled_by(on_dump_signal)) return;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    ::fcntl(ends[1], F_SETFL, O_NONBLOCK);  // a signal handler must not block
    sigset_t all, old;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &old);  // no signal is delivered to the new thread
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
        if (!m->kernel_.left_behind()) boost::asio::post(m->kernel_.context().get_executor(), [] {});
      answered.wait_for(lock, patience, [&] {
        return std::all_of(members.begin(), members.end(),
                           [&](dump_signal* m) { return m->taken_.load() >= request || m->kernel_.left_behind(); });
      });
      for (dump_signal* const m : members) {
        int before = m->taken_.load();
        if (m->kernel_.left_behind() || before >= request || !m->taken_.compare_exchange_strong(before, request))
          continue;
        print_to_stderr(numbered(m->kernel_, members.size() > 1) + tree_text(unanswered(m->kernel_)));
      }
    }
    ::close(from);
  }

  /// The thread is the parent's, and so is the pipe.
  void lose_thread() {
    if (!has_members()) give_signal_back();
    handlers_at_work = 0;
    new (&answered) std::condition_variable;  // over one that the thread may wait for
    if (wake_descriptor < 0) return;
    ::close(wake_descriptor.exchange(-1));
    ::close(read_end);
  }

  std::mutex mutex;
  std::condition_variable answered;
  std::vector<dump_signal*> members;
  int read_end = -1;
};

void dump_signal::at_fork(fork_point p) noexcept {
  service& all = service::instance();
  if (p == fork_point::before) {
    all.mutex.lock();
    return;
  }
  if (p == fork_point::in_child) all.lose_thread();
  all.mutex.unlock();
}

void dump_signal::serve_again() {
  service& all = service::instance();
  std::lock_guard const lock(all.mutex);
  if (wake_descriptor < 0 && all.has_members()) all.start();
}

dump_signal::dump_signal(kernel& k) : kernel_(k), taken_(requests.load()) {
  k.record_times();
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
  print_to_stderr(numbered(kernel_, several) + tree_text(take_snapshot(kernel_)));
}

void dump_tree(kernel& k, char const* title) noexcept {
  try {
    print_to_stderr(std::string(title) + '\n' + tree_text(take_snapshot(k)));
  } catch (...) {
    // Out of memory: what was to come goes on without it.
  }
}

}  // namespace asyncio::detail
