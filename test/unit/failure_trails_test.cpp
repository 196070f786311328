// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE failure_trails
#include <asyncio/detail/inspect/failure_trails.hpp>

#include <boost/test/unit_test.hpp>

#include <memory>
#include <stdexcept>
#include <string>

using asyncio::detail::failure_trails;

namespace {

std::exception_ptr failure() { return std::make_exception_ptr(std::runtime_error("no")); }

asyncio::source_location line(std::uint_least32_t n) { return {"a.cpp", n, "f"}; }

}  // namespace

BOOST_AUTO_TEST_CASE(an_exception_that_ended_no_task_has_no_trail) {
  failure_trails const trails;
  BOOST_TEST(trails.text(failure(), ", ").empty());
}

BOOST_AUTO_TEST_CASE(a_trail_begins_where_the_exception_arose) {
  failure_trails trails;
  auto const e = failure();
  trails.ended(e, 3, "fetch", line(1));
  BOOST_TEST(trails.text(e, ", ") == "in task 'fetch' created at a.cpp:1");
  trails.thrown_on(e, 3, 1);
  trails.ended(e, 1, "main", line(9));
  BOOST_TEST(trails.text(e, "; ") == "in task 'fetch' created at a.cpp:1; awaited by task 'main' created at a.cpp:9");
}

BOOST_AUTO_TEST_CASE(of_two_tasks_that_awaited_the_same_each_has_its_own_trail) {
  failure_trails trails;
  auto const e = failure();
  trails.ended(e, 3, "fetch", line(1));
  trails.thrown_on(e, 3, 4);
  trails.thrown_on(e, 3, 5);
  trails.ended(e, 4, "a", line(2));
  trails.ended(e, 5, "b", line(3));
  std::string const origin = "in task 'fetch' created at a.cpp:1, awaited by task ";
  BOOST_TEST(trails.text(e, ", ", 4) == origin + "'a' created at a.cpp:2");
  BOOST_TEST(trails.text(e, ", ", 5) == origin + "'b' created at a.cpp:3");
}

BOOST_AUTO_TEST_CASE(an_exception_that_was_not_thrown_on_begins_a_new_trail) {
  failure_trails trails;
  auto const e = failure();
  trails.ended(e, 3, "first", line(1));
  trails.ended(e, 4, "second", line(2));  // another one at the address of the first, which is gone
  BOOST_TEST(trails.text(e, ", ") == "in task 'second' created at a.cpp:2");
}

BOOST_AUTO_TEST_CASE(only_the_latest_trails_are_kept) {
  failure_trails trails;
  std::vector<std::exception_ptr> all;
  for (std::size_t i = 0; i <= failure_trails::most; ++i) {
    all.push_back(failure());
    trails.ended(all.back(), i, "t" + std::to_string(i), line(1));
  }
  BOOST_TEST(trails.text(all[0], ", ").empty());
  BOOST_TEST(trails.text(all[1], ", ") == "in task 't1' created at a.cpp:1");
  trails.loop_ended();
  BOOST_TEST(trails.text(all[1], ", ").empty());
}

BOOST_AUTO_TEST_CASE(no_exception_is_kept_alive) {
  failure_trails trails;
  auto const shared = std::make_shared<int>();
  trails.ended(std::make_exception_ptr(shared), 1, "t", line(1));
  BOOST_TEST(shared.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_trail_through_very_many_tasks_tells_where_it_began) {
  failure_trails trails;
  auto const e = failure();
  for (std::uint64_t task = 1; task <= 100'000; ++task) {
    trails.ended(e, task, "t" + std::to_string(task), line(1));
    trails.thrown_on(e, task, task + 1);
  }
  std::string const text = trails.text(e, ", ", 100'000);
  BOOST_TEST(text.starts_with("in task 't1' "));
  BOOST_TEST(text.size() < 3000u);
}
