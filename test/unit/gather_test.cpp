// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE gather
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include "lazy_range.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>

#include <any>
#include <array>
#include <list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::testing::keep_alive;

namespace {

asyncio::duration now() { return asyncio::loop::running().time().time_since_epoch(); }

awaitable<int> give(int value, asyncio::duration d = 0s) {
  co_await asyncio::sleep(d);
  co_return value;
}

awaitable<int> ready(int value) { co_return value; }

awaitable<int> fail(std::string text, asyncio::duration d = 0s) {
  co_await asyncio::sleep(d);
  throw std::runtime_error(text);
}

awaitable<void> note(std::string& log, std::string text, asyncio::duration d = 0s) {
  co_await asyncio::sleep(d);
  log += text;
}

/// Logs how it ended; `cleanup` is the time it takes to end after a cancel.
awaitable<int> logged(std::string& log, char name, asyncio::duration d, asyncio::duration cleanup = 0s) {
  bool cancelled = false;
  try {
    co_await asyncio::sleep(d);
  } catch (asyncio::cancelled_error const&) {
    cancelled = true;
  }
  if (!cancelled) {
    log += name;
    co_return 1;
  }
  if (cleanup > 0s) co_await asyncio::sleep(cleanup);
  log += static_cast<char>(name - 'a' + 'A');
  throw asyncio::cancelled_error();
}

awaitable<int> fails_in_its_cleanup(std::string text, asyncio::duration cleanup) {
  bool cancelled = false;
  try {
    co_await asyncio::sleep(1h);
  } catch (asyncio::cancelled_error const&) {
    cancelled = true;
  }
  if (cancelled) co_await asyncio::sleep(cleanup);
  throw std::runtime_error(text);
}

awaitable<int> ignores_its_cancel(int value, asyncio::duration d) {
  try {
    co_await asyncio::sleep(d);
  } catch (asyncio::cancelled_error const&) {}
  co_return value;
}

/// How awaiting something ended: "value", "cancelled:message", or the text of the exception.
template <class T>
awaitable<std::string> outcome(awaitable<T> aw) {
  try {
    co_await std::move(aw);
  } catch (asyncio::cancelled_error const& e) {
    co_return "cancelled:" + std::string(e.message());
  } catch (std::exception const& e) {
    co_return e.what();
  }
  co_return "value";
}

std::string text_of(std::exception_ptr const& e) {
  try {
    std::rethrow_exception(e);
  } catch (asyncio::cancelled_error const&) {
    return "cancelled";
  } catch (std::exception const& x) {
    return x.what();
  }
}

template <class T>
std::string text_of(asyncio::result<T> const& r) {
  return r.has_error() ? text_of(r.error()) : "value";
}

struct picky {  // not default-constructible
  explicit picky(int v) : value(v) {}
  int value;
};

awaitable<picky> give_picky(int value) {
  co_await asyncio::yield();
  co_return picky(value);
}

awaitable<std::unique_ptr<int>> give_unique(int value) {
  co_await asyncio::yield();
  co_return std::make_unique<int>(value);
}

}  // namespace

// -- results ------------------------------------------------------------------------------------------------------------

// conformance: G1
ASYNCIO_TEST_CASE(results_come_in_the_order_of_the_arguments) {
  auto [a, b, c] = co_await asyncio::gather(give(1, 3s), give(2, 1s), give(3, 2s));
  BOOST_TEST(a == 1);
  BOOST_TEST(b == 2);
  BOOST_TEST(c == 3);
  BOOST_TEST((now() == 3s));
}

// conformance: G1
ASYNCIO_TEST_CASE(results_of_a_range_come_in_its_order) {
  std::vector<awaitable<int>> calls;
  for (int i = 0; i < 5; ++i) calls.push_back(give(i, std::chrono::seconds(5 - i)));
  std::vector<int> const values = co_await asyncio::gather(std::move(calls));
  BOOST_TEST((values == std::vector<int>{0, 1, 2, 3, 4}));
  BOOST_TEST((now() == 5s));
}

// conformance: G2
ASYNCIO_TEST_CASE(an_empty_gather_completes_at_once) {
  auto& calls = keep_alive<int>();
  asyncio::loop::running().call_soon([&] { ++calls; });
  co_await asyncio::gather();
  std::tuple<> const none = co_await asyncio::gather(asyncio::return_exceptions);
  (void)none;
  std::vector<int> const values = co_await asyncio::gather(std::vector<awaitable<int>>());
  co_await asyncio::gather(std::vector<awaitable<void>>());
  auto const outcomes = co_await asyncio::gather(asyncio::return_exceptions, std::vector<awaitable<int>>());
  auto const of_tasks = co_await asyncio::gather(std::vector<asyncio::task<int>>());
  BOOST_TEST(values.empty());
  BOOST_TEST(outcomes.empty());
  BOOST_TEST(of_tasks.empty());
  BOOST_TEST(calls == 0);  // not one pass went by
  co_await asyncio::yield();
}

ASYNCIO_TEST_CASE(void_becomes_monostate_among_values_and_nothing_among_voids) {
  std::string log;
  auto [a, b] = co_await asyncio::gather(note(log, "n"), give(2));
  static_assert(std::is_same_v<decltype(a), std::monostate>);
  BOOST_TEST(b == 2);
  auto all_void = asyncio::gather(note(log, "x"), note(log, "x"));
  static_assert(std::is_same_v<decltype(all_void), awaitable<void>>);
  co_await std::move(all_void);
  BOOST_TEST(log == "nxx");
}

ASYNCIO_TEST_CASE(a_range_of_void_gives_nothing) {
  std::string log;
  std::vector<awaitable<void>> calls;
  calls.push_back(note(log, "b", 2s));
  calls.push_back(note(log, "a", 1s));
  auto all = asyncio::gather(std::move(calls));
  static_assert(std::is_same_v<decltype(all), awaitable<void>>);
  co_await std::move(all);
  BOOST_TEST(log == "ab");
}

ASYNCIO_TEST_CASE(move_only_results_are_moved_out) {
  auto [a, b] = co_await asyncio::gather(give_unique(1), give_unique(2));
  BOOST_TEST(*a == 1);
  BOOST_TEST(*b == 2);
  std::vector<awaitable<std::unique_ptr<int>>> calls;
  for (int i = 0; i < 3; ++i) calls.push_back(give_unique(i));
  auto const values = co_await asyncio::gather(std::move(calls));
  BOOST_TEST(*values[2] == 2);
  auto outcomes = co_await asyncio::gather(asyncio::return_exceptions, give_unique(7));
  BOOST_REQUIRE(std::get<0>(outcomes).has_value());
  BOOST_TEST(**std::get<0>(outcomes) == 7);
}

ASYNCIO_TEST_CASE(results_need_no_default_constructor) {
  auto [a, b] = co_await asyncio::gather(give_picky(1), give_picky(2));
  BOOST_TEST(a.value + b.value == 3);
  std::vector<awaitable<picky>> calls;
  calls.push_back(give_picky(5));
  auto const values = co_await asyncio::gather(std::move(calls));
  BOOST_TEST(values.front().value == 5);
  auto const outcomes = co_await asyncio::gather(asyncio::return_exceptions, give_picky(6));
  BOOST_TEST(std::get<0>(outcomes)->value == 6);
}

ASYNCIO_TEST_CASE(operations_are_arguments_like_any_coroutine) {
  co_await asyncio::gather(asyncio::sleep(1s), asyncio::yield());
  BOOST_TEST((now() == 1s));
  auto t = asyncio::create_task(give(4, 1s));
  auto [slept, joined] = co_await asyncio::gather(asyncio::sleep(2s), t.join());
  static_assert(std::is_same_v<decltype(slept), std::monostate>);
  BOOST_TEST(joined == 4);
  BOOST_TEST((now() == 3s));
}

// conformance: T30
ASYNCIO_TEST_CASE(gathers_nest) {
  auto [a, b] = co_await asyncio::gather(asyncio::gather(give(1), give(2)), asyncio::gather(give(3, 1s)));
  BOOST_TEST(std::get<0>(a) + std::get<1>(a) == 3);
  BOOST_TEST(std::get<0>(b) == 3);
}

// -- ranges -------------------------------------------------------------------------------------------------------------

ASYNCIO_TEST_CASE(an_lvalue_vector_is_moved_from) {
  std::vector<awaitable<int>> calls;
  calls.push_back(give(1));
  calls.push_back(give(2));
  auto const values = co_await asyncio::gather(calls);
  BOOST_TEST((values == std::vector<int>{1, 2}));
  BOOST_TEST(calls.size() == 2u);
  BOOST_TEST(!calls[0].valid());
}

ASYNCIO_TEST_CASE(a_lazy_range_is_pulled_inside_the_call) {
  int made = 0;
  auto make = [&made](int i) {
    ++made;
    return give(i * i);
  };
  auto all = asyncio::gather(lazy_range(1, 5, make));
  BOOST_TEST(made == 0);
  auto const values = co_await std::move(all);
  BOOST_TEST(made == 4);
  BOOST_TEST((values == std::vector<int>{1, 4, 9, 16}));
}

ASYNCIO_TEST_CASE(a_range_may_be_of_any_kind) {
  std::list<awaitable<int>> calls;
  calls.push_back(give(3, 3s));
  calls.push_back(give(1, 1s));
  auto const of_list = co_await asyncio::gather(std::move(calls));
  BOOST_TEST((of_list == std::vector<int>{3, 1}));
  std::array<awaitable<int>, 2> array{give(4), give(5)};
  auto const of_array = co_await asyncio::gather(array);
  BOOST_TEST((of_array == std::vector<int>{4, 5}));
  awaitable<int> two[] = {give(6), give(7)};
  auto const of_two = co_await asyncio::gather(two);
  BOOST_TEST((of_two == std::vector<int>{6, 7}));
  awaitable<int> two_more[] = {give(8), give(9)};
  auto const of_two_more = co_await asyncio::gather(std::move(two_more));
  BOOST_TEST((of_two_more == std::vector<int>{8, 9}));
}

ASYNCIO_ORDERED_TEST_CASE(children_that_never_wait_are_tasks_of_their_own_whatever_the_one_before_left) {
  auto& ids = keep_alive<std::vector<std::uint64_t>>();
  auto& handle = keep_alive<asyncio::any_task>();
  auto& names = keep_alive<std::string>();
  auto make = [&](int i) -> awaitable<std::unique_ptr<int>> {
    auto self = asyncio::current_task();
    ids.push_back(self.id());
    if (i == 1) handle = self;
    if (i == 3) self.set_name("three");
    if (i >= 4) names += self.name();
    if (i == 5) self.cancel();
    if (i == 6) throw std::runtime_error("six");
    co_return std::make_unique<int>(i);
  };
  auto const outcomes = co_await asyncio::gather(asyncio::return_exceptions, lazy_range(0, 9, make));
  BOOST_REQUIRE(outcomes.size() == 9u);
  for (int i = 0; i < 9; ++i) {
    auto const& outcome = outcomes[static_cast<std::size_t>(i)];
    BOOST_TEST_CONTEXT("child " << i) {
      std::string const text = outcome.has_error() ? text_of(outcome.error()) : std::to_string(**outcome);
      BOOST_TEST(text == (i == 5 ? "cancelled" : i == 6 ? "six" : std::to_string(i)));
    }
  }
  BOOST_REQUIRE(ids.size() == 9u);
  for (std::size_t i = 1; i < 9; ++i) BOOST_TEST(ids[i] == ids[0] + i);
  BOOST_TEST(handle.id() == ids[1]);
  BOOST_TEST(handle.done());
  BOOST_TEST(!handle.cancelled());
  std::string own_names;
  for (std::size_t i = 4; i < 9; ++i) own_names += "Task-" + std::to_string(ids[i]);
  BOOST_TEST(names == own_names);
}

ASYNCIO_ORDERED_TEST_CASE(what_a_child_did_with_its_cancels_is_not_there_for_the_next) {
  auto make = [](int i) -> awaitable<int> {
    if (i == 0) {
      auto self = asyncio::current_task();
      self.cancel();
      self.uncancel();
    }
    if (i == 1)
      throw boost::system::system_error(boost::asio::error::operation_aborted);  // a cancel only if one was asked for
    co_return asyncio::current_task().cancelling();
  };
  auto const outcomes = co_await asyncio::gather(asyncio::return_exceptions, lazy_range(0, 3, make));
  BOOST_REQUIRE(outcomes.size() == 3u);
  BOOST_TEST(outcomes[0].has_value());
  BOOST_REQUIRE(outcomes[1].has_error());
  BOOST_TEST(text_of(outcomes[1].error()) == boost::system::system_error(boost::asio::error::operation_aborted).what());
  BOOST_REQUIRE(outcomes[2].has_value());
  BOOST_TEST(*outcomes[2] == 0);
}

ASYNCIO_TEST_CASE(what_a_child_left_in_its_context_is_not_there_for_the_next) {
  static asyncio::context_var<int> number;
  auto& seen = keep_alive<std::string>();
  auto make = [&](int i) -> awaitable<void> {
    seen += std::to_string(number.get(0));
    (void)number.set(i + 1);
    co_return;
  };
  co_await asyncio::gather(lazy_range(0, 3, make));
  (void)number.set(7);
  co_await asyncio::gather(lazy_range(0, 3, make));
  BOOST_TEST(seen == "000777");
}

ASYNCIO_TEST_CASE(an_lvalue_view_is_pulled_at_once) {
  int made = 0;
  auto make = [&made](int i) {
    ++made;
    return ready(i);
  };
  auto view = lazy_range(0, 3, make);
  auto all = asyncio::gather(view);
  BOOST_TEST(made == 3);
  auto const values = co_await std::move(all);
  BOOST_TEST((values == std::vector<int>{0, 1, 2}));
}

ASYNCIO_TEST_CASE(a_range_of_operations_is_a_range_of_awaitables) {
  auto nap = [](int i) { return asyncio::sleep(std::chrono::seconds(i)); };
  co_await asyncio::gather(lazy_range(1, 4, nap));
  BOOST_TEST((now() == 3s));
}

ASYNCIO_TEST_CASE(a_thousand_children_run_at_once) {
  auto make = [](int i) { return give(i, 1s); };
  auto const values = co_await asyncio::gather(lazy_range(0, 1000, make));
  BOOST_TEST(values.size() == 1000u);
  BOOST_TEST(values[999] == 999);
  BOOST_TEST((now() == 1s));
}

ASYNCIO_TEST_CASE(what_the_range_throws_is_thrown_after_the_children_have_ended) {
  std::string log;
  auto make = [&log](int i) {
    if (i == 2) throw std::runtime_error("no more");
    return logged(log, static_cast<char>('a' + i), 1h, 1s);
  };
  auto const text = co_await outcome(asyncio::gather(lazy_range(0, 5, make)));
  BOOST_TEST(text == "no more");
  // Which of them had begun depends on the order of the queue; one that had not never enters its body.
  BOOST_TEST((log == "" || log == "A" || log == "B" || log == "AB" || log == "BA"));
  BOOST_TEST(asyncio::all_tasks().size() == 1u);
}

ASYNCIO_TEST_CASE(what_the_range_throws_is_thrown_with_return_exceptions_too) {
  auto make = [](int i) {
    if (i == 2) throw std::runtime_error("no more");
    return give(i, 1h);
  };
  auto const text = co_await outcome(asyncio::gather(asyncio::return_exceptions, lazy_range(0, 5, make)));
  BOOST_TEST(text == "no more");
  BOOST_TEST(asyncio::all_tasks().size() == 1u);
}

// -- failure: structured ------------------------------------------------------------------------------------------------

ASYNCIO_TEST_CASE(the_first_failure_cancels_the_siblings_awaits_them_and_is_thrown) {
  std::string log;
  auto const text = co_await outcome(asyncio::gather(logged(log, 'a', 1h, 5s), fail("boom", 1s), logged(log, 'c', 1h)));
  BOOST_TEST(text == "boom");
  BOOST_TEST(log == "CA");
  BOOST_TEST((now() == 6s));  // a's cleanup was awaited
  BOOST_TEST(asyncio::all_tasks().size() == 1u);
}

// conformance: G3
ASYNCIO_TEST_CASE(the_very_exception_object_is_thrown) {
  struct marked : std::runtime_error {
    marked() : runtime_error("marked") {}
  };
  auto fails = [](std::exception_ptr e) -> awaitable<int> {
    co_await asyncio::yield();
    std::rethrow_exception(std::move(e));
  };
  auto const thrown = std::make_exception_ptr(marked());
  std::exception_ptr seen;
  try {
    co_await asyncio::gather(fails(thrown), give(1, 1h));
  } catch (marked const&) {
    seen = std::current_exception();
  }
  BOOST_TEST((seen == thrown));
}

ASYNCIO_TEST_CASE(a_failing_element_of_a_range_cancels_the_others) {
  std::string log;
  std::vector<awaitable<int>> calls;
  calls.push_back(logged(log, 'a', 1h));
  calls.push_back(logged(log, 'b', 1s));
  calls.push_back(fail("boom", 2s));
  auto const text = co_await outcome(asyncio::gather(std::move(calls)));
  BOOST_TEST(text == "boom");
  BOOST_TEST(log == "bA");
  BOOST_TEST((now() == 2s));
}

// conformance: G4
ASYNCIO_TEST_CASE(later_failures_are_consumed_silently) {
  auto& told = keep_alive<int>();
  asyncio::loop::running().set_exception_handler([&](asyncio::exception_context const&) { ++told; });
  auto const text =
      co_await outcome(asyncio::gather(fails_in_its_cleanup("second", 1s), fail("first", 1s), fail("third", 1s)));
  BOOST_TEST((text == "first" || text == "third"));  // a tie: the shuffle decides
  BOOST_TEST(told == 0);
}

// conformance: G6
ASYNCIO_TEST_CASE(a_child_cancelled_from_outside_counts_as_one_that_failed) {
  std::string log;
  auto cancels_itself = []() -> awaitable<int> {
    co_await asyncio::sleep(1s);
    asyncio::current_task().cancel("by hand");
    co_await asyncio::sleep(1h);
    co_return 0;
  };
  auto main = asyncio::current_task();
  auto const text = co_await outcome(asyncio::gather(cancels_itself(), logged(log, 'b', 1h)));
  BOOST_TEST(text == "cancelled:by hand");
  BOOST_TEST(log == "B");
  BOOST_TEST(main.cancelling() == 0);  // the caller itself was not cancelled
}

ASYNCIO_TEST_CASE(a_task_that_gathers_itself_is_refused) {
  static auto const body = [](asyncio::task<void> const& self) -> awaitable<void> {
    co_await asyncio::yield();
    co_await asyncio::gather(asyncio::create_task(asyncio::sleep(1s)), self);
  };
  auto& t = keep_alive<asyncio::task<void>>();
  t = asyncio::create_task(body(t), "narcissus");
  std::string text;
  try {
    co_await t.join();
  } catch (asyncio::invalid_state const& e) {
    text = e.what();
  }
  BOOST_TEST(text == "asyncio::gather: task 'narcissus' is among those it would wait for; it would never end");
}

ASYNCIO_TEST_CASE(an_awaitable_that_was_used_before_is_a_child_that_failed) {
  std::string log;
  awaitable<int> used = give(1);
  co_await std::move(used);
  auto const text = co_await outcome(asyncio::gather(logged(log, 'a', 1h), std::move(used)));  // NOLINT: on purpose
  BOOST_TEST(text.find("asyncio::gather: the awaitable is empty") == 0u);
  BOOST_TEST(asyncio::all_tasks().size() == 1u);
}

// conformance: G13
ASYNCIO_TEST_CASE(an_awaitable_that_was_used_before_is_refused_with_return_exceptions_too) {
  awaitable<int> used = give(1);
  co_await std::move(used);
  auto const text = co_await outcome(
      asyncio::gather(asyncio::return_exceptions, give(5, 1h), std::move(used)));  // NOLINT: on purpose
  BOOST_TEST(text.find("asyncio::gather: the awaitable is empty") == 0u);
  BOOST_TEST(asyncio::all_tasks().size() == 1u);
  BOOST_TEST((now() == 0s));
}

ASYNCIO_TEST_CASE(a_failure_while_the_children_start_is_not_missed) {
  auto throws_at_once = []() -> awaitable<int> {
    throw std::runtime_error("at once");
    co_return 0;
  };
  auto const text = co_await outcome(asyncio::gather(throws_at_once(), ready(1)));
  BOOST_TEST(text == "at once");
}

// -- failure: return_exceptions -----------------------------------------------------------------------------------------

// conformance: G5
ASYNCIO_TEST_CASE(return_exceptions_waits_for_all_and_puts_exceptions_in_their_places) {
  std::string log;
  auto const [a, b, c] =
      co_await asyncio::gather(asyncio::return_exceptions, give(1, 3s), fail("boom", 1s), note(log, "n", 2s));
  BOOST_REQUIRE(a.has_value());
  BOOST_TEST(*a == 1);
  BOOST_TEST(text_of(b) == "boom");
  BOOST_TEST(c.has_value());
  BOOST_TEST(log == "n");
  BOOST_TEST((now() == 3s));
}

// conformance: G5
ASYNCIO_TEST_CASE(return_exceptions_of_a_range_gives_results) {
  std::vector<awaitable<int>> calls;
  calls.push_back(fail("zero"));
  calls.push_back(give(1));
  auto const outcomes = co_await asyncio::gather(asyncio::return_exceptions, std::move(calls));
  BOOST_TEST(outcomes.size() == 2u);
  BOOST_TEST(text_of(outcomes[0]) == "zero");
  BOOST_CHECK_THROW((void)outcomes[0].value(), std::runtime_error);
  BOOST_TEST(outcomes[1].value() == 1);
}

// conformance: G7
ASYNCIO_TEST_CASE(a_cancelled_child_is_a_cancelled_error_in_its_place) {
  auto cancels_itself = []() -> awaitable<int> {
    asyncio::current_task().cancel("why");
    co_await asyncio::yield();
    co_return 0;
  };
  auto const [a, b] = co_await asyncio::gather(asyncio::return_exceptions, cancels_itself(), give(2, 1s));
  std::string message;
  try {
    (void)a.value();
  } catch (asyncio::cancelled_error const& e) {
    message = e.message();
  }
  BOOST_TEST(message == "why");
  BOOST_REQUIRE(b.has_value());
  BOOST_TEST(*b == 2);
}

// -- cancel from outside ------------------------------------------------------------------------------------------------

// conformance: G8
ASYNCIO_TEST_CASE(cancelling_the_caller_cancels_every_child_and_waits_for_it) {
  auto& log = keep_alive<std::string>();
  auto t =
      asyncio::create_task(asyncio::gather(logged(log, 'a', 1h, 3s), logged(log, 'b', 1s), logged(log, 'c', 1h, 1s)));
  co_await asyncio::sleep(2s);
  t.cancel("stop");
  auto const text = co_await outcome(t.join().as_awaitable());
  BOOST_TEST(text == "cancelled:stop");
  BOOST_TEST(log == "bCA");
  BOOST_TEST((now() == 5s));
  BOOST_TEST(t.cancelled());
}

ASYNCIO_TEST_CASE(cancelling_the_caller_before_the_children_have_begun_never_enters_them) {
  auto& log = keep_alive<std::string>();
  auto t =
      asyncio::create_task(asyncio::gather(note(log, "a"), note(log, "b")), asyncio::task_options().eager_start(true));
  t.cancel();
  auto const text = co_await outcome(t.join().as_awaitable());
  BOOST_TEST(text == "cancelled:");
  BOOST_TEST(log == "");
}

ASYNCIO_ORDERED_TEST_CASE(a_child_that_cancels_the_caller_before_the_next_one_began_is_not_the_first_to_fail) {
  auto& t = keep_alive<asyncio::task<std::vector<int>>>();
  auto& log = keep_alive<std::string>();
  auto cancels_and_fails = [](asyncio::task<std::vector<int>>& parent) -> awaitable<int> {
    parent.cancel("stop");
    co_return co_await fails_in_its_cleanup("broken", 1s);
  };
  auto noted = [](std::string& text) -> awaitable<int> {
    text += "entered";
    co_return 1;
  };
  std::vector<awaitable<int>> bodies;
  bodies.push_back(cancels_and_fails(t));
  bodies.push_back(noted(log));
  t = asyncio::create_task(asyncio::gather(std::move(bodies)));
  auto const text = co_await outcome(t.join().as_awaitable());
  BOOST_TEST(text == "cancelled:stop");
  BOOST_TEST(log == "");
}

// conformance: G10
ASYNCIO_TEST_CASE(cancelling_a_gather_with_return_exceptions_throws_and_gives_no_results) {
  auto& log = keep_alive<std::string>();
  auto t = asyncio::create_task(
      asyncio::gather(asyncio::return_exceptions, logged(log, 'a', 1h, 1s), ignores_its_cancel(1, 1h)));
  co_await asyncio::sleep(1s);
  t.cancel("out");
  auto const text = co_await outcome(t.join().as_awaitable());
  BOOST_TEST(text == "cancelled:out");
  BOOST_TEST(log == "A");
}

ASYNCIO_TEST_CASE(children_that_ignore_the_cancel_do_not_undo_it) {
  auto t = asyncio::create_task(asyncio::gather(ignores_its_cancel(1, 1h), ignores_its_cancel(2, 1h)));
  co_await asyncio::sleep(1s);
  t.cancel("out");
  auto const text = co_await outcome(t.join().as_awaitable());
  BOOST_TEST(text == "cancelled:out");
}

ASYNCIO_TEST_CASE(a_cancel_while_the_siblings_clean_up_wins_over_the_failure) {
  auto& log = keep_alive<std::string>();
  auto t =
      asyncio::create_task(asyncio::gather(fail("boom", 1s), ignores_its_cancel(1, 1h), logged(log, 'c', 1h, 10s)));
  co_await asyncio::sleep(5s);
  BOOST_TEST(!t.done());
  t.cancel("second");
  auto const text = co_await outcome(t.join().as_awaitable());
  BOOST_TEST(text == "cancelled:second");
}

ASYNCIO_TEST_CASE(a_cleanup_is_not_cancelled_again_when_another_one_fails) {
  auto& log = keep_alive<std::string>();
  auto t = asyncio::create_task(asyncio::gather(logged(log, 'a', 1h, 10s), fails_in_its_cleanup("broken", 1s)));
  co_await asyncio::sleep(1s);
  t.cancel();
  auto const text = co_await outcome(t.join().as_awaitable());
  BOOST_TEST(text == "broken");
  BOOST_TEST(log == "A");
  BOOST_TEST((now() == 11s));
}

// conformance: C14
ASYNCIO_ORDERED_TEST_CASE(a_cancel_after_the_last_child_but_before_the_caller_ran_is_thrown) {
  auto& t = keep_alive<asyncio::task<std::tuple<int>>>();
  auto cancels_its_parent = [](asyncio::task<std::tuple<int>>& parent) -> awaitable<int> {
    co_await asyncio::yield();
    asyncio::loop::running().call_soon([&parent] { parent.cancel("late"); });
    co_return 1;
  };
  t = asyncio::create_task(asyncio::gather(cancels_its_parent(t)));
  auto const text = co_await outcome(t.join().as_awaitable());
  BOOST_TEST(text == "cancelled:late");
}

// conformance: G14
ASYNCIO_ORDERED_TEST_CASE(the_caller_resumes_one_pass_after_the_last_child) {
  auto& order = keep_alive<std::string>();
  auto child = [](std::string& log) -> awaitable<void> {
    log += 'c';
    asyncio::loop::running().call_soon([&log] { log += '1'; });
    co_return;
  };
  auto parent = [](awaitable<void> body, std::string& log) -> awaitable<void> {
    co_await asyncio::gather(std::move(body));
    log += 'p';
  };
  auto t = asyncio::create_task(parent(child(order), order));
  auto& marks = keep_alive([&] { order += '2'; });
  auto tick = [&] { asyncio::loop::running().call_soon(marks); };
  co_await asyncio::yield();
  asyncio::loop::running().call_soon(tick);
  co_await t.join();
  BOOST_TEST(order == "c12p");
}

ASYNCIO_ORDERED_TEST_CASE(the_caller_resumes_one_pass_after_the_last_child_also_when_another_one_failed_just_before) {
  auto& order = keep_alive<std::string>();
  auto last = [](std::string& log) -> awaitable<void> {
    co_await asyncio::yield();
    log += 'c';
    asyncio::loop::running().call_soon([&log] { log += '1'; });
  };
  auto parent = [](awaitable<void> first, awaitable<void> second, std::string& log) -> awaitable<void> {
    bool failed = false;
    try {
      co_await asyncio::gather(std::move(first), std::move(second));
    } catch (std::runtime_error const&) {
      failed = true;
    }
    log += failed ? 'p' : '?';
  };
  auto fails = []() -> awaitable<void> {
    throw std::runtime_error("at once");
    co_return;
  };
  auto t = asyncio::create_task(parent(last(order), fails(), order));
  auto& marks = keep_alive([&] { order += '2'; });
  auto tick = [&] { asyncio::loop::running().call_soon(marks); };
  co_await asyncio::yield();
  co_await asyncio::yield();
  asyncio::loop::running().call_soon(tick);
  co_await t.join();
  BOOST_TEST(order == "c12p");
}

ASYNCIO_ORDERED_TEST_CASE(an_item_that_comes_in_the_pass_in_which_a_sibling_fails_stays_in_the_queue) {
  auto& q = keep_alive<asyncio::queue<int>>();
  auto& stop = keep_alive<asyncio::event>();
  auto fails = [](asyncio::event& on) -> awaitable<void> {
    co_await on.wait();
    throw std::runtime_error("boom");
  };
  auto t = asyncio::create_task(asyncio::gather(q.get(), fails(stop)));
  auto nested = asyncio::create_task(asyncio::gather(asyncio::gather(q.get(), asyncio::sleep_forever()), fails(stop)));
  co_await asyncio::testing::wait_all_tasks_blocked();
  stop.set();
  q.put_nowait(42);
  q.put_nowait(43);
  BOOST_CHECK_THROW(co_await t.join(), std::runtime_error);
  BOOST_CHECK_THROW(co_await nested.join(), std::runtime_error);
  BOOST_TEST(q.size() == 2u);
}

ASYNCIO_ORDERED_TEST_CASE(a_cancel_before_the_caller_can_know_of_the_failure_does_not_take_its_place) {
  auto& t = keep_alive<asyncio::task<std::tuple<int, int>>>();
  auto fails_and_cancels = [](asyncio::task<std::tuple<int, int>>& parent) -> awaitable<int> {
    co_await asyncio::yield();
    asyncio::loop::running().call_soon([&parent] { parent.cancel(); });
    throw std::runtime_error("first");
  };
  t = asyncio::create_task(asyncio::gather(fails_and_cancels(t), give(1, 1h)));
  auto const text = co_await outcome(t.join().as_awaitable());
  BOOST_TEST(text == "first");
}

ASYNCIO_ORDERED_TEST_CASE(a_gather_cancelled_before_its_children_began_ends_when_they_would_have) {
  auto& order = keep_alive<std::string>();
  auto cancelled = [](std::string& log) -> awaitable<void> {
    asyncio::current_task().cancel();
    std::string const how = co_await outcome(asyncio::gather(ready(1)));
    log += how[0];
  };
  auto passes = [](std::string& log) -> awaitable<void> {
    for (char pass = '1'; pass <= '5'; ++pass) {
      log += pass;
      co_await asyncio::yield();
    }
  };
  auto ticking = asyncio::create_task(passes(order));
  auto t = asyncio::create_task(cancelled(order));
  co_await t.join();
  co_await ticking.join();
  BOOST_TEST(order == "1234c5");
}

// -- children are tasks -------------------------------------------------------------------------------------------------

ASYNCIO_TEST_CASE(each_child_is_a_task_of_its_own) {
  auto id = []() -> awaitable<std::uint64_t> {
    co_await asyncio::yield();
    BOOST_TEST(asyncio::current_task().name() == "Task-" + std::to_string(asyncio::current_task().id()));
    co_return asyncio::current_task().id();
  };
  auto const mine = asyncio::current_task().id();
  auto [a, b] = co_await asyncio::gather(id(), id());
  BOOST_TEST(a != b);
  BOOST_TEST(a != mine);
  BOOST_TEST(asyncio::current_task().id() == mine);
}

ASYNCIO_TEST_CASE(children_are_listed_while_they_run) {
  auto t = asyncio::create_task(asyncio::gather(asyncio::sleep(1s), asyncio::sleep(2s)));
  co_await asyncio::sleep(500ms);
  BOOST_TEST(asyncio::all_tasks().size() == 4u);
  BOOST_TEST((t.waits_for().kind == asyncio::wait_kind::gather));
  co_await asyncio::sleep(1s);
  BOOST_TEST(asyncio::all_tasks().size() == 3u);
  co_await t.join();
}

ASYNCIO_ORDERED_TEST_CASE(children_start_in_the_order_of_the_arguments_in_the_next_pass) {
  auto& order = keep_alive<std::string>();
  auto body = [](std::string& log, char name) -> awaitable<void> {
    log += name;
    co_return;
  };
  auto t = asyncio::create_task(asyncio::gather(body(order, 'a'), body(order, 'b'), body(order, 'c')));
  asyncio::loop::running().call_soon([&] { order += '1'; });
  co_await asyncio::yield();
  BOOST_TEST(order == "1");
  co_await t.join();
  BOOST_TEST(order == "1abc");
}

ASYNCIO_TEST_CASE(each_child_is_cancelled_on_its_own) {
  auto& child = keep_alive<asyncio::any_task>();
  auto shows_itself = [](asyncio::any_task& out) -> awaitable<int> {
    out = asyncio::current_task();
    co_await asyncio::sleep(1h);
    co_return 1;
  };
  auto t = asyncio::create_task(asyncio::gather(asyncio::return_exceptions, shows_itself(child), give(2, 5s)));
  co_await asyncio::sleep(1s);
  child.cancel();
  auto const outcomes = co_await t.join();
  BOOST_TEST(text_of(std::get<0>(outcomes)) == "cancelled");
  BOOST_REQUIRE(std::get<1>(outcomes).has_value());
  BOOST_TEST(*std::get<1>(outcomes) == 2);
  BOOST_TEST((now() == 5s));
}

BOOST_AUTO_TEST_CASE(a_gather_works_in_a_plain_coroutine_of_a_plain_context) {
  boost::asio::io_context ctx;
  auto body = [](int& sum) -> awaitable<void> {
    auto [a, b] = co_await asyncio::gather(give(1, 1us), give(2));
    sum = a + b;
  };
  int sum = 0;
  boost::asio::co_spawn(ctx, body(sum), boost::asio::detached);
  ctx.run();
  BOOST_TEST(sum == 3);
}

// -- over tasks: asyncio's rules ----------------------------------------------------------------------------------------

// conformance: G1
ASYNCIO_TEST_CASE(over_tasks_results_come_in_order) {
  auto a = asyncio::create_task(give(1, 2s));
  auto b = asyncio::create_task(give(2, 1s));
  auto [x, y] = co_await asyncio::gather(a, b);
  BOOST_TEST(x == 1);
  BOOST_TEST(y == 2);
  std::vector<asyncio::task<int>> both{a, b};
  auto const again = co_await asyncio::gather(both);
  BOOST_TEST((again == std::vector<int>{1, 2}));
  BOOST_TEST(both[0].result() == 1);  // the tasks keep their results
}

// conformance: G3
ASYNCIO_TEST_CASE(over_tasks_the_first_exception_is_thrown_at_once_and_the_others_go_on) {
  auto a = asyncio::create_task(fail("boom", 1s));
  auto b = asyncio::create_task(give(2, 5s));
  auto const text = co_await outcome(asyncio::gather(a, b));
  BOOST_TEST(text == "boom");
  BOOST_TEST((now() == 1s));
  BOOST_TEST(!b.done());
  int const value = co_await b.join();
  BOOST_TEST(value == 2);
}

// conformance: G4
ASYNCIO_TEST_CASE(over_tasks_a_later_exception_counts_as_retrieved) {
  auto& told = keep_alive<int>();
  asyncio::loop::running().set_exception_handler([&](asyncio::exception_context const&) { ++told; });
  {
    auto a = asyncio::create_task(fail("first", 1s));
    auto b = asyncio::create_task(fail("second", 2s));
    auto const text = co_await outcome(asyncio::gather(a, b));
    BOOST_TEST(text == "first");
    co_await asyncio::sleep(2s);
    BOOST_TEST(b.done());
  }
  co_await asyncio::sleep(1s);
  BOOST_TEST(told == 0);
}

// conformance: G5, G7
ASYNCIO_TEST_CASE(over_tasks_return_exceptions_waits_for_all) {
  auto a = asyncio::create_task(fail("boom", 1s));
  auto b = asyncio::create_task(give(2, 3s));
  auto c = asyncio::create_task(give(3, 1h));
  asyncio::loop::running().call_later(2s, [c]() mutable { c.cancel(); });
  auto const [x, y, z] = co_await asyncio::gather(asyncio::return_exceptions, a, b, c);
  BOOST_TEST(text_of(x) == "boom");
  BOOST_REQUIRE(y.has_value());
  BOOST_TEST(*y == 2);
  BOOST_TEST(text_of(z) == "cancelled");
  std::vector<asyncio::task<int>> all{a, b, c};
  auto const again = co_await asyncio::gather(asyncio::return_exceptions, all);
  BOOST_TEST(text_of(again[2]) == "cancelled");
  BOOST_TEST((now() == 3s));
}

// conformance: G6
ASYNCIO_TEST_CASE(over_tasks_a_cancelled_task_fails_the_gather_and_the_others_go_on) {
  auto a = asyncio::create_task(give(1, 1h));
  auto b = asyncio::create_task(give(2, 5s));
  asyncio::loop::running().call_later(1s, [a]() mutable { a.cancel("out"); });
  auto const text = co_await outcome(asyncio::gather(a, b));
  BOOST_TEST(text == "cancelled:out");
  BOOST_TEST(!b.done());
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
}

// conformance: G8
ASYNCIO_TEST_CASE(over_tasks_cancelling_the_caller_cancels_every_task) {
  auto a = asyncio::create_task(give(1, 1h));
  auto b = asyncio::create_task(give(2, 1s));
  auto c = asyncio::create_task(give(3, 1h));
  auto t = asyncio::create_task(asyncio::gather(a, b, c));
  co_await asyncio::sleep(2s);
  t.cancel("all");
  auto const text = co_await outcome(t.join().as_awaitable());
  BOOST_TEST(text == "cancelled:all");
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(a.cancelled());
  BOOST_TEST(b.result() == 2);
  BOOST_TEST(c.cancelled());
}

// conformance: G9
ASYNCIO_TEST_CASE(over_tasks_that_have_all_ended_a_cancel_of_the_gather_changes_none_of_them) {
  auto a = asyncio::create_task(give(1));
  auto b = asyncio::create_task(give(2));
  co_await asyncio::sleep(1s);
  auto t = asyncio::create_task(asyncio::gather(a, b));
  co_await asyncio::sleep(1s);
  BOOST_TEST(!t.cancel());
  BOOST_TEST((t.result() == std::tuple(1, 2)));
  BOOST_TEST(a.result() == 1);
}

// conformance: G10
ASYNCIO_TEST_CASE(over_tasks_cancelling_with_return_exceptions_still_throws) {
  auto a = asyncio::create_task(ignores_its_cancel(1, 1h));
  auto t = asyncio::create_task(asyncio::gather(asyncio::return_exceptions, a));
  co_await asyncio::sleep(1s);
  t.cancel("out");
  auto const text = co_await outcome(t.join().as_awaitable());
  BOOST_TEST(text == "cancelled:out");
  BOOST_TEST(a.result() == 1);
}

// conformance: G11
ASYNCIO_TEST_CASE(the_same_task_twice_runs_once_and_fills_each_place) {
  auto& runs = keep_alive<int>();
  auto body = [](int& count) -> awaitable<int> {
    ++count;
    co_await asyncio::sleep(1s);
    co_return 7;
  };
  auto a = asyncio::create_task(body(runs));
  auto b = asyncio::create_task(give(1));
  auto [x, y, z] = co_await asyncio::gather(a, b, a);
  BOOST_TEST(x == 7);
  BOOST_TEST(y == 1);
  BOOST_TEST(z == 7);
  BOOST_TEST(runs == 1);
}

ASYNCIO_TEST_CASE(over_tasks_a_task_that_was_given_twice_is_cancelled_as_often) {
  auto a = asyncio::create_task(ignores_its_cancel(1, 1s));
  auto t = asyncio::create_task(asyncio::gather(a, a));
  co_await asyncio::sleep(1ms);
  t.cancel();
  BOOST_TEST(a.cancelling() == 2);
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled:");
}

// conformance: G12
ASYNCIO_TEST_CASE(a_task_of_another_loop_is_refused) {
  boost::asio::io_context elsewhere;
  auto stranger = asyncio::create_task(elsewhere, give(1));
  auto a = asyncio::create_task(give(2));
  auto const text = co_await outcome(asyncio::gather(a, stranger));
  BOOST_TEST(text.find("asyncio::gather: task 'Task-1' belongs to another loop") == 0u);
  BOOST_TEST(a.cancelling() == 0);
  int const value = co_await a.join();
  BOOST_TEST(value == 2);
  elsewhere.run();
  BOOST_TEST(stranger.result() == 1);
}

// conformance: G14
ASYNCIO_TEST_CASE(over_tasks_that_have_ended_the_gather_completes_at_once) {
  auto a = asyncio::create_task(give(1));
  auto b = asyncio::create_task(give(2));
  b.cancel();
  co_await asyncio::sleep(1s);
  auto& calls = keep_alive<int>();
  asyncio::loop::running().call_soon([&] { ++calls; });
  auto [x] = co_await asyncio::gather(a);
  BOOST_TEST(x == 1);
  auto const text = co_await outcome(asyncio::gather(a, b));
  BOOST_TEST(text == "cancelled:");
  BOOST_TEST(calls == 0);
  co_await asyncio::yield();
}

ASYNCIO_TEST_CASE(over_void_tasks_there_is_nothing_to_return) {
  auto& log = keep_alive<std::string>();
  auto a = asyncio::create_task(note(log, "a", 1s));
  auto b = asyncio::create_task(give(4, 2s));
  co_await asyncio::gather(a);
  auto [none, value] = co_await asyncio::gather(a, b);
  static_assert(std::is_same_v<decltype(none), std::monostate>);
  BOOST_TEST(value == 4);
  std::vector<asyncio::task<void>> tasks{a, a};
  co_await asyncio::gather(tasks);
  BOOST_TEST(log == "a");
}

ASYNCIO_TEST_CASE(an_empty_handle_is_refused) {
  auto const text = co_await outcome(asyncio::gather(asyncio::task<int>()));
  BOOST_TEST(text.find("asyncio::gather: this handle names no task") == 0u);
}

ASYNCIO_TEST_CASE(over_tasks_a_move_only_result_is_moved_out_once) {
  auto a = asyncio::create_task(give_unique(5));
  auto [value] = co_await asyncio::gather(a);
  BOOST_TEST(*value == 5);
  auto const text = co_await outcome(asyncio::gather(a));
  BOOST_TEST(text.find("asyncio: the result of task '") == 0u);
  BOOST_TEST(text.find("was moved out by an earlier join") != std::string::npos);
}

// conformance: G15
ASYNCIO_TEST_CASE(cancelling_a_gather_of_shields_leaves_what_is_shielded_running) {
  auto a = asyncio::create_task(give(1, 3s));
  auto b = asyncio::create_task(give(2, 4s));
  auto t = asyncio::create_task(asyncio::gather(asyncio::shield(a), asyncio::shield(b)));
  co_await asyncio::sleep(1s);
  t.cancel();
  auto const text = co_await outcome(t.join().as_awaitable());
  BOOST_TEST(text == "cancelled:");
  BOOST_TEST((now() == 1s));
  int const first = co_await a.join();
  int const second = co_await b.join();
  BOOST_TEST(first + second == 3);
}

// conformance: G15
ASYNCIO_TEST_CASE(a_shielded_gather_goes_on_when_its_waiter_is_cancelled) {
  auto& log = keep_alive<std::string>();
  auto t = asyncio::create_task(asyncio::shield(asyncio::gather(note(log, "a", 2s), note(log, "b", 3s))));
  co_await asyncio::sleep(1s);
  t.cancel();
  auto const text = co_await outcome(t.join().as_awaitable());
  BOOST_TEST(text == "cancelled:");
  BOOST_TEST(log == "");
  co_await asyncio::sleep(5s);
  BOOST_TEST(log == "ab");
}

ASYNCIO_TEST_CASE(tasks_and_coroutines_go_together_by_join) {
  auto t = asyncio::create_task(give(1, 1s));
  auto [a, b] = co_await asyncio::gather(t.join(), give(2, 1s));
  BOOST_TEST(a == 1);
  BOOST_TEST(b == 2);
}

namespace {

/// The children of a lazy range whose function cancels `t` when it makes number `when`.
auto cancelling_range(asyncio::any_task const& t, int when, std::string& log) {
  return lazy_range(0, 3, [t, when, &log](int i) {
    if (i == when) asyncio::any_task(t).cancel();
    return logged(log, static_cast<char>('a' + i), 1s);
  });
}

awaitable<void> gather_cancelling(int when, std::string& log) {
  co_await asyncio::gather(cancelling_range(asyncio::current_task(), when, log));
}

}  // namespace

ASYNCIO_ORDERED_TEST_CASE(a_range_that_cancels_the_caller_makes_no_child_that_outlives_the_call) {
  for (int const when : {0, 1, 2}) {
    auto& log = keep_alive<std::string>();
    auto t = asyncio::create_task(gather_cancelling(when, log));
    std::string end = "returned";
    try {
      co_await t.join();
    } catch (asyncio::cancelled_error const&) {
      end = t.cancelled() ? "cancelled" : "threw";
    }
    BOOST_TEST(end == "cancelled");
    BOOST_TEST(asyncio::all_tasks().size() == 1u);
    co_await asyncio::sleep(2s);
    BOOST_TEST(log == std::string("AB").substr(0, static_cast<std::size_t>(when)));  // those before it, cancelled
  }
}

ASYNCIO_TEST_CASE(a_staggered_race_whose_range_cancels_the_caller_starts_nothing_more) {
  auto& log = keep_alive<std::string>();
  static auto const body = [](std::string& l) -> awaitable<void> {
    co_await asyncio::race_staggered(cancelling_range(asyncio::current_task(), 0, l), 1ms);
  };
  auto t = asyncio::create_task(body(log));
  std::vector<asyncio::task<void>> const one(1, t);
  co_await asyncio::wait(one);
  BOOST_TEST(t.cancelled());
  BOOST_TEST(asyncio::all_tasks().size() == 1u);
  BOOST_TEST(log == "");
}

BOOST_AUTO_TEST_CASE(a_plain_coroutine_may_gather_longer_than_the_task_that_started_it_lives) {
  static asyncio::context_var<int> number(0);
  static auto const reads = [](int) -> awaitable<int> {
    co_await asyncio::sleep(1s);
    co_return number.get();
  };
  static auto const plain = [](std::vector<int>& seen) -> awaitable<void> {
    seen = co_await asyncio::gather(asyncio::limit(1), lazy_range(0, 3, reads));
  };
  static auto const starter = [](std::vector<int>& seen) -> awaitable<void> {
    (void)number.set(5);
    boost::asio::co_spawn(co_await boost::asio::this_coro::executor, plain(seen), boost::asio::detached);
  };
  static auto const main = [](std::vector<int>& seen) -> awaitable<void> {
    co_await asyncio::create_task(starter(seen)).join();
    co_await asyncio::sleep(1h);
  };
  std::vector<int> seen;
  asyncio::testing::run(main(seen));
  BOOST_TEST(seen == (std::vector<int>{5, 5, 5}), boost::test_tools::per_element());
}

ASYNCIO_TEST_CASE(a_result_may_be_one_that_can_be_made_from_an_exception) {
  static auto const anything = [](int i) -> awaitable<std::any> {
    co_await asyncio::yield();
    if (i == 0) throw std::runtime_error("none");
    co_return std::any(i);
  };
  auto const both = co_await asyncio::gather(asyncio::return_exceptions, anything(0), anything(1));
  BOOST_TEST(std::get<0>(both).has_error());
  BOOST_TEST(std::any_cast<int>(*std::get<1>(both)) == 1);
}
