// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// What an exception says.
#pragma once

#include <string>

namespace support {

/// @return the text of the `E` that `call()` throws; "nothing" when it throws nothing.
template <class E, class Call>
std::string text_of(Call call) {
  try {
    call();
  } catch (E const& e) {
    return e.what();
  }
  return "nothing";
}

}  // namespace support
