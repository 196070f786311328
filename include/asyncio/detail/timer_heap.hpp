/// @file
/// The loop's timers: a 4-ary heap ordered by (deadline, order of creation), so that equal deadlines fire in the order
/// in which they were asked for.
#pragma once

#include <asyncio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace asyncio::detail {

/// Something that happens at a time. It knows its place in the heap, so taking it out costs O(log n).
class timer_node {
 public:
  timer_node() = default;
  timer_node(timer_node const&) = delete;
  timer_node& operator=(timer_node const&) = delete;

  /// Called once, in the loop's thread, when the deadline has come; the node is out of the heap by then.
  virtual void expired() = 0;

  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  [[nodiscard]] bool armed() const noexcept { return place_ != none; }
  /// For the heap only.
  [[nodiscard]] std::size_t place() const noexcept { return place_; }
  void set_place(std::size_t place) noexcept { place_ = place; }

 protected:
  ~timer_node() = default;

 private:
  std::size_t place_ = none;
};

/// O(log n) push and remove, O(1) look at the earliest.
class timer_heap {
 public:
  void push(timer_node& node, time_point deadline);
  /// Without effect when the node is not armed.
  void remove(timer_node& node) noexcept;
  timer_node& pop() noexcept;

  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] time_point next_deadline() const noexcept { return entries_.front().deadline; }
  [[nodiscard]] timer_node& front() const noexcept { return *entries_.front().node; }

 private:
  struct entry {
    time_point deadline;
    std::uint64_t order;
    timer_node* node;
    [[nodiscard]] bool before(entry const& other) const noexcept {
      return deadline != other.deadline ? deadline < other.deadline : order < other.order;
    }
  };
  void put(std::size_t place, entry const& e) noexcept {
    entries_[place] = e;
    e.node->set_place(place);
  }
  void sift_up(std::size_t place, entry const& e) noexcept;
  void sift_down(std::size_t place, entry const& e) noexcept;

  std::vector<entry> entries_;
  std::uint64_t next_order_ = 0;
};

}  // namespace asyncio::detail
