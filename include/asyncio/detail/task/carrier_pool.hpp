// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The carriers of a loop: which are idle, and how many to keep.
#pragma once

#include <asyncio/detail/task/carrier.hpp>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace asyncio::detail {

/// A carrier is idle (its coroutine is parked and has no task), free (it has no coroutine), or in use.
class carrier_pool {
 public:
  explicit carrier_pool(task_loop& home) noexcept : home_(home) {}
  carrier_pool(carrier_pool const&) = delete;
  carrier_pool& operator=(carrier_pool const&) = delete;

  /// The most recently used idle carrier, else a new one.
  [[nodiscard]] carrier& take() {
    if (next_ != nullptr) return *std::exchange(next_, nullptr);
    if (idle_.empty()) return make();
    if (--idle_count_ < least_idle_) least_idle_ = idle_count_;
    return idle_.pop_back();
  }
  void put_idle(carrier& c) noexcept {
    if (next_ == nullptr) {
      next_ = &c;
      return;
    }
    idle_.push_back(c);
    ++idle_count_;
  }
  void put_free(carrier& c) noexcept { free_.push_back(c); }

  /// Called when a drain begins. @return how many idle carriers are to end: too many for `tasks` tasks, or unused for
  /// long.
  [[nodiscard]] std::size_t surplus(std::size_t tasks, std::size_t drains) noexcept;
  [[nodiscard]] bool has_idle() const noexcept { return !idle_.empty(); }

  /// The loop is being destroyed: hands out no more carriers.
  void close() noexcept;
  /// Unwinds the parked coroutines.
  void unwind() noexcept;

 private:
  [[nodiscard]] carrier& make();

  task_loop& home_;
  std::vector<std::unique_ptr<carrier>> all_;
  carrier* next_ = nullptr;  // an idle one outside the list: usually just left by the previous step
  list<carrier> idle_;
  list<carrier> free_;
  std::size_t idle_count_ = 0;
  std::size_t least_idle_ = 0;  // the minimum since the last trim
};

}  // namespace asyncio::detail
