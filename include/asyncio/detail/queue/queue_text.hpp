// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The text form of a queue.
#pragma once

#include <asyncio/detail/queue/queue_state.hpp>

#include <concepts>
#include <string>
#include <string_view>

namespace asyncio::detail {

namespace item_text {
using std::to_string;
template <class T>
concept has_to_string = requires(T const& item) {
  { to_string(item) } -> std::convertible_to<std::string_view>;
};
template <has_to_string T>
std::string of(T const& item) {
  return std::string(to_string(item));
}
}  // namespace item_text

/// Appends an item as Python's repr would show it, or a question mark.
template <class T>
void append_item(std::string& list, T const& item) {
  if (!list.empty()) list += ", ";
  if constexpr (std::convertible_to<T const&, std::string_view>) {
    list += '\'';
    list += std::string_view(item);
    list += '\'';
  } else if constexpr (item_text::has_to_string<T>) {
    list += item_text::of(item);
  } else {
    list += '?';
  }
}

[[nodiscard]] std::string queue_text(std::string_view name, std::string const& items, queue_statistics const& known);

}  // namespace asyncio::detail
