// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/clock.hpp>
#include <asyncio/error.hpp>

namespace asyncio {

clock::~clock() = default;

namespace detail {

void throw_nan(char const* what) {
  throw value_error(std::string(what) + ": the duration is NaN; pass a number of seconds, milliseconds, ...");
}

void throw_negative(char const* what) {
  throw value_error(std::string(what) + ": the duration is negative; a delay starts at zero");
}

}  // namespace detail
}  // namespace asyncio
