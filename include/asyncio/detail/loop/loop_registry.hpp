// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The registry of all loops of the process.
#pragma once

#include <asyncio/detail/base/process_state.hpp>

#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

namespace asyncio::detail {

class loop_core;

/// Lets a plain Asio handler find the loop it runs in, and a thread find a loop by its number.
/// **Threads**: any.
class loop_registry {
 public:
  /// Made before main() and never destroyed.
  [[nodiscard]] static loop_registry& get() noexcept;

  /// Sets `serial` to the loop's number, under the lock because it is read there.
  void add(loop_core& l, std::uint32_t& serial);
  void remove(loop_core& l) noexcept;
  /// Adds a loop that a fork removed from the list, keeping its number.
  void add_again(loop_core& l);
  /// `l`, if it exists and has that number; else null. `l` may dangle. `here`: only if the caller may access it, so
  /// that it cannot be destroyed meanwhile.
  [[nodiscard]] loop_core* find(loop_core* l, std::uint32_t serial, bool here) noexcept;
  /// Calls `fn` for every loop; none of them is destroyed meanwhile.
  void for_each(std::function<void(loop_core&)> const& fn);
  [[nodiscard]] loop_core* running_here() noexcept;
  /// Calls `use` with the first loop that satisfies `chosen`, which stays alive meanwhile.
  template <class Predicate, class Use>
  void find_if(Predicate chosen, Use use) {
    std::lock_guard const lock(mutex_);
    for (loop_core* const l : loops_) {
      if (!chosen(*l)) continue;
      use(*l);
      return;
    }
  }

 private:
  loop_registry() = default;
  /// In the child keeps the loops for which Asio was notified of the fork; all others belong to the parent.
  void at_fork(fork_point p) noexcept;

  std::mutex mutex_;
  std::vector<loop_core*> loops_;
  std::uint32_t last_serial_ = 0;
  fork_hook hook_{fork_order::loops, [](fork_point p) noexcept { get().at_fork(p); }};
};

}  // namespace asyncio::detail
