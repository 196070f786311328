#include <asyncio/detail/dump_signal.hpp>
#include <asyncio/detail/kernel.hpp>
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
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace asyncio::detail {

namespace {

std::atomic<int> requests{0};
std::atomic<int> wake_descriptor{-1};

/// How long a loop has time to answer.
constexpr std::chrono::seconds patience(1);

extern "C" void on_dump_signal(int) {
  int const saved_errno = errno;
  requests.fetch_add(1);
  if (int const fd = wake_descriptor.load(); fd >= 0) {
    char const byte = 's';
    [[maybe_unused]] auto const written = ::write(fd, &byte, 1);
  }
  errno = saved_errno;
}

void print_to_stderr(std::string const& text) noexcept { std::fwrite(text.data(), 1, text.size(), stderr); }

std::string numbered(kernel const& k, bool several) {
  return several ? "asyncio: tasks of loop " + std::to_string(k.serial()) + '\n' : std::string("asyncio: tasks\n");
}

}  // namespace

/// One for the process, as signals are.
struct dump_signal::service {
  static service& instance() {
    static service s;
    return s;
  }

  void join(dump_signal& member) {
    std::lock_guard const lock(mutex);
    members.push_back(&member);
    if (members.size() > 1) return;
    struct sigaction before {};
    if (::sigaction(SIGUSR1, nullptr, &before) != 0 || before.sa_handler != SIG_DFL) return;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    ::fcntl(ends[1], F_SETFL, O_NONBLOCK);  // a signal handler must not block
    read_end = ends[0];
    wake_descriptor = ends[1];
    struct sigaction action {};
    action.sa_handler = on_dump_signal;
    ::sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGUSR1, &action, nullptr);
    sigset_t all, old;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &old);  // no signal is delivered to the new thread
    thread = std::thread([this] { serve(); });
    ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
  }

  void leave(dump_signal& member) {
    std::unique_lock lock(mutex);
    std::erase(members, &member);
    answered.notify_all();
    if (!members.empty() || !thread.joinable()) return;
    std::signal(SIGUSR1, SIG_DFL);
    int const fd = wake_descriptor.exchange(-1);
    char const byte = 'q';
    [[maybe_unused]] auto const written = ::write(fd, &byte, 1);
    std::thread last = std::move(thread);
    int const read_fd = read_end;
    lock.unlock();
    last.join();
    ::close(fd);
    ::close(read_fd);
  }

  void serve() {
    char byte = 0;
    while (::read(read_end, &byte, 1) == 1 && byte == 's') {
      std::unique_lock lock(mutex);
      int const request = requests.load();
      for (dump_signal* const m : members) boost::asio::post(m->kernel_.context().get_executor(), [] {});
      answered.wait_for(lock, patience, [&] {
        return std::all_of(members.begin(), members.end(), [&](dump_signal* m) { return m->taken_.load() >= request; });
      });
      for (dump_signal* const m : members) {
        int before = m->taken_.load();
        if (before >= request || !m->taken_.compare_exchange_strong(before, request)) continue;
        print_to_stderr(numbered(m->kernel_, members.size() > 1) + tree_text(unanswered(m->kernel_)));
      }
    }
  }

  std::mutex mutex;
  std::condition_variable answered;
  std::vector<dump_signal*> members;
  std::thread thread;
  int read_end = -1;
};

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
