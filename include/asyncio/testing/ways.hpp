/// @file
/// The ways in which a test case is run besides its plain run.
#pragma once

#include <asyncio/testing/everywhere.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace asyncio::testing::detail {

/// One more run of a case.
class way {
 public:
  way() = default;
  way(way const&) = delete;
  way& operator=(way const&) = delete;
  virtual ~way();

  /// What is done to the run, and the variable that repeats it.
  [[nodiscard]] virtual std::string description() const = 0;
  /// Whether the case has to hold all the same; otherwise it only has to end and to leave nothing.
  [[nodiscard]] virtual bool checks_count() const noexcept = 0;
  /// Runs it. @return what went wrong, empty if nothing did. What passes through is a failed check that ends the case.
  [[nodiscard]] virtual std::string run(test_body const& body) const = 0;
};

using way_runner = std::function<void(way const&)>;

/// Calls `fn` with each run the environment asks for.
void for_each_way(test_body const& body, std::string const& name, bool ordered, way_runner const& fn);
/// Whether the environment asks for one certain run only.
[[nodiscard]] bool repeats_one_way();

/// What a test program adds to the kit; each may be empty.
struct extensions {
  /// How many blocks of memory are in use. A run must leave as many as there were.
  std::function<std::ptrdiff_t()> blocks_in_use;
  /// More ways, as for_each_way.
  std::function<void(test_body const&, std::string const& name, way_runner const&)> more_ways;
  /// Whether a case is not to be run in a way: "shuffle", "stop", "cancel".
  std::function<bool(std::string_view way, std::string const& name)> excused;
};
[[nodiscard]] extensions& installed_extensions();

/// How many runs an environment variable asks for: a number, `all` or none.
[[nodiscard]] std::size_t runs_wanted(char const* variable);

/// Calls `run`, which may end in any way. @return what is wrong with how it ended, or with what it left.
[[nodiscard]] std::string run_and_count(std::function<void()> const& run);

}  // namespace asyncio::testing::detail
