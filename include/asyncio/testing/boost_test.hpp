// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Coroutines as bodies of Boost.Test cases.
#pragma once

#include <asyncio/testing/every_step.hpp>
#include <asyncio/testing/variations.hpp>

#include <boost/test/results_collector.hpp>
#include <boost/test/unit_test.hpp>
#include <boost/test/unit_test_log.hpp>

#include <cstddef>
#include <iterator>
#include <string>
#include <utility>

namespace asyncio::testing::detail {

/// While active, failed checks are neither counted nor printed. A crash turns it off: Boost.Test then leaves the case
/// without running destructors, and must report it.
class silence final : public boost::unit_test::test_observer {
 public:
  static silence& instance() {
    static silence s;
    return s;
  }
  void on() {
    using namespace boost::unit_test;
    for (std::size_t i = 0; i < std::size(formats); ++i)
      levels_[i] = unit_test_log.set_threshold_level(formats[i], log_nothing);
    framework::deregister_observer(results_collector);
    on_ = true;
  }
  void off() {
    using namespace boost::unit_test;
    if (!std::exchange(on_, false)) return;
    framework::register_observer(results_collector);
    for (std::size_t i = 0; i < std::size(formats); ++i) unit_test_log.set_threshold_level(formats[i], levels_[i]);
  }

 private:
  silence() { boost::unit_test::framework::register_observer(*this); }
  void exception_caught(boost::execution_exception const&) override { off(); }
  int priority() override { return -1; }  // before the observers that count and print

  static constexpr boost::unit_test::output_format formats[] = {boost::unit_test::OF_CLF, boost::unit_test::OF_XML,
                                                                boost::unit_test::OF_JUNIT};
  boost::unit_test::log_level levels_[std::size(formats)];
  bool on_ = false;
};

/// Runs `body` in one variation; a failure is an error of the case that says how to reproduce it.
inline void run_variation(test_body const& body, variation const& w) {
  BOOST_TEST_CONTEXT(w.description()) {
    if (!w.checks_count()) silence::instance().on();
    std::string const wrong = w.run(body);
    silence::instance().off();
    if (!wrong.empty()) BOOST_ERROR(wrong);
  }
}

/// Runs one case plainly, then in the variations requested by the environment.
inline void run_case(test_body const& body, bool ordered) {
  std::string const name = boost::unit_test::framework::current_test_case().full_name();
  if (!repeats_one_variation()) testing::run(body(), {}, body.where());
  for_each_variation(body, name, ordered, [&](variation const& w) { run_variation(body, w); });
}

}  // namespace asyncio::testing::detail

/// A test case whose body is a coroutine, run under virtual time:
/// `ASYNCIO_TEST_CASE(a_sleep_takes_its_time) { co_await asyncio::sleep(1h); }`
///
/// Environment variables request more runs of the same body; a failure names the variable that reproduces it:
/// `ASYNCIO_SHUFFLE_SEEDS=n` shuffles the ready queue with the seeds 1 to n (`ASYNCIO_SHUFFLE_SEED=s`: only s);
/// `ASYNCIO_STOP_POINTS=n|all` destroys the loop after each of its steps, at most n of them (`ASYNCIO_STOP_AFTER=k`:
/// only k); `ASYNCIO_CANCEL_POINTS=n|all` cancels the main task after each of its steps (`ASYNCIO_CANCEL_AFTER=k`): it
/// must end, and its failed checks do not count.
#define ASYNCIO_TEST_CASE(name)                                                                                       \
  static ::asyncio::awaitable<void> name##_body();                                                                    \
  BOOST_AUTO_TEST_CASE(name) { ::asyncio::testing::detail::run_case({&name##_body, BOOST_CURRENT_LOCATION}, false); } \
  static ::asyncio::awaitable<void> name##_body()

/// The same for a case that checks the order in which tasks run: it is never shuffled.
#define ASYNCIO_ORDERED_TEST_CASE(name)                                                                              \
  static ::asyncio::awaitable<void> name##_body();                                                                   \
  BOOST_AUTO_TEST_CASE(name) { ::asyncio::testing::detail::run_case({&name##_body, BOOST_CURRENT_LOCATION}, true); } \
  static ::asyncio::awaitable<void> name##_body()
