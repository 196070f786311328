// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Additional ways to run a test case.
#pragma once

#include <asyncio/testing/every_step.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace asyncio::testing::detail {

/// One additional run of a case.
class variation {
 public:
  variation() = default;
  variation(variation const&) = delete;
  variation& operator=(variation const&) = delete;
  virtual ~variation();

  /// What the variation does, and the variable that reproduces it.
  [[nodiscard]] virtual std::string description() const = 0;
  /// Whether the checks of the case must pass; otherwise it only has to end without leaks.
  [[nodiscard]] virtual bool checks_count() const noexcept = 0;
  /// Runs it. @return what went wrong, empty if nothing did. A failed check that ends the case passes through.
  [[nodiscard]] virtual std::string run(test_body const& body) const = 0;
};

using variation_runner = std::function<void(variation const&)>;

/// Calls `fn` with each variation requested by the environment.
void for_each_variation(test_body const& body, std::string const& name, bool ordered, variation_runner const& fn);
/// Whether the environment requests a single variation.
[[nodiscard]] bool repeats_one_variation();

/// Extension points for a test program; each may be empty.
struct extensions {
  /// The number of allocated memory blocks. A run must not change it.
  std::function<std::ptrdiff_t()> blocks_in_use;
  /// Additional variations, as for_each_variation.
  std::function<void(test_body const&, std::string const& name, variation_runner const&)> more_variations;
  /// Whether a case is exempt from a variation: "shuffle", "stop", "cancel".
  std::function<bool(std::string_view way, std::string const& name)> excused;
};
[[nodiscard]] extensions& installed_extensions();

/// The number of runs requested by an environment variable: a number, `all` or none.
[[nodiscard]] std::size_t runs_wanted(char const* variable);

/// Calls `run`, which may end in any way. @return what was wrong with how it ended, or what it leaked.
[[nodiscard]] std::string run_and_count(std::function<void()> const& run);

}  // namespace asyncio::testing::detail
