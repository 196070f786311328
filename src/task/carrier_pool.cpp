// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/task/carrier_pool.hpp>

#include <algorithm>

namespace asyncio::detail {

namespace {

/// Idle carriers that were not needed for this many drains are freed, half of them at a time ...
constexpr std::size_t drains_between_trims = 1024;
/// ... except for a few.
constexpr std::size_t idle_kept = 64;
/// After a peak, one carrier per task and this many more are kept until then; the others are freed immediately.
constexpr std::size_t idle_spare = 1024;

}  // namespace

std::size_t carrier_pool::surplus(std::size_t tasks, std::size_t drains) noexcept {
  std::size_t const most = tasks + idle_spare;
  std::size_t n = idle_count_ > most ? idle_count_ - most : 0;
  if (drains % drains_between_trims == 0) {
    // Carriers that were idle since the last check were not needed.
    std::size_t const spare = std::exchange(least_idle_, idle_count_);
    if (spare > idle_kept) n = std::max(n, spare / 2);
  }
  return n;
}

carrier& carrier_pool::make() {
  if (free_.empty()) {
    // A carrier object is never freed while the loop lives: executors kept by I/O objects may still refer to it.
    all_.push_back(std::make_unique<carrier>(home_));
    free_.push_back(*all_.back());
  }
  carrier& c = free_.back();
  c.launch();
  static_cast<list_node<>&>(c).unlink();
  return c;
}

void carrier_pool::close() noexcept {
  next_ = nullptr;
  for (auto* const carriers : {&free_, &idle_})
    while (!carriers->empty()) carriers->pop_front();
}

void carrier_pool::unwind() noexcept {
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (!all_[i]->parked()) continue;
    suspended_thread stack = all_[i]->unpark();
    stack.unwind();
  }
}

}  // namespace asyncio::detail
