// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Queues between coroutines: `asyncio.Queue`, `asyncio.LifoQueue`, `asyncio.PriorityQueue`.
#pragma once

#include <asyncio/detail/base/callable.hpp>
#include <asyncio/detail/queue/queue_stores.hpp>
#include <asyncio/detail/queue/queue_text.hpp>
#include <asyncio/detail/queue/queue_wait.hpp>
#include <asyncio/detail/sync/waiters.hpp>

#include <concepts>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

namespace asyncio {

/// The common part of `queue`, `lifo_queue` and `priority_queue`: everything except the order in which items leave.
///
/// **Order**: getters and putters are served strictly in FIFO order and are never overtaken: the item that a waiting
/// getter was woken for is reserved for it, even from `get_nowait` and from a `get` that comes before the getter runs
/// (CPython lets those two take it). As in asyncio the item stays in the queue and counts in `size()` until then.
/// Likewise a woken putter stores its item when it runs, unless another put comes before that: then its item is stored
/// first. Conformance: XL7.
/// **Cancellation**: loses no item and no slot: what a cancelled waiter was granted goes to the next in line.
/// **Lifetime**: the queue must outlive the tasks that use it. Otherwise tasks that were woken throw queue_shut_down,
/// and tasks that wait keep waiting until they are cancelled, as at the end of `run`.
/// **Threads**: the loop's; one queue belongs to one loop at a time. It may be created before the loop.
/// **Cost**: no allocation except for the store, which grows like a vector and never shrinks.
template <class T, class Store>
class basic_queue : protected detail::queue_core {
 public:
  using value_type = T;
  using get_operation = detail::queue_get<basic_queue>;
  using put_operation = detail::queue_put<basic_queue>;

  /// `await q.put(item)`: waits for a free slot and stores the item.
  /// @param item moved or copied into the operation, then moved into the queue.
  /// @throws queue_shut_down when the queue was shut down before the item was stored, cancelled_error.
  /// **Cancellation**: safe: the item is not in the queue, and its slot goes to the next putter. A cancelled put loses
  /// its place in line, and the item is destroyed with the operation. If the item was already stored because another
  /// put came after it (see **Order**), the put has succeeded and the next wait throws.
  /// **Checkpoint**: only if it must wait. **Threads**: the loop's. **Cost**: no allocation.
  /// On g++ 12.0-12.2 an aggregate with members that need a destructor must be named or have a user-provided
  /// constructor: `co_await q.put(job{1, "x"})` is miscompiled there.
  /// **Example**: `co_await q.put(std::move(job));` Conformance: Q3, Q5, Q7, Q11.
  [[nodiscard("co_await it")]] put_operation put(T&& item) { return {*this, std::move(item)}; }
  [[nodiscard("co_await it")]] put_operation put(T const& item) requires std::copy_constructible<T> {
    return {*this, item};
  }

  /// `await q.get()`: waits for an item and removes it.
  /// @return the item. @throws queue_shut_down when the queue was shut down and is empty, cancelled_error.
  /// **Cancellation**: safe: the item stays in the queue and goes to the next getter. A cancelled get loses its place
  /// in line. **Checkpoint**: only if it must wait. **Threads**: the loop's. **Cost**: no allocation.
  /// **Example**: `auto job = co_await q.get();` Conformance: Q3, Q5, Q6, Q12.
  [[nodiscard("co_await it")]] get_operation get() { return get_operation(*this); }

  /// `q.put_nowait(item)`: stores the item if there is a free slot that is not reserved.
  /// @throws queue_full otherwise, queue_shut_down; in both cases the item is not moved from. Conformance: Q4, XL7.
  void put_nowait(T&& item) {
    detail::check_waker(state.getters(), "asyncio::queue::put_nowait");
    state.require_place();
    let_woken_store();
    store(std::move(item));
  }
  void put_nowait(T const& item) requires std::copy_constructible<T> {
    detail::check_waker(state.getters(), "asyncio::queue::put_nowait");
    state.require_place();
    let_woken_store();
    store(item);
  }

  /// `q.get_nowait()`: removes an item if there is one that is not reserved.
  /// @throws queue_empty otherwise, queue_shut_down when the queue was shut down and is empty. Conformance: Q4, XL7.
  [[nodiscard("the item is out of the queue")]] T get_nowait() {
    detail::check_waker(state.putters(), "asyncio::queue::get_nowait");
    state.require_item();
    return take_new();
  }

  /// `q.task_done()`: a retrieved item has been processed. @throws value_error when called more often than items were
  /// put. Conformance: Q9, Q10.
  void task_done() { queue_core::task_done(); }
  /// `await q.join()`: waits until `task_done` has been called for every item that was put.
  /// @throws cancelled_error. **Cancellation**: safe, nothing is lost. **Checkpoint**: only if there is unfinished
  /// work.
  /// **Threads**: the loop's. **Cost**: no allocation. **Example**: `co_await q.join();` Conformance: Q9.
  [[nodiscard("co_await it")]] detail::queue_join join() { return detail::queue_join(*this); }

  /// `q.shutdown(immediate)` (Python 3.13): every put, waiting or new, throws queue_shut_down; gets take the remaining
  /// items, then throw it too. A queue cannot be reopened.
  /// @param immediate drops the remaining items, which need no task_done; items that were already retrieved still do.
  /// Conformance: Q11-Q13.
  void shutdown(bool immediate = false) noexcept {
    bool const drop = immediate && state.size() > 0;
    shut_down(immediate);
    if (drop) items_.clear();
  }

  /// `q.qsize()`: the number of items, including those reserved for woken getters.
  [[nodiscard]] std::size_t size() const noexcept { return state.size(); }
  /// `q.empty()`: whether `size()` is 0. If it is not, `get_nowait` may still throw: see **Order**.
  [[nodiscard]] bool empty() const noexcept { return state.size() == 0; }
  /// `q.full()`: whether `size()` has reached `maxsize()`; never in an unbounded queue. Conformance: Q1.
  [[nodiscard]] bool full() const noexcept { return state.full(); }
  /// `q.maxsize`: the limit, 0 for none.
  [[nodiscard]] std::size_t maxsize() const noexcept { return state.maxsize(); }
  /// The numbers of items and waiters. Conformance: XL5. **Cost**: O(number of waiters).
  [[nodiscard]] queue_statistics statistics() const noexcept { return state.statistics(); }

  /// @cond internal: a short compile error for the classic mistakes
  template <class U>
  requires(!std::convertible_to<U, T> && !std::same_as<std::remove_cvref_t<U>, T>) auto put(U&&) {
    detail::require_item<T, U>();
    return detail::mistake();
  }
  template <class U>
  requires(!std::convertible_to<U, T> && !std::same_as<std::remove_cvref_t<U>, T>) auto put_nowait(U&&) {
    detail::require_item<T, U>();
  }
  template <class U>
  requires(std::same_as<U, T> && !std::copy_constructible<U>) put_operation put(U const&) {
    detail::require_moved_item<U>();
    __builtin_unreachable();
  }
  template <class U>
  requires(std::same_as<U, T> && !std::copy_constructible<U>) void put_nowait(U const&) {
    detail::require_moved_item<U>();
  }
  /// @endcond

 protected:
  template <std::integral N>
  explicit basic_queue(N maxsize, Store items = Store())
      : queue_core(maxsize > 0 ? static_cast<std::size_t>(maxsize) : 0), items_(std::move(items)) {}
  ~basic_queue() = default;

 private:
  friend get_operation;
  friend put_operation;
  template <class U, class S>
  friend std::string to_string(basic_queue<U, S> const& q);

  T take_new() {
    if (!state.can_get()) [[unlikely]]
      throw queue_shut_down();
    T item(items_.pop_free(state.promised_items()));
    let_go_on(state.item_removed());
    return item;
  }
  /// For a woken getter; `ahead` getters before it have not run yet.
  T take_kept(std::size_t ahead) try {
    if (!state.can_get()) throw queue_shut_down();
    T item(items_.pop_kept(ahead));
    let_go_on(state.item_removed());
    return item;
  } catch (...) {
    let_go_on(state.next_getter());  // the item could not be moved and is still there
    throw;
  }

  /// For a putter that did not wait: its item goes behind those of woken putters.
  void let_woken_store() noexcept {
    if (state.promised_places() != 0) [[unlikely]]
      store_promised(nullptr);
  }
  /// Stores the items of woken putters, up to `end`, before their turns. An item that cannot be moved stays with its
  /// putter, which gets the exception when it tries itself.
  [[gnu::cold]] void store_promised(detail::queue_wait const* end) noexcept {
    if (state.is_shut_down()) return;
    for (detail::queue_wait* w = going.first(); w != nullptr && w != end; w = going.after(*w)) {
      if (!w->may_store()) continue;
      try {
        add(std::move(static_cast<put_operation&>(*w).item_));
      } catch (...) {
        continue;
      }
      w->store_early();
    }
  }
  template <class U>
  void add(U&& item) {
    items_.push(std::forward<U>(item), !state.getters().empty());
    let_go_on(state.item_added());
  }
  template <class U>
  void store(U&& item) try {
    if (state.is_shut_down()) throw queue_shut_down();
    add(std::forward<U>(item));
  } catch (...) {
    let_go_on(state.next_putter());  // the slot is still free
    throw;
  }

  Store items_;
};

/// `str(q)`: `<Queue maxsize=2 items=[1, 2] getters[1] putters[1] tasks=3 shutdown>` omitting what is 0 or false. Items
/// without a text form are shown as `?`; those of a priority_queue are in unspecified order. Conformance: Q14.
template <class T, class Store>
[[nodiscard]] std::string to_string(basic_queue<T, Store> const& q) {
  std::string items;
  q.items_.for_each([&](T const& item) { detail::append_item(items, item); });
  return detail::queue_text(Store::name, items, q.statistics());
}

/// `asyncio.Queue`: first in, first out. T may be move-only and need not be default-constructible.
/// **Example**: `asyncio::queue<job> q(64);` Conformance: Q1-Q14, XL5, XL7.
template <class T>
class queue : public basic_queue<T, detail::fifo_store<T>> {
 public:
  /// An unbounded queue.
  queue() : queue(0) {}
  /// `asyncio.Queue(maxsize)`. @param maxsize the maximum number of items; 0 or less: unbounded.
  template <std::integral N>
  explicit queue(N maxsize) : basic_queue<T, detail::fifo_store<T>>(maxsize) {}
};

/// `asyncio.LifoQueue`: last in, first out. Otherwise like `queue`. Conformance: Q2.
template <class T>
class lifo_queue : public basic_queue<T, detail::lifo_store<T>> {
 public:
  /// An unbounded queue.
  lifo_queue() : lifo_queue(0) {}
  /// `asyncio.LifoQueue(maxsize)`. @param maxsize the maximum number of items; 0 or less: unbounded.
  template <std::integral N>
  explicit lifo_queue(N maxsize) : basic_queue<T, detail::lifo_store<T>>(maxsize) {}
};

/// `asyncio.PriorityQueue`: the lowest item leaves first (the reverse of `std::priority_queue`); equal items leave in
/// FIFO order. Otherwise like `queue`; T must be movable. Conformance: Q2.
///
/// A waiting getter gets the lowest item at the time it runs. Until then the items that were put while it waited are
/// kept: a get in between takes the lowest of the others, or the highest kept item if there are more of these than
/// woken getters. **Cost**: put and get are O(log size), that last kind of get O(size).
/// @tparam Compare `compare(a, b)`: whether a leaves before b; with std::greater<> the highest leaves first.
template <class T, class Compare = std::less<T>>
class priority_queue : public basic_queue<T, detail::heap_store<T, Compare>> {
 public:
  /// An unbounded queue.
  priority_queue() : priority_queue(0) {}
  /// `asyncio.PriorityQueue(maxsize)`. @param maxsize the maximum number of items; 0 or less: unbounded.
  /// @param compare the comparator, if stateful. If it throws, the put or get that called it rethrows, and the queue is
  /// unchanged.
  template <std::integral N>
  explicit priority_queue(N maxsize, Compare compare = Compare())
      : basic_queue<T, detail::heap_store<T, Compare>>(maxsize, detail::heap_store<T, Compare>(std::move(compare))) {}
};

}  // namespace asyncio
