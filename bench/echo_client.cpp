// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The client of the echo row, the same for the servers of every peer: blocking sockets and epoll.
#include "echo.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace bench::echo {

namespace {

constexpr unsigned longest_run_s = 60;  // then SIGALRM ends the process

int checked(long outcome, char const* what) {
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
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

/// Leaves the server its core, if it keeps to one and there is another.
void avoid_core_of_parent() {
  cpu_set_t mine;
  cpu_set_t parents;
  CPU_ZERO(&mine);
  for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) CPU_SET(cpu, &mine);
  if (sched_setaffinity(0, sizeof mine, &mine) != 0 || sched_getaffinity(0, sizeof mine, &mine) != 0 ||
      sched_getaffinity(::getppid(), sizeof parents, &parents) != 0)
    return;
  CPU_AND(&parents, &parents, &mine);
  CPU_XOR(&mine, &mine, &parents);
  if (CPU_COUNT(&mine) > 0) sched_setaffinity(0, sizeof mine, &mine);
}

descriptor connect_to(std::uint16_t port) {
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

class crowd {
 public:
  explicit crowd(std::uint16_t port) : poll_(checked(::epoll_create1(0), "epoll_create1")) {
    for (std::size_t i = 0; i < connections; ++i) {
      sockets_.push_back(connect_to(port));
      epoll_event interest{};
      interest.events = EPOLLIN;
      interest.data.u64 = i;
      checked(::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, sockets_[i].get(), &interest), "epoll_ctl");
    }
  }

  /// Sends `n` messages over each connection, one at a time.
  void exchange(std::size_t n) {
    std::vector<std::size_t> left(connections, n);
    for (auto const& socket : sockets_) send(socket);
    for (std::size_t busy = connections; busy > 0;) {
      int const ready =
          checked(::epoll_wait(poll_.get(), events_.data(), static_cast<int>(events_.size()), -1), "epoll_wait");
      for (std::size_t e = 0; e < static_cast<std::size_t>(ready); ++e) {
        auto const i = static_cast<std::size_t>(events_[e].data.u64);
        receive(sockets_[i]);
        if (--left[i] > 0)
          send(sockets_[i]);
        else
          --busy;
      }
    }
  }

 private:
  void send(descriptor const& socket) { checked(::send(socket.get(), message_.data(), message_.size(), 0), "send"); }
  void receive(descriptor const& socket) {
    if (checked(::recv(socket.get(), message_.data(), message_.size(), MSG_WAITALL), "recv") == 0)
      throw std::runtime_error("the echo server closed a connection");
  }

  descriptor poll_;
  std::vector<descriptor> sockets_;
  std::array<char, message_bytes> message_{};
  std::array<epoll_event, connections> events_;
};

}  // namespace

pinned::pinned() {
  sched_getaffinity(0, sizeof before_, &before_);
  std::size_t first = 0;
  while (first < CPU_SETSIZE && !CPU_ISSET(first, &before_)) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  sched_setaffinity(0, sizeof one, &one);
}

int client(std::uint16_t port) {
  ::alarm(longest_run_s);
  avoid_core_of_parent();
  crowd all(port);
  all.exchange(warm_up);
  double const start = now_ns(clock_kind::wall);
  all.exchange(messages);
  double const ns = now_ns(clock_kind::wall) - start;
  std::printf("%.3f\n", ns / static_cast<double>(connections * messages));
  return 0;
}

}  // namespace bench::echo
