/// @file
/// Running a coroutine under virtual time.
#pragma once

#include <asyncio/run.hpp>

#include <cstdint>

namespace asyncio::testing {

/// How a test runs.
class test_options {
 public:
  test_options() = default;
  /// The seed of the loop's random generator and of the shuffle. Default: 1.
  test_options& seed(std::uint64_t value) {
    seed_ = value;
    return *this;
  }
  /// Runs each pass over the ready queue in a random order drawn from the seed. Default: off.
  test_options& shuffle(bool on) {
    shuffle_ = on;
    return *this;
  }
  /// Debug mode, as in run_options. Default: off.
  test_options& debug(bool on) {
    debug_ = on;
    return *this;
  }

  /// What `run` is told.
  [[nodiscard]] run_options to_run_options() const;

 private:
  std::uint64_t seed_ = 1;
  bool shuffle_ = false;
  bool debug_ = false;
};

/// Runs a coroutine like `asyncio::run`, under a virtual clock: when nothing can run the clock jumps to the next deadline,
/// so a test that sleeps an hour takes no time. It stands still while a function runs in a thread; while a real I/O
/// operation is in flight it passes as real time does. @return what the coroutine returns. @throws what it throws;
/// deadlock_error, naming the tasks that are stuck, when nothing can ever run again. Conformance: XV1-XV9, XV12.
template <awaitable_like A>
await_result_t<A> run(A main, test_options const& options = {}, source_location where = BOOST_CURRENT_LOCATION) {
  return asyncio::run(std::move(main), options.to_run_options(), where);
}

}  // namespace asyncio::testing
