// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE cancel_error
// What a cancel is thrown as: by this library, by Asio, by others.
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::testing::keep_alive;

namespace {

/// What a handler takes that knows of errors only, and what passes it by.
std::string taken(std::exception_ptr const& e) {
  if (!e) return "nothing";
  try {
    std::rethrow_exception(e);
  } catch (asyncio::timeout_error const&) {
    return "timeout_error";
  } catch (boost::system::system_error const& x) {
    return x.code() == asio::error::operation_aborted ? "aborted" : x.what();
  } catch (std::exception const& x) {
    return x.what();
  } catch (asyncio::cancelled_error const&) {
    return "cancelled_error";
  }
}

std::string end_of(asyncio::any_task const& t) {
  if (!t.done()) return "pending";
  if (t.cancelled()) return "cancelled";
  return t.exception() ? "failed" : "finished";
}

awaitable<void> settle(asyncio::any_task t) {
  while (!t.done()) co_await asyncio::yield();
}

// -- codes that say that an operation was cancelled --------------------------------------------------------------------

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"  // Boost's categories have none
class other_category final : public boost::system::error_category {
 public:
  char const* name() const noexcept override { return "other"; }
  std::string message(int) const override { return "other"; }
  boost::system::error_condition default_error_condition(int value) const noexcept override {
    if (value == 1) return make_error_condition(boost::system::errc::operation_canceled);
    return boost::system::error_condition(value, *this);
  }
};

#pragma GCC diagnostic pop

boost::system::error_code other_code(int value) {
  static other_category const category;
  return {value, category};
}

awaitable<void> raw_wait(asyncio::duration d) {
  asio::steady_timer timer(co_await asio::this_coro::executor, d);
  co_await timer.async_wait(asio::use_awaitable);
}

/// Waits for ever; how an operation of another library ends that is cancelled.
awaitable<void> until_aborted(void (*answer)()) {
  bool aborted = false;
  try {
    co_await raw_wait(1h);
  } catch (boost::system::system_error const& e) {
    aborted = e.code() == asio::error::operation_aborted;
  }
  if (aborted) answer();
}

using channel = asio::experimental::channel<void(boost::system::error_code, int)>;

awaitable<void> receives() {
  channel c(co_await asio::this_coro::executor, 0);
  (void)co_await c.async_receive(asio::use_awaitable);
}
awaitable<void> sends() {
  channel c(co_await asio::this_coro::executor, 0);
  co_await c.async_send(boost::system::error_code(), 1, asio::use_awaitable);
}
awaitable<void> receives_and_sends() {
  using namespace asio::experimental::awaitable_operators;
  co_await (receives() && sends());
}
void throw_channel() { throw boost::system::system_error(asio::experimental::error::channel_cancelled); }
void throw_other() { throw boost::system::system_error(other_code(1)); }
void throw_condition() { throw boost::system::system_error(make_error_code(boost::system::errc::operation_canceled)); }
void throw_std() { throw std::system_error(make_error_code(std::errc::operation_canceled)); }
void throw_std_in_boost() { throw boost::system::system_error(make_error_code(std::errc::operation_canceled)); }

struct answer {
  char const* name;
  std::function<awaitable<void>()> operation;
};

std::vector<answer> const answers = {
    {"a channel's receiver", &receives},
    {"a channel's sender", &sends},
    {"both, awaited with &&", &receives_and_sends},
    {"a category of the user's", [] { return until_aborted(&throw_other); }},
    {"the generic code", [] { return until_aborted(&throw_condition); }},
    {"std::system_error", [] { return until_aborted(&throw_std); }},
    {"std::error_code", [] { return until_aborted(&throw_std_in_boost); }},
};

// -- who cancels -------------------------------------------------------------------------------------------------------

awaitable<void> fails() {
  co_await asyncio::sleep(1ms);
  throw std::runtime_error("the real error");
}

awaitable<void> two_children(asyncio::task_group& g, awaitable<void> body) {
  g.create_task(std::move(body));
  g.create_task(fails());
  co_return;
}

awaitable<void> cancels_its_group(asyncio::task_group& g, awaitable<void> body) {
  g.create_task(std::move(body));
  co_await asyncio::sleep(1ms);
  g.cancel();
}

awaitable<void> is_in_its_group(asyncio::task_group& g, awaitable<void> body) {
  g.create_task(fails());
  co_await std::move(body);
}

awaitable<void> task_cancel(awaitable<void> body) {
  auto t = asyncio::create_task(std::move(body));
  co_await asyncio::sleep(1ms);
  t.cancel("text");
  co_await settle(t);
  BOOST_TEST(end_of(t) == "cancelled");
  co_await t.join();
}
awaitable<void> by_timeout(awaitable<void> body) { co_await asyncio::timeout(1ms, std::move(body)); }
awaitable<void> by_wait_for(awaitable<void> body) { co_await asyncio::wait_for(std::move(body), 1ms); }
awaitable<void> by_move_on(awaitable<void> body) {
  bool const finished = co_await asyncio::move_on_after(1ms, std::move(body));
  BOOST_TEST(!finished);
}
awaitable<void> by_race(awaitable<void> body) {
  auto const winner = co_await asyncio::race(std::move(body), asyncio::sleep(1ms));
  BOOST_TEST(winner.index() == 1u);
}
awaitable<void> by_gather(awaitable<void> body) { co_await asyncio::gather(std::move(body), fails()); }
awaitable<void> by_group(awaitable<void> body) { co_await asyncio::with_task_group(two_children, std::move(body)); }
awaitable<void> by_group_of_the_body(awaitable<void> body) {
  co_await asyncio::with_task_group(is_in_its_group, std::move(body));
}
awaitable<void> by_group_cancel(awaitable<void> body) {
  co_await asyncio::with_task_group(cancels_its_group, std::move(body));
}
awaitable<void> by_token(awaitable<void> body) {
  asyncio::cancellation_token token;
  asyncio::loop::running().call_later(1ms, [token] { token.cancel(); });
  bool const finished = co_await token.run_until_cancelled(std::move(body));
  BOOST_TEST(!finished);
}
awaitable<void> of_a_shielded_task(awaitable<void> body) {
  auto t = asyncio::create_task(std::move(body));
  asyncio::loop::running().call_later(1ms, [t]() mutable { t.cancel(); });
  co_await asyncio::shield(t);
}
awaitable<void> of_a_task_in_as_completed(awaitable<void> body) {
  std::vector<asyncio::task<void>> const tasks(1, asyncio::create_task(std::move(body)));
  asyncio::loop::running().call_later(1ms, [t = tasks[0]]() mutable { t.cancel(); });
  auto completed = asyncio::as_completed(tasks);
  auto const first = co_await completed.next();
  BOOST_REQUIRE(first.has_value());
  first->result();
}
awaitable<void> of_a_task_in_gather(awaitable<void> body) {
  auto t = asyncio::create_task(std::move(body));
  asyncio::loop::running().call_later(1ms, [t]() mutable { t.cancel(); });
  co_await asyncio::gather(t);
}

struct way {
  char const* name;
  awaitable<void> (*cancels)(awaitable<void>);
  char const* right;
};

constexpr way ways[] = {
    {"task::cancel", &task_cancel, "cancelled_error"},
    {"timeout", &by_timeout, "timeout_error"},
    {"wait_for", &by_wait_for, "timeout_error"},
    {"move_on_after", &by_move_on, "nothing"},
    {"race", &by_race, "nothing"},
    {"gather", &by_gather, "the real error"},
    {"a task group whose other child fails", &by_group, "unhandled errors in a TaskGroup (1 sub-exception)"},
    {"a task group whose child fails", &by_group_of_the_body, "unhandled errors in a TaskGroup (1 sub-exception)"},
    {"task_group::cancel", &by_group_cancel, "nothing"},
    {"a token", &by_token, "nothing"},
    {"shield", &of_a_shielded_task, "cancelled_error"},
    {"as_completed", &of_a_task_in_as_completed, "cancelled_error"},
    {"gather over tasks", &of_a_task_in_gather, "cancelled_error"},
};

awaitable<std::string> outcome_of(awaitable<void> body) {
  std::exception_ptr thrown;
  try {
    co_await std::move(body);
  } catch (...) {
    thrown = std::current_exception();
  }
  std::string const text = taken(thrown);
  co_return text.substr(0, text.find('\n'));
}

}  // namespace

ASYNCIO_TEST_CASE(an_operation_that_was_cancelled_may_say_so_with_a_code_of_its_own) {
  for (way const& by : ways) {
    for (answer const& a : answers) {
      BOOST_TEST_CONTEXT(by.name << ", " << a.name) {
        std::string const what = co_await outcome_of(by.cancels(a.operation()));
        BOOST_TEST(what == by.right);
        BOOST_TEST(asyncio::all_tasks().size() == 1u);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(at_the_end_of_run_there_is_nothing_to_report_of_operations_with_such_codes) {
  std::vector<std::string> reports;
  std::vector<asyncio::task<void>> tasks;
  auto const body = [&]() -> awaitable<void> {
    asyncio::loop::running().set_exception_handler(
        [&reports](asyncio::loop&, asyncio::exception_context const& what) { reports.push_back(what.message); });
    for (answer const& a : answers) tasks.push_back(asyncio::create_task(a.operation()));
    co_await asyncio::sleep(1ms);
  };
  asyncio::testing::run(body());
  BOOST_TEST(reports.empty());
  for (auto const& t : tasks) BOOST_TEST(end_of(t) == "cancelled");
}

ASYNCIO_TEST_CASE(the_same_codes_are_errors_when_nobody_has_cancelled) {
  static auto const throws = [](void (*how)()) -> awaitable<void> {
    co_await asyncio::yield();
    how();
  };
  static auto const in_a_group = [](asyncio::task_group& g, void (*how)()) -> awaitable<void> {
    g.create_task(throws(how));
    co_return;
  };
  for (auto* const how : {&throw_channel, &throw_other, &throw_condition, &throw_std, &throw_std_in_boost}) {
    auto t = asyncio::create_task(throws(how));
    co_await settle(t);
    BOOST_TEST(end_of(t) == "failed");
    std::string const of_a_timeout = co_await outcome_of(asyncio::timeout(1h, throws(how)));
    BOOST_TEST(of_a_timeout != "timeout_error");
    BOOST_TEST(of_a_timeout != "nothing");
    std::string const of_a_group = co_await outcome_of(asyncio::with_task_group(in_a_group, how));
    BOOST_TEST(of_a_group == "unhandled errors in a TaskGroup (1 sub-exception)");
  }
}

ASYNCIO_TEST_CASE(another_error_of_an_operation_that_was_cancelled_is_an_error) {
  static auto const unrelated = [] { throw boost::system::system_error(other_code(2)); };
  auto t = asyncio::create_task(until_aborted(+unrelated));
  co_await asyncio::testing::wait_all_tasks_blocked();
  t.cancel();
  co_await settle(t);
  BOOST_TEST(end_of(t) == "failed");
}

// -- a handler for errors ------------------------------------------------------------------------------------------------

ASYNCIO_TEST_CASE(a_loop_that_goes_on_after_each_error_ends_when_it_is_cancelled) {
  static auto const step = [](int n) -> awaitable<void> {
    co_await asyncio::sleep(1s);
    if (n % 2 == 0) throw std::runtime_error("a step failed");
  };
  static auto const serve = [](int& failures) -> awaitable<void> {
    for (int n = 0;; ++n) {
      try {
        co_await step(n);
      } catch (std::exception const&) {
        ++failures;
      }
    }
  };
  int& failures = keep_alive<int>();
  auto t = asyncio::create_task(serve(failures));
  co_await asyncio::sleep(4500ms);
  t.cancel();
  co_await settle(t);
  BOOST_TEST(end_of(t) == "cancelled");
  BOOST_TEST(failures == 2);
}

// -- coroutines that are not tasks ---------------------------------------------------------------------------------------

namespace {

awaitable<void> sleeps() { co_await asyncio::sleep(1h); }
awaitable<int> gives_one_late() {
  co_await asyncio::sleep(1h);
  co_return 1;
}
awaitable<void> gets() {
  asyncio::queue<int> q;
  (void)co_await q.get();
}
awaitable<void> waits_for_event() {
  asyncio::event e;
  co_await e.wait();
}
awaitable<void> acquires() {
  asyncio::lock l;
  auto const held = l.try_acquire();
  (void)co_await l.acquire();
}
awaitable<void> joins() {
  auto const t = asyncio::create_task(sleeps());
  co_await t.join();
}
awaitable<void> joins_any() {
  asyncio::any_task const t = asyncio::create_task(gives_one_late());
  co_await t.join();
}
awaitable<void> shields() { (void)co_await asyncio::shield(asyncio::create_task(gives_one_late())); }
awaitable<void> waits_for_future() {
  asyncio::future<int> f;
  (void)co_await f.wait();
}
awaitable<void> gathers() { (void)co_await asyncio::gather(gives_one_late(), sleeps()); }
awaitable<void> gathers_tasks() {
  auto const t = asyncio::create_task(sleeps());
  co_await asyncio::gather(t);
}
awaitable<void> races() { (void)co_await asyncio::race(sleeps(), sleeps()); }
awaitable<void> has_timeout() { co_await asyncio::timeout(2h, sleeps()); }
awaitable<void> moves_on() { (void)co_await asyncio::move_on_after(2h, sleeps()); }
awaitable<void> waits() {
  std::vector<asyncio::task<void>> const all(1, asyncio::create_task(sleeps()));
  co_await asyncio::wait(all);
}
awaitable<void> sleeps_in_a_group(asyncio::task_group&) { co_await asyncio::sleep(1h); }
awaitable<void> has_a_group() { co_await asyncio::with_task_group(sleeps_in_a_group); }
awaitable<void> cleans_up() { co_await asyncio::yield(); }
awaitable<void> has_cleanup() { co_await asyncio::finally(sleeps(), cleans_up()); }
awaitable<void> is_cancelled_in_its_cleanup() { co_await asyncio::finally(cleans_up(), asyncio::sleep(1ms)); }
awaitable<void> asks_in_a_thread() {
  static auto const patient = [] {
    for (;;) asyncio::check_thread_cancelled();
  };
  co_await asyncio::to_thread(patient);
}

struct foreign_wait {
  char const* name;
  awaitable<void> (*start)();
};

constexpr foreign_wait foreign_waits[] = {
    {"sleep", &sleeps},
    {"queue::get", &gets},
    {"event::wait", &waits_for_event},
    {"lock::acquire", &acquires},
    {"task::join", &joins},
    {"any_task::join", &joins_any},
    {"shield", &shields},
    {"future::wait", &waits_for_future},
    {"gather", &gathers},
    {"gather over tasks", &gathers_tasks},
    {"race", &races},
    {"timeout", &has_timeout},
    {"move_on_after", &moves_on},
    {"wait", &waits},
    {"with_task_group", &has_a_group},
    {"finally", &has_cleanup},
    {"finally, cancelled in its cleanup", &is_cancelled_in_its_cleanup},
    {"to_thread", &asks_in_a_thread},
};

}  // namespace

BOOST_AUTO_TEST_CASE(in_a_coroutine_that_is_not_a_task_a_cancelled_wait_throws_as_asios_operations_do) {
  for (foreign_wait const& w : foreign_waits) {
    BOOST_TEST_CONTEXT(w.name) {
      asio::io_context context;
      asyncio::loop::of(context).set_exception_handler([](asyncio::loop&, asyncio::exception_context const&) {});
      asio::cancellation_signal signal;
      std::string what = "pending";
      auto const ended = [&what](std::exception_ptr const& e) { what = taken(e); };
      asio::co_spawn(context, w.start(), asio::bind_cancellation_slot(signal.slot(), ended));
      context.poll();
      signal.emit(asio::cancellation_type::terminal);
      context.restart();
      context.run_for(2s);
      BOOST_TEST(what == "aborted");
    }
  }
}

BOOST_AUTO_TEST_CASE(what_a_task_was_cancelled_with_reaches_a_coroutine_that_is_not_a_task_as_asios_code) {
  static auto const waits_for = [](asyncio::task<void> t) -> awaitable<void> { co_await t.join(); };
  asio::io_context context;
  auto t = asyncio::create_task(context, sleeps());
  std::string what = "pending";
  asio::co_spawn(context, waits_for(t), [&what](std::exception_ptr const& e) { what = taken(e); });
  context.poll();
  t.cancel();
  context.restart();
  context.run_for(2s);
  BOOST_TEST(what == "aborted");
}

BOOST_AUTO_TEST_CASE(a_future_of_asios_gets_its_code_of_a_cancelled_wait) {
  asio::io_context context;
  auto t = asyncio::create_task(context, sleeps());
  std::future<void> outcome;
  asio::post(context, [&] { outcome = t.join()(asio::use_future); });
  context.poll();
  t.cancel();
  context.restart();
  context.run_for(2s);
  BOOST_REQUIRE((outcome.wait_for(0s) == std::future_status::ready));
  try {
    outcome.get();
    BOOST_ERROR("nothing was thrown");
  } catch (std::exception const&) {
    BOOST_TEST(taken(std::current_exception()) == "aborted");
  }
}
