// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE retry
#include <asyncio/retry.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::duration;
using asyncio::retry_policy;
using asyncio::testing::keep_alive;

namespace {

struct server {
  explicit server(int failures_before_it_answers = 0) : failures(failures_before_it_answers) {}
  int failures;
  std::vector<duration> calls = {};
};

awaitable<std::string> ask(server& s, std::string what) {
  s.calls.push_back(asyncio::loop::running().time().time_since_epoch());
  co_await asyncio::yield();
  if (static_cast<int>(s.calls.size()) <= s.failures)
    throw std::runtime_error("busy " + std::to_string(s.calls.size()));
  co_return "answer to " + what;
}

retry_policy exact() { return retry_policy().jitter(0); }

}  // namespace

// -- the policy ----------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(delays_double_up_to_the_longest) {
  retry_policy const p = exact().first_delay(1s).max_delay(5s);
  BOOST_TEST((p.longest_delay(1) == 1s));
  BOOST_TEST((p.longest_delay(2) == 2s));
  BOOST_TEST((p.longest_delay(3) == 4s));
  BOOST_TEST((p.longest_delay(4) == 5s));
  BOOST_TEST((p.longest_delay(std::numeric_limits<std::size_t>::max()) == 5s));
  BOOST_TEST((p.shortest_delay(3) == 4s));
}

BOOST_AUTO_TEST_CASE(delays_of_factor_1_stay) {
  retry_policy const p = exact().first_delay(1s).factor(1);
  BOOST_TEST((p.longest_delay(std::numeric_limits<std::size_t>::max()) == 1s));
}

BOOST_AUTO_TEST_CASE(a_share_of_each_delay_is_random) {
  retry_policy const p = retry_policy().first_delay(1s).jitter(0.25);
  BOOST_TEST((p.longest_delay(1) == 1s));
  BOOST_TEST((p.shortest_delay(1) == 750ms));
  BOOST_TEST((retry_policy().first_delay(1s).jitter(1).shortest_delay(1) == 0s));
}

BOOST_AUTO_TEST_CASE(the_longest_delay_of_all_is_no_overflow) {
  retry_policy const p = retry_policy().first_delay(duration::max()).max_delay(duration::max()).jitter(1);
  BOOST_TEST((p.longest_delay(7) == duration::max()));
  BOOST_TEST((p.shortest_delay(7) == 0s));
  BOOST_TEST((retry_policy(p).jitter(0).shortest_delay(7) == duration::max()));
  BOOST_TEST((retry_policy(p).jitter(0.5).shortest_delay(7) < duration::max() / 2 + 1us));
}

BOOST_AUTO_TEST_CASE(settings_that_make_no_sense_are_refused_with_a_sentence) {
  auto const says = [](char const* what) {
    return [what](asyncio::value_error const& e) { return std::string(e.what()).find(what) != std::string::npos; };
  };
  retry_policy p;
  BOOST_CHECK_EXCEPTION(p.attempts(0), asyncio::value_error, says("the first call counts as one"));
  BOOST_CHECK_EXCEPTION(p.first_delay(-1s), asyncio::value_error, says("first_delay"));
  BOOST_CHECK_EXCEPTION(p.max_delay(-1s), asyncio::value_error, says("max_delay"));
  BOOST_CHECK_EXCEPTION(p.factor(0.5), asyncio::value_error, says("delays do not get shorter"));
  BOOST_CHECK_EXCEPTION(p.factor(std::nan("")), asyncio::value_error, says("factor"));
  BOOST_CHECK_EXCEPTION(p.jitter(1.5), asyncio::value_error, says("share of a delay"));
  BOOST_CHECK_EXCEPTION(p.jitter(std::nan("")), asyncio::value_error, says("jitter"));
}

// -- retry ---------------------------------------------------------------------------------------------------------------

ASYNCIO_TEST_CASE(what_succeeds_at_once_is_called_once) {
  auto& s = keep_alive<server>();
  BOOST_TEST(co_await asyncio::retry(exact(), ask, std::ref(s), "x") == "answer to x");
  BOOST_TEST(s.calls.size() == 1u);
}

ASYNCIO_TEST_CASE(what_fails_twice_is_called_three_times_after_growing_delays) {
  auto& s = keep_alive<server>(2);
  std::string const name(100, 'n');
  BOOST_TEST(co_await asyncio::retry(exact().first_delay(1s), ask, std::ref(s), name) == "answer to " + name);
  BOOST_TEST_REQUIRE(s.calls.size() == 3u);
  BOOST_TEST((s.calls[1] - s.calls[0] == 1s));
  BOOST_TEST((s.calls[2] - s.calls[1] == 2s));
}

ASYNCIO_TEST_CASE(the_last_failure_is_thrown) {
  auto& s = keep_alive<server>(100);
  std::string text;
  try {
    co_await asyncio::retry(exact().attempts(3), ask, std::ref(s), "x");
  } catch (std::runtime_error const& e) {
    text = e.what();
  }
  BOOST_TEST(text == "busy 3");
  BOOST_TEST(s.calls.size() == 3u);
}

ASYNCIO_TEST_CASE(delays_are_random_within_their_limits) {
  auto& s = keep_alive<server>(4);
  co_await asyncio::retry(retry_policy().first_delay(1s).factor(1), ask, std::ref(s), "x");
  BOOST_TEST_REQUIRE(s.calls.size() == 5u);
  for (std::size_t i = 1; i < s.calls.size(); ++i) {
    BOOST_TEST((s.calls[i] - s.calls[i - 1] >= 500ms));
    BOOST_TEST((s.calls[i] - s.calls[i - 1] <= 1s));
  }
  BOOST_TEST((s.calls[1] - s.calls[0] != s.calls[2] - s.calls[1]));
}

ASYNCIO_TEST_CASE(only_failures_of_the_kinds_named_are_retried) {
  auto& s = keep_alive<server>(2);
  auto const kinds = exact().only<asyncio::timeout_error, std::logic_error>();
  bool failed = false;
  try {
    co_await asyncio::retry(kinds, ask, std::ref(s), "x");
  } catch (std::runtime_error const&) {
    failed = true;
  }
  BOOST_TEST(failed);
  BOOST_TEST(s.calls.size() == 1u);
}

ASYNCIO_TEST_CASE(a_cancel_in_a_delay_ends_it) {
  auto& s = keep_alive<server>(100);
  auto t = asyncio::create_task(asyncio::retry(exact().first_delay(1h).max_delay(1h), ask, std::ref(s), "x"));
  co_await asyncio::sleep(1s);
  t.cancel();
  BOOST_CHECK_THROW((void)co_await t.join(), asyncio::cancelled_error);
  BOOST_TEST(s.calls.size() == 1u);
}

ASYNCIO_TEST_CASE(a_cancel_in_an_attempt_is_not_retried) {
  auto& calls = keep_alive<int>(0);
  auto const waits = [](int& n) -> awaitable<void> {
    ++n;
    co_await asyncio::sleep_forever();
  };
  auto t = asyncio::create_task(asyncio::retry(exact(), waits, std::ref(calls)));
  co_await asyncio::testing::wait_all_tasks_blocked();
  t.cancel();
  BOOST_CHECK_THROW(co_await t.join(), asyncio::cancelled_error);
  BOOST_TEST(calls == 1);
}
