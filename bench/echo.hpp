// The client side of the echo row, the same for every server: blocking sockets and epoll in a thread on a core of its own.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace bench::echo {

inline constexpr std::size_t message_bytes = 64;
inline constexpr std::size_t connections = 64;
inline constexpr std::size_t messages = 500;  // per connection and iteration

/// Keeps the calling thread on one of the cores it may use, counted round, for the lifetime of this object.
class pinned {
 public:
  explicit pinned(std::size_t which) {
    sched_getaffinity(0, sizeof before_, &before_);
    std::vector<int> usable;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(cpu, &before_)) usable.push_back(cpu);
    if (usable.size() < 2) return;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(usable[which % usable.size()], &one);
    sched_setaffinity(0, sizeof one, &one);
  }
  ~pinned() { sched_setaffinity(0, sizeof before_, &before_); }
  pinned(pinned const&) = delete;
  pinned& operator=(pinned const&) = delete;

 private:
  cpu_set_t before_;
};

inline int checked(long outcome, char const* what) {
  if (outcome < 0) throw std::system_error(errno, std::generic_category(), what);
  return static_cast<int>(outcome);
}

class descriptor {
 public:
  explicit descriptor(int fd) : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  descriptor& operator=(descriptor&&) = delete;
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

inline descriptor connect_to(std::uint16_t port) {
  descriptor socket(checked(::socket(AF_INET, SOCK_STREAM, 0), "socket"));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  checked(::connect(socket.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address), "connect");
  int const on = 1;
  checked(::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
  return socket;
}

/// Sends `messages` messages over each connection, one at a time, and closes it after the last echo.
inline void client(std::uint16_t port) {
  pinned const core(1);
  std::array<char, message_bytes> message{};
  descriptor const poll(checked(::epoll_create1(0), "epoll_create1"));
  std::vector<descriptor> sockets;
  std::vector<std::size_t> left(connections, messages);
  for (std::size_t i = 0; i < connections; ++i) {
    sockets.push_back(connect_to(port));
    epoll_event interest{};
    interest.events = EPOLLIN;
    interest.data.u64 = i;
    checked(::epoll_ctl(poll.get(), EPOLL_CTL_ADD, sockets[i].get(), &interest), "epoll_ctl");
  }
  for (auto const& socket : sockets) checked(::send(socket.get(), message.data(), message.size(), 0), "send");
  std::array<epoll_event, 64> events;
  for (std::size_t open = connections; open > 0;) {
    int const ready =
        checked(::epoll_wait(poll.get(), events.data(), static_cast<int>(events.size()), -1), "epoll_wait");
    for (std::size_t e = 0; e < static_cast<std::size_t>(ready); ++e) {
      auto const i = static_cast<std::size_t>(events[e].data.u64);
      int const socket = sockets[i].get();
      if (checked(::recv(socket, message.data(), message.size(), MSG_WAITALL), "recv") == 0)
        throw std::runtime_error("the echo server closed a connection");
      if (--left[i] > 0) {
        checked(::send(socket, message.data(), message.size(), 0), "send");
      } else {
        checked(::epoll_ctl(poll.get(), EPOLL_CTL_DEL, socket, nullptr), "epoll_ctl");
        ::shutdown(socket, SHUT_WR);
        --open;
      }
    }
  }
}

}  // namespace bench::echo
