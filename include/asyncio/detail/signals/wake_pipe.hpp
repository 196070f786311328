// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Wakes a context from a signal handler. Asio's signal_set is not used: it replaces the user's handlers without
/// restoring them, and it cannot interrupt a step that never yields.
#pragma once

#include <asyncio/detail/base/process_state.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace asyncio::detail {

/// A pipe. Each byte written to it makes the context call a function. While it listens the context has work. Shared
/// with the handler of the wait, which may still be queued when its owner is destroyed. The child of a fork gets a new
/// pipe under the same descriptors: it must neither wake the parent nor take its wake-ups.
class wake_pipe : public std::enable_shared_from_this<wake_pipe> {
 public:
  /// @return null if no pipe can be created.
  [[nodiscard]] static std::shared_ptr<wake_pipe> open(boost::asio::io_context& context, std::function<void()> on_wake);
  wake_pipe(wake_pipe const&) = delete;
  wake_pipe& operator=(wake_pipe const&) = delete;
  ~wake_pipe();

  /// For the signal handler; valid until close().
  [[nodiscard]] int write_end() const noexcept { return write_end_; }
  void listen();
  /// Stops listening: until the next listen() the context has no work from this pipe.
  void pause();
  /// No signal handler may still use write_end().
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
