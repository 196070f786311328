#include <asyncio/detail/timer_heap.hpp>

#include <algorithm>

namespace asyncio::detail {

namespace {
constexpr std::size_t arity = 4;
}

void timer_heap::push(timer_node& node, time_point deadline) {
  entries_.push_back(entry{deadline, next_order_++, &node});
  entry const e = entries_.back();
  sift_up(entries_.size() - 1, e);
}

void timer_heap::remove(timer_node& node) noexcept {
  if (!node.armed()) return;
  std::size_t const hole = node.place();
  node.set_place(timer_node::none);
  entry const last = entries_.back();
  entries_.pop_back();
  if (hole == entries_.size()) return;
  if (hole > 0 && last.before(entries_[(hole - 1) / arity])) {
    sift_up(hole, last);
  } else {
    sift_down(hole, last);
  }
}

timer_node& timer_heap::pop() noexcept {
  timer_node& first = front();
  remove(first);
  return first;
}

void timer_heap::sift_up(std::size_t place, entry const& e) noexcept {
  while (place > 0) {
    std::size_t const parent = (place - 1) / arity;
    if (!e.before(entries_[parent])) break;
    put(place, entries_[parent]);
    place = parent;
  }
  put(place, e);
}

void timer_heap::sift_down(std::size_t place, entry const& e) noexcept {
  for (;;) {
    std::size_t const first = place * arity + 1;
    if (first >= entries_.size()) break;
    std::size_t const end = std::min(first + arity, entries_.size());
    std::size_t least = first;
    for (std::size_t child = first + 1; child < end; ++child)
      if (entries_[child].before(entries_[least])) least = child;
    if (!entries_[least].before(e)) break;
    put(place, entries_[least]);
    place = least;
  }
  put(place, e);
}

}  // namespace asyncio::detail
