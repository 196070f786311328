// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/base/timer_heap.hpp>

#include <algorithm>

namespace asyncio::detail {

namespace {
constexpr std::uint32_t arity = 4;
}

void timer_heap::push(timer_node& node, time_point deadline) {
  if (entries_.size() == entries_.capacity()) entries_.reserve(std::max<std::size_t>(16, 2 * entries_.size()));
  timer_node::ticket_number number = free_ticket_;
  if (number == timer_node::none) {
    number = static_cast<timer_node::ticket_number>(tickets_.size());
    tickets_.push_back(ticket{&node, 0});
  } else {
    free_ticket_ = tickets_[number].where;
    tickets_[number].node = &node;
  }
  node.set_ticket(number);
  entry const e{deadline, next_order_++, number};
  entries_.push_back(e);  // within capacity: cannot throw once the ticket is taken
  sift_up(static_cast<place>(entries_.size() - 1), e);
}

void timer_heap::remove(timer_node& node) noexcept {
  if (!node.armed()) return;
  timer_node::ticket_number const number = node.ticket();
  node.set_ticket(timer_node::none);
  place const hole = tickets_[number].where;
  tickets_[number] = ticket{nullptr, free_ticket_};
  free_ticket_ = number;
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

void timer_heap::sift_up(place where, entry const& e) noexcept {
  while (where > 0) {
    place const parent = (where - 1) / arity;
    if (!e.before(entries_[parent])) break;
    put(where, entries_[parent]);
    where = parent;
  }
  put(where, e);
}

void timer_heap::sift_down(place where, entry const& e) noexcept {
  auto const size = static_cast<place>(entries_.size());
  for (;;) {
    place const first = where * arity + 1;
    if (first >= size) break;
    place const end = std::min(first + arity, size);
    place least = first;
    for (place child = first + 1; child < end; ++child)
      if (entries_[child].before(entries_[least])) least = child;
    if (!entries_[least].before(e)) break;
    put(where, entries_[least]);
    where = least;
  }
  put(where, e);
}

}  // namespace asyncio::detail
