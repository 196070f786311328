#include <asyncio/detail/interrupts.hpp>
#include <asyncio/detail/kernel.hpp>
#include <asyncio/detail/signal_table.hpp>
#include <asyncio/detail/wake_pipe.hpp>

#include <csignal>
#include <sys/syscall.h>
#include <unistd.h>

namespace asyncio::detail {

namespace {

bool in_main_thread() { return ::getpid() == static_cast<pid_t>(::syscall(SYS_gettid)); }

}  // namespace

interrupts::interrupts(kernel& home, bool on_sigint, bool on_sigterm, bool wake_context) : home_(home) {
  if ((!on_sigint && !on_sigterm) || !in_main_thread() || signal_table::watching()) return;
  // The byte itself says nothing: the driver of the loop asks take() between its turns. Without a pipe the loop notices
  // signals when something else wakes it.
  if (wake_context) pipe_ = wake_pipe::open(home_.context(), nullptr);
  signal_table::reset_watch(pipe_ ? pipe_->write_end() : signal_table::no_descriptor);
  sigint_ = on_sigint && signal_table::watch(SIGINT, home_);
  sigterm_ = on_sigterm && signal_table::watch(SIGTERM, home_);
  if (!sigint_ && !sigterm_) pipe_ = nullptr;
  if (pipe_) pipe_->listen();
}

interrupts::~interrupts() {
  if (sigint_) signal_table::unwatch(SIGINT, home_);
  if (sigterm_) signal_table::unwatch(SIGTERM, home_);
  if (pipe_) pipe_->close();
}

int interrupts::pending() const noexcept { return sigint_ || sigterm_ ? signal_table::watch_pending() : 0; }

int interrupts::take() noexcept {
  int const count = pending();
  if (count > 0) signal_table::watch_noticed(count);
  return count;
}

void interrupts::pause() {
  if (pipe_) pipe_->pause();
}

void interrupts::resume() {
  if (pipe_) pipe_->listen();
}

}  // namespace asyncio::detail
