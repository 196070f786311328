/// @file
/// What a queue knows without its items: how many there are, who waits, and who goes on next.
#pragma once

#include <asyncio/detail/kernel.hpp>
#include <asyncio/detail/list.hpp>

#include <cstddef>
#include <cstdint>

namespace asyncio {

/// What `queue::statistics()` tells.
struct queue_statistics {
  std::size_t size = 0;              ///< Items in the queue.
  std::size_t maxsize = 0;           ///< The limit; 0: none.
  std::size_t unfinished_tasks = 0;  ///< Items that were put and not reported by task_done.
  std::size_t getters_waiting = 0;   ///< Tasks that wait for an item.
  std::size_t putters_waiting = 0;   ///< Tasks that wait for a place.
  std::size_t joiners_waiting = 0;   ///< Tasks that wait for the end of the work.
  bool is_shut_down = false;         ///< Whether shutdown() was called.
};

namespace detail {

/// The counters and the lines of a queue, without its items and without a loop: functions return who may go on, and the
/// caller resumes them.
///
/// As in asyncio, a getter that is woken takes its item when it runs, not before: until then the item counts in size().
/// Unlike there the item is promised to it, so that whoever comes in between cannot take it; the same for a putter and its
/// place. Which items those are is the store's affair. Hence nobody waits while there is something to be had:
///   getters wait  =>  size == promised items,   putters wait  =>  size + promised places == maxsize.
class queue_state {
 public:
  /// @param maxsize 0: no limit.
  explicit queue_state(std::size_t maxsize) noexcept : maxsize_(maxsize) {}

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t maxsize() const noexcept { return maxsize_; }
  [[nodiscard]] bool full() const noexcept { return maxsize_ != 0 && size_ >= maxsize_; }
  /// Items that were put and not reported by task_done.
  [[nodiscard]] std::size_t unfinished() const noexcept { return unfinished_; }
  [[nodiscard]] bool is_shut_down() const noexcept { return shut_down_; }

  [[nodiscard]] queue_statistics statistics() const noexcept;

  /// Whether there is an item, or a place, that is not promised to somebody who came before.
  [[nodiscard]] bool can_get() const noexcept { return size_ > promised_items_; }
  [[nodiscard]] bool can_put() const noexcept { return maxsize_ == 0 || size_ + promised_places_ < maxsize_; }
  /// Throws what get_nowait, or put_nowait, throws when there is none.
  void require_item() const {
    if (!can_get()) [[unlikely]]
      refuse_get();
  }
  void require_place() const {
    if (shut_down_ || !can_put()) [[unlikely]]
      refuse_put();
  }

  /// How many items, and places, belong to somebody who was woken and has not come for them yet.
  [[nodiscard]] std::size_t promised_items() const noexcept { return promised_items_; }
  [[nodiscard]] std::size_t promised_places() const noexcept { return promised_places_; }

  /// Those who wait, in the order in which they came.
  [[nodiscard]] list<ready_node>& getters() noexcept { return getters_; }
  [[nodiscard]] list<ready_node>& putters() noexcept { return putters_; }
  [[nodiscard]] list<ready_node>& joiners() noexcept { return joiners_; }

  /// An item was stored. @return the getter that was promised one for it, or null.
  [[nodiscard]] ready_node* item_added() noexcept {
    ++size_;
    ++unfinished_;
    return next_getter();
  }
  /// The same while nobody waits for one.
  void item_added_for_later() noexcept {
    ++size_;
    ++unfinished_;
  }
  /// An item was taken out. @return the putter that was promised its place, or null.
  [[nodiscard]] ready_node* item_removed() noexcept {
    --size_;
    return next_putter();
  }

  /// Keeps an item, or a place, for somebody who did not have to wait. Only after can_get(), can_put().
  void promise_item() noexcept { ++promised_items_; }
  void promise_place() noexcept { ++promised_places_; }
  /// Whoever has the promise has come for it, or has gone away; in the latter case next_*() says to whom it goes.
  void item_promise_ends() noexcept { --promised_items_; }
  void place_promise_ends() noexcept { --promised_places_; }
  /// The first in the line, if there is something for it: out of the line then, and promised it. Else null.
  [[nodiscard]] ready_node* next_getter() noexcept {
    if (getters_.empty() || !can_get()) return nullptr;
    promise_item();
    return &getters_.pop_front();
  }
  [[nodiscard]] ready_node* next_putter() noexcept {
    if (putters_.empty() || !can_put()) return nullptr;
    promise_place();
    return &putters_.pop_front();
  }

  /// An item has been processed. Moves whoever may go on to `woken`. @throws value_error when there was none to process.
  void task_done(list<ready_node>& woken);
  /// From now on nothing can be put. Moves everybody who waits, without a promise, to `woken`; those who wait for the end
  /// of the work only when nothing is left to do.
  /// @param drop the items are forgotten, too: the caller destroys them.
  void shut_down(bool drop, list<ready_node>& woken) noexcept;

 private:
  [[noreturn]] void refuse_get() const;
  [[noreturn]] void refuse_put() const;

  std::size_t maxsize_;
  std::size_t size_ = 0;
  std::size_t promised_items_ = 0;
  std::size_t promised_places_ = 0;
  std::size_t unfinished_ = 0;
  list<ready_node> getters_;
  list<ready_node> putters_;
  list<ready_node> joiners_;
  bool shut_down_ = false;
};

}  // namespace detail
}  // namespace asyncio
