/// @file
/// A small set.
#pragma once

#include <algorithm>
#include <vector>

namespace asyncio::detail {

/// A sorted vector: no allocation once it has been as large before.
template <class T>
class sorted_set {
 public:
  [[nodiscard]] bool contains(T const& value) const noexcept { return std::binary_search(all_.begin(), all_.end(), value); }
  /// @param value not in the set yet.
  void add(T const& value) { all_.insert(std::lower_bound(all_.begin(), all_.end(), value), value); }
  /// @return whether it was there.
  bool remove(T const& value) noexcept {
    auto const place = std::lower_bound(all_.begin(), all_.end(), value);
    if (place == all_.end() || *place != value) return false;
    all_.erase(place);
    return true;
  }
  /// In their order.
  [[nodiscard]] std::vector<T> const& all() const noexcept { return all_; }

 private:
  std::vector<T> all_;
};

}  // namespace asyncio::detail
