// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The timer of an operation that waits for something else with a timeout.
#pragma once

#include <asyncio/detail/loop/loop_core.hpp>

namespace asyncio::detail {

/// Like a `loop.call_later`, without an allocation: on expiry its target gets a turn in the ready queue.
class deadline_timer final : private ready_node {
 public:
  class target {
   public:
    virtual void time_up() = 0;

   protected:
    ~target() = default;
  };

  explicit deadline_timer(target& t) noexcept : target_(t) {}
  ~deadline_timer() { stop(); }

  void start(loop_core& home, time_point when) {
    if (when == time_point::max()) return;
    home_ = &home;
    home.add_timer(*this, when);
  }
  /// No effect if it is not running; in that case the loop may be destroyed.
  void stop() noexcept {
    if (armed()) home_->remove_timer(*this);
    unlink();
  }

 private:
  void run() override { target_.time_up(); }
  void abandon() noexcept override {}

  target& target_;
  loop_core* home_ = nullptr;
};

}  // namespace asyncio::detail
