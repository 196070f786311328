// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/signals/signal_registry.hpp>
#include <asyncio/detail/signals/wake_pipe.hpp>

#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace asyncio::detail {

using boost::asio::posix::stream_descriptor;

wake_pipe::wake_pipe(boost::asio::io_context& context, int read_end, int write_end, std::function<void()> on_wake)
    : read_end_(context, read_end), write_end_(write_end), on_wake_(std::move(on_wake)) {
  watch_.emplace(*this);
}

wake_pipe::~wake_pipe() { close(); }

std::shared_ptr<wake_pipe> wake_pipe::open(boost::asio::io_context& context, std::function<void()> on_wake) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return nullptr;
  return std::shared_ptr<wake_pipe>(new wake_pipe(context, ends[0], ends[1], std::move(on_wake)));
}

void wake_pipe::listen() {
  listening_ = true;
  if (!waiting_) wait();
}

void wake_pipe::pause() {
  listening_ = false;
  if (waiting_) read_end_.cancel();
}

void wake_pipe::close() noexcept {
  if (write_end_ < 0) return;
  watch_.reset();  // from here on the descriptors may be reused
  listening_ = false;
  boost::system::error_code ignored;
  read_end_.close(ignored);
  signal_registry::wait_for_handlers();  // a handler in another thread may be about to write
  ::close(std::exchange(write_end_, -1));
}

void wake_pipe::at_fork(fork_point p) noexcept {
  int ends[2];
  if (p != fork_point::in_child || ::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return;
  ::dup3(ends[0], read_end_.native_handle(), O_CLOEXEC);
  ::dup3(ends[1], write_end_, O_CLOEXEC);
  ::close(ends[0]);
  ::close(ends[1]);
}

void wake_pipe::wait() {
  waiting_ = true;
  read_end_.async_wait(stream_descriptor::wait_read, [self = shared_from_this()](boost::system::error_code const& ec) {
    self->waiting_ = false;
    if (!self->read_end_.is_open()) return;
    if (!ec) {
      char bytes[16];
      [[maybe_unused]] auto const got = ::read(self->read_end_.native_handle(), bytes, sizeof bytes);
      if (self->on_wake_) self->on_wake_();
    }
    if (self->listening_) self->wait();
  });
}

}  // namespace asyncio::detail
