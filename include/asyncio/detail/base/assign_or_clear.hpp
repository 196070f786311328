// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Copying a text that may be lost, such as the message of a cancellation.
#pragma once

#include <string>
#include <string_view>

namespace asyncio::detail {

/// Copies a text; clears `to` if out of memory.
inline void assign_or_clear(std::string& to, std::string_view text) noexcept {
  try {
    to = text;
  } catch (...) {
    to.clear();
  }
}

}  // namespace asyncio::detail
