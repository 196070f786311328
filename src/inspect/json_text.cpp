// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/base/process_state.hpp>
#include <asyncio/detail/inspect/json_text.hpp>

#include <charconv>
#include <map>
#include <mutex>

namespace asyncio::detail {

namespace {

/// The length in bytes of the leading UTF-8 character; 0 if invalid.
std::size_t utf8_length(std::string_view text) noexcept {
  auto const byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  unsigned const first = byte(0);
  std::size_t const length = first < 0x80                    ? 1
                             : first >= 0xc2 && first < 0xe0 ? 2
                             : first >= 0xe0 && first < 0xf0 ? 3
                             : first >= 0xf0 && first < 0xf5 ? 4
                                                             : 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0U) != 0x80) return 0;
  unsigned const second = byte(1);  // rejects overlong forms, surrogates and values beyond U+10FFFF
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) || (first == 0xf0 && second < 0x90) ||
      (first == 0xf4 && second > 0x8f))
    return 0;
  return length;
}

template <class N>
void append_number(std::string& to, N number) {
  char digits[24];
  to.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

}  // namespace

void append_json(std::string& to, std::string_view text) {
  to += '"';
  while (!text.empty()) {
    std::size_t const length = utf8_length(text);
    char const c = text.front();
    if (length == 0) {
      to += "\xef\xbf\xbd";
    } else if (length > 1) {
      to += text.substr(0, length);
    } else if (c == '"' || c == '\\') {
      to += '\\';
      to += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == '<' || c == 0x7f) {
      constexpr char const* hex = "0123456789abcdef";
      to += "\\u00";
      to += hex[static_cast<unsigned char>(c) >> 4];
      to += hex[static_cast<unsigned char>(c) & 15];
    } else {
      to += c;
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  to += '"';
}

void append_json(std::string& to, std::int64_t number) { append_number(to, number); }
void append_json(std::string& to, std::uint64_t number) { append_number(to, number); }

void append_microseconds(std::string& to, duration d) {
  auto const ns = std::chrono::duration_cast<std::chrono::nanoseconds>(d).count();
  append_number(to, ns / 1000);
  auto const rest = static_cast<unsigned>(ns % 1000);
  to += '.';
  to += static_cast<char>('0' + rest / 100);
  to += static_cast<char>('0' + rest / 10 % 10);
  to += static_cast<char>('0' + rest % 10);
}

namespace {

/// How often report_path has returned each path. Never destroyed.
struct given_paths {
  static given_paths& get() noexcept {
    static given_paths& only = *new given_paths;
    return only;
  }
  static void at_fork(fork_point p) noexcept { lock_over_fork(get().mutex, p); }

  std::mutex mutex;
  std::map<std::string, unsigned> counts;
};

[[maybe_unused]] fork_hook const told_of_forks{fork_order::paths, given_paths::at_fork};

}  // namespace

std::string report_path(std::string const& path) {
  given_paths& given = given_paths::get();
  std::lock_guard const lock(given.mutex);
  unsigned const number = ++given.counts[path];
  if (number == 1) return path;
  auto const slash = path.find_last_of('/');
  auto dot = path.find_last_of('.');
  if (dot == std::string::npos || (slash != std::string::npos && dot < slash)) dot = path.size();
  return path.substr(0, dot) + '.' + std::to_string(number) + path.substr(dot);
}

}  // namespace asyncio::detail
