// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// What the echo servers of asyncio-bench share: 64 connections with a message of 64 bytes on its way in each of them.
#pragma once

#include "bench.hpp"

#include <sched.h>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace bench::echo {

inline constexpr std::size_t message_bytes = 64;
inline constexpr std::size_t connections = 64;
inline constexpr std::size_t warm_up = 20;    // messages per connection before the clock starts
inline constexpr std::size_t messages = 500;  // per connection
inline constexpr std::chrono::seconds read_timeout{10};

/// Keeps the calling thread, and what it starts, on the first of the cores it may use.
class pinned {
 public:
  pinned();
  ~pinned() { sched_setaffinity(0, sizeof before_, &before_); }
  pinned(pinned const&) = delete;
  pinned& operator=(pinned const&) = delete;

 private:
  cpu_set_t before_;
};

/// The client, in a process of its own on a core that its parent does not use: writes the ns per message. @return exit code
int client(std::uint16_t port);

/// Collects what the clients of all iterations measured. Time is the client's, from the first message to the last echo.
class measurement {
 public:
  explicit measurement(benchmark::State& state) : state_(state) {}

  [[nodiscard]] process start_client(std::uint16_t port) {
    cpu_start_ns_ = now_ns(clock_kind::cpu);
    return process(std::string(client_flag) + std::to_string(port));
  }
  void finished(process& client) {
    cpu_ns_ += now_ns(clock_kind::cpu) - cpu_start_ns_;
    ns_per_message_ += client.answer().at(0);
  }

  ~measurement() {
    auto const iterations = static_cast<double>(state_.iterations());
    auto const all_messages = iterations * static_cast<double>(connections * (warm_up + messages));
    state_.SetItemsProcessed(static_cast<std::int64_t>(all_messages));
    state_.counters["ns_per_op"] = ns_per_message_ / iterations;
    state_.counters["cpu_ns_per_op"] = cpu_ns_ / all_messages;
  }
  measurement(measurement const&) = delete;
  measurement& operator=(measurement const&) = delete;

 private:
  benchmark::State& state_;
  double ns_per_message_ = 0;
  double cpu_ns_ = 0;
  double cpu_start_ns_ = 0;
};

}  // namespace bench::echo
