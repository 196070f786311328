/// @file
/// Where queues keep their items: first in first out, last in first out, lowest first.
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
  [[nodiscard]] T pop() { return items_.take_front(); }
  void clear() noexcept { items_.clear(); }
  template <class F>
  void for_each(F&& fn) const {
    for (std::size_t i = 0; i < items_.size(); ++i) fn(std::as_const(items_[i]));
  }

 protected:
  ring<T> items_;
};

template <class T>
class lifo_store : public fifo_store<T> {
 public:
  static constexpr std::string_view name = "LifoQueue";
  [[nodiscard]] T pop() { return this->items_.take_back(); }
};

/// A binary heap. Items of equal rank leave in the order in which they came. All comparisons come before the first move:
/// one that throws leaves everything as it was.
template <class T, class Compare>
class heap_store {
  static_assert(std::is_move_assignable_v<T>,
                "asyncio::priority_queue moves its items about: they must be move-assignable");

 public:
  static constexpr std::string_view name = "PriorityQueue";
  explicit heap_store(Compare compare) : compare_(std::move(compare)) {}

  template <class U>
  void push(U&& item) {
    entry fresh(std::forward<U>(item), arrivals_);
    std::size_t at = entries_.size();
    std::size_t to = at;
    while (to > 0 && before(fresh, entries_[parent(to)])) to = parent(to);
    entries_.push_back(std::move(fresh));
    ++arrivals_;
    for (; at != to; at = parent(at)) std::swap(entries_[at], entries_[parent(at)]);
  }

  [[nodiscard]] T pop() {
    std::size_t const last = entries_.size() - 1;
    std::size_t to = 0;  // where the last entry belongs when the first one is gone
    for (std::size_t child = 1; child < last; child = 2 * to + 1) {
      if (child + 1 < last && before(entries_[child + 1], entries_[child])) ++child;
      if (before(entries_[last], entries_[child])) break;
      to = child;
    }
    // The entries on the way there move up by one, and the first one falls out at the end.
    for (std::size_t at = to; last != 0; at = parent(at)) {
      std::swap(entries_[last], entries_[at]);
      if (at == 0) break;
    }
    T item(std::move(entries_.back().item));
    entries_.pop_back();
    return item;
  }
  void clear() noexcept { entries_.clear(); }
  template <class F>
  void for_each(F&& fn) const {
    for (entry const& e : entries_) fn(e.item);
  }

 private:
  struct entry {
    template <class U>
    entry(U&& i, std::uint64_t n) : item(std::forward<U>(i)), arrival(n) {}
    T item;
    std::uint64_t arrival;
  };

  static std::size_t parent(std::size_t i) noexcept { return (i - 1) / 2; }
  bool before(entry const& a, entry const& b) const {
    if (compare_(a.item, b.item)) return true;
    return a.arrival < b.arrival && !compare_(b.item, a.item);
  }

  std::vector<entry> entries_;
  std::uint64_t arrivals_ = 0;
  Compare compare_;
};

}  // namespace asyncio::detail
