/// @file
/// Queues between coroutines: `asyncio.Queue`, `asyncio.LifoQueue`, `asyncio.PriorityQueue`.
#pragma once

#include <asyncio/detail/callable.hpp>
#include <asyncio/detail/queue_stores.hpp>
#include <asyncio/detail/queue_text.hpp>
#include <asyncio/detail/queue_wait.hpp>
#include <asyncio/detail/waiters.hpp>

#include <concepts>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

namespace asyncio {

/// What `queue`, `lifo_queue` and `priority_queue` have in common: everything but the order in which items leave.
///
/// **Order**: getters and putters are served strictly first come, first served, and nobody overtakes them: the very item that
/// a waiting getter was woken for is its own, also against `get_nowait` and against a `get` that comes before the getter has
/// had its turn (CPython lets those two snatch it). As in asyncio the item stays in the queue and counts in `size()` until
/// then. Likewise a putter that was woken stores its item when it has its turn, unless somebody else puts before that: then
/// its item is stored first. Conformance: XL7.
/// **Cancellation**: loses no item and no place: what a cancelled waiter was woken for goes to the next in the line.
/// **Lifetime**: the queue must outlive the tasks that use it. If it does not, those that are woken throw queue_shut_down
/// and those that wait go on waiting until they are cancelled, as at the end of `run`.
/// **Threads**: the loop's; one queue belongs to one loop at a time. It may be made before the loop.
/// **Cost**: no allocation but for the store, which grows as a vector does and keeps its room.
template <class T, class Store>
class basic_queue : protected detail::queue_core {
 public:
  using value_type = T;
  using get_operation = detail::queue_get<basic_queue>;
  using put_operation = detail::queue_put<basic_queue>;

  /// `await q.put(item)`: waits for a place and stores the item there.
  /// @param item moved or copied into the operation, from there into the queue.
  /// @throws queue_shut_down when the queue was shut down before the item was stored, cancelled_error.
  /// **Cancellation**: safe: the item is not in the queue, its place goes to the next putter. A cancelled put loses its
  /// position in the line, and the item with the operation. When the item was stored already, because somebody else has put
  /// behind it (see **Order**), the put has happened and the next wait throws.
  /// **Checkpoint**: only if it must wait. **Threads**: the loop's. **Cost**: no allocation.
  /// On g++ 12.0-12.2 an aggregate with members that need a destructor must have a name or a constructor of its own:
  /// `co_await q.put(job{1, "x"})` is miscompiled there.
  /// **Example**: `co_await q.put(std::move(job));` Conformance: Q3, Q5, Q7, Q11.
  [[nodiscard("co_await it")]] put_operation put(T&& item) { return {*this, std::move(item)}; }
  [[nodiscard("co_await it")]] put_operation put(T const& item) requires std::copy_constructible<T> {
    return {*this, item};
  }

  /// `await q.get()`: waits for an item and takes it out.
  /// @return the item. @throws queue_shut_down when the queue was shut down and holds none, cancelled_error.
  /// **Cancellation**: safe: the item stays in the queue and goes to the next getter. A cancelled get loses its position in
  /// the line. **Checkpoint**: only if it must wait. **Threads**: the loop's. **Cost**: no allocation.
  /// **Example**: `auto job = co_await q.get();` Conformance: Q3, Q5, Q6, Q12.
  [[nodiscard("co_await it")]] get_operation get() { return get_operation(*this); }

  /// `q.put_nowait(item)`: stores the item if there is a place that nobody waits for.
  /// @throws queue_full otherwise, queue_shut_down; the item is not moved from then. Conformance: Q4, XL7.
  void put_nowait(T&& item) {
    detail::check_waker(state.getters(), "asyncio::queue::put_nowait");
    state.require_place();
    store_new(std::move(item));
  }
  void put_nowait(T const& item) requires std::copy_constructible<T> {
    detail::check_waker(state.getters(), "asyncio::queue::put_nowait");
    state.require_place();
    store_new(item);
  }

  /// `q.get_nowait()`: takes an item out if there is one that nobody waits for.
  /// @throws queue_empty otherwise, queue_shut_down when the queue was shut down and holds none. Conformance: Q4, XL7.
  [[nodiscard("the item is out of the queue")]] T get_nowait() {
    detail::check_waker(state.putters(), "asyncio::queue::get_nowait");
    state.require_item();
    return take_new();
  }

  /// `q.task_done()`: an item that was got has been processed. @throws value_error when called more often than items were
  /// put. Conformance: Q9, Q10.
  void task_done() { queue_core::task_done(); }
  /// `await q.join()`: waits until `task_done` was called for every item that was put.
  /// @throws cancelled_error. **Cancellation**: safe, nothing is lost. **Checkpoint**: only if there is work left.
  /// **Threads**: the loop's. **Cost**: no allocation. **Example**: `co_await q.join();` Conformance: Q9.
  [[nodiscard("co_await it")]] detail::queue_join join() { return detail::queue_join(*this); }

  /// `q.shutdown(immediate)` (Python 3.13): from now on every put throws queue_shut_down, those that wait already, too;
  /// gets take what is left, then they throw it. For good: a queue cannot be opened again.
  /// @param immediate the items that are left are dropped and need no task_done; items that were got before still do.
  /// Conformance: Q11-Q13.
  void shutdown(bool immediate = false) noexcept {
    bool const drop = immediate && state.size() > 0;
    shut_down(immediate);
    if (drop) items_.clear();
  }

  /// `q.qsize()`: the number of items, also of those that a getter was woken for and has not taken yet.
  [[nodiscard]] std::size_t size() const noexcept { return state.size(); }
  /// `q.empty()`: whether `size()` is 0. When it is not, `get_nowait` may still throw: see **Order**.
  [[nodiscard]] bool empty() const noexcept { return state.size() == 0; }
  /// `q.full()`: whether `size()` has reached `maxsize()`; never in an unbounded queue. Conformance: Q1.
  [[nodiscard]] bool full() const noexcept { return state.full(); }
  /// `q.maxsize`: the limit, 0 for none.
  [[nodiscard]] std::size_t maxsize() const noexcept { return state.maxsize(); }
  /// How many items there are and who waits. Conformance: XL5. **Cost**: O(number of waiters).
  [[nodiscard]] queue_statistics statistics() const noexcept { return state.statistics(); }

  /// @cond internal: one sentence instead of a page for the classic mistakes
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
  /// For a getter that was woken; `ahead` others were before it, and have not come yet.
  T take_kept(std::size_t ahead) try {
    if (!state.can_get()) throw queue_shut_down();
    T item(items_.pop_kept(ahead));
    let_go_on(state.item_removed());
    return item;
  } catch (...) {
    let_go_on(state.next_getter());  // the item could not be moved: it is still there
    throw;
  }

  /// For a putter that has not waited: behind the items of those who were woken.
  template <class U>
  void store_new(U&& item) {
    if (state.promised_places() != 0) [[unlikely]] store_promised(nullptr);
    store(std::forward<U>(item));
  }
  /// Stores the items of putters that were woken, up to `end`, before their turns. One that cannot be moved stays with its
  /// putter, which learns why when it tries.
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
    if (state.getters().empty()) {
      items_.push(std::forward<U>(item));
      state.item_added_for_later();
    } else {
      items_.keep(std::forward<U>(item));
      let_go_on(state.item_added());
    }
  }
  template <class U>
  void store(U&& item) try {
    if (state.is_shut_down()) throw queue_shut_down();
    add(std::forward<U>(item));
  } catch (...) {
    let_go_on(state.next_putter());  // the place is still free
    throw;
  }

  Store items_;
};

/// `str(q)`: `<Queue maxsize=2 items=[1, 2] getters[1] putters[1] tasks=3 shutdown>` without what is 0 or false. Items without
/// a text form are shown as `?`; those of a priority_queue are in no particular order. Conformance: Q14.
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
  /// `asyncio.Queue(maxsize)`. @param maxsize how many items it holds at most; 0 or less: any number.
  template <std::integral N>
  explicit queue(N maxsize) : basic_queue<T, detail::fifo_store<T>>(maxsize) {}
};

/// `asyncio.LifoQueue`: the item that was put last leaves first. Everything else as for `queue`. Conformance: Q2.
template <class T>
class lifo_queue : public basic_queue<T, detail::lifo_store<T>> {
 public:
  /// An unbounded queue.
  lifo_queue() : lifo_queue(0) {}
  /// `asyncio.LifoQueue(maxsize)`. @param maxsize how many items it holds at most; 0 or less: any number.
  template <std::integral N>
  explicit lifo_queue(N maxsize) : basic_queue<T, detail::lifo_store<T>>(maxsize) {}
};

/// `asyncio.PriorityQueue`: the lowest item leaves first (the other way round than `std::priority_queue`), and of equal
/// ones the one that was put first. Everything else as for `queue`; T must be movable. Conformance: Q2.
///
/// A waiting getter gets the item that is lowest when it has its turn. Until then the items that were put while it waited are
/// kept: whoever comes in between gets the lowest of the others, or the highest of those if that is one more than those who
/// were woken need. **Cost**: put and get are O(log size), that last get O(size).
/// @tparam Compare `compare(a, b)`: whether a leaves before b; std::greater<> lets the highest leave first.
template <class T, class Compare = std::less<T>>
class priority_queue : public basic_queue<T, detail::heap_store<T, Compare>> {
 public:
  /// An unbounded queue.
  priority_queue() : priority_queue(0) {}
  /// `asyncio.PriorityQueue(maxsize)`. @param maxsize how many items it holds at most; 0 or less: any number.
  /// @param compare the order, if it has a state. If it throws, the put or get that needed it throws that, and the queue is
  /// as before.
  template <std::integral N>
  explicit priority_queue(N maxsize, Compare compare = Compare())
      : basic_queue<T, detail::heap_store<T, Compare>>(maxsize, detail::heap_store<T, Compare>(std::move(compare))) {}
};

}  // namespace asyncio
