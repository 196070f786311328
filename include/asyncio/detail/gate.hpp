/// @file
/// The state of an event.
#pragma once

#include <asyncio/detail/kernel.hpp>
#include <asyncio/detail/list.hpp>

#include <utility>

namespace asyncio::detail {

/// Open or closed, and those who stand before it. It knows no loop: whoever owns it queues the nodes that it gives out.
class gate {
 public:
  [[nodiscard]] bool is_open() const noexcept { return open_; }
  /// Adds all who stand before it to `let_in`, in the order in which they came.
  void open(list<ready_node>& let_in) noexcept {
    open_ = true;
    let_in.splice_back(waiters_);
  }
  /// For those who come from now on; who was let in stays so.
  void close() noexcept { open_ = false; }
  /// `waiter` stands before the closed gate; it leaves by unlink().
  void enqueue(ready_node& waiter) noexcept { waiters_.push_back(waiter); }

  [[nodiscard]] list<ready_node>& waiters() noexcept { return waiters_; }
  [[nodiscard]] list<ready_node> const& waiters() const noexcept { return waiters_; }

 private:
  list<ready_node> waiters_;
  bool open_ = false;
};

}  // namespace asyncio::detail
