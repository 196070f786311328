/// @file
/// Coroutines as bodies of Boost.Test cases.
#pragma once

#include <asyncio/testing/everywhere.hpp>
#include <asyncio/testing/ways.hpp>

#include <boost/test/results_collector.hpp>
#include <boost/test/unit_test.hpp>
#include <boost/test/unit_test_log.hpp>

#include <cstddef>
#include <iterator>
#include <string>
#include <utility>

namespace asyncio::testing::detail {

/// While it is on, failed checks are neither counted nor printed. A crash turns it off: Boost.Test leaves the case without
/// running destructors then, and has to tell of it.
class silence final : public boost::unit_test::test_observer {
 public:
  static silence& instance() {
    static silence s;
    return s;
  }
  void on() {
    using namespace boost::unit_test;
    for (std::size_t i = 0; i < std::size(formats); ++i) levels_[i] = unit_test_log.set_threshold_level(formats[i], log_nothing);
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
  int priority() override { return -1; }  // before those that count and print

  static constexpr boost::unit_test::output_format formats[] = {boost::unit_test::OF_CLF, boost::unit_test::OF_XML,
                                                                boost::unit_test::OF_JUNIT};
  boost::unit_test::log_level levels_[std::size(formats)];
  bool on_ = false;
};

/// Runs `body` in one way; what went wrong is an error of the case that says how to repeat it.
inline void run_one_way(test_body const& body, way const& w) {
  BOOST_TEST_CONTEXT(w.description()) {
    if (!w.checks_count()) silence::instance().on();
    std::string const wrong = w.run(body);
    silence::instance().off();
    if (!wrong.empty()) BOOST_ERROR(wrong);
  }
}

/// Runs one case plainly, then in the ways that the environment asks for.
inline void run_case(test_body const& body, bool ordered) {
  std::string const name = boost::unit_test::framework::current_test_case().full_name();
  if (!repeats_one_way()) testing::run(body(), {}, body.where());
  for_each_way(body, name, ordered, [&](way const& w) { run_one_way(body, w); });
}

}  // namespace asyncio::testing::detail

/// A test case whose body is a coroutine, run under virtual time:
/// `ASYNCIO_TEST_CASE(a_sleep_takes_its_time) { co_await asyncio::sleep(1h); }`
///
/// The environment asks for more runs of the same body; a failure names the variable that repeats it:
/// `ASYNCIO_SHUFFLE_SEEDS=n` shuffles the ready queue with the seeds 1 to n (`ASYNCIO_SHUFFLE_SEED=s`: only s);
/// `ASYNCIO_STOP_POINTS=n|all` destroys the loop after each of its steps, n of them at most (`ASYNCIO_STOP_AFTER=k`: only k);
/// `ASYNCIO_CANCEL_POINTS=n|all` cancels the main task after each of its steps (`ASYNCIO_CANCEL_AFTER=k`): it must end, and
/// what its checks find then does not count.
#define ASYNCIO_TEST_CASE(name)                                                             \
  static ::asyncio::awaitable<void> name##_body();                                          \
  BOOST_AUTO_TEST_CASE(name) { ::asyncio::testing::detail::run_case({&name##_body, BOOST_CURRENT_LOCATION}, false); } \
  static ::asyncio::awaitable<void> name##_body()

/// The same for a case that checks the order in which tasks run: it is not run under the shuffle.
#define ASYNCIO_ORDERED_TEST_CASE(name)                                                    \
  static ::asyncio::awaitable<void> name##_body();                                         \
  BOOST_AUTO_TEST_CASE(name) { ::asyncio::testing::detail::run_case({&name##_body, BOOST_CURRENT_LOCATION}, true); } \
  static ::asyncio::awaitable<void> name##_body()
