// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE queue_state
#include <asyncio/detail/queue/queue_state.hpp>
#include <asyncio/detail/queue/queue_stores.hpp>
#include <asyncio/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using asyncio::detail::heap_store;
using asyncio::detail::list;
using asyncio::detail::queue_state;
using asyncio::detail::ready_node;
using asyncio::detail::ring_buffer;

namespace {

/// Somebody who waits.
struct waiter final : ready_node {
  void run() override {}
  void abandon() noexcept override {}
};

ready_node* const nobody = nullptr;

std::vector<ready_node*> all_of(list<ready_node>& nodes) {
  std::vector<ready_node*> found;
  while (!nodes.empty()) found.push_back(&nodes.pop_front());
  return found;
}

using nodes = std::vector<ready_node*>;

}  // namespace

// -- items and places --------------------------------------------------------------------------------------------------

// conformance: Q1
BOOST_AUTO_TEST_CASE(a_queue_without_a_limit_always_has_a_place) {
  queue_state q(0);
  for (int i = 0; i < 1000; ++i) {
    BOOST_TEST(q.can_put());
    BOOST_TEST(q.item_added() == nobody);
    BOOST_TEST(!q.full());
  }
  BOOST_TEST(q.size() == 1000u);
  BOOST_TEST(q.unfinished() == 1000u);
}

BOOST_AUTO_TEST_CASE(a_limit_counts_items_and_promised_places) {
  queue_state q(2);
  BOOST_TEST(q.item_added() == nobody);
  q.promise_place();
  BOOST_TEST(!q.full());
  BOOST_TEST(!q.can_put());
  q.place_promise_ends();
  BOOST_TEST(q.item_added() == nobody);
  BOOST_TEST(q.full());
  BOOST_TEST(!q.can_put());
}

BOOST_AUTO_TEST_CASE(what_is_asked_for_without_waiting_is_refused_with_the_reason) {
  auto const says = [](std::string part) {
    return [part](std::exception const& e) { return std::string(e.what()).find(part) != std::string::npos; };
  };
  queue_state q(1);
  BOOST_CHECK_EXCEPTION(q.require_item(), asyncio::queue_empty, says("is empty"));
  q.require_place();
  BOOST_TEST(q.item_added() == nobody);
  BOOST_CHECK_EXCEPTION(q.require_place(), asyncio::queue_full, says("is full"));
  q.require_item();
  q.grant_item();
  BOOST_CHECK_EXCEPTION(q.require_item(), asyncio::queue_empty, says("every item is granted"));
  q.item_promise_ends();
  BOOST_TEST(q.item_removed() == nobody);
  q.promise_place();
  BOOST_CHECK_EXCEPTION(q.require_place(), asyncio::queue_full, says("every free place is granted"));
  list<ready_node> woken;
  q.shut_down(false, woken);
  BOOST_CHECK_EXCEPTION(q.require_item(), asyncio::queue_shut_down, says("was shut down"));
  BOOST_CHECK_EXCEPTION(q.require_place(), asyncio::queue_shut_down, says("was shut down"));
}

// -- who goes on -------------------------------------------------------------------------------------------------------

// conformance: XL7
BOOST_AUTO_TEST_CASE(an_item_is_promised_to_the_getter_that_came_first) {
  waiter a, b;
  queue_state q(0);
  q.getters().push_back(a);
  q.getters().push_back(b);
  BOOST_TEST(q.item_added() == &a);
  BOOST_TEST(q.size() == 1u);
  BOOST_TEST(!q.can_get());
  BOOST_TEST(q.item_added() == &b);
  BOOST_TEST(!q.can_get());
  BOOST_TEST(q.item_added() == nobody);
  BOOST_TEST(q.can_get());
}

// conformance: XL7
BOOST_AUTO_TEST_CASE(a_place_is_promised_to_the_putter_that_came_first) {
  waiter a, b;
  queue_state q(1);
  BOOST_TEST(q.item_added() == nobody);
  q.putters().push_back(a);
  q.putters().push_back(b);
  BOOST_TEST(q.item_removed() == &a);
  BOOST_TEST(!q.can_put());
  q.place_promise_ends();
  BOOST_TEST(q.item_added() == nobody);
  BOOST_TEST(q.item_removed() == &b);
}

// conformance: Q6, Q7
BOOST_AUTO_TEST_CASE(a_promise_that_is_given_up_goes_to_the_next_in_the_line) {
  waiter a, b, c;
  queue_state q(1);
  q.getters().push_back(a);
  q.getters().push_back(b);
  BOOST_TEST(q.item_added() == &a);
  q.item_promise_ends();
  BOOST_TEST(q.next_getter() == &b);
  q.item_promise_ends();
  BOOST_TEST(q.next_getter() == nobody);
  BOOST_TEST(q.can_get());

  q.putters().push_back(c);
  BOOST_TEST(q.item_removed() == &c);
  q.place_promise_ends();
  BOOST_TEST(q.next_putter() == nobody);
  BOOST_TEST(q.can_put());
}

// -- the end of the work -----------------------------------------------------------------------------------------------

// conformance: Q9, Q10
BOOST_AUTO_TEST_CASE(the_last_task_done_lets_all_joiners_go_on) {
  waiter a, b;
  queue_state q(0);
  BOOST_TEST(q.item_added() == nobody);
  BOOST_TEST(q.item_added() == nobody);
  q.joiners().push_back(a);
  q.joiners().push_back(b);
  list<ready_node> woken;
  q.task_done(woken);
  BOOST_TEST(woken.empty());
  q.task_done(woken);
  BOOST_TEST(all_of(woken) == (nodes{&a, &b}), boost::test_tools::per_element());
  BOOST_CHECK_THROW(q.task_done(woken), asyncio::value_error);
}

// conformance: Q11
BOOST_AUTO_TEST_CASE(a_shutdown_lets_everybody_go_on_without_a_promise_but_not_the_joiners) {
  queue_state q(1);
  waiter putter_a, putter_b, joiner;
  BOOST_TEST(q.item_added() == nobody);
  q.putters().push_back(putter_a);
  q.putters().push_back(putter_b);
  q.joiners().push_back(joiner);
  list<ready_node> woken;
  q.shut_down(false, woken);
  BOOST_TEST(all_of(woken) == (nodes{&putter_a, &putter_b}), boost::test_tools::per_element());
  BOOST_TEST(q.is_shut_down());
  BOOST_TEST(q.size() == 1u);
  BOOST_TEST(q.can_get());
  q.shut_down(true, woken);
  BOOST_TEST(all_of(woken) == nodes{&joiner}, boost::test_tools::per_element());
  BOOST_TEST(q.size() == 0u);
  BOOST_TEST(q.unfinished() == 0u);
}

// conformance: Q13
BOOST_AUTO_TEST_CASE(dropped_items_need_no_task_done_but_items_that_were_got_do) {
  waiter joiner;
  queue_state q(0);
  for (int i = 0; i < 3; ++i) BOOST_TEST(q.item_added() == nobody);
  BOOST_TEST(q.item_removed() == nobody);
  q.joiners().push_back(joiner);
  list<ready_node> woken;
  q.shut_down(true, woken);
  BOOST_TEST(woken.empty());
  BOOST_TEST(q.unfinished() == 1u);
  q.task_done(woken);
  BOOST_TEST(all_of(woken) == nodes{&joiner}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_item_that_was_reported_done_before_it_was_dropped_is_not_counted_twice) {
  queue_state q(0);
  BOOST_TEST(q.item_added() == nobody);
  BOOST_TEST(q.item_added() == nobody);
  list<ready_node> woken;
  q.task_done(woken);
  q.shut_down(true, woken);
  BOOST_TEST(q.unfinished() == 0u);
}

BOOST_AUTO_TEST_CASE(promises_that_are_out_when_the_items_are_dropped_end_without_harm) {
  waiter a;
  queue_state q(1);
  q.getters().push_back(a);
  BOOST_TEST(q.item_added() == &a);
  list<ready_node> woken;
  q.shut_down(true, woken);
  BOOST_TEST(!q.can_get());
  q.item_promise_ends();
  BOOST_TEST(!q.can_get());
  BOOST_TEST(q.next_getter() == nobody);
}

// conformance: XL5
BOOST_AUTO_TEST_CASE(the_statistics_tell_who_waits) {
  waiter a, b, c;
  queue_state q(1);
  BOOST_TEST(q.item_added() == nobody);
  q.putters().push_back(a);
  q.putters().push_back(b);
  q.joiners().push_back(c);
  auto const known = q.statistics();
  BOOST_TEST(known.size == 1u);
  BOOST_TEST(known.maxsize == 1u);
  BOOST_TEST(known.unfinished_tasks == 1u);
  BOOST_TEST(known.getters_waiting == 0u);
  BOOST_TEST(known.putters_waiting == 2u);
  BOOST_TEST(known.joiners_waiting == 1u);
  BOOST_TEST(!known.is_shut_down);
}

// -- stores ------------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_ring_grows_while_it_is_wrapped_around) {
  ring_buffer<std::string> r;
  std::vector<std::string> expected;
  int next = 0;
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 3; ++i) {
      r.push_back(std::to_string(next));
      expected.push_back(std::to_string(next++));
    }
    BOOST_TEST(r.take_front() == expected.front());
    expected.erase(expected.begin());
    if (round % 5 == 0) {
      BOOST_TEST(r.take_back() == expected.back());
      expected.pop_back();
    }
    BOOST_TEST(r.size() == expected.size());
  }
  for (std::size_t i = 0; i < expected.size(); ++i) BOOST_TEST(r[i] == expected[i]);
}

BOOST_AUTO_TEST_CASE(a_ring_destroys_what_is_left_in_it) {
  auto const counted = std::make_shared<int>(1);
  {
    ring_buffer<std::shared_ptr<int>> r;
    for (int i = 0; i < 20; ++i) r.push_back(counted);
    for (int i = 0; i < 5; ++i) (void)r.take_front();
    BOOST_TEST(counted.use_count() == 16);
    r.clear();
    BOOST_TEST(counted.use_count() == 1);
    r.push_back(counted);
  }
  BOOST_TEST(counted.use_count() == 1);
}

namespace {

/// Has no move; its copies throw when told to.
struct fragile {
  explicit fragile(int n, int& countdown) : number(n), left(&countdown) {}
  fragile(fragile const& other) : number(other.number), left(other.left) {
    if (--*left == 0) throw std::runtime_error("copy");
  }
  fragile& operator=(fragile const&) = default;
  int number;
  int* left;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_ring_that_cannot_grow_stays_as_it_was) {
  int left = 1000;
  ring_buffer<fragile> r;
  for (int i = 0; i < 8; ++i) r.push_back(fragile(i, left));
  left = 5;
  BOOST_CHECK_THROW(r.push_back(fragile(8, left)), std::runtime_error);
  left = 1000;
  BOOST_TEST(r.size() == 8u);
  for (int i = 0; i < 8; ++i) BOOST_TEST(r.take_front().number == i);
}

BOOST_AUTO_TEST_CASE(an_item_is_taken_from_between_others_or_all_stay) {
  ring_buffer<std::unique_ptr<int>> r;
  for (int i = 0; i < 6; ++i) (void)r.take_at((r.push_back(std::make_unique<int>(i)), 0));  // now it is wrapped around
  for (int i = 0; i < 5; ++i) r.push_back(std::make_unique<int>(i));
  BOOST_TEST(*r.take_at(2) == 2);
  BOOST_TEST(*r.take_at(3) == 4);
  for (int const i : {0, 1, 3}) BOOST_TEST(*r.take_at(0) == i);
  BOOST_TEST(r.size() == 0u);

  for (int throws_at = 1; throws_at < 6; ++throws_at) {
    int left = 1000;
    ring_buffer<fragile> f;
    for (int i = 0; i < 5; ++i) f.push_back(fragile(i, left));
    left = throws_at;  // four copies of the others and one of the item itself
    BOOST_CHECK_THROW((void)f.take_at(2), std::runtime_error);
    left = 1000;
    BOOST_TEST(f.size() == 5u);
    for (int i = 0; i < 5; ++i) BOOST_TEST(f[static_cast<std::size_t>(i)].number == i);
  }
}

namespace {

struct job {
  int rank;
  int arrival;
  friend bool operator<(job const& a, job const& b) { return a.rank < b.rank; }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_heap_gives_the_lowest_and_of_equals_the_first) {
  heap_store<job, std::less<job>> heap{std::less<job>()};
  std::vector<job> expected;
  unsigned random = 1;
  int arrival = 0;
  for (int round = 0; round < 2000; ++round) {
    random = random * 1664525 + 1013904223;
    if (expected.empty() || (random >> 16) % 5 < 3) {
      job const j{static_cast<int>((random >> 20) % 7), arrival++};
      heap.push(j);
      expected.push_back(j);
      continue;
    }
    auto const lowest = std::min_element(expected.begin(), expected.end());  // the first of equal ones
    job const got = heap.pop_free(0);
    BOOST_REQUIRE(got.rank == lowest->rank);
    BOOST_REQUIRE(got.arrival == lowest->arrival);
    expected.erase(lowest);
  }
  BOOST_TEST(arrival > 1000);
}

BOOST_AUTO_TEST_CASE(whoever_was_not_woken_leaves_the_lowest_kept_items_in_the_heap) {
  heap_store<int, std::less<int>> heap{std::less<int>()};
  for (int const i : {5, 9, 2, 7, 4, 8, 1}) heap.push(i, true);  // seven getters were woken ...
  for (int const i : {6, 3}) heap.push(i);
  BOOST_TEST(heap.pop_free(7) == 3);
  BOOST_TEST(heap.pop_free(7) == 6);
  for (int const i : {9, 8, 7, 5}) BOOST_TEST(heap.pop_free(3) == i);  // ... and all but three cancelled
  heap.push(3);
  for (int const i : {1, 2, 3, 4}) BOOST_TEST(heap.pop_kept(0) == i);
}

BOOST_AUTO_TEST_CASE(a_comparison_that_throws_leaves_the_heap_as_it_was) {
  int left = 1'000'000;
  auto const compare = [&left](int a, int b) {
    if (--left == 0) throw std::runtime_error("compare");
    return a < b;
  };
  // Every comparison of a push and of a pop is the one that throws.
  for (int n = 1; n < 20; ++n) {
    heap_store<int, decltype(compare)> heap(compare);
    for (int const i : {5, 3, 8, 1, 9, 2, 7, 4, 6}) heap.push(i);
    left = n;
    bool thrown = false;
    try {
      heap.push(0);
    } catch (std::runtime_error const&) {
      thrown = true;
    }
    left = n;
    int first = -1;
    try {
      first = heap.pop_free(0);
    } catch (std::runtime_error const&) {}
    left = 1'000'000;
    std::vector<int> rest;
    std::size_t count = 0;
    heap.for_each([&](int) { ++count; });
    for (; count > 0; --count) rest.push_back(heap.pop_free(0));
    if (first != -1) rest.insert(rest.begin(), first);
    std::vector<int> expected{1, 2, 3, 4, 5, 6, 7, 8, 9};
    if (!thrown) expected.insert(expected.begin(), 0);
    BOOST_TEST(rest == expected, boost::test_tools::per_element());
  }
}
