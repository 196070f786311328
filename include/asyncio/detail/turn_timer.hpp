/// @file
/// The timer of an operation that waits for something else too.
#pragma once

#include <asyncio/detail/kernel.hpp>

namespace asyncio::detail {

/// Like a `loop.call_later`, without an allocation: when the time has come its target gets a turn in the ready queue.
class turn_timer final : private ready_node {
 public:
  class target {
   public:
    virtual void time_up() = 0;

   protected:
    ~target() = default;
  };

  explicit turn_timer(target& t) noexcept : target_(t) {}
  ~turn_timer() { stop(); }

  void start(kernel& home, time_point when) {
    if (when == time_point::max()) return;
    home_ = &home;
    home.add_timer(*this, when);
  }
  /// Without effect when it does not run; the loop may be gone then.
  void stop() noexcept {
    if (armed()) home_->remove_timer(*this);
    unlink();
  }

 private:
  void run() override { target_.time_up(); }
  void abandon() noexcept override {}

  target& target_;
  kernel* home_ = nullptr;
};

}  // namespace asyncio::detail
