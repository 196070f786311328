#include <asyncio/detail/interrupts.hpp>

#include <boost/asio/posix/stream_descriptor.hpp>

#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace asyncio::detail {

namespace {

// One process has one main thread, so one run() at a time has these.
std::atomic<int> received{0};
std::atomic<int> noticed{0};
std::atomic<int> wake_descriptor{-1};

extern "C" void on_signal(int number) {
  int const saved_errno = errno;
  if (received.fetch_add(1) + 1 - noticed.load() > 1) {
    // The loop has not noticed the signal before: it is stuck in a step. Only the default action gets it out.
    std::signal(number, SIG_DFL);
    ::raise(number);
  }
  if (int const fd = wake_descriptor.load(); fd >= 0) {
    char const byte = 0;
    [[maybe_unused]] auto const written = ::write(fd, &byte, 1);
  }
  errno = saved_errno;
}

bool install(int number) {
  struct sigaction before {};
  if (::sigaction(number, nullptr, &before) != 0 || before.sa_handler != SIG_DFL) return false;
  struct sigaction action {};
  action.sa_handler = on_signal;
  ::sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  return ::sigaction(number, &action, nullptr) == 0;
}

void restore(int number) {
  struct sigaction now {};
  if (::sigaction(number, nullptr, &now) == 0 && now.sa_handler == on_signal) std::signal(number, SIG_DFL);
}

bool in_main_thread() { return ::getpid() == static_cast<pid_t>(::syscall(SYS_gettid)); }

}  // namespace

/// Shared with the handler of the wait, which may still be queued when the interrupts are gone.
struct interrupts::io : std::enable_shared_from_this<io> {
  explicit io(boost::asio::io_context& context, int read_end) : descriptor(context, read_end) {}
  boost::asio::posix::stream_descriptor descriptor;
  void wait() {
    // The byte itself says nothing: the driver of the loop asks take() between its turns.
    descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](boost::system::error_code const& ec) {
      if (ec || !self->descriptor.is_open()) return;
      char bytes[16];
      [[maybe_unused]] auto const got = ::read(self->descriptor.native_handle(), bytes, sizeof bytes);
      self->wait();
    });
  }
};

interrupts::interrupts(boost::asio::io_context& context, bool on_sigint, bool on_sigterm, bool wake_context) {
  if ((!on_sigint && !on_sigterm) || !in_main_thread() || wake_descriptor.load() >= 0) return;
  received = 0;
  noticed = 0;
  if (on_sigint) sigint_ = install(SIGINT);
  if (on_sigterm) sigterm_ = install(SIGTERM);
  if (!wake_context || (!sigint_ && !sigterm_)) return;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return;  // the loop then notices signals when something else wakes it
  io_ = std::make_shared<io>(context, ends[0]);
  wake_descriptor = ends[1];
  io_->wait();
}

interrupts::~interrupts() {
  if (sigint_) restore(SIGINT);
  if (sigterm_) restore(SIGTERM);
  if (!io_) return;
  ::close(wake_descriptor.exchange(-1));
  boost::system::error_code ignored;
  io_->descriptor.close(ignored);
}

int interrupts::pending() const noexcept { return sigint_ || sigterm_ ? received.load() - noticed.load() : 0; }

int interrupts::take() noexcept {
  int const count = pending();
  if (count > 0) noticed.fetch_add(count);
  return count;
}

void interrupts::pause() {
  if (io_) io_->descriptor.cancel();
}

void interrupts::resume() {
  if (io_) io_->wait();
}

}  // namespace asyncio::detail
