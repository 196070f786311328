/// @file
/// Where queues keep their items: first in first out, last in first out, lowest first.
///
/// A store tells the items that were put while somebody waited for one, `kept`, from the others: there are at least as many
/// as getters that were woken and have not come yet, and those who come in between must not take theirs.
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

/// A double-ended queue in one block that only grows: once it is large enough it allocates no more.
template <class T>
class ring {
 public:
  ring() = default;
  ring(ring&& other) noexcept { swap(other); }
  ring& operator=(ring const&) = delete;
  ~ring() {
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
  /// The item at a place between others.
  [[nodiscard]] T take_at(std::size_t i) {
    if (i == 0) [[likely]] return take_front();
    if constexpr (std::is_nothrow_move_constructible_v<T>) {
      T item(std::move((*this)[i]));
      for (std::size_t at = i; at + 1 < size_; ++at) {
        std::destroy_at(&(*this)[at]);
        std::construct_at(&(*this)[at], std::move((*this)[at + 1]));
      }
      std::destroy_at(&(*this)[--size_]);
      return item;
    } else {
      ring rest;
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
  void swap(ring& other) noexcept {
    std::swap(slots_, other.slots_);
    std::swap(capacity_, other.capacity_);
    std::swap(first_, other.first_);
    std::swap(size_, other.size_);
  }

 private:
  void grow() {
    ring larger;
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
  void push(U&& item) {
    items_.push_back(std::forward<U>(item));
  }
  /// The same for a getter that waits.
  template <class U>
  void keep(U&& item) {
    kept_.push_back(std::forward<U>(item));
  }
  /// For a getter that was woken; `ahead` others were before it, and have not come yet.
  [[nodiscard]] T pop_kept(std::size_t ahead) { return kept_.take_at(ahead); }
  /// For one that was not; `promised` that were have not come yet.
  [[nodiscard]] T pop_free(std::size_t promised) {
    return kept_.size() > promised ? kept_.take_at(promised) : items_.take_front();
  }
  void clear() noexcept {
    kept_.clear();
    items_.clear();
  }
  template <class F>
  void for_each(F&& fn) const {
    for (ring<T> const* const part : {&kept_, &items_})
      for (std::size_t i = 0; i < part->size(); ++i) fn(std::as_const((*part)[i]));
  }

 private:
  ring<T> kept_;  // all of them came before the others
  ring<T> items_;
};

/// The oldest items are kept, and leave last anyway.
template <class T>
class lifo_store {
 public:
  static constexpr std::string_view name = "LifoQueue";
  template <class U>
  void push(U&& item) {
    items_.push_back(std::forward<U>(item));
  }
  template <class U>
  void keep(U&& item) {
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
  ring<T> items_;
};

/// Two binary heaps, of the kept items and of the others. Items of equal rank leave in the order in which they came. All
/// comparisons come before the first move: one that throws leaves everything as it was.
template <class T, class Compare>
class heap_store {
  static_assert(std::is_move_assignable_v<T>,
                "asyncio::priority_queue moves its items about: they must be move-assignable");

 public:
  static constexpr std::string_view name = "PriorityQueue";
  explicit heap_store(Compare compare) : compare_(std::move(compare)) {}

  template <class U>
  void push(U&& item) {
    push_into(items_, std::forward<U>(item));
  }
  template <class U>
  void keep(U&& item) {
    push_into(kept_, std::forward<U>(item));
  }
  /// For a getter that was woken: the first of all.
  [[nodiscard]] T pop_kept(std::size_t) {
    bool const from_kept = !kept_.empty() && (items_.empty() || before(kept_[0], items_[0]));
    return pop_first(from_kept ? kept_ : items_);
  }
  /// For one that was not; `promised` that were have not come yet, and as many of the kept items are none of its business.
  [[nodiscard]] T pop_free(std::size_t promised) {
    if (promised == 0) return pop_kept(0);
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
  /// Where `e` belongs on the way up from `at` ...
  std::size_t rise(heap const& in, entry const& e, std::size_t at) const {
    while (at > 0 && before(e, in[parent(at)])) at = parent(at);
    return at;
  }
  /// ... and brings it there.
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
    std::size_t to = 0;  // where the last entry belongs when the first one is gone
    for (std::size_t child = 1; child < last; child = 2 * to + 1) {
      if (child + 1 < last && before(from[child + 1], from[child])) ++child;
      if (before(from[last], from[child])) break;
      to = child;
    }
    // The entries on the way there move up by one, and the first one falls out at the end.
    for (std::size_t at = to; last != 0; at = parent(at)) {
      std::swap(from[last], from[at]);
      if (at == 0) break;
    }
    return take_back(from);
  }
  /// The one that would leave last, which is a leaf: another leaf takes its place.
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
