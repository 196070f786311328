// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE race
#include "lazy_range.hpp"

#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::race;
using asyncio::race_staggered;
using asyncio::race_success;
using asyncio::testing::keep_alive;
namespace asio = boost::asio;

namespace {

asyncio::duration now() { return asyncio::loop::running().time().time_since_epoch(); }

awaitable<int> give(int value, asyncio::duration d) {
  co_await asyncio::sleep(d);
  co_return value;
}

awaitable<std::string> say(std::string text, asyncio::duration d) {
  co_await asyncio::sleep(d);
  co_return text;
}

awaitable<int> fail(std::string text, asyncio::duration d) {
  co_await asyncio::sleep(d);
  throw std::runtime_error(text);
}

/// Logs its begin, its end and its cancel; `cleanup` is the time it takes to end after a cancel.
awaitable<int> logged(std::string& log, char name, asyncio::duration d, asyncio::duration cleanup = 0s) {
  log += name;
  bool cancelled = false;
  try {
    co_await asyncio::sleep(d);
  } catch (asyncio::cancelled_error const&) {
    cancelled = true;
  }
  if (!cancelled) {
    log += '.';
    co_return name;
  }
  log += '!';
  if (cleanup > 0s) co_await asyncio::sleep(cleanup);
  log += static_cast<char>(name - 'a' + 'A');
  throw asyncio::cancelled_error();
}

awaitable<int> fails_in_its_cleanup() {
  bool cancelled = false;
  try {
    co_await asyncio::sleep(1h);
  } catch (asyncio::cancelled_error const&) {
    cancelled = true;
  }
  if (cancelled) co_await asyncio::sleep(1s);
  throw std::runtime_error("in the cleanup");
}

awaitable<int> ignores_a_cancel(asyncio::duration d) {
  try {
    co_await asyncio::sleep(1h);
  } catch (asyncio::cancelled_error const&) {}
  co_return co_await give(1, d);
}

template <class... T>
std::vector<awaitable<int>> bodies(T... aw) {
  std::vector<awaitable<int>> all;
  (all.push_back(std::move(aw)), ...);
  return all;
}

template <class T>
awaitable<std::string> outcome(awaitable<T> aw) {
  try {
    co_await std::move(aw);
  } catch (asyncio::cancelled_error const& e) {
    co_return "cancelled:" + std::string(e.message());
  } catch (asyncio::exception_group const& e) {
    co_return "group of " + std::to_string(e.exceptions().size());
  } catch (std::exception const& e) {
    co_return e.what();
  }
  co_return "value";
}

std::string text_of(std::exception_ptr const& e) {
  if (!e) return "none";
  try {
    std::rethrow_exception(e);
  } catch (asyncio::cancelled_error const&) {
    return "cancelled";
  } catch (std::exception const& x) {
    return x.what();
  }
}

std::size_t tasks() { return asyncio::all_tasks().size(); }

using function = std::function<awaitable<int>()>;

struct owner {  // a function that can only be moved
  std::unique_ptr<int> value;
  awaitable<int> operator()() { return give(*value, 1s); }
};

std::vector<function> functions(std::string& log, std::string const& names, asyncio::duration d) {
  std::vector<function> all;
  for (char c : names) all.push_back([&log, c, d] { return logged(log, c, d); });
  return all;
}

}  // namespace

// -- race ---------------------------------------------------------------------------------------------------------------

ASYNCIO_TEST_CASE(the_first_value_wins) {
  auto const value = co_await race(bodies(give(1, 3s), give(2, 1s), give(3, 2s)));
  BOOST_TEST(value == 2);
  BOOST_TEST((now() == 1s));
  BOOST_TEST(tasks() == 1u);
}

ASYNCIO_TEST_CASE(a_race_of_different_types_gives_a_variant) {
  std::variant<int, std::string, std::monostate> const first =
      co_await race(give(1, 2s), say("hi", 1s), asyncio::sleep(3s));
  BOOST_TEST(first.index() == 1u);
  BOOST_TEST(std::get<1>(first) == "hi");
  auto const second = co_await race(give(1, 2s), say("hi", 3s), asyncio::sleep(1s));
  BOOST_TEST(second.index() == 2u);
  auto const third = co_await race(give(7, 1s), give(8, 2s));  // the same type twice: the index tells them apart
  BOOST_TEST(third.index() == 0u);
  BOOST_TEST(std::get<0>(third) == 7);
}

ASYNCIO_TEST_CASE(a_race_of_one_is_won_by_it) {
  BOOST_TEST(std::get<0>(co_await race(give(5, 1s))) == 5);
  BOOST_TEST(co_await race(bodies(give(6, 1s))) == 6);
}

ASYNCIO_TEST_CASE(a_race_without_results_ends_with_the_first) {
  std::vector<awaitable<void>> all;
  all.push_back(asyncio::sleep(2s));
  all.push_back(asyncio::sleep(1s));
  co_await race(all);
  BOOST_TEST((now() == 1s));
}

ASYNCIO_TEST_CASE(a_result_that_cannot_be_copied_wins_too) {
  struct body {
    static awaitable<std::unique_ptr<int>> give(int v, asyncio::duration d) {
      co_await asyncio::sleep(d);
      co_return std::make_unique<int>(v);
    }
  };
  auto const first = co_await race(body::give(1, 2s), body::give(2, 1s));
  BOOST_TEST(*std::get<1>(first) == 2);
  std::vector<awaitable<std::unique_ptr<int>>> all;
  all.push_back(body::give(3, 1s));
  auto const value = co_await race(std::move(all));
  BOOST_TEST(*value == 3);
}

ASYNCIO_TEST_CASE(an_exception_wins_as_well_as_a_value) {
  BOOST_TEST(co_await outcome(race(bodies(give(1, 2s), fail("no", 1s)))) == "no");
  BOOST_TEST((now() == 1s));
  BOOST_TEST(co_await outcome(race(give(1, 2s), fail("again", 1s))) == "again");
  BOOST_TEST(tasks() == 1u);
}

ASYNCIO_TEST_CASE(the_losers_are_cancelled_and_awaited) {
  std::string log;
  auto const value = co_await race(bodies(logged(log, 'a', 1h, 2s), give(1, 1s), logged(log, 'b', 1h, 3s)));
  BOOST_TEST(value == 1);
  BOOST_TEST((now() == 4s));
  BOOST_TEST(log.size() == 6u);
  BOOST_TEST(log.substr(4) == "AB");
}

ASYNCIO_TEST_CASE(a_loser_is_cancelled_once_however_long_its_cleanup_takes) {
  std::string log;
  co_await race(bodies(logged(log, 'a', 1h, 10s), give(1, 1s), logged(log, 'b', 1h, 1s), logged(log, 'c', 1h, 5s)));
  BOOST_TEST((now() == 11s));
  BOOST_TEST(log.substr(log.size() - 3) == "BCA");
}

ASYNCIO_ORDERED_TEST_CASE(what_a_loser_throws_is_dropped) {
  auto& reports = keep_alive<int>();
  asyncio::loop::running().set_exception_handler([&](asyncio::exception_context const&) { ++reports; });
  BOOST_TEST(co_await race(bodies(give(1, 1s), fails_in_its_cleanup(), fail("too late", 1s))) == 1);
  BOOST_TEST((now() == 2s));
  BOOST_TEST(reports == 0);
}

ASYNCIO_TEST_CASE(a_loser_that_ignores_its_cancel_is_waited_for_and_does_not_win) {
  auto const first = co_await race(give(9, 1s), ignores_a_cancel(5s));
  BOOST_TEST(first.index() == 0u);
  BOOST_TEST((now() == 6s));
}

// conformance: SR5
ASYNCIO_TEST_CASE(of_two_at_the_same_time_exactly_one_wins) {
  auto const first = co_await race(give(0, 1s), give(1, 1s));
  BOOST_TEST(std::visit([](int v) { return static_cast<std::size_t>(v); }, first) == first.index());
  BOOST_TEST((now() == 1s));
}

ASYNCIO_ORDERED_TEST_CASE(the_first_of_the_arguments_wins_when_none_waits) {
  struct body {
    static awaitable<int> ready(int v) { co_return v; }
  };
  BOOST_TEST(co_await race(bodies(body::ready(1), body::ready(2))) == 1);
}

ASYNCIO_TEST_CASE(a_contestant_cancelled_from_outside_has_ended_too) {
  struct body {
    static awaitable<int> named(asyncio::any_task& self) {
      self = asyncio::current_task();
      co_return co_await give(1, 1h);
    }
  };
  auto& victim = keep_alive<asyncio::any_task>();
  asyncio::loop::running().call_later(1s, [&] { victim.cancel("outside"); });
  BOOST_TEST(co_await outcome(race(bodies(body::named(victim), give(2, 1h)))) == "cancelled:outside");
  BOOST_TEST((now() == 1s));
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
}

ASYNCIO_TEST_CASE(cancelling_the_caller_cancels_all_and_waits_for_them) {
  auto& log = keep_alive<std::string>();
  auto t = asyncio::create_task(race(bodies(logged(log, 'a', 1h, 1s), logged(log, 'b', 1h, 2s))));
  co_await asyncio::sleep(1s);
  t.cancel("enough");
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled:enough");
  BOOST_TEST((now() == 3s));
  BOOST_TEST(log.substr(log.size() - 2) == "AB");
  BOOST_TEST(tasks() == 1u);
}

ASYNCIO_TEST_CASE(a_cancel_while_the_losers_clean_up_is_not_lost) {
  std::string log;
  auto t = asyncio::create_task(race(bodies(give(1, 1s), ignores_a_cancel(5s))));
  co_await asyncio::sleep(2s);
  t.cancel();
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled:");
  BOOST_TEST(t.cancelled());
}

ASYNCIO_TEST_CASE(a_contestant_that_fails_after_the_cancel_of_the_caller_does_not_hide_it) {
  auto t = asyncio::create_task(race(bodies(fails_in_its_cleanup(), give(1, 1h))));
  co_await asyncio::sleep(1s);
  t.cancel();
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled:");
  BOOST_TEST((now() == 2s));
}

ASYNCIO_TEST_CASE(a_race_of_nothing_is_a_value_error) {
  BOOST_TEST((co_await outcome(race(bodies()))).rfind("asyncio::race: the range is empty", 0) == 0u);
  BOOST_TEST((co_await outcome(race_success(bodies()))).rfind("asyncio::race_success: the range is empty", 0) == 0u);
}

ASYNCIO_TEST_CASE(an_awaitable_that_was_used_ends_the_race) {
  std::string log;
  auto used = give(1, 1s);
  auto const taken = std::move(used);
  auto const text = co_await outcome(race(bodies(logged(log, 'a', 1h), std::move(used))));
  BOOST_TEST(text.find("asyncio::race: the awaitable is empty") != std::string::npos);
  BOOST_TEST(tasks() == 1u);
}

ASYNCIO_TEST_CASE(an_exception_of_the_range_ends_the_race) {
  std::string log;
  auto const make = [&log](int i) {
    if (i == 2) throw std::out_of_range("no more");
    return logged(log, 'a', 1h);
  };
  auto lazy = lazy_range(0, 5, make);
  BOOST_TEST(co_await outcome(race(std::move(lazy))) == "no more");
  BOOST_TEST((now() == 0s));
  BOOST_TEST(tasks() == 1u);
}

ASYNCIO_TEST_CASE(races_nest) {
  auto const value =
      co_await race(bodies(race(bodies(give(1, 5s), give(2, 2s))), race(bodies(give(3, 3s), give(4, 4s)))));
  BOOST_TEST(value == 2);
  BOOST_TEST((now() == 2s));
  BOOST_TEST(tasks() == 1u);
}

// -- race_success -------------------------------------------------------------------------------------------------------

// conformance: XJ11
ASYNCIO_TEST_CASE(the_first_success_wins_over_earlier_failures) {
  BOOST_TEST(co_await race_success(bodies(fail("one", 1s), give(2, 3s), fail("three", 2s), give(4, 4s))) == 2);
  BOOST_TEST((now() == 3s));
  auto const first = co_await race_success(fail("one", 1s), say("two", 2s));
  BOOST_TEST(std::get<1>(first) == "two");
  BOOST_TEST(tasks() == 1u);
}

// conformance: XJ11
ASYNCIO_TEST_CASE(when_all_have_failed_their_exceptions_come_as_a_group_in_the_order_of_the_arguments) {
  std::vector<std::string> texts;
  try {
    co_await race_success(bodies(fail("one", 3s), fail("two", 1s), fail("three", 2s)));
  } catch (asyncio::exception_group const& g) {
    for (auto const& e : g.exceptions()) texts.push_back(text_of(e));
    texts.emplace_back(g.message());
  }
  BOOST_TEST((texts == std::vector<std::string>{"one", "two", "three", "asyncio::race_success: all have failed"}));
  BOOST_TEST((now() == 3s));
  BOOST_TEST(co_await outcome(race_success(fail("one", 1s), fail("two", 1s))) == "group of 2");
}

ASYNCIO_TEST_CASE(failures_before_the_success_are_not_reported) {
  auto& reports = keep_alive<int>();
  asyncio::loop::running().set_exception_handler([&](asyncio::exception_context const&) { ++reports; });
  co_await race_success(bodies(fail("one", 1s), give(2, 2s)));
  BOOST_TEST(reports == 0);
}

ASYNCIO_TEST_CASE(cancelling_the_caller_of_race_success_is_no_failure_of_its_children) {
  auto& log = keep_alive<std::string>();
  auto t = asyncio::create_task(race_success(bodies(logged(log, 'a', 1h), fail("one", 1s))));
  co_await asyncio::sleep(2s);
  t.cancel();
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled:");
  BOOST_TEST(log == "a!A");
}

// -- race_staggered -----------------------------------------------------------------------------------------------------

// conformance: SR1
ASYNCIO_TEST_CASE(a_staggered_race_of_nothing_has_no_winner) {
  auto const r = co_await race_staggered(std::vector<function>(), 1s);
  BOOST_TEST(!r.winner.has_value());
  BOOST_TEST(!r.value.has_value());
  BOOST_TEST(r.exceptions.empty());
}

// conformance: SR2
ASYNCIO_TEST_CASE(a_success_within_the_head_start_is_the_only_one_that_starts) {
  std::string log;
  auto const r = co_await race_staggered(functions(log, "abc", 1s), 2s);
  BOOST_TEST(log == "a.");
  BOOST_REQUIRE(r.winner.has_value());
  BOOST_TEST(*r.value == 'a');
  BOOST_TEST(*r.winner == 0u);
  BOOST_REQUIRE(r.exceptions.size() == 1u);
  BOOST_TEST((r.exceptions[0] == nullptr));
  BOOST_TEST((now() == 1s));
}

// conformance: SR3
ASYNCIO_TEST_CASE(a_failure_starts_the_next_at_once) {
  std::vector<function> all{[] { return fail("one", 1s); }, [] { return give(2, 1s); }};
  auto const r = co_await race_staggered(all, 1h);
  BOOST_REQUIRE(r.winner.has_value());
  BOOST_TEST(*r.value == 2);
  BOOST_TEST(*r.winner == 1u);
  BOOST_REQUIRE(r.exceptions.size() == 2u);
  BOOST_TEST(text_of(r.exceptions[0]) == "one");
  BOOST_TEST((r.exceptions[1] == nullptr));
  BOOST_TEST((now() == 2s));
}

// conformance: SR3
ASYNCIO_TEST_CASE(after_the_head_start_the_next_starts_beside_the_first) {
  std::string log;
  std::vector<function> all{[&log] { return logged(log, 'a', 1h); }, [&log] { return logged(log, 'b', 1s); }};
  auto const r = co_await race_staggered(all, 100ms);
  BOOST_REQUIRE(r.winner.has_value());
  BOOST_TEST(*r.winner == 1u);
  BOOST_TEST(text_of(r.exceptions[0]) == "cancelled");
  BOOST_TEST(log == "ab.!A");
  BOOST_TEST((now() == 1100ms));
  BOOST_TEST(tasks() == 1u);
  BOOST_TEST(!asyncio::loop::running().core().has_timers());
}

// conformance: SR3
ASYNCIO_TEST_CASE(a_failure_of_an_earlier_one_does_not_start_the_next_before_its_time) {
  std::string log;
  std::vector<function> all{[] { return fail("one", 3s); }, [&log] { return logged(log, 'b', 1h); },
                            [&log] { return logged(log, 'c', 1s); }};
  auto const r = co_await race_staggered(all, 2s);  // the second starts at 2 s, the third at 4 s
  BOOST_REQUIRE(r.winner.has_value());
  BOOST_TEST(*r.winner == 2u);
  BOOST_TEST((now() == 5s));
}

// conformance: SR4
ASYNCIO_TEST_CASE(without_a_success_there_is_no_winner_but_every_exception) {
  std::vector<function> all{[] { return fail("one", 2s); }, [] { return fail("two", 1s); },
                            [] { return fail("three", 1s); }};
  auto const r = co_await race_staggered(all, 1500ms);
  BOOST_TEST(!r.winner.has_value());
  BOOST_TEST(!r.value.has_value());
  BOOST_REQUIRE(r.exceptions.size() == 3u);
  BOOST_TEST(text_of(r.exceptions[0]) == "one");
  BOOST_TEST(text_of(r.exceptions[1]) == "two");
  BOOST_TEST(text_of(r.exceptions[2]) == "three");
  BOOST_TEST((now() == 3500ms));
}

// conformance: SR4
ASYNCIO_TEST_CASE(functions_that_throw_instead_of_returning_a_coroutine_have_failed) {
  std::vector<function> all{[]() -> awaitable<int> { throw std::runtime_error("not even started"); },
                            [] { return give(2, 1s); }};
  auto const r = co_await race_staggered(all, 1h);
  BOOST_REQUIRE(r.winner.has_value());
  BOOST_TEST(*r.winner == 1u);
  BOOST_TEST(text_of(r.exceptions[0]) == "not even started");
}

// conformance: SR5
ASYNCIO_TEST_CASE(of_simultaneous_winners_of_a_staggered_race_one_wins) {
  std::vector<function> all{[] { return give(0, 2s); }, [] { return give(1, 1s); }};
  auto const r = co_await race_staggered(all, 1s);
  BOOST_REQUIRE(r.winner.has_value());
  BOOST_TEST(static_cast<std::size_t>(*r.value) == *r.winner);
  BOOST_TEST((now() == 2s));
}

// conformance: SR6
ASYNCIO_TEST_CASE(each_cancel_reaches_those_that_run_and_all_have_ended_before_it_is_thrown) {
  struct body {
    static awaitable<int> stubborn(int& cancels) {
      for (int i = 0; i < 3; ++i) {
        try {
          co_await asyncio::sleep(1h);
        } catch (asyncio::cancelled_error const&) {
          ++cancels;
        }
      }
      throw asyncio::cancelled_error();
    }
    static awaitable<void> caller(int& cancels) {
      std::vector<function> all{[&cancels] { return stubborn(cancels); }, [&cancels] { return stubborn(cancels); }};
      co_await race_staggered(all, 1s);
    }
  };
  auto& cancels = keep_alive<int>();
  auto t = asyncio::create_task(body::caller(cancels));
  co_await asyncio::sleep(2s);
  for (int i = 1; i <= 3; ++i) {
    BOOST_TEST(!t.done());
    t.cancel();
    co_await asyncio::sleep(1s);
    BOOST_TEST(cancels == 2 * i);
  }
  BOOST_TEST(t.cancelled());
  BOOST_TEST((now() == 5s));
}

// conformance: E6
ASYNCIO_TEST_CASE(contestants_that_never_wait_have_their_turns_one_after_the_other) {
  struct body {
    static awaitable<int> ready(std::string& log, char name) {
      log += name;
      if (name == 'a') throw std::runtime_error("not this one");
      co_return name;
    }
  };
  std::string log;
  std::vector<function> all;
  for (char c : std::string("abc")) all.push_back([&log, c] { return body::ready(log, c); });
  auto const r = co_await race_staggered(all, 1h);
  BOOST_TEST(log == "ab");
  BOOST_REQUIRE(r.winner.has_value());
  BOOST_TEST(*r.winner == 1u);
  BOOST_REQUIRE(r.exceptions.size() == 2u);
  BOOST_TEST(text_of(r.exceptions[0]) == "not this one");
  BOOST_TEST((now() == 0s));
}

ASYNCIO_TEST_CASE(without_a_delay_only_a_failure_starts_the_next) {
  std::string log;
  std::vector<function> all{[&log] { return logged(log, 'a', 24h); }, [&log] { return logged(log, 'b', 1s); }};
  auto const r = co_await race_staggered(all, std::nullopt);
  BOOST_TEST(log == "a.");
  BOOST_REQUIRE(r.winner.has_value());
  BOOST_TEST(*r.winner == 0u);
}

ASYNCIO_TEST_CASE(without_a_head_start_all_run_at_once) {
  std::string log;
  auto const r = co_await race_staggered(functions(log, "abc", 1s), 0s);
  BOOST_TEST(r.winner.has_value());
  BOOST_TEST(r.exceptions.size() == 3u);
  BOOST_TEST((now() == 1s));
}

ASYNCIO_TEST_CASE(awaitables_may_be_staggered_too) {
  auto const r =
      co_await race_staggered(bodies(fail("one", 1s), give(2, 5s), give(3, 1s)), std::chrono::duration<double>(2.5));
  BOOST_REQUIRE(r.winner.has_value());
  BOOST_TEST(*r.value == 3);
  BOOST_TEST(*r.winner == 2u);
  BOOST_TEST((now() == 4500ms));
  std::vector<awaitable<void>> plain;
  plain.push_back(asyncio::sleep(1s));
  auto const v = co_await race_staggered(plain, 1s);
  BOOST_TEST(v.value.has_value());
}

ASYNCIO_TEST_CASE(functions_that_cannot_be_copied_may_be_staggered) {
  std::vector<owner> all;
  all.push_back(owner{std::make_unique<int>(4)});
  auto const r = co_await race_staggered(std::move(all), 1s);
  BOOST_REQUIRE(r.winner.has_value());
  BOOST_TEST(*r.value == 4);
}

ASYNCIO_TEST_CASE(a_lazy_range_is_pulled_when_it_is_the_next_ones_turn) {
  auto& pulled = keep_alive<int>();
  auto const make = [&pulled](int i) {
    ++pulled;
    return give(i, 5s);
  };
  auto t = asyncio::create_task(race_staggered(lazy_range(0, 10, make), 2s));
  co_await asyncio::sleep(1s);
  BOOST_TEST(pulled == 1);
  co_await asyncio::sleep(2s);
  BOOST_TEST(pulled == 2);
  auto const r = co_await t.join();
  BOOST_REQUIRE(r.winner.has_value());
  BOOST_TEST(*r.winner == 0u);
  BOOST_TEST(pulled == 3);
}

// -- raw Asio operations ------------------------------------------------------------------------------------------------

namespace {

using tcp = asio::ip::tcp;

struct pair {
  explicit pair(asio::io_context& ctx) : client(ctx), server(ctx) {
    tcp::acceptor acceptor(ctx, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    client.connect(acceptor.local_endpoint());
    acceptor.accept(server);
  }
  tcp::socket client;
  tcp::socket server;
};

awaitable<int> read_byte(tcp::socket& s, std::string& log) {
  char byte = 0;
  try {
    co_await s.async_read_some(asio::buffer(&byte, 1), asio::use_awaitable);
  } catch (boost::system::system_error const& e) {
    log += e.code() == asio::error::operation_aborted ? "aborted;" : "other;";
    throw;
  }
  log += "read;";
  co_return byte;
}

awaitable<int> raw_timer(asyncio::duration d) {
  asio::steady_timer timer(co_await asio::this_coro::executor, d);
  co_await timer.async_wait(asio::use_awaitable);
  co_return -1;
}

awaitable<int> spawned(tcp::socket& s, std::string& log) {
  auto const executor = co_await asio::this_coro::executor;
  co_return co_await asio::co_spawn(executor, read_byte(s, log), asio::use_awaitable);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_socket_that_loses_a_race_is_cancelled_promptly_and_stays_usable) {
  asio::io_context ctx;
  pair sockets(ctx);
  std::string log;
  struct caller {
    static awaitable<int> body(pair& p, std::string& l) {
      auto const first = co_await race(read_byte(p.client, l), raw_timer(1ms), spawned(p.server, l));
      l += std::to_string(first.index()) + ';';
      p.server.send(asio::buffer("x", 1));
      co_return co_await race(bodies(read_byte(p.client, l), raw_timer(1h)));
    }
  };
  auto t = asyncio::create_task(ctx, caller::body(sockets, log));
  ctx.run();  // ends: the timer of an hour was cancelled
  BOOST_TEST(t.result() == 'x');
  BOOST_TEST(log == "aborted;aborted;1;read;");
}

// All kinds of things in all orders: test/property/lost_items_test.cpp.
ASYNCIO_TEST_CASE(the_next_job_or_stop_in_one_step_loses_no_job) {
  for (bool const stop_first : {false, true}) {
    auto& jobs = keep_alive<asyncio::queue<int>>();
    auto& stop = keep_alive<asyncio::event>();
    auto both = asyncio::create_task([](asyncio::queue<int>& q, asyncio::event& e, bool first) -> awaitable<void> {
      co_await asyncio::yield();
      if (first) e.set();
      q.put_nowait(42);
      if (!first) e.set();
    }(jobs, stop, stop_first));
    auto const r = co_await race(jobs.get(), stop.wait());
    co_await both.join();
    BOOST_TEST((r.index() == 0) != (jobs.size() == 1));
  }
}

ASYNCIO_TEST_CASE(a_job_that_comes_at_the_instant_of_the_rivals_deadline_is_not_lost) {
  for (int const order : {0, 1}) {
    auto& jobs = keep_alive<asyncio::queue<int>>();
    auto put = [](asyncio::queue<int>& q) -> awaitable<void> {
      co_await asyncio::sleep(1s);
      q.put_nowait(42);
    };
    asyncio::task<void> producer;
    if (order == 0) producer = asyncio::create_task(put(jobs));
    if (order == 0) co_await asyncio::yield();
    auto consumer = asyncio::create_task(race(jobs.get(), asyncio::sleep(1s)));
    co_await asyncio::yield();
    co_await asyncio::yield();
    if (order == 1) producer = asyncio::create_task(put(jobs));
    auto const r = co_await consumer.join();
    co_await producer.join();
    BOOST_TEST((r.index() == 0) != (jobs.size() == 1));
  }
}

ASYNCIO_ORDERED_TEST_CASE(a_contestant_that_was_served_too_late_is_cancelled_once_and_can_clean_up) {
  auto& served = keep_alive<asyncio::event>();
  auto& stop = keep_alive<asyncio::event>();
  auto& cancels = keep_alive<int>(0);
  auto counts = [](asyncio::event& on, int& n) -> awaitable<int> {
    bool cancelled = false;
    try {
      co_await on.wait();
    } catch (asyncio::cancelled_error const&) {
      cancelled = true;
    }
    if (cancelled) ++n;
    for (int i = 0; i < 5; ++i) co_await asyncio::yield();
    co_await asyncio::sleep(1s);
    n += 10 * asyncio::current_task().cancelling();
    co_return 0;
  };
  auto wait = [](asyncio::event& on) -> awaitable<int> {
    co_await on.wait();
    co_return 1;
  };
  auto t = asyncio::create_task(race(bodies(wait(stop), counts(served, cancels))));
  co_await asyncio::testing::wait_all_tasks_blocked();
  stop.set();
  served.set();
  int const winner = co_await t.join();
  BOOST_TEST(winner == 1);
  BOOST_TEST(cancels == 11);
}

ASYNCIO_ORDERED_TEST_CASE(a_contestant_that_has_not_begun_when_the_race_is_decided_never_does) {
  auto& log = keep_alive<std::string>();
  auto at_once = [](std::string& to) -> awaitable<int> {
    to += 'a';
    co_return 7;
  };
  int const winner = co_await race(bodies(at_once(log), logged(log, 'b', 0s)));
  BOOST_TEST(winner == 7);
  BOOST_TEST(log == "a");
}

BOOST_AUTO_TEST_CASE(cancelling_a_race_of_raw_operations_leaves_nothing_pending) {
  asio::io_context ctx;
  pair sockets(ctx);
  std::string log;
  struct caller {
    static awaitable<void> body(pair& p, std::string& l) {
      co_await race(read_byte(p.client, l), raw_timer(1h), spawned(p.server, l));
    }
  };
  auto t = asyncio::create_task(ctx, caller::body(sockets, log));
  ctx.poll();
  BOOST_TEST(t.cancel());
  ctx.run();
  BOOST_TEST(t.cancelled());
  BOOST_TEST(log == "aborted;aborted;");
}

BOOST_AUTO_TEST_CASE(a_race_works_in_a_plain_coroutine) {
  asio::io_context ctx;
  int value = 0;
  asio::co_spawn(ctx, race(bodies(raw_timer(1h), give(3, 1ms), raw_timer(1h))), [&](std::exception_ptr e, int v) {
    BOOST_TEST((e == nullptr));
    value = v;
  });
  ctx.run();
  BOOST_TEST(value == 3);
}

BOOST_AUTO_TEST_CASE(a_race_in_a_plain_coroutine_is_cancelled_through_its_slot) {
  asio::io_context ctx;
  asio::cancellation_signal signal;
  std::string how;
  auto done = [&](std::exception_ptr e, int) { how = text_of(e); };
  asio::co_spawn(ctx, race(bodies(raw_timer(1h), give(3, 1h))), asio::bind_cancellation_slot(signal.slot(), done));
  ctx.poll();
  signal.emit(asio::cancellation_type::terminal);
  ctx.run();
  BOOST_TEST(how.starts_with("the wait was cancelled"));  // Asio's error
}

BOOST_AUTO_TEST_CASE(a_loop_destroyed_under_a_race_leaves_nothing) {
  auto alive = std::make_shared<int>(0);
  struct body {
    static awaitable<int> keeps(std::shared_ptr<int>) { co_return co_await give(1, 1h); }
  };
  {
    asio::io_context ctx;
    asyncio::loop::of(ctx).set_exception_handler([](asyncio::exception_context const&) {});
    asyncio::create_task(ctx, race(bodies(body::keeps(alive), body::keeps(alive))));
    std::vector<function> all{[&] { return body::keeps(alive); }};
    asyncio::create_task(ctx, race_staggered(all, 1s));
    ctx.poll();
    BOOST_TEST(alive.use_count() > 3);
  }
  BOOST_TEST(alive.use_count() == 1);
}
