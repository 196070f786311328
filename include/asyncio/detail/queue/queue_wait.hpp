// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The operations put, get and join of a queue, and the part of a queue that resumes them.
#pragma once

#include <asyncio/detail/base/callable.hpp>
#include <asyncio/detail/queue/queue_state.hpp>
#include <asyncio/detail/task/operation.hpp>
#include <asyncio/error.hpp>

#include <cstdint>
#include <type_traits>
#include <utility>

namespace asyncio::detail {

class queue_core;
struct going_tag {};

template <class T>
constexpr void require_moved_item() noexcept {
  static_assert(always_false<T>,
                "asyncio: an item that cannot be copied is handed over to the queue: put(std::move(item))");
}

template <class T, class U>
constexpr void require_item() noexcept {
  static_assert(std::is_convertible_v<U, T>,
                "asyncio: the queue holds items of another type, and this one does not convert to it");
}

/// A wait in one of the lines of a queue.
///
/// Between being woken and its turn in the ready queue it is in the list `going` of its queue. A queue that is
/// destroyed meanwhile removes it from there, and it no longer accesses the queue.
class queue_wait : public wait_node, public list_node<going_tag> {
 public:
  bool cancel_wait() override;
  [[nodiscard]] wait_info describe() const noexcept override;
  void abandon() noexcept override;
  /// Ends the wait. @param kept whether what it waited for is granted to it.
  void go_on(bool kept) noexcept;
  /// Whether it puts an item and was granted a slot.
  [[nodiscard]] bool may_store() const noexcept { return has_flag(putter) && has_flag(granted) && !has_flag(stored); }
  /// Its item was stored before its turn, to keep the order. This is irrevocable.
  void store_early() noexcept;

 protected:
  static constexpr std::uint8_t putter = 1;   // it is, or was, in the line of putters
  static constexpr std::uint8_t going = 2;    // it may resume ...
  static constexpr std::uint8_t granted = 4;  // ... because it was granted what it waits for
  static constexpr std::uint8_t stored = 8;   // its item was already stored, see store_early()

  explicit queue_wait(queue_core& queue) noexcept : queue_(&queue) {}
  queue_wait(queue_wait&& other) noexcept : wait_node(std::move(other)), queue_(other.queue_) {}
  ~queue_wait() = default;

  void disarm() noexcept override { list_node<>::unlink(); }
  /// @return false, for arm(). @throws invalid_state if coroutines of another loop wait there.
  bool stand_in(list<ready_node>& line);
  /// Ends its grant. @return whether it had one.
  bool end_grant() noexcept;
  /// For finish(): throws if it was cancelled, passing its grant to the next in line.
  /// @return whether it had a grant.
  bool check_turn();
  /// Whether other woken waiters are ahead of it; false if the queue was destroyed.
  [[nodiscard]] bool is_behind() const noexcept { return has_flag(granted) && stands_behind(); }
  /// How many getters ahead of it have a grant.
  [[nodiscard]] std::size_t getters_ahead() const noexcept { return is_behind() ? count_getters_ahead() : 0; }
  /// The turn after store_early(): a cancellation that came too late for this wait is left to the next one.
  void finish_stored() noexcept;

  queue_core* queue_;

 private:
  void pass_on() noexcept;
  [[nodiscard]] bool stands_behind() const noexcept;
  [[nodiscard]] std::size_t count_getters_ahead() const noexcept;
};

/// The type-independent part of all queues.
class queue_core {
 public:
  explicit queue_core(std::size_t maxsize) noexcept : state(maxsize) {}
  queue_core(queue_core const&) = delete;
  queue_core& operator=(queue_core const&) = delete;

  /// Resumes `node`, which may be null, from queue_state::next_*().
  void let_go_on(ready_node* node) noexcept {
    if (node != nullptr) static_cast<queue_wait&>(*node).go_on(true);
  }
  /// Ends these waits without a grant.
  void let_all_go_on(list<ready_node>& nodes) noexcept;
  void task_done();
  void shut_down(bool drop) noexcept;

  queue_state state;
  list<queue_wait, going_tag> going;
};

inline void queue_wait::go_on(bool kept) noexcept {
  set_flag(kept ? going | granted : going);
  queue_->going.push_back(*this);
  complete();
}

inline bool queue_wait::end_grant() noexcept {
  auto& place = static_cast<list_node<going_tag>&>(*this);
  if (!place.linked()) return false;
  place.unlink();
  if (!has_flag(granted)) return false;
  if (!has_flag(putter)) {
    queue_->state.item_promise_ends();
  } else if (has_flag(stored)) {
    return false;
  } else {
    queue_->state.place_promise_ends();
  }
  return true;
}

inline bool queue_wait::stands_behind() const noexcept {
  return static_cast<list_node<going_tag> const&>(*this).linked() && &queue_->going.front() != this;
}

inline bool queue_wait::check_turn() {
  if (!has_flag(going)) {
    check_outcome();
    return false;
  }
  bool const lost = !static_cast<list_node<going_tag>&>(*this).linked();
  bool const kept = end_grant();
  check_outcome([&] {
    if (kept) pass_on();
  });
  if (lost) [[unlikely]]
    throw queue_shut_down();
  return kept;
}

/// `co_await q.get()`.
template <class Queue>
class queue_get final : public queue_wait, public operation<queue_get<Queue>, typename Queue::value_type> {
 public:
  explicit queue_get(Queue& queue) noexcept : queue_wait(queue) {}
  queue_get(queue_get&& other) noexcept : queue_wait(std::move(other)) {}

  /// Whether it need not wait.
  [[nodiscard]] bool ready() noexcept {
    return (queue_->state.can_get() || queue_->state.is_shut_down()) && awaited_first_time();
  }
  typename Queue::value_type finish() {
    auto& queue = static_cast<Queue&>(*queue_);
    std::size_t const ahead = getters_ahead();
    return check_turn() ? queue.take_kept(ahead) : queue.take_new();
  }

 private:
  bool arm() override { return stand_in(queue_->state.getters()); }
};

/// `co_await q.put(item)`: holds the item until there is a slot for it.
template <class Queue>
class queue_put final : public queue_wait, public operation<queue_put<Queue>, void> {
  using item_type = typename Queue::value_type;

 public:
  template <class U>
  queue_put(Queue& queue, U&& item) : queue_wait(queue), item_(std::forward<U>(item)) {
    set_flag(putter);
  }
  queue_put(queue_put&& other) noexcept(std::is_nothrow_move_constructible_v<item_type>)
      : queue_wait(std::move(other)), item_(std::move(other.item_)) {
    set_flag(putter);
  }

  [[nodiscard]] bool ready() noexcept {
    return (queue_->state.can_put() || queue_->state.is_shut_down()) && awaited_first_time();
  }
  void finish() {
    auto& queue = static_cast<Queue&>(*queue_);
    if (has_flag(stored)) [[unlikely]]
      return finish_stored();
    if (is_behind() && !cancelled()) [[unlikely]]
      queue.store_promised(this);
    if (!check_turn()) queue.let_woken_store();
    queue.store(std::move(item_));
  }

 private:
  friend Queue;
  bool arm() override { return stand_in(queue_->state.putters()); }

  item_type item_;
};

/// `co_await q.join()`.
class queue_join final : public queue_wait, public operation<queue_join, void> {
 public:
  explicit queue_join(queue_core& queue) noexcept : queue_wait(queue) {}
  queue_join(queue_join&& other) noexcept : queue_wait(std::move(other)) {}

  [[nodiscard]] bool ready() noexcept { return queue_->state.unfinished() == 0 && awaited_first_time(); }
  void finish() {
    end_grant();
    check_outcome();
  }

 private:
  bool arm() override { return stand_in(queue_->state.joiners()); }
};

}  // namespace asyncio::detail
