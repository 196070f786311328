// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The item-independent state of a queue: its counters, its waiters, and who resumes next.
#pragma once

#include <asyncio/detail/base/list.hpp>
#include <asyncio/detail/task/task_loop.hpp>

#include <cstddef>
#include <cstdint>

namespace asyncio {

/// The result of `queue::statistics()`.
struct queue_statistics {
  std::size_t size = 0;              ///< Items in the queue.
  std::size_t maxsize = 0;           ///< The limit; 0: none.
  std::size_t unfinished_tasks = 0;  ///< Items that were put but not yet reported by task_done.
  std::size_t getters_waiting = 0;   ///< Tasks that wait for an item.
  std::size_t putters_waiting = 0;   ///< Tasks that wait for a free slot.
  std::size_t joiners_waiting = 0;   ///< Tasks that wait in join().
  bool is_shut_down = false;         ///< Whether shutdown() was called.
};

namespace detail {

/// The counters and waiting lines of a queue, independent of its items and loop: functions return the waiters to
/// resume, and the caller resumes them.
///
/// As in asyncio, a woken getter takes its item when it runs, not before: until then the item counts in size(). Unlike
/// in asyncio the item is granted to it and cannot be taken by others in between; the same holds for a putter and its
/// slot. The store decides which items those are. Hence no one waits while something is available:
///   getters wait  =>  size == granted items,   putters wait  =>  size + granted places == maxsize.
class queue_state {
 public:
  /// @param maxsize 0: no limit.
  explicit queue_state(std::size_t maxsize) noexcept : maxsize_(maxsize) {}

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t maxsize() const noexcept { return maxsize_; }
  [[nodiscard]] bool full() const noexcept { return maxsize_ != 0 && size_ >= maxsize_; }
  /// Items that were put but not yet reported by task_done.
  [[nodiscard]] std::size_t unfinished() const noexcept { return unfinished_; }
  [[nodiscard]] bool is_shut_down() const noexcept { return shut_down_; }

  [[nodiscard]] queue_statistics statistics() const noexcept;

  /// Whether there is an item, or a slot, that is not granted to a waiter.
  [[nodiscard]] bool can_get() const noexcept { return size_ > granted_items_; }
  [[nodiscard]] bool can_put() const noexcept { return maxsize_ == 0 || size_ + promised_places_ < maxsize_; }
  /// Throws the exception of get_nowait, or put_nowait, if there is none.
  void require_item() const {
    if (!can_get()) [[unlikely]]
      refuse_get();
  }
  void require_place() const {
    if (shut_down_ || !can_put()) [[unlikely]]
      refuse_put();
  }

  /// The number of items, and slots, granted to woken waiters that have not run yet.
  [[nodiscard]] std::size_t promised_items() const noexcept { return granted_items_; }
  [[nodiscard]] std::size_t promised_places() const noexcept { return promised_places_; }

  /// The waiters, in FIFO order.
  [[nodiscard]] list<ready_node>& getters() noexcept { return getters_; }
  [[nodiscard]] list<ready_node>& putters() noexcept { return putters_; }
  [[nodiscard]] list<ready_node>& joiners() noexcept { return joiners_; }

  /// An item was stored. @return the getter to which an item was granted, or null.
  [[nodiscard]] ready_node* item_added() noexcept {
    ++size_;
    ++unfinished_;
    return next_getter();
  }
  /// An item was removed. @return the putter to which its slot was granted, or null.
  [[nodiscard]] ready_node* item_removed() noexcept {
    --size_;
    return next_putter();
  }

  /// Grants an item, or a slot, to a caller that did not have to wait. Only after can_get(), can_put().
  void grant_item() noexcept { ++granted_items_; }
  void promise_place() noexcept { ++promised_places_; }
  /// The holder of a grant has used it or gone away; in the latter case next_*() passes it on.
  void item_promise_ends() noexcept { --granted_items_; }
  void place_promise_ends() noexcept { --promised_places_; }
  /// Removes the first in line and grants it an item, if available; else null.
  [[nodiscard]] ready_node* next_getter() noexcept {
    if (getters_.empty() || !can_get()) return nullptr;
    grant_item();
    return &getters_.pop_front();
  }
  [[nodiscard]] ready_node* next_putter() noexcept {
    if (putters_.empty() || !can_put()) return nullptr;
    promise_place();
    return &putters_.pop_front();
  }

  /// An item has been processed. Moves the waiters to resume to `woken`. @throws value_error if there was none to
  /// process.
  void task_done(list<ready_node>& woken);
  /// Rejects further puts. Moves all waiters, without a grant, to `woken`; joiners only if no work is left.
  /// @param drop also forgets the items, which the caller destroys.
  void shut_down(bool drop, list<ready_node>& woken) noexcept;

 private:
  [[noreturn]] void refuse_get() const;
  [[noreturn]] void refuse_put() const;

  std::size_t maxsize_;
  std::size_t size_ = 0;
  std::size_t granted_items_ = 0;
  std::size_t promised_places_ = 0;
  std::size_t unfinished_ = 0;
  list<ready_node> getters_;
  list<ready_node> putters_;
  list<ready_node> joiners_;
  bool shut_down_ = false;
};

}  // namespace detail
}  // namespace asyncio
