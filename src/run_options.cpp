// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/run.hpp>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <string>

namespace asyncio {

namespace {

bool environment_is(char const* name, char const* value) {
  char const* const set = std::getenv(name);
  return set != nullptr && std::strcmp(set, value) == 0;
}

std::string environment(char const* name) {
  char const* const set = std::getenv(name);
  return set != nullptr ? set : "";
}

}  // namespace

run_options::run_options() {
  if (char const* const text = std::getenv("ASYNCIO_SEED"); text != nullptr && *text != '\0') {
    char const* const digits = *text == '-' ? text + 1 : text;  // CPython seeds with the absolute value
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(digits, digits + std::strlen(digits), value);
    if (error != std::errc() || *end != '\0')
      throw value_error(std::string("ASYNCIO_SEED=") + text + ": not an integer; set it to a number from 0 to 2^64-1");
    seed_ = value;
  }
  debug_ = environment_is("ASYNCIO_DEBUG", "1");
  trace_ = environment("ASYNCIO_TRACE");
  timeline_ = environment("ASYNCIO_TIMELINE");
  dump_signal_ = environment_is("ASYNCIO_DUMP_SIGNAL", "1");
  if (environment_is("ASYNCIO_CLOCK", "virtual")) clock_ = clock_kind::virtual_;
}

run_options& run_options::max_threads(std::size_t n) {
  if (n == 0) throw value_error("asyncio::run_options::max_threads: at least one thread is needed, 0 was given");
  max_threads_ = n;
  return *this;
}

}  // namespace asyncio
