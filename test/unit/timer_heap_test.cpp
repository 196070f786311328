// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE timer_heap
#include <asyncio/detail/base/timer_heap.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct timer final : asyncio::detail::timer_node {
  explicit timer(int number) : name(number) {}
  int name;
};

asyncio::time_point at(asyncio::duration d) { return asyncio::time_point(d); }

std::vector<int> drain(asyncio::detail::timer_heap& heap) {
  std::vector<int> order;
  while (!heap.empty()) order.push_back(static_cast<timer&>(heap.pop()).name);
  return order;
}

}  // namespace

BOOST_AUTO_TEST_CASE(timers_come_out_by_deadline) {
  timer a(1), b(2), c(3);
  asyncio::detail::timer_heap heap;
  heap.push(a, at(30ns));
  heap.push(b, at(10ns));
  heap.push(c, at(20ns));
  BOOST_TEST(heap.size() == 3u);
  BOOST_TEST((heap.next_deadline() == at(10ns)));
  BOOST_TEST(&heap.front() == &b);
  BOOST_TEST((drain(heap) == std::vector<int>{2, 3, 1}));
}

BOOST_AUTO_TEST_CASE(equal_deadlines_come_out_in_the_order_in_which_they_were_pushed) {
  std::vector<std::unique_ptr<timer>> timers;
  std::vector<int> expected;
  asyncio::detail::timer_heap heap;
  for (int i = 0; i < 100; ++i) {
    timers.push_back(std::make_unique<timer>(i));
    heap.push(*timers.back(), at(5ns));
    expected.push_back(i);
  }
  BOOST_TEST(drain(heap) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_timer_knows_whether_it_is_armed) {
  timer a(1);
  asyncio::detail::timer_heap heap;
  BOOST_TEST(!a.armed());
  heap.push(a, at(1ns));
  BOOST_TEST(a.armed());
  heap.remove(a);
  BOOST_TEST(!a.armed());
  BOOST_TEST(heap.empty());
  heap.remove(a);  // again: without effect
  BOOST_TEST(heap.empty());
  heap.push(a, at(2ns));
  BOOST_TEST(&heap.pop() == &a);
  BOOST_TEST(!a.armed());
}

BOOST_AUTO_TEST_CASE(the_ends_of_time_are_deadlines_too) {
  timer never(1), always(2), now(3);
  asyncio::detail::timer_heap heap;
  heap.push(never, asyncio::time_point::max());
  heap.push(now, at(0ns));
  heap.push(always, asyncio::time_point::min());
  BOOST_TEST((drain(heap) == std::vector<int>{2, 3, 1}));
}

// Random pushes, removals and pops against a std::multimap, which keeps equal keys in the order of insertion.
BOOST_AUTO_TEST_CASE(random_operations_agree_with_a_reference) {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    std::mt19937 random(seed);
    std::vector<std::unique_ptr<timer>> timers;
    for (int i = 0; i < 60; ++i) timers.push_back(std::make_unique<timer>(i));
    std::multimap<asyncio::time_point, timer*> reference;
    asyncio::detail::timer_heap heap;
    for (int step = 0; step < 1000; ++step) {
      timer& t = *timers[random() % timers.size()];
      unsigned const what = random() % 8;
      if (what == 0 && !reference.empty()) {
        timer* const expected = reference.begin()->second;
        reference.erase(reference.begin());
        BOOST_REQUIRE(&heap.pop() == expected);
      } else if (t.armed()) {
        auto const found =
            std::find_if(reference.begin(), reference.end(), [&](auto const& e) { return e.second == &t; });
        BOOST_REQUIRE((found != reference.end()));
        reference.erase(found);
        heap.remove(t);
        BOOST_REQUIRE(!t.armed());
      } else {
        auto const deadline = at(asyncio::duration(random() % 12));  // few values: many ties
        reference.emplace(deadline, &t);
        heap.push(t, deadline);
      }
      BOOST_REQUIRE(heap.size() == reference.size());
      BOOST_REQUIRE(heap.empty() == reference.empty());
      if (!reference.empty()) {
        BOOST_REQUIRE((heap.next_deadline() == reference.begin()->first));
        BOOST_REQUIRE(&heap.front() == reference.begin()->second);
      }
    }
    for (auto const& [deadline, expected] : reference) BOOST_REQUIRE(&heap.pop() == expected);
    BOOST_TEST(heap.empty());
  }
}

BOOST_AUTO_TEST_CASE(removing_every_second_of_many_leaves_the_order_of_the_rest) {
  std::vector<std::unique_ptr<timer>> timers;
  asyncio::detail::timer_heap heap;
  for (int i = 0; i < 300; ++i) {
    timers.push_back(std::make_unique<timer>(i));
    heap.push(*timers.back(), at(asyncio::duration((i * 7919) % 300)));
  }
  for (std::size_t i = 0; i < timers.size(); i += 2) heap.remove(*timers[i]);
  BOOST_TEST(heap.size() == 150u);
  int last = -1;
  while (!heap.empty()) {
    int const name = static_cast<timer&>(heap.pop()).name;
    BOOST_REQUIRE(name % 2 == 1);
    BOOST_REQUIRE((name * 7919) % 300 > last);
    last = (name * 7919) % 300;
  }
}
