/// @file
/// What a signal handler wakes a context with. Asio's signal_set is not used: it replaces handlers of the user's and
/// cannot restore them, and it cannot end a step that never yields.
#pragma once

#include <asyncio/detail/process.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace asyncio::detail {

/// A pipe. Each byte that is written to it makes the context call a function. While it listens the context has work.
/// Shared with the handler of the wait, which may still be queued when its owner is gone. The child of a fork gets a pipe of
/// its own, under the same descriptors: it shall neither wake the parent nor take its wake-ups.
class wake_pipe : public std::enable_shared_from_this<wake_pipe> {
 public:
  /// @return null when the system gives no pipe.
  [[nodiscard]] static std::shared_ptr<wake_pipe> open(boost::asio::io_context& context, std::function<void()> on_wake);
  wake_pipe(wake_pipe const&) = delete;
  wake_pipe& operator=(wake_pipe const&) = delete;
  ~wake_pipe();

  /// For the signal handler; valid until close().
  [[nodiscard]] int write_end() const noexcept { return write_end_; }
  void listen();
  /// Until the next listen() the context has no work from this.
  void pause();
  /// No signal handler may know write_end() any more.
  void close() noexcept;

 private:
  wake_pipe(boost::asio::io_context& context, int read_end, int write_end, std::function<void()> on_wake);
  void wait();
  friend class fork_watch;
  void at_fork(fork_point p) noexcept;

  boost::asio::posix::stream_descriptor read_end_;
  int write_end_;
  std::function<void()> on_wake_;
  bool listening_ = false;
  bool waiting_ = false;
  std::optional<fork_watch> watch_;
};

}  // namespace asyncio::detail
