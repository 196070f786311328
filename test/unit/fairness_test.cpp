// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE fairness
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::testing::keep_alive;

// A pass runs what was ready when it began. Whoever is made ready in one pass must run in the next: two passes, counted with the
// one in which it happened, are the most that anybody waits. Under the shuffle too, which only changes the order within a pass.

namespace {

constexpr int longest_wait = 2;

/// Counts passes with a task that gives way in each of them.
class passes {
 public:
  passes() : counter_(asyncio::create_task(count(number_))) {}
  ~passes() { counter_.cancel(); }
  passes(passes const&) = delete;
  passes& operator=(passes const&) = delete;

  /// A task may keep the reference: it outlives this.
  [[nodiscard]] int const& now() const { return number_; }

 private:
  static awaitable<void> count(int& number) {
    for (;;) {
      co_await asyncio::yield();
      ++number;
    }
  }

  int& number_ = keep_alive<int>(0);
  asyncio::task<void> counter_;
};

/// A crowd that is always ready.
awaitable<void> spin(int& steps) {
  for (;;) {
    ++steps;
    co_await asyncio::yield();
  }
}

class crowd {
 public:
  explicit crowd(std::size_t n) : steps_(keep_alive<std::vector<int>>(n)) {
    for (int& steps : steps_) tasks_.push_back(asyncio::create_task(spin(steps)));
  }
  ~crowd() {
    for (auto& task : tasks_) task.cancel();
  }
  crowd(crowd const&) = delete;
  crowd& operator=(crowd const&) = delete;

  [[nodiscard]] std::vector<int> const& steps() const { return steps_; }

 private:
  std::vector<int>& steps_;
  std::vector<asyncio::task<void>> tasks_;
};

awaitable<void> yield_often(int times) {
  for (int i = 0; i < times; ++i) co_await asyncio::yield();
}

awaitable<int> pass_of_first_step(int const& now) { co_return now; }

awaitable<void> note_when_joined(asyncio::task<void> target, int const& now, int& pass) {
  co_await target.join();
  pass = now;
}

awaitable<void> note_when_cancelled(int const& now, int& pass) {
  try {
    co_await asyncio::sleep_forever();
  } catch (asyncio::cancelled_error const&) {
    pass = now;
  }
}

awaitable<void> note_when_awake(asyncio::time_point when, int const& now, int& pass) {
  co_await asyncio::sleep_until(when);
  pass = now;
}

awaitable<void> note_timeout(int const& now, int& pass) {
  try {
    co_await asyncio::timeout(1s, asyncio::sleep_forever());
  } catch (asyncio::timeout_error const&) {
    pass = now;
  }
}

awaitable<void> note_posts(int times, int const& now, int& longest) {
  for (int i = 0; i < times; ++i) {
    int const before = now;
    co_await boost::asio::post(boost::asio::use_awaitable);
    longest = std::max(longest, now - before);
  }
}

}  // namespace

ASYNCIO_TEST_CASE(tasks_that_are_always_ready_make_the_same_number_of_steps) {
  crowd const busy(1'000);
  co_await yield_often(100);
  auto const [fewest, most] = std::minmax_element(busy.steps().begin(), busy.steps().end());
  BOOST_TEST(*fewest >= 99);
  BOOST_TEST(*most - *fewest <= 1);
}

ASYNCIO_TEST_CASE(a_new_task_begins_within_two_passes) {
  crowd const busy(1'000);
  passes const counted;
  co_await yield_often(3);
  for (int i = 0; i < 20; ++i) {
    int const before = counted.now();
    auto task = asyncio::create_task(pass_of_first_step(counted.now()));
    BOOST_TEST(co_await task.join() - before <= longest_wait);
    BOOST_TEST(counted.now() - before <= 2 * longest_wait);  // and so does whoever joined it
  }
}

ASYNCIO_TEST_CASE(everybody_who_joins_a_task_goes_on_within_two_passes) {
  crowd const busy(100);
  passes const counted;
  auto target = asyncio::create_task(yield_often(10));
  auto& passed = keep_alive<std::vector<int>>(1'000, -1);
  std::vector<asyncio::task<void>> waiters;
  for (int& pass : passed) waiters.push_back(asyncio::create_task(note_when_joined(target, counted.now(), pass)));
  co_await target.join();
  int const ended = counted.now();
  for (auto& waiter : waiters) co_await waiter.join();
  for (int const pass : passed) BOOST_REQUIRE(pass >= 0);
  BOOST_TEST(*std::max_element(passed.begin(), passed.end()) - ended <= longest_wait);
}

ASYNCIO_TEST_CASE(everybody_who_is_cancelled_goes_on_within_two_passes) {
  crowd const busy(100);
  passes const counted;
  auto& passed = keep_alive<std::vector<int>>(1'000, -1);
  std::vector<asyncio::task<void>> sleepers;
  for (int& pass : passed) sleepers.push_back(asyncio::create_task(note_when_cancelled(counted.now(), pass)));
  co_await yield_often(3);
  int const before = counted.now();
  for (auto& sleeper : sleepers) sleeper.cancel();
  for (auto& sleeper : sleepers) co_await sleeper.join();
  for (int const pass : passed) BOOST_REQUIRE(pass >= 0);
  BOOST_TEST(*std::max_element(passed.begin(), passed.end()) - before <= longest_wait);
}

ASYNCIO_TEST_CASE(a_callback_is_called_within_two_passes) {
  crowd const busy(1'000);
  passes const counted;
  co_await yield_often(3);
  int const before = counted.now();
  auto& called = keep_alive<int>(-1);
  asyncio::loop::running().call_soon([&now = counted.now(), &called] { called = now; });
  co_await yield_often(4);
  BOOST_REQUIRE(called >= 0);
  BOOST_TEST(called - before <= longest_wait);
}

// A deadline takes both passes: the timer has its turn in the first, the sleeper in the second. Under the shuffle the task that
// counts may have its turn before one and after the other, and would count a third.
ASYNCIO_ORDERED_TEST_CASE(everybody_who_is_due_goes_on_within_two_passes) {
  crowd const busy(1'000);
  passes const counted;
  asyncio::loop& loop = asyncio::loop::running();
  auto const noon = loop.time() + 1h;
  auto& passed = keep_alive<std::vector<int>>(1'000, -1);
  std::vector<asyncio::task<void>> sleepers;
  for (int& pass : passed) sleepers.push_back(asyncio::create_task(note_when_awake(noon, counted.now(), pass)));
  co_await yield_often(3);
  loop.core().time_source().jump_to(noon);  // by itself time stands still while anybody is ready
  int const before = counted.now();
  for (auto& sleeper : sleepers) co_await sleeper.join();
  for (int const pass : passed) BOOST_REQUIRE(pass >= 0);
  BOOST_TEST(*std::max_element(passed.begin(), passed.end()) - before <= longest_wait);
}

ASYNCIO_ORDERED_TEST_CASE(everybody_whose_timeout_is_over_goes_on_within_two_passes) {
  crowd const busy(1'000);
  passes const counted;
  asyncio::loop& loop = asyncio::loop::running();
  auto& passed = keep_alive<std::vector<int>>(1'000, -1);
  std::vector<asyncio::task<void>> waiters;
  for (int& pass : passed) waiters.push_back(asyncio::create_task(note_timeout(counted.now(), pass)));
  co_await yield_often(3);
  loop.core().time_source().jump_to(loop.time() + 1s);
  int const before = counted.now();
  for (auto& waiter : waiters) co_await waiter.join();
  for (int const pass : passed) BOOST_REQUIRE(pass >= 0);
  BOOST_TEST(*std::max_element(passed.begin(), passed.end()) - before <= longest_wait);
}

// Asio's own handlers get their turn after a pass, or after some hundred steps where passes are shorter.
ASYNCIO_TEST_CASE(a_raw_asio_operation_among_many_tasks_goes_on_within_two_passes) {
  crowd const busy(1'000);
  passes const counted;
  int longest = 0;
  co_await note_posts(20, counted.now(), longest);
  BOOST_TEST(longest > 0);
  BOOST_TEST(longest <= longest_wait);
}

ASYNCIO_TEST_CASE(a_raw_asio_operation_among_few_tasks_waits_for_some_hundred_steps_at_most) {
  constexpr int others = 4;
  crowd const busy(others - 1);
  passes const counted;
  int longest = 0;
  co_await note_posts(20, counted.now(), longest);
  BOOST_TEST(longest * others <= 512);
}
