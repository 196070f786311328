// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE depth
#include <asyncio/asyncio.hpp>

#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <pthread.h>

#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asyncio::awaitable;
using task = asyncio::task<void>;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ASYNCIO_TEST_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ASYNCIO_TEST_SANITIZED
#endif
#endif

#ifdef ASYNCIO_TEST_SANITIZED
constexpr int levels = 4'000;                    // they take minutes for more
constexpr std::size_t stack_size = 1024 * 1024;  // the frames of the sanitizers are several times as large
#else
constexpr int levels = 20'000;
constexpr std::size_t stack_size = 256 * 1024;
#endif

/// Runs `fn` on a stack that has no room for a frame a level.
void on_a_small_stack(std::function<void()> fn) {
  pthread_attr_t attributes;
  BOOST_REQUIRE(pthread_attr_init(&attributes) == 0);
  BOOST_REQUIRE(pthread_attr_setstacksize(&attributes, stack_size) == 0);
  pthread_t thread{};
  auto const entry = [](void* f) -> void* {
    (*static_cast<std::function<void()>*>(f))();
    return nullptr;
  };
  BOOST_REQUIRE(pthread_create(&thread, &attributes, entry, &fn) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

template <class... A, class... B>
void run_small(awaitable<void> (*fn)(A...), B... arguments) {
  on_a_small_stack([=] { asyncio::run(fn(arguments...)); });
}

// What nests, and what waits for one another. Each gets the number of levels below it.
bool leaf_waits = false;
awaitable<void> leaf() {
  leaf_waits = true;
  co_await asyncio::sleep_forever();
}
awaitable<void> join_it(task t) { co_await t.join(); }
awaitable<void> shield_it(task t) { co_await asyncio::shield(t); }
awaitable<void> gather_it(task t) { co_await asyncio::gather(t); }
awaitable<void> gather_both(task x, task y) { co_await asyncio::gather(x, y); }

awaitable<void> nested_gather(int n) {
  if (n == 0)
    co_await leaf();
  else
    co_await asyncio::gather(nested_gather(n - 1));
}
awaitable<void> nested_race(int n) {
  if (n == 0)
    co_await leaf();
  else
    co_await asyncio::race(nested_race(n - 1));
}
awaitable<void> nested_task(int n) {
  if (n == 0)
    co_await leaf();
  else
    co_await asyncio::create_task(nested_task(n - 1));
}
awaitable<void> nested_shield(int n) {
  if (n == 0)
    co_await leaf();
  else
    co_await asyncio::shield(nested_shield(n - 1));
}
awaitable<void> nested_timeout(int n) {
  if (n == 0)
    co_await leaf();
  else
    co_await asyncio::wait_for(nested_timeout(n - 1), 1h);
}
awaitable<void> nested_finally(int n) {
  static auto const nothing = []() -> awaitable<void> { co_return; };
  if (n == 0)
    co_await leaf();
  else
    co_await asyncio::finally(nested_finally(n - 1), nothing());
}
awaitable<void> nested_call(int n) {
  if (n == 0)
    co_await leaf();
  else
    co_await nested_call(n - 1);
}
awaitable<void> nested_group(int n);
awaitable<void> group_body(asyncio::task_group& g, int n) {
  g.create_task(nested_group(n - 1));
  co_return;
}
awaitable<void> nested_group(int n) {
  if (n == 0)
    co_await leaf();
  else
    co_await asyncio::with_task_group(group_body, n);
}
awaitable<void> nested_start(int n);
awaitable<void> start_body(asyncio::task_group& g, int n) {
  static auto const child = [](asyncio::task_status<void>, int left) -> awaitable<void> {
    co_await nested_start(left);
  };
  co_await g.start(child, n - 1);
}
awaitable<void> nested_start(int n) {
  if (n == 0)
    co_await leaf();
  else
    co_await asyncio::with_task_group(start_body, n);
}

awaitable<void> until_all_wait() {
  while (!std::exchange(leaf_waits, false)) co_await asyncio::yield();
  for (int i = 0; i < 5; ++i) co_await asyncio::yield();
}

/// Tasks of which each waits for the one before.
std::vector<task> chain(awaitable<void> (*wait_for)(task), int n = levels) {
  std::vector<task> tasks{asyncio::create_task(leaf())};
  for (int i = 0; i < n; ++i) tasks.push_back(asyncio::create_task(wait_for(tasks.back())));
  return tasks;
}

awaitable<void> cancel_and_join(task t) {
  t.cancel();
  try {
    co_await t.join();
    BOOST_ERROR("was not cancelled");
  } catch (asyncio::cancelled_error const&) {}
}

awaitable<void> cancel_nested(awaitable<void> (*nest)(int)) {
  auto t = asyncio::create_task(nest(levels));
  co_await until_all_wait();
  co_await cancel_and_join(t);
}

awaitable<void> leave_nested(awaitable<void> (*nest)(int)) {
  auto const t = asyncio::create_task(nest(levels));
  co_await until_all_wait();
}

awaitable<void> cancel_last(awaitable<void> (*wait_for)(task)) {
  auto const tasks = chain(wait_for);
  co_await until_all_wait();
  co_await cancel_and_join(tasks.back());
  for (task const& t : tasks) BOOST_REQUIRE(t.done() || wait_for == shield_it);
}

awaitable<void> cancel_first(awaitable<void> (*wait_for)(task)) {
  auto tasks = chain(wait_for);
  co_await until_all_wait();
  tasks.front().cancel();
  try {
    co_await tasks.back().join();
    BOOST_ERROR("was not cancelled");
  } catch (asyncio::cancelled_error const&) {}
}

awaitable<void> leave_chain(awaitable<void> (*wait_for)(task)) {
  auto const tasks = chain(wait_for);
  co_await until_all_wait();
}

/// An operation of somebody else's, which calls a function when it is cancelled and completes afterwards.
template <class Token>
auto operation_with_a_cancel_handler(std::function<void()>& on_cancel, Token&& token) {
  return asio::async_initiate<Token, void(boost::system::error_code)>(
      [&on_cancel](auto handler) {
        auto slot = asio::get_associated_cancellation_slot(handler);
        auto const kept = std::make_shared<decltype(handler)>(std::move(handler));
        slot.assign([kept, &on_cancel, cancelled = false](asio::cancellation_type) mutable {
          if (std::exchange(cancelled, true)) return;
          if (on_cancel) std::exchange(on_cancel, nullptr)();
          asio::post(asio::get_associated_executor(*kept), [kept] {
            auto last = std::move(*kept);
            std::move(last)(asio::error::operation_aborted);
          });
        });
      },
      token);
}
awaitable<void> foreign_wait(std::function<void()>& on_cancel) {
  co_await operation_with_a_cancel_handler(on_cancel, asio::use_awaitable);
}
awaitable<void> say_the_message(std::vector<std::string>& messages) {
  try {
    co_await leaf();
  } catch (asyncio::cancelled_error const& e) {
    messages.emplace_back(e.message());
    throw;
  }
}

awaitable<void> settle() {
  for (int i = 0; i < 5; ++i) co_await asyncio::yield();
}

}  // namespace

// -- no stack a level --------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_cancel_of_the_end_of_a_deep_chain_of_joins_needs_no_stack) { run_small(cancel_last, join_it); }
BOOST_AUTO_TEST_CASE(a_cancel_of_the_start_of_a_deep_chain_of_joins_needs_no_stack) {
  run_small(cancel_first, join_it);
}
BOOST_AUTO_TEST_CASE(the_end_of_run_over_a_deep_chain_of_joins_needs_no_stack) { run_small(leave_chain, join_it); }
BOOST_AUTO_TEST_CASE(a_deep_chain_of_gathers_over_tasks_is_cancelled_without_a_stack) {
  run_small(cancel_last, gather_it);
  run_small(leave_chain, gather_it);
}
BOOST_AUTO_TEST_CASE(a_deep_chain_of_shields_is_cancelled_without_a_stack) {
  run_small(cancel_last, shield_it);
  run_small(leave_chain, shield_it);
}
BOOST_AUTO_TEST_CASE(gathers_nested_deeply_are_cancelled_without_a_stack) {
  run_small(cancel_nested, nested_gather);
  run_small(leave_nested, nested_gather);
}
BOOST_AUTO_TEST_CASE(races_nested_deeply_are_cancelled_without_a_stack) { run_small(cancel_nested, nested_race); }
BOOST_AUTO_TEST_CASE(tasks_nested_deeply_are_cancelled_without_a_stack) { run_small(cancel_nested, nested_task); }
BOOST_AUTO_TEST_CASE(shields_nested_deeply_are_cancelled_without_a_stack) { run_small(cancel_nested, nested_shield); }
BOOST_AUTO_TEST_CASE(groups_nested_deeply_are_cancelled_without_a_stack) {
  run_small(cancel_nested, nested_group);
  run_small(leave_nested, nested_group);
}
BOOST_AUTO_TEST_CASE(starts_nested_deeply_are_cancelled_without_a_stack) { run_small(cancel_nested, nested_start); }
BOOST_AUTO_TEST_CASE(timeouts_nested_deeply_are_cancelled_without_a_stack) { run_small(cancel_nested, nested_timeout); }
BOOST_AUTO_TEST_CASE(cleanups_nested_deeply_are_cancelled_without_a_stack) { run_small(cancel_nested, nested_finally); }
BOOST_AUTO_TEST_CASE(coroutines_that_call_one_another_deeply_are_cancelled_without_a_stack) {
  run_small(cancel_nested, nested_call);
}

BOOST_AUTO_TEST_CASE(a_context_that_is_destroyed_under_gathers_nested_deeply_needs_no_stack) {
  on_a_small_stack([] {
    asio::io_context context;
    auto const t = asyncio::create_task(context, nested_gather(levels));
    while (!std::exchange(leaf_waits, false)) context.run_one();
  });
}

BOOST_AUTO_TEST_CASE(a_deep_chain_is_looked_at_and_printed_without_a_stack) {
  static auto const look = []() -> awaitable<void> {
    auto const tasks = chain(join_it);
    co_await until_all_wait();
    BOOST_TEST(asyncio::snapshot().tasks.size() > static_cast<std::size_t>(levels));
    std::ostringstream tree;
    asyncio::print_task_tree(tree);
    BOOST_TEST(tree.str().size() > 0U);
  };
  on_a_small_stack([] { asyncio::run(look()); });
}

// -- one request reaches a task once -------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_cancel_of_a_build_graph_visits_each_task_once) {
  static auto const build = []() -> awaitable<void> {
    auto x = asyncio::create_task(leaf()), y = asyncio::create_task(leaf());
    std::vector<task> all{x, y};
    for (int layer = 0; layer < 200; ++layer) {
      auto p = asyncio::create_task(gather_both(x, y)), q = asyncio::create_task(gather_both(x, y));
      x = p;
      y = q;
      all.push_back(x);
      all.push_back(y);
    }
    co_await settle();
    x.cancel();
    for (task const& t : all) BOOST_TEST(t.cancelling() == (t == y ? 0 : 1));
    y.cancel();
    for (task const& t : all) BOOST_TEST(t.cancelling() == (t == x || t == y ? 1 : 2));
  };
  asyncio::run(build());
}

BOOST_AUTO_TEST_CASE(the_end_of_run_is_one_request_to_all_tasks) {
  static auto const count = [](task t, std::vector<int>& counts) -> awaitable<void> {
    try {
      co_await t.join();
    } catch (asyncio::cancelled_error const&) {
      counts.push_back(asyncio::current_task().cancelling());
      throw;
    }
  };
  static auto const body = [](std::vector<int>& counts) -> awaitable<void> {
    auto t = asyncio::create_task(leaf());
    for (int i = 0; i < 3; ++i) t = asyncio::create_task(count(t, counts));
    co_await settle();
  };
  std::vector<int> counts;
  asyncio::run(body(counts));
  BOOST_TEST(counts == (std::vector<int>{1, 1, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_gather_that_was_given_a_task_twice_cancels_it_twice) {
  static auto const body = []() -> awaitable<void> {
    auto t = asyncio::create_task(leaf());
    auto both = asyncio::create_task(gather_both(t, t));
    co_await settle();
    both.cancel();
    BOOST_TEST(t.cancelling() == 2);
    co_await settle();
    BOOST_TEST(t.cancelled());
    BOOST_TEST(both.cancelled());
  };
  asyncio::run(body());
}

BOOST_AUTO_TEST_CASE(a_task_that_is_reached_on_two_ways_is_cancelled_at_the_first_place) {
  // As if cancel() called itself: first what `deep` waits for, then the rest.
  static auto const logged = [](char name, std::string& log) -> awaitable<void> {
    try {
      co_await leaf();
    } catch (asyncio::cancelled_error const&) {
      log += name;
      throw;
    }
  };
  static auto const body = [](std::string& log) -> awaitable<void> {
    auto a = asyncio::create_task(logged('a', log)), b = asyncio::create_task(logged('b', log));
    auto c = asyncio::create_task(logged('c', log));
    auto deep = asyncio::create_task(join_it(b));
    static auto const gather_four = [](task w, task x, task y, task z) -> awaitable<void> {
      co_await asyncio::gather(w, x, y, z);
    };
    auto top = asyncio::create_task(gather_four(a, deep, c, b));
    co_await settle();
    top.cancel();
    co_await settle();
  };
  std::string log;
  asyncio::run(body(log));
  BOOST_TEST(log == "abc");
}

BOOST_AUTO_TEST_CASE(a_ring_of_gathers_over_tasks_is_cut_by_a_cancel) {
  static auto const gather_ref = [](task& other) -> awaitable<void> { co_await asyncio::gather(other); };
  static auto const body = []() -> awaitable<void> {
    task a, b;
    a = asyncio::create_task(gather_ref(b));
    b = asyncio::create_task(gather_ref(a));
    co_await settle();
    a.cancel();
    BOOST_TEST(a.cancelling() == 1);
    BOOST_TEST(b.cancelling() == 1);
    co_await settle();
    BOOST_TEST(a.cancelled());
    BOOST_TEST(b.cancelled());
  };
  asyncio::run(body());
}

// -- foreign code in the middle of a request -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_message_lives_as_long_as_it_is_passed_on) {
  static auto const parent_of = [](std::function<void()>& on_cancel,
                                   std::vector<std::string>& messages) -> awaitable<void> {
    co_await asyncio::gather(foreign_wait(on_cancel), say_the_message(messages), say_the_message(messages));
  };
  static auto const body = [](std::vector<std::string>& messages) -> awaitable<void> {
    std::function<void()> on_cancel;
    auto parent = asyncio::create_task(parent_of(on_cancel, messages));
    co_await settle();
    on_cancel = [&parent] { parent.cancel(std::string(400, 'B')); };
    parent.cancel(std::string(100, 'A'));
    BOOST_TEST(parent.cancelling() == 2);
    try {
      co_await parent.join();
    } catch (asyncio::cancelled_error const& e) {
      messages.emplace_back(e.message());
    }
  };
  std::vector<std::string> messages;
  asyncio::run(body(messages));
  BOOST_TEST(messages == std::vector<std::string>(3, std::string(100, 'A')), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_message_lives_as_long_as_a_gather_over_tasks_passes_it_on) {
  static auto const gather_three = [](task x, task y, task z) -> awaitable<void> { co_await asyncio::gather(x, y, z); };
  static auto const body = [](std::vector<std::string>& messages) -> awaitable<void> {
    std::function<void()> on_cancel;
    auto first = asyncio::create_task(foreign_wait(on_cancel));
    auto parent = asyncio::create_task(gather_three(first, asyncio::create_task(say_the_message(messages)),
                                                    asyncio::create_task(say_the_message(messages))));
    co_await settle();
    on_cancel = [&parent] { parent.cancel(std::string(400, 'B')); };
    parent.cancel(std::string(100, 'A'));
    BOOST_TEST(parent.cancelling() == 2);
    while (!parent.done()) co_await asyncio::yield();
    BOOST_TEST(parent.cancelled());
  };
  std::vector<std::string> messages;
  asyncio::run(body(messages));
  BOOST_TEST(messages == std::vector<std::string>(2, std::string(100, 'A')), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_request_in_the_middle_of_another_one_reaches_what_that_has_not_reached_yet) {
  static auto const gather_three = [](task x, task y, task z) -> awaitable<void> { co_await asyncio::gather(x, y, z); };
  static auto const body = []() -> awaitable<void> {
    std::function<void()> on_cancel;
    auto low = asyncio::create_task(leaf());
    auto first = asyncio::create_task(foreign_wait(on_cancel));
    auto second = asyncio::create_task(join_it(low));
    auto third = asyncio::create_task(leaf());
    auto other = asyncio::create_task(gather_both(second, third));
    auto top = asyncio::create_task(gather_three(first, second, third));
    co_await settle();
    on_cancel = [&] {
      other.cancel();
      BOOST_TEST(low.cancelling() == 1);  // that request is complete when cancel() returns
    };
    top.cancel();
    BOOST_TEST(other.cancelling() == 1);
    BOOST_TEST(second.cancelling() == 2);
    BOOST_TEST(third.cancelling() == 2);
    while (!top.done() || !first.done()) co_await asyncio::yield();
    std::vector<task> const all{low, first, second, third, other, top};
    for (task const& t : all) BOOST_TEST(t.cancelled());
  };
  asyncio::run(body());
}

BOOST_AUTO_TEST_CASE(a_task_set_may_be_destroyed_inside_of_its_own_cancel_all) {
  static auto const body = []() -> awaitable<void> {
    std::function<void()> on_cancel;
    auto set = std::make_unique<asyncio::task_set<>>();
    auto first = set->create_task(foreign_wait(on_cancel));
    auto second = set->create_task(leaf());
    co_await settle();
    on_cancel = [&] { set.reset(); };
    set->cancel_all();
    while (!first.done() || !second.done()) co_await asyncio::yield();
    BOOST_TEST(first.cancelled());
    BOOST_TEST(second.cancelled());
  };
  asyncio::run(body());
}

// -- exception groups ----------------------------------------------------------------------------------------------------

namespace {

asyncio::exception_group nested_groups(int n) {
  asyncio::exception_group g("bottom", {std::make_exception_ptr(std::out_of_range("deep")),
                                        std::make_exception_ptr(std::logic_error("flat"))});
  for (int i = 0; i < n; ++i) g = asyncio::exception_group("level", {std::make_exception_ptr(g)});
  return g;
}

awaitable<void> failing_group(int n);
awaitable<void> failing_body(asyncio::task_group& g, int n) {
  g.create_task(failing_group(n - 1));
  co_return;
}
awaitable<void> failing_group(int n) {
  if (n == 0) throw std::out_of_range("deep");
  co_await asyncio::with_task_group(failing_body, n);
}

}  // namespace

BOOST_AUTO_TEST_CASE(groups_nested_deeply_are_searched_printed_and_destroyed_without_a_stack) {
  on_a_small_stack([] {
    auto const g = nested_groups(levels);
    BOOST_TEST(g.contains<std::out_of_range>());
    BOOST_TEST(!g.contains<std::bad_alloc>());
    std::string const text = g.what();
    BOOST_TEST(text.find("std::out_of_range: deep") != std::string::npos);
    BOOST_TEST(text.size() < 200U * levels);  // the indentation does not grow for ever
    auto [matching, rest] = g.split<std::out_of_range>();
    BOOST_REQUIRE(matching.has_value());
    BOOST_REQUIRE(rest.has_value());
    BOOST_TEST(matching->contains<std::out_of_range>());
    BOOST_TEST(!rest->contains<std::out_of_range>());
    BOOST_TEST(rest->contains<std::logic_error>());
  });
}

BOOST_AUTO_TEST_CASE(a_failure_comes_up_through_deeply_nested_task_groups) {
  on_a_small_stack([] {
    try {
      asyncio::run(failing_group(levels / 4));
      BOOST_ERROR("nothing was thrown");
    } catch (asyncio::exception_group const& g) {
      BOOST_TEST(g.contains<std::out_of_range>());
      BOOST_TEST(std::string(g.what()).size() > 0U);
    }
  });
}

BOOST_AUTO_TEST_CASE(a_group_that_is_met_on_many_ways_is_looked_at_once) {
  asyncio::exception_group g("bottom", {std::make_exception_ptr(std::out_of_range("deep")),
                                        std::make_exception_ptr(std::logic_error("flat"))});
  for (int i = 0; i < 100; ++i) {
    auto const inner = std::make_exception_ptr(g);
    g = asyncio::exception_group("both", {inner, inner});
  }
  BOOST_TEST(!g.contains<std::bad_alloc>());
  BOOST_TEST(std::string(g.what()).find("both (2 sub-exceptions), see above") != std::string::npos);
  auto const [matching, rest] = g.split<std::out_of_range>();
  BOOST_REQUIRE(matching.has_value());
  BOOST_TEST(matching->exceptions().size() == 2U);
  BOOST_TEST(!rest->contains<std::out_of_range>());
}
