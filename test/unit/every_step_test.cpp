// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE every_step
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include "support/allocations.hpp"
#include "support/text_of.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <spdlog/logger.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using support::text_of;
namespace testing = asyncio::testing;

namespace {

boost::unit_test::enable_if<support::allocations_are_seen> const if_allocations_are_seen;

/// Counts its objects.
class counted {
 public:
  explicit counted(int& alive) noexcept : alive_(alive) { ++alive_; }
  counted(counted const& other) noexcept : alive_(other.alive_) { ++alive_; }
  counted& operator=(counted const&) = delete;
  ~counted() { --alive_; }

 private:
  int& alive_;
};

awaitable<int> hold(int& alive, asyncio::duration d) {
  counted const here(alive);
  co_await asyncio::sleep(d);
  co_return 1;
}

/// A program with children of each kind.
awaitable<void> family(int& alive, int& ends) {
  counted const here(alive);
  auto loose = asyncio::create_task(hold(alive, 3s));
  (void)co_await asyncio::gather(hold(alive, 1s), hold(alive, 2s));
  (void)co_await loose.join();
  ++ends;
}

/// Makes step after step; once it has been cancelled, none without another cancel.
awaitable<void> work(int const& cancels) {
  while (cancels == 0) co_await asyncio::sleep(1s);
  co_await asyncio::sleep_forever();
}

awaitable<void> ignore_cancels(int& times) {
  for (;;) {
    try {
      co_await work(times);
    } catch (asyncio::cancelled_error const&) {
      ++times;
    }
  }
}

/// Sets an environment variable while it lives.
class environment {
 public:
  environment(char const* name, char const* value) : name_(name) { ::setenv(name, value, 1); }
  environment(environment const&) = delete;
  environment& operator=(environment const&) = delete;
  ~environment() { ::unsetenv(name_); }

 private:
  char const* name_;
};

std::vector<std::string> ways_of(testing::test_body const& body, bool ordered) {
  std::vector<std::string> descriptions;
  testing::detail::for_each_variation(body, "some_case", ordered, [&](testing::detail::variation const& w) {
    descriptions.push_back(w.description());
  });
  return descriptions;
}

/// Writes its letter when it is destroyed.
class at_end {
 public:
  at_end(std::string& log, char letter) noexcept : log_(log), letter_(letter) {}
  at_end(at_end const&) = delete;
  at_end& operator=(at_end const&) = delete;
  ~at_end() { log_ += letter_; }

 private:
  std::string& log_;
  char letter_;
};

awaitable<void> child(std::string& log) {
  at_end const here(log, 'c');
  for (;;) co_await asyncio::sleep(1s);
}

std::string stopped_after(std::size_t steps, awaitable<void> (*main)(std::string&)) {
  std::string log;
  try {
    testing::run(main(log), testing::test_options().stop_after(steps));
  } catch (testing::stopped const&) {
    return log;
  }
  return "not stopped";
}

awaitable<void> joins_a_task(std::string& log) {
  at_end const here(log, 'p');
  auto t = asyncio::create_task(child(log));
  co_await t.join();
}

awaitable<void> gathers(std::string& log) {
  at_end const here(log, 'p');
  co_await asyncio::gather(child(log), child(log));
}

awaitable<void> has_a_group(std::string& log) {
  static auto const open = [](asyncio::task_group& g, std::string& l) -> awaitable<void> {
    at_end const here(l, 'b');
    g.create_task(child(l));
    co_await asyncio::sleep_forever();
  };
  at_end const here(log, 'p');
  co_await asyncio::with_task_group(open, std::ref(log));
}

awaitable<void> sleeps_beside_a_task(std::string& log) {
  at_end const here(log, 'p');
  auto t = asyncio::create_task(child(log));
  co_await asyncio::sleep(1h);
}

}  // namespace

// -- stopping ----------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(equal_runs_make_equal_steps) {
  int alive = 0;
  int ends = 0;
  auto const body = [&] { return family(alive, ends); };
  std::size_t const steps = testing::count_steps(body);
  BOOST_TEST(steps > 10u);
  BOOST_TEST(testing::count_steps(body) == steps);
  BOOST_TEST(ends == 2);
}

BOOST_AUTO_TEST_CASE(stopped_after_any_step_a_program_leaves_no_object) {
  int alive = 0;
  int ends = 0;
  auto const body = [&] { return family(alive, ends); };
  std::size_t const steps = testing::count_steps(body);
  int stops = 0;
  for (std::size_t k = 0; k < steps; ++k) {
    try {
      testing::run(body(), testing::test_options().stop_after(k));
    } catch (testing::stopped const&) {
      ++stops;
    }
    BOOST_TEST(alive == 0);
  }
  BOOST_TEST(stops == static_cast<int>(steps));
  testing::run(body(), testing::test_options().stop_after(steps));  // it ends before
}

BOOST_AUTO_TEST_CASE(stopped_says_after_how_many_steps) {
  int alive = 0;
  int ends = 0;
  auto const stop = [&] { testing::run(family(alive, ends), testing::test_options().stop_after(5)); };
  BOOST_TEST(text_of<testing::stopped>(stop) == "asyncio::testing: the run was stopped after 5 steps");
  BOOST_TEST(ends == 0);
}

BOOST_AUTO_TEST_CASE(stop_everywhere_makes_a_run_for_each_step) {
  int alive = 0;
  int ends = 0;
  int runs = 0;
  auto const body = [&] {
    ++runs;
    return family(alive, ends);
  };
  std::size_t const steps = testing::stop_at_every_step(body);
  BOOST_TEST(runs == static_cast<int>(steps) + 1);  // one to count
  BOOST_TEST(alive == 0);
  runs = 0;
  BOOST_TEST(testing::stop_at_every_step(body, {}, 3) == 3u);
  BOOST_TEST(runs == 4);
}

BOOST_AUTO_TEST_CASE(steps_are_counted_in_handlers_of_asio_too) {
  auto const body = []() -> awaitable<void> {
    boost::asio::io_context& context = asyncio::loop::running().context();
    int turns = 0;
    for (int i = 0; i < 10; ++i) {
      boost::asio::post(context, [&turns] { ++turns; });
      co_await testing::wait_all_tasks_blocked();
    }
    BOOST_TEST(turns == 10);
  };
  BOOST_TEST(testing::count_steps(body) > 20u);
  testing::stop_at_every_step(body);
}

// -- the order in which a destroyed loop destroys ------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(destroyed_with_its_loop_a_task_goes_before_the_older_one_whose_locals_it_uses) {
  BOOST_TEST(stopped_after(3, &joins_a_task) == "cp");
  BOOST_TEST(stopped_after(4, &gathers) == "ccp");
  BOOST_TEST(stopped_after(4, &has_a_group) == "cbp");
  BOOST_TEST(stopped_after(3, &sleeps_beside_a_task) == "cp");
}

BOOST_AUTO_TEST_CASE(a_guard_gives_its_lock_back_when_the_loop_is_destroyed) {
  static auto const hold = [](asyncio::lock& l) -> awaitable<void> {
    auto const guard = co_await l.acquire();
    co_await asyncio::sleep(1h);
  };
  static auto const main = []() -> awaitable<void> {
    asyncio::lock l;
    auto a = asyncio::create_task(hold(l));
    auto b = asyncio::create_task(hold(l));
    co_await a.join();
    co_await b.join();
  };
  testing::stop_at_every_step([] { return main(); });
}

BOOST_AUTO_TEST_CASE(destructors_that_run_when_the_loop_is_destroyed_find_it_running) {
  struct asks {
    bool& found;
    explicit asks(bool& f) noexcept : found(f) {}
    asks(asks const&) = delete;
    asks& operator=(asks const&) = delete;
    ~asks() {
      if (asyncio::loop* const l = asyncio::loop::running_or_null()) {
        l->call_soon([] {});  // which is dropped
        found = true;
      }
    }
  };
  static auto const main = [](bool& found) -> awaitable<void> {
    asks const here(found);
    for (;;) co_await asyncio::sleep(1s);
  };
  bool found = false;
  BOOST_CHECK_THROW(testing::run(main(found), testing::test_options().stop_after(2)), testing::stopped);
  BOOST_TEST(found);
}

// -- cancelling ---------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(cancelled_after_any_step_a_program_ends_and_leaves_no_object) {
  int alive = 0;
  int ends = 0;
  auto const body = [&] { return family(alive, ends); };
  std::size_t const runs = testing::cancel_at_every_step(body);
  BOOST_TEST(runs == testing::count_steps(body));
  BOOST_TEST(alive == 0);
}

BOOST_AUTO_TEST_CASE(the_main_task_is_cancelled_once_after_that_many_steps) {
  std::string log;
  auto const main = [](std::string& l) -> awaitable<void> {
    for (int i = 0; i < 4; ++i) {
      try {
        co_await asyncio::sleep(1s);
        l += 's';
      } catch (asyncio::cancelled_error const&) {
        l += 'c';
      }
    }
  };
  auto const body = [&] { return main(log); };
  std::size_t const steps = testing::count_steps(body);
  BOOST_TEST(log == "ssss");
  log.clear();
  BOOST_CHECK_THROW(testing::run(body(), testing::test_options().cancel_after(0)), asyncio::cancelled_error);
  BOOST_TEST(log.empty());  // before its first step: it is never entered
  for (std::size_t k = 1; k < steps - 2; ++k) {
    log.clear();
    testing::run(body(), testing::test_options().cancel_after(k));
    BOOST_TEST(log.size() == 4u);
    BOOST_TEST(std::count(log.begin(), log.end(), 'c') == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_program_that_ignores_every_cancel_is_a_deadlock) {
  int times = 0;
  auto const body = [&] { return ignore_cancels(times); };
  std::string const text =
      text_of<asyncio::deadlock_error>([&] { testing::run(body(), testing::test_options().cancel_after(3)); });
  BOOST_TEST(text.find("asyncio::testing: these tasks were cancelled 100 times and have not ended:") == 0u);
  BOOST_TEST(text.find("task 'Task-1' waits for sleep_forever") != std::string::npos);
  BOOST_TEST(times > 100);
}

BOOST_AUTO_TEST_CASE(a_program_that_stays_after_its_cancel_is_cancelled_again) {
  auto const main = [](int& cancels) -> awaitable<void> {
    while (cancels < 5) {
      try {
        co_await work(cancels);
      } catch (asyncio::cancelled_error const&) {
        ++cancels;
      }
    }
  };
  int cancels = 0;
  testing::run(main(cancels), testing::test_options().cancel_after(4));
  BOOST_TEST(cancels == 5);
}

// -- the ways of a case --------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(points_are_spread_evenly) {
  using testing::detail::spread;
  BOOST_TEST((spread(4, 10) == std::vector<std::size_t>{0, 1, 2, 3}));
  BOOST_TEST((spread(10, 5) == std::vector<std::size_t>{0, 2, 4, 6, 8}));
  BOOST_TEST(spread(0, 5).empty());
  BOOST_TEST(spread(5, 0).empty());
  BOOST_TEST(spread(3, testing::every_step).size() == 3u);
}

BOOST_AUTO_TEST_CASE(the_environment_asks_for_ways_and_a_description_says_how_to_repeat_one, *if_allocations_are_seen) {
  for (char const* const name :
       {"ASYNCIO_SHUFFLE_SEEDS", "ASYNCIO_STOP_POINTS", "ASYNCIO_CANCEL_POINTS", "ASYNCIO_FAIL_POINTS"})
    ::unsetenv(name);  // what this very run was asked for
  auto const body = []() -> awaitable<void> { co_await asyncio::sleep(1s); };
  BOOST_TEST(ways_of(body, false).empty());
  {
    environment const shuffle("ASYNCIO_SHUFFLE_SEEDS", "2");
    BOOST_TEST((ways_of(body, false) ==
                std::vector<std::string>{"ready queue shuffled with seed 1 (ASYNCIO_SHUFFLE_SEED=1 repeats it)",
                                         "ready queue shuffled with seed 2 (ASYNCIO_SHUFFLE_SEED=2 repeats it)"}));
    BOOST_TEST(ways_of(body, true).empty());  // the order is what it is about
  }
  {
    environment const stop("ASYNCIO_STOP_POINTS", "all");
    BOOST_TEST(ways_of(body, false).size() == testing::count_steps(body));
    BOOST_TEST(ways_of(body, true).front() == "loop destroyed after 0 steps (ASYNCIO_STOP_AFTER=0 repeats it)");
  }
  {
    environment const cancel("ASYNCIO_CANCEL_POINTS", "2");
    BOOST_TEST(ways_of(body, false).size() == 2u);
    BOOST_TEST(ways_of(body, false).front() == "main cancelled after 0 steps (ASYNCIO_CANCEL_AFTER=0 repeats it)");
  }
  {
    environment const fail("ASYNCIO_FAIL_POINTS", "3");
    BOOST_TEST(ways_of(body, false).size() == 3u);
    BOOST_TEST(ways_of(body, false).front() == "allocation 0 failing (ASYNCIO_FAIL_ALLOCATION=0 repeats it)");
  }
  {
    environment const one("ASYNCIO_STOP_AFTER", "7");
    BOOST_TEST(testing::detail::repeats_one_variation());
    BOOST_TEST((ways_of(body, false) ==
                std::vector<std::string>{"loop destroyed after 7 steps (ASYNCIO_STOP_AFTER=7 repeats it)"}));
  }
  BOOST_TEST(!testing::detail::repeats_one_variation());
}

BOOST_AUTO_TEST_CASE(a_program_that_is_stuck_before_its_cancel_is_a_deadlock) {
  static auto const main = [](bool& cancelled) -> awaitable<void> {
    co_await asyncio::yield();
    try {
      co_await asyncio::sleep_forever();
    } catch (asyncio::cancelled_error const&) {
      cancelled = true;
    }
  };
  bool cancelled = false;
  std::size_t steps = 0;
  while (!cancelled) {
    try {
      testing::run(main(cancelled), testing::test_options().cancel_after(steps));
      ++steps;
    } catch (asyncio::cancelled_error const&) {
      ++steps;  // before it was entered
    }
  }
  BOOST_CHECK_THROW(testing::run(main(cancelled), testing::test_options().cancel_after(steps + 1)),
                    asyncio::deadlock_error);
  BOOST_CHECK_THROW(testing::run(main(cancelled), testing::test_options().cancel_after(steps + 5)),
                    asyncio::deadlock_error);
}

BOOST_AUTO_TEST_CASE(a_run_that_is_disturbed_logs_nothing) {
  static auto const silent = [](bool& is) -> awaitable<void> {
    is = asyncio::loop::running().logger()->sinks().empty();
    co_return;
  };
  bool is = true;
  testing::run(silent(is));
  BOOST_TEST(!is);
  testing::run(silent(is), testing::test_options().cancel_after(100));
  BOOST_TEST(is);
}

BOOST_AUTO_TEST_CASE(checks_count_where_the_body_runs_as_it_was_written) {
  auto const counts = [](char const* variable) {
    environment const one(variable, "1");
    int found = -1;
    testing::detail::for_each_variation([] { return asyncio::sleep(1s); }, "some_case", false,
                                        [&](testing::detail::variation const& w) { found = w.checks_count() ? 1 : 0; });
    return found;
  };
  BOOST_TEST(counts("ASYNCIO_SHUFFLE_SEED") == 1);
  BOOST_TEST(counts("ASYNCIO_STOP_AFTER") == 1);
  BOOST_TEST(counts("ASYNCIO_CANCEL_AFTER") == 0);
}

BOOST_AUTO_TEST_CASE(a_case_runs_plainly_then_in_the_ways_asked_for_and_its_checks_count_where_it_has_to_hold) {
  int runs = 0;
  auto const main = [](int& number) -> awaitable<void> {
    int const mine = ++number;
    co_await asyncio::sleep(1s);
    BOOST_TEST(mine <
               5);  // the plain run, two seeds and the one that counts steps; those that are cancelled get here, too
    co_await asyncio::sleep(1s);
  };
  auto const body = [&] { return main(runs); };
  environment const shuffle("ASYNCIO_SHUFFLE_SEEDS", "2");
  environment const cancel("ASYNCIO_CANCEL_POINTS", "all");
  testing::detail::run_case(body, false);
  BOOST_TEST(runs > 5);
  int const all = std::exchange(runs, 0);
  {
    environment const one("ASYNCIO_SHUFFLE_SEED", "1");
    testing::detail::run_case(body, true);
  }
  BOOST_TEST(runs == all - 3);  // ordered: no seeds; and with one way to repeat no plain run
}

BOOST_AUTO_TEST_CASE(a_run_that_leaves_memory_behind_is_told, *if_allocations_are_seen) {
  std::vector<std::unique_ptr<int>> kept;
  kept.reserve(10);
  std::string const told = testing::detail::run_and_count([&] { kept.push_back(std::make_unique<int>(1)); });
  BOOST_TEST(told == "the run left 1 blocks of memory more than there were");
  bool first = true;
  auto const once = [&] {  // what is made once is no leak
    if (std::exchange(first, false)) kept.push_back(std::make_unique<int>(1));
  };
  BOOST_TEST(testing::detail::run_and_count(once).empty());
  BOOST_TEST(testing::detail::run_and_count([] { throw 1; }).empty());
  BOOST_TEST(testing::detail::run_and_count([] { throw asyncio::deadlock_error("stuck"); }) == "stuck");
}

// -- allocations ----------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(exactly_the_chosen_allocation_fails, *if_allocations_are_seen) {
  int failed = 0;
  {
    support::failing_allocation const fails(2);
    for (int i = 0; i < 5; ++i) {
      try {
        std::unique_ptr<int> const p(new int(i));
      } catch (std::bad_alloc const&) {
        failed += i + 1;
      }
    }
    BOOST_TEST(fails.happened());
  }
  BOOST_TEST(failed == 3);
}

BOOST_AUTO_TEST_CASE(coroutine_frames_are_counted_and_fail_too, *if_allocations_are_seen) {
  auto const make = []() -> awaitable<void> { co_return; };
  std::ptrdiff_t const before = support::blocks_in_use();
  {
    awaitable<void> const one = make();
    BOOST_TEST(support::blocks_in_use() == before + 1);
  }
  BOOST_TEST(support::blocks_in_use() == before);
  support::failing_allocation const fails(0);
  BOOST_CHECK_THROW((void)make(), std::bad_alloc);
}
