// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The loop's timers: a 4-ary heap ordered by (deadline, order of creation), so that equal deadlines fire in the order
/// in which they were added.
#pragma once

#include <asyncio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace asyncio::detail {

/// A timer. It holds a ticket while it is in the heap, so removing it costs O(log n).
class timer_node {
 public:
  timer_node() = default;
  timer_node(timer_node const&) = delete;
  timer_node& operator=(timer_node const&) = delete;

  using ticket_number = std::uint32_t;
  static constexpr ticket_number none = static_cast<ticket_number>(-1);
  [[nodiscard]] bool armed() const noexcept { return ticket_ != none; }
  /// Used by the heap only.
  [[nodiscard]] ticket_number ticket() const noexcept { return ticket_; }
  void set_ticket(ticket_number ticket) noexcept { ticket_ = ticket; }

 protected:
  ~timer_node() = default;

 private:
  ticket_number ticket_ = none;
};

/// O(log n) push and remove, O(1) access to the earliest. Moving an entry touches two dense arrays and never a node:
/// nodes are scattered over coroutine frames.
class timer_heap {
 public:
  void push(timer_node& node, time_point deadline);
  /// No effect if the node is not armed.
  void remove(timer_node& node) noexcept;
  timer_node& pop() noexcept;

  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] time_point next_deadline() const noexcept { return entries_.front().deadline; }
  [[nodiscard]] timer_node& front() const noexcept { return *tickets_[entries_.front().ticket].node; }

 private:
  using place = std::uint32_t;
  struct entry {
    time_point deadline;
    std::uint64_t order;
    timer_node::ticket_number ticket;
    [[nodiscard]] bool before(entry const& other) const noexcept {
      return deadline != other.deadline ? deadline < other.deadline : order < other.order;
    }
  };
  struct ticket {
    timer_node* node;
    place where;  // in entries_; for a free ticket: the next free ticket
  };
  void put(place where, entry const& e) noexcept {
    entries_[where] = e;
    tickets_[e.ticket].where = where;
  }
  void sift_up(place where, entry const& e) noexcept;
  void sift_down(place where, entry const& e) noexcept;

  std::vector<entry> entries_;
  std::vector<ticket> tickets_;
  timer_node::ticket_number free_ticket_ = timer_node::none;
  std::uint64_t next_order_ = 0;
};

}  // namespace asyncio::detail
