// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The item stores of queues: first in first out, last in first out, lowest first.
///
/// A store distinguishes items that were put while a getter waited (`kept`) from the others: there are at least as many
/// as woken getters that have not run yet, and other getters must not take them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace asyncio::detail {

/// A double-ended queue in one block that only grows: once large enough it no longer allocates.
template <class T>
class ring_buffer {
 public:
  ring_buffer() = default;
  ring_buffer(ring_buffer&& other) noexcept { swap(other); }
  ring_buffer& operator=(ring_buffer const&) = delete;
  ~ring_buffer() {
    clear();
    std::allocator<T>().deallocate(slots_, capacity_);
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] T& operator[](std::size_t i) const noexcept { return slots_[(first_ + i) & (capacity_ - 1)]; }

  template <class U>
  void push_back(U&& item) {
    if (size_ == capacity_) [[unlikely]]
      grow();
    std::construct_at(&(*this)[size_], std::forward<U>(item));
    ++size_;
  }
  [[nodiscard]] T take_front() {
    T& front = (*this)[0];
    T item(std::move(front));
    std::destroy_at(&front);
    first_ = (first_ + 1) & (capacity_ - 1);
    --size_;
    return item;
  }
  /// Removes the item at index `i`.
  [[nodiscard]] T take_at(std::size_t i) {
    if (i == 0) [[likely]]
      return take_front();
    if constexpr (std::is_nothrow_move_constructible_v<T>) {
      T item(std::move((*this)[i]));
      for (std::size_t at = i; at + 1 < size_; ++at) {
        std::destroy_at(&(*this)[at]);
        std::construct_at(&(*this)[at], std::move((*this)[at + 1]));
      }
      std::destroy_at(&(*this)[--size_]);
      return item;
    } else {
      ring_buffer rest;
      for (std::size_t at = 0; at < size_; ++at)
        if (at != i) rest.push_back(std::move_if_noexcept((*this)[at]));
      T item(std::move((*this)[i]));
      swap(rest);
      return item;
    }
  }
  [[nodiscard]] T take_back() {
    T& back = (*this)[size_ - 1];
    T item(std::move(back));
    std::destroy_at(&back);
    --size_;
    return item;
  }
  void clear() noexcept {
    for (std::size_t i = 0; i < size_; ++i) std::destroy_at(&(*this)[i]);
    size_ = 0;
  }
  void swap(ring_buffer& other) noexcept {
    std::swap(slots_, other.slots_);
    std::swap(capacity_, other.capacity_);
    std::swap(first_, other.first_);
    std::swap(size_, other.size_);
  }

 private:
  [[gnu::cold, gnu::noinline]] void grow() {
    ring_buffer larger;
    std::size_t const capacity = capacity_ == 0 ? 8 : 2 * capacity_;
    larger.slots_ = std::allocator<T>().allocate(capacity);
    larger.capacity_ = capacity;
    for (std::size_t i = 0; i < size_; ++i) larger.push_back(std::move_if_noexcept((*this)[i]));
    swap(larger);
  }

  T* slots_ = nullptr;
  std::size_t capacity_ = 0;  // a power of two, or 0
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

template <class T>
class fifo_store {
 public:
  static constexpr std::string_view name = "Queue";
  template <class U>
  void push(U&& item, bool getter_waits = false) {
    (getter_waits ? kept_ : items_).push_back(std::forward<U>(item));
  }
  /// For a woken getter; `ahead` getters before it have not run yet.
  [[nodiscard]] T pop_kept(std::size_t ahead) { return kept_.take_at(ahead); }
  /// For a getter that did not wait; `granted` woken getters have not run yet.
  [[nodiscard]] T pop_free(std::size_t granted) {
    return kept_.size() > granted ? kept_.take_at(granted) : items_.take_front();
  }
  void clear() noexcept {
    kept_.clear();
    items_.clear();
  }
  template <class F>
  void for_each(F&& fn) const {
    for (ring_buffer<T> const* const part : {&kept_, &items_})
      for (std::size_t i = 0; i < part->size(); ++i) fn(std::as_const((*part)[i]));
  }

 private:
  ring_buffer<T> kept_;  // older than all the others
  ring_buffer<T> items_;
};

/// The kept items are the oldest, and leave last anyway.
template <class T>
class lifo_store {
 public:
  static constexpr std::string_view name = "LifoQueue";
  template <class U>
  void push(U&& item, bool /*getter_waits*/ = false) {
    items_.push_back(std::forward<U>(item));
  }
  [[nodiscard]] T pop_kept(std::size_t) { return items_.take_back(); }
  [[nodiscard]] T pop_free(std::size_t) { return items_.take_back(); }
  void clear() noexcept { items_.clear(); }
  template <class F>
  void for_each(F&& fn) const {
    for (std::size_t i = 0; i < items_.size(); ++i) fn(std::as_const(items_[i]));
  }

 private:
  ring_buffer<T> items_;
};

/// Two binary heaps, for the kept items and the others. Equal items leave in FIFO order. All comparisons precede the
/// first move: if one throws, the store is unchanged.
template <class T, class Compare>
class heap_store {
  static_assert(std::is_move_assignable_v<T>,
                "asyncio::priority_queue moves its items about: they must be move-assignable");

 public:
  static constexpr std::string_view name = "PriorityQueue";
  explicit heap_store(Compare compare) : compare_(std::move(compare)) {}

  template <class U>
  void push(U&& item, bool getter_waits = false) {
    push_into(getter_waits ? kept_ : items_, std::forward<U>(item));
  }
  /// For a woken getter: the first of all items.
  [[nodiscard]] T pop_kept(std::size_t) {
    bool const from_kept = !kept_.empty() && (items_.empty() || before(kept_[0], items_[0]));
    return pop_first(from_kept ? kept_ : items_);
  }
  /// For a getter that did not wait; `granted` woken getters have not run yet, and as many kept items are reserved for
  /// them.
  [[nodiscard]] T pop_free(std::size_t granted) {
    if (granted == 0) return pop_kept(0);
    return items_.empty() ? pop_last(kept_) : pop_first(items_);
  }
  void clear() noexcept {
    kept_.clear();
    items_.clear();
  }
  template <class F>
  void for_each(F&& fn) const {
    for (heap const* const part : {&kept_, &items_})
      for (entry const& e : *part) fn(e.item);
  }

 private:
  struct entry {
    template <class U>
    entry(U&& i, std::uint64_t n) : item(std::forward<U>(i)), arrival(n) {}
    T item;
    std::uint64_t arrival;
  };

  using heap = std::vector<entry>;

  template <class U>
  void push_into(heap& in, U&& item) {
    entry fresh(std::forward<U>(item), arrivals_);
    std::size_t const to = rise(in, fresh, in.size());
    in.push_back(std::move(fresh));
    ++arrivals_;
    lift(in, in.size() - 1, to);
  }
  static std::size_t parent(std::size_t i) noexcept { return (i - 1) / 2; }
  /// The position of `e` when sifted up from `at` ...
  std::size_t rise(heap const& in, entry const& e, std::size_t at) const {
    while (at > 0 && before(e, in[parent(at)])) at = parent(at);
    return at;
  }
  /// ... and the move to that position.
  static void lift(heap& in, std::size_t at, std::size_t to) {
    for (; at != to; at = parent(at)) std::swap(in[at], in[parent(at)]);
  }
  static T take_back(heap& from) {
    T item(std::move(from.back().item));
    from.pop_back();
    return item;
  }
  T pop_first(heap& from) {
    std::size_t const last = from.size() - 1;
    std::size_t to = 0;  // the position of the last entry once the first is removed
    for (std::size_t child = 1; child < last; child = 2 * to + 1) {
      if (child + 1 < last && before(from[child + 1], from[child])) ++child;
      if (before(from[last], from[child])) break;
      to = child;
    }
    // The entries on the path move up by one, which removes the first.
    for (std::size_t at = to; last != 0; at = parent(at)) {
      std::swap(from[last], from[at]);
      if (at == 0) break;
    }
    return take_back(from);
  }
  /// Removes the item that would leave last, which is a leaf: another leaf takes its place.
  T pop_last(heap& from) {
    std::size_t const last = from.size() - 1;
    std::size_t out = last;
    for (std::size_t i = from.size() / 2; i < last; ++i)
      if (before(from[out], from[i])) out = i;
    if (out != last) {
      std::size_t const to = rise(from, from[last], out);
      std::swap(from[out], from[last]);
      lift(from, out, to);
    }
    return take_back(from);
  }
  bool before(entry const& a, entry const& b) const {
    if (compare_(a.item, b.item)) return true;
    return a.arrival < b.arrival && !compare_(b.item, a.item);
  }

  heap kept_;
  heap items_;
  std::uint64_t arrivals_ = 0;
  Compare compare_;
};

}  // namespace asyncio::detail
