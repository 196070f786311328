// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/testing/variations.hpp>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <thread>

namespace asyncio::testing::detail {

namespace {

constexpr char const* shuffle_seeds = "ASYNCIO_SHUFFLE_SEEDS";
constexpr char const* shuffle_seed = "ASYNCIO_SHUFFLE_SEED";
constexpr char const* stop_points = "ASYNCIO_STOP_POINTS";
constexpr char const* stop_after = "ASYNCIO_STOP_AFTER";
constexpr char const* cancel_points = "ASYNCIO_CANCEL_POINTS";
constexpr char const* cancel_after = "ASYNCIO_CANCEL_AFTER";

bool is_set(char const* variable) {
  char const* const text = std::getenv(variable);
  return text != nullptr && *text != '\0';
}

std::size_t number_in(char const* variable) { return std::strtoul(std::getenv(variable), nullptr, 10); }

class shuffled final : public variation {
 public:
  explicit shuffled(std::uint64_t seed) noexcept : seed_(seed) {}
  std::string description() const override {
    return "ready queue shuffled with seed " + std::to_string(seed_) + " (" + shuffle_seed + '=' +
           std::to_string(seed_) + " repeats it)";
  }
  bool checks_count() const noexcept override { return true; }
  std::string run(test_body const& body) const override {
    try {
      testing::run(body(), test_options().seed(seed_).shuffle(true), body.where());
    } catch (...) {
      return "the run threw: " + asyncio::detail::text_of(std::current_exception());
    }
    return {};
  }

 private:
  std::uint64_t seed_;
};

class stopped_there final : public variation {
 public:
  explicit stopped_there(std::size_t steps) noexcept : steps_(steps) {}
  std::string description() const override {
    return "loop destroyed after " + std::to_string(steps_) + " steps (" + stop_after + '=' + std::to_string(steps_) +
           " repeats it)";
  }
  bool checks_count() const noexcept override { return true; }
  std::string run(test_body const& body) const override {
    return run_and_count([&] { testing::run(body(), test_options().stop_after(steps_), body.where()); });
  }

 private:
  std::size_t steps_;
};

class cancelled_there final : public variation {
 public:
  explicit cancelled_there(std::size_t steps) noexcept : steps_(steps) {}
  std::string description() const override {
    return "main cancelled after " + std::to_string(steps_) + " steps (" + cancel_after + '=' + std::to_string(steps_) +
           " repeats it)";
  }
  bool checks_count() const noexcept override { return false; }
  std::string run(test_body const& body) const override {
    return run_and_count([&] { testing::run(body(), test_options().cancel_after(steps_), body.where()); });
  }

 private:
  std::size_t steps_;
};

std::ptrdiff_t blocks_in_use() {
  extensions const& e = installed_extensions();
  return e.blocks_in_use ? e.blocks_in_use() : 0;
}

/// Abandoned threads of `to_thread` may end a little later than their loop.
std::ptrdiff_t settled_blocks(std::ptrdiff_t expected) {
  using namespace std::chrono_literals;
  for (int i = 0; i < 100 && blocks_in_use() != expected; ++i) std::this_thread::sleep_for(1ms);
  return blocks_in_use();
}

bool excused(std::string_view way, std::string const& name) {
  extensions const& e = installed_extensions();
  return e.excused && e.excused(way, name);
}

/// @return what was wrong with how it ended.
std::string judge(std::function<void()> const& run) {
  try {
    run();
  } catch (deadlock_error const& e) {
    return e.what();
  } catch (...) {  // if the loop was destroyed or the main task cancelled, the body may end in any way
  }
  return {};
}

}  // namespace

variation::~variation() = default;

extensions& installed_extensions() {
  static extensions e;
  return e;
}

std::size_t runs_wanted(char const* variable) {
  if (!is_set(variable)) return 0;
  return std::strcmp(std::getenv(variable), "all") == 0 ? every_step : number_in(variable);
}

std::string run_and_count(std::function<void()> const& run) {
  // Objects created once and kept are not leaks: a second identical run must leave nothing.
  std::ptrdiff_t left = 0;
  for (int i = 0; i < 2; ++i) {
    std::ptrdiff_t const before = blocks_in_use();
    std::string wrong = judge(run);
    if (!wrong.empty()) return wrong;
    left = settled_blocks(before) - before;
    if (left == 0) return {};
  }
  return "the run left " + std::to_string(left) + " blocks of memory more than there were";
}

bool repeats_one_variation() { return is_set(shuffle_seed) || is_set(stop_after) || is_set(cancel_after); }

void for_each_variation(test_body const& body, std::string const& name, bool ordered, variation_runner const& fn) {
  if (!ordered && !excused("shuffle", name)) {
    for (std::size_t seed = 1; seed <= runs_wanted(shuffle_seeds); ++seed) fn(shuffled(seed));
    if (is_set(shuffle_seed)) fn(shuffled(number_in(shuffle_seed)));
  }
  if (!excused("stop", name)) {
    if (std::size_t const most = runs_wanted(stop_points); most > 0)
      for (std::size_t const steps : spread(count_steps(body), most)) fn(stopped_there(steps));
    if (is_set(stop_after)) fn(stopped_there(number_in(stop_after)));
  }
  if (!excused("cancel", name)) {
    if (std::size_t const most = runs_wanted(cancel_points); most > 0)
      for (std::size_t const steps : spread(count_steps(body), most)) fn(cancelled_there(steps));
    if (is_set(cancel_after)) fn(cancelled_there(number_in(cancel_after)));
  }
  if (installed_extensions().more_variations) installed_extensions().more_variations(body, name, fn);
}

}  // namespace asyncio::testing::detail
