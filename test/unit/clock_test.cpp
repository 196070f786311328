// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE clock
#include <asyncio/clock.hpp>
#include <asyncio/error.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

using namespace std::chrono_literals;
using asyncio::duration;
using asyncio::time_point;
using float_seconds = std::chrono::duration<double>;

namespace {

std::string refusal(float_seconds d) {
  try {
    (void)asyncio::detail::to_delay(d, "somebody");
  } catch (asyncio::value_error const& e) {
    return e.what();
  }
  return "accepted";
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_virtual_clock_starts_at_its_epoch_and_stands_still) {
  asyncio::virtual_clock c;
  BOOST_TEST((c.now() == time_point{}));
  BOOST_TEST((c.now() == time_point{}));
  BOOST_TEST(c.is_virtual());
}

// conformance: XV1
BOOST_AUTO_TEST_CASE(a_virtual_clock_jumps_forward_and_never_back) {
  asyncio::virtual_clock c;
  c.jump_to(time_point(10s));
  BOOST_TEST((c.now() == time_point(10s)));
  c.jump_to(time_point(4s));
  BOOST_TEST((c.now() == time_point(10s)));
  c.jump_to(time_point::max());
  BOOST_TEST((c.now() == time_point::max()));
}

BOOST_AUTO_TEST_CASE(two_virtual_clocks_are_independent) {
  asyncio::virtual_clock a, b;
  a.jump_to(time_point(1s));
  BOOST_TEST((b.now() == time_point{}));
}

BOOST_AUTO_TEST_CASE(a_real_clock_never_goes_back_and_does_not_jump) {
  asyncio::real_clock c;
  BOOST_TEST(!c.is_virtual());
  time_point const before = c.now();
  c.jump_to(before + 24h);
  time_point const after = c.now();
  BOOST_TEST((after >= before));
  BOOST_TEST((after < before + 1h));
}

BOOST_AUTO_TEST_CASE(durations_of_every_unit_convert) {
  using asyncio::detail::to_duration;
  BOOST_TEST((to_duration(3ns, "") == 3ns));
  BOOST_TEST((to_duration(3h, "") == 3h));
  BOOST_TEST((to_duration(-3min, "") == -3min));
  BOOST_TEST((to_duration(float_seconds(0.25), "") == 250ms));
  BOOST_TEST((to_duration(std::chrono::duration<float, std::milli>(0.5f), "") == 500us));
  BOOST_TEST((to_duration(std::chrono::duration<int, std::ratio<7>>(2), "") == 14s));
}

BOOST_AUTO_TEST_CASE(decimal_seconds_are_exact_to_the_nanosecond) {
  for (int ms = 1; ms < 1000; ++ms)
    BOOST_REQUIRE((asyncio::detail::to_duration(float_seconds(ms / 1000.0), "") == std::chrono::milliseconds(ms)));
}

// conformance: L7
BOOST_AUTO_TEST_CASE(a_fraction_of_a_nanosecond_rounds_up_so_that_nothing_fires_early) {
  using pico = std::chrono::duration<std::int64_t, std::pico>;
  BOOST_TEST((asyncio::detail::to_duration(pico(1), "") == 1ns));
  BOOST_TEST((asyncio::detail::to_duration(pico(1000), "") == 1ns));
  BOOST_TEST((asyncio::detail::to_duration(pico(1001), "") == 2ns));
  BOOST_TEST((asyncio::detail::to_duration(float_seconds(1e-10), "") == 1ns));
  BOOST_TEST((asyncio::detail::to_duration(pico(-1500), "") == -1ns));
}

BOOST_AUTO_TEST_CASE(what_is_too_long_becomes_the_longest_duration) {
  using asyncio::detail::to_duration;
  BOOST_TEST((to_duration(std::chrono::hours::max(), "") == duration::max()));
  BOOST_TEST((to_duration(std::chrono::hours::min(), "") == duration::min()));
  BOOST_TEST((to_duration(float_seconds(1e300), "") == duration::max()));
  BOOST_TEST((to_duration(float_seconds(std::numeric_limits<double>::infinity()), "") == duration::max()));
  BOOST_TEST((to_duration(float_seconds(-std::numeric_limits<double>::infinity()), "") == duration::min()));
  BOOST_TEST((to_duration(duration::max(), "") == duration::max()));
}

BOOST_AUTO_TEST_CASE(nan_and_negative_delays_are_refused_with_a_sentence) {
  BOOST_TEST(refusal(float_seconds(std::numeric_limits<double>::quiet_NaN())) ==
             "somebody: the duration is NaN; pass a number of seconds, milliseconds, ...");
  BOOST_TEST(refusal(-1s) == "somebody: the duration is negative; a delay starts at zero");
  BOOST_TEST(refusal(float_seconds(-std::numeric_limits<double>::infinity())) ==
             "somebody: the duration is negative; a delay starts at zero");
  BOOST_TEST(refusal(float_seconds(-0.0)) == "accepted");
  BOOST_TEST(refusal(0s) == "accepted");
}

BOOST_AUTO_TEST_CASE(adding_to_an_instant_stays_within_the_ends_of_time) {
  using asyncio::detail::add_saturated;
  static_assert(add_saturated(time_point(1s), 2s) == time_point(3s));
  static_assert(add_saturated(time_point(1s), -2s) == time_point(-1s));
  static_assert(add_saturated(time_point(1s), duration::max()) == time_point::max());
  static_assert(add_saturated(time_point(-1s), duration::max()) == time_point(duration::max() - 1s));
  static_assert(add_saturated(time_point(-1s), duration::min()) == time_point::min());
  static_assert(add_saturated(time_point::max(), 0s) == time_point::max());
  BOOST_TEST((add_saturated(time_point::max(), 1ns) == time_point::max()));
}

BOOST_AUTO_TEST_CASE(seconds_are_written_as_in_python) {
  BOOST_TEST((asyncio::seconds(0.5) == 500ms));
  BOOST_TEST((asyncio::seconds(0.035) == 35ms));
  BOOST_TEST((asyncio::seconds(-2) == -2s));
  BOOST_TEST((asyncio::seconds(std::numeric_limits<double>::infinity()) == duration::max()));
  BOOST_CHECK_THROW((void)asyncio::seconds(std::numeric_limits<double>::quiet_NaN()), asyncio::value_error);
}
