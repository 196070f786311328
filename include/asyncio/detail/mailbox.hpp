/// @file
/// What other threads send to a loop: the only part of a loop that they touch.
#pragma once

#include <asyncio/detail/kernel.hpp>
#include <asyncio/detail/process.hpp>

#include <atomic>
#include <cstddef>
#include <mutex>

namespace asyncio::detail {

/// Takes nodes from any thread and queues them in the loop, in the order in which they came; the loop wakes up for the
/// first of them only. It outlives the loop: who holds it may send until the end and afterwards gets a refusal.
class mailbox {
 public:
  explicit mailbox(kernel& home) noexcept : home_(&home) {}
  mailbox(mailbox const&) = delete;
  mailbox& operator=(mailbox const&) = delete;

  /// Gives `letter` a turn in the loop, which calls its run(), or its abandon() if it ends before. @return false when the
  /// loop has ended: the letter stays the caller's. **Threads**: any.
  bool send(ready_node& letter) noexcept;
  /// Whether the loop has ended. **Threads**: any.
  [[nodiscard]] bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }

  // -- the loop's side -----------------------------------------------------------------------------------------------
  /// Whether something may have come that is not queued yet.
  [[nodiscard]] bool waiting() const noexcept { return waiting_.load(std::memory_order_acquire); }
  /// Moves what has come to the end of `to`.
  void collect(list<ready_node>& to) noexcept;
  /// Takes back a letter that was sent and has not had its turn.
  void withdraw(ready_node& letter) noexcept;
  /// Nothing is taken any more; what has come is abandoned.
  void close() noexcept;

 private:
  class wake_up;
  template <class T>
  class memory;

  friend class fork_watch;
  void at_fork(fork_point p) noexcept;
  void deliver();

  std::mutex mutex_;
  kernel* home_;
  list<ready_node> letters_;
  bool posted_ = false;  // a wake_up is on its way through the context
  std::atomic<bool> waiting_{false};
  std::atomic<bool> closed_{false};
  // A wake-up must not be able to fail, and there is one at a time.
  bool block_used_ = false;
  alignas(std::max_align_t) std::byte block_[192];
  fork_watch watch_{*this};
};

}  // namespace asyncio::detail
