// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// How threads, signals, random numbers and introspection attach to a loop that does not depend on them.
#pragma once

#include <asyncio/detail/base/list.hpp>

#include <cstddef>

namespace asyncio::detail {

/// A component owned by a loop and notified of its life cycle. Attached on first use: see loop_core::part.
class loop_part {
 public:
  loop_part() = default;
  loop_part(loop_part const&) = delete;
  loop_part& operator=(loop_part const&) = delete;
  virtual ~loop_part() = default;

  /// Ends the work of other threads for the loop. @return how many of them were detached.
  virtual std::size_t end_threads() noexcept { return 0; }
  /// run() is over, or the context is being destroyed.
  virtual void loop_ended() noexcept {}
  /// In the child of a fork: the loop is being resumed. `left_behind`: it was abandoned before.
  virtual void carried_on(bool left_behind) { static_cast<void>(left_behind); }

 private:
  friend class loop_core;
  void const* key_ = nullptr;
  loop_part* next_ = nullptr;
};

struct poll_tag {};

/// Polls for signals between two handlers.
class poll_hook : public list_node<poll_tag> {
 public:
  /// `idle`: nothing is ready, or a check that costs a system call is due.
  virtual void poll(bool idle) = 0;

 protected:
  ~poll_hook() { unlink(); }
};

}  // namespace asyncio::detail
