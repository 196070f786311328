/// @file
/// The text of a cancel, which is worth less than the cancel.
#pragma once

#include <string>
#include <string_view>

namespace asyncio::detail {

/// Copies a text; it stays away if there is no memory for it.
inline void keep_text(std::string& to, std::string_view text) noexcept {
  try {
    to = text;
  } catch (...) {
    to.clear();
  }
}

}  // namespace asyncio::detail
