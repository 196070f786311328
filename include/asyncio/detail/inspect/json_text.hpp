// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Writing JSON.
#pragma once

#include <asyncio/awaitable.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace asyncio::detail {

/// Appends `text` as a JSON string with its quotes. What is not UTF-8 becomes U+FFFD; `<` is escaped, so that the
/// string may be embedded in an HTML page.
void append_json(std::string& to, std::string_view text);
/// Appends a number.
void append_json(std::string& to, std::int64_t number);
void append_json(std::string& to, std::uint64_t number);
/// Appends a duration in microseconds with three decimals: 1234567 ns are 1234.567.
void append_microseconds(std::string& to, duration d);

/// The path of a report file of this process: `path` itself the first time, then with a number before the extension, so
/// that several loops of a program do not overwrite each other's files.
[[nodiscard]] std::string report_path(std::string const& path);

}  // namespace asyncio::detail
