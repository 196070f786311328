// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// A set for few elements.
#pragma once

#include <cstddef>
#include <vector>

namespace asyncio::detail {

/// A sorted vector: no allocation up to the largest size so far. The search is hand-written, because including
/// <algorithm> would cost more compile time than the rest.
template <class T>
class sorted_set {
 public:
  [[nodiscard]] bool contains(T const& value) const noexcept { return found(place_of(value), value); }
  /// @param value not in the set yet.
  void add(T const& value) { all_.insert(all_.begin() + place_of(value), value); }
  /// @return whether it was present.
  bool remove(T const& value) noexcept {
    auto const place = place_of(value);
    if (!found(place, value)) return false;
    all_.erase(all_.begin() + place);
    return true;
  }
  /// All values in ascending order.
  [[nodiscard]] std::vector<T> const& all() const noexcept { return all_; }

 private:
  [[nodiscard]] std::ptrdiff_t place_of(T const& value) const noexcept {
    std::size_t low = 0;
    for (std::size_t high = all_.size(); low < high;) {
      std::size_t const middle = (low + high) / 2;
      if (all_[middle] < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return static_cast<std::ptrdiff_t>(low);
  }
  [[nodiscard]] bool found(std::ptrdiff_t place, T const& value) const noexcept {
    auto const i = static_cast<std::size_t>(place);
    return i < all_.size() && all_[i] == value;
  }

  std::vector<T> all_;
};

}  // namespace asyncio::detail
