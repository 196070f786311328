// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// What the unit tests add to the test kit: a count of blocks in use, failing allocations, and the list of cases that
// cannot be run in some way.
#include <asyncio/testing/variations.hpp>

#include "allocations.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

namespace {

using namespace asyncio::testing;

constexpr char const* fail_points = "ASYNCIO_FAIL_POINTS";
constexpr char const* fail_at = "ASYNCIO_FAIL_ALLOCATION";

/// A run in which one allocation fails.
class failed_there final : public detail::variation {
 public:
  explicit failed_there(std::size_t n) noexcept : n_(n) {}
  std::string description() const override {
    return "allocation " + std::to_string(n_) + " failing (" + fail_at + '=' + std::to_string(n_) + " repeats it)";
  }
  bool checks_count() const noexcept override { return false; }
  std::string run(test_body const& body) const override {
    return detail::run_and_count([&] {
      support::failing_allocation const fails(n_);
      asyncio::testing::run(body(), {}, body.where());
    });
  }

 private:
  std::size_t n_;
};

std::size_t count_allocations(test_body const& body) {
  std::size_t const before = support::allocations();
  asyncio::testing::run(body(), {}, body.where());
  return support::allocations() - before;
}

/// The cases of variations.txt, each as `WAY SUITE/CASE`.
std::set<std::string> read_excuses() {
  std::set<std::string> excuses;
  std::ifstream file(ASYNCIO_VARIATIONS_FILE);
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line.substr(0, line.find(':')));
    std::string way;
    words >> way;
    for (std::string name; words >> name;) excuses.insert(way + ' ' + name);
  }
  return excuses;
}

bool excused(std::string_view way, std::string const& name) {
  static std::set<std::string> const excuses = read_excuses();
  std::string const suite = boost::unit_test::framework::master_test_suite().p_name;  // which Boost.Test leaves out
  std::string const in_suite = std::string(way) + ' ' + suite + '/';
  return excuses.contains(in_suite + name) || excuses.contains(in_suite + '*');
}

void failing_allocations(test_body const& body, std::string const& name, detail::variation_runner const& fn) {
  if (excused("alloc", name)) return;
  if (std::size_t const most = detail::runs_wanted(fail_points); most > 0) {
    count_allocations(body);  // what is made once is there by now
    for (std::size_t const n : detail::spread(count_allocations(body), most)) fn(failed_there(n));
  }
  if (char const* const text = std::getenv(fail_at)) fn(failed_there(std::strtoul(text, nullptr, 10)));
}

struct installation {
  installation() {
    detail::extensions& e = detail::installed_extensions();
    e.blocks_in_use = &support::blocks_in_use;
    e.more_variations = &failing_allocations;
    e.excused = &excused;
  }
} const installed;

}  // namespace
