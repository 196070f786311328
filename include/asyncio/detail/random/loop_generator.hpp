// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The random generator of a loop.
#pragma once

#include <asyncio/detail/loop/loop_core.hpp>
#include <asyncio/random.hpp>

#include <system_error>

namespace asyncio::detail {

/// The generator that `asyncio::random` uses while the loop runs.
class loop_generator final : public loop_part {
 public:
  using loop_type = loop_core;
  explicit loop_generator(loop_core& home) {
    if (home.settings().seed) numbers_.seed(*home.settings().seed);
  }

  [[nodiscard]] random::generator& numbers() noexcept { return numbers_; }

  /// As in CPython: parent and child must not generate the same numbers.
  void carried_on(bool) override {
    try {
      numbers_.seed();
    } catch (std::system_error const&) {
      // No entropy: the same numbers are better than none.
    }
  }

 private:
  random::generator numbers_;
};

}  // namespace asyncio::detail
