// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Errors about invalid arguments of `asyncio::random` functions.
#pragma once

#include <asyncio/error.hpp>

#include <array>
#include <concepts>
#include <cstdio>
#include <string>

namespace asyncio::random::detail {

inline std::string text(double value) {
  std::array<char, 32> digits{};
  auto const length = std::snprintf(digits.data(), digits.size(), "%.12g", value);
  return {digits.data(), static_cast<std::size_t>(length)};
}
template <std::integral I>
std::string text(I value) {
  return std::to_string(value);
}

/// fail("randint", "why and what to do", 5, 2) throws "asyncio::random::randint(5, 2): why and what to do".
template <class... Arguments>
[[noreturn]] void fail(char const* function, std::string const& sentence, Arguments... arguments) {
  std::string list;
  ((list += (list.empty() ? "" : ", ") + text(arguments)), ...);
  throw value_error("asyncio::random::" + std::string(function) + "(" + list + "): " + sentence);
}

}  // namespace asyncio::random::detail
