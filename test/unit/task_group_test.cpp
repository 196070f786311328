// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE task_group
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::task_group;
using asyncio::with_task_group;
using asyncio::testing::keep_alive;

namespace {

asyncio::duration now() { return asyncio::loop::running().time().time_since_epoch(); }

std::string text_of(std::exception_ptr const& e) {
  if (!e) return "no exception";
  try {
    std::rethrow_exception(e);
  } catch (asyncio::exception_group const& g) {
    std::string text = "group[";
    for (std::exception_ptr const& member : g.exceptions()) text += (text.back() == '[' ? "" : ",") + text_of(member);
    return text + ']';
  } catch (asyncio::cancelled_error const& c) {
    return "cancelled:" + std::string(c.message());
  } catch (asyncio::timeout_error const&) {
    return "timeout";
  } catch (std::exception const& x) {
    return x.what();
  }
}

/// How awaiting something ended: "value", "group[a,b]", "cancelled:message", or the text of the exception.
template <class T>
awaitable<std::string> outcome(awaitable<T> aw) {
  std::exception_ptr failure;
  try {
    co_await std::move(aw);
  } catch (...) {
    failure = std::current_exception();
  }
  co_return failure ? text_of(failure) : "value";
}

bool starts_with(std::string const& text, std::string const& beginning) { return text.starts_with(beginning); }

awaitable<int> give(int value, asyncio::duration d = 0s) {
  co_await asyncio::sleep(d);
  co_return value;
}

awaitable<void> fail(std::string text, asyncio::duration d = 0s) {
  co_await asyncio::sleep(d);
  throw std::runtime_error(text);
}

awaitable<void> note(std::string& log, std::string text, asyncio::duration d = 0s) {
  co_await asyncio::sleep(d);
  log += text;
}

/// Logs its name in lower case when it gets to its end, in upper case when it is cancelled; then takes `cleanup` to end.
awaitable<void> logged(std::string& log, char name, asyncio::duration d = 1h, asyncio::duration cleanup = 0s) {
  std::exception_ptr cancelled;
  try {
    co_await asyncio::sleep(d);
  } catch (asyncio::cancelled_error const&) {
    cancelled = std::current_exception();
  }
  log += static_cast<char>(cancelled ? name - 'a' + 'A' : name);
  if (!cancelled) co_return;
  if (cleanup > 0s) co_await asyncio::sleep(cleanup);
  std::rethrow_exception(cancelled);
}

/// Answers its cancel with an error, `cleanup` later.
awaitable<void> fails_when_cancelled(std::string text, asyncio::duration cleanup = 0s) {
  bool cancelled = false;
  try {
    co_await asyncio::sleep(1h);
  } catch (asyncio::cancelled_error const&) {
    cancelled = true;
  }
  if (cancelled) co_await asyncio::sleep(cleanup);
  throw std::runtime_error(text);
}

awaitable<void> ignores_cancel(asyncio::duration d) {
  try {
    co_await asyncio::sleep(1h);
  } catch (asyncio::cancelled_error const&) {}
  co_await asyncio::sleep(d);
}

awaitable<void> forever() { co_await asyncio::sleep_forever(); }

awaitable<void> nothing(task_group&) { co_return; }

/// Sets a flag when it is destroyed: shows that a coroutine was closed.
class destroyed {
 public:
  explicit destroyed(bool& flag) noexcept : flag_(&flag) {}
  destroyed(destroyed&& other) noexcept : flag_(std::exchange(other.flag_, nullptr)) {}
  destroyed& operator=(destroyed&&) = delete;
  ~destroyed() {
    if (flag_) *flag_ = true;
  }

 private:
  bool* flag_;
};

awaitable<void> holds(destroyed) { co_return; }

}  // namespace

// -- the end of a group ------------------------------------------------------------------------------------------------

// conformance: TG1
ASYNCIO_TEST_CASE(the_call_waits_for_all_children_and_their_results_can_be_read_afterwards) {
  std::optional<asyncio::task<int>> first, second;
  auto body = [&](task_group& g) -> awaitable<void> {
    first = g.create_task(give(1, 3s));
    second = g.create_task(give(2, 1s));
    co_return;
  };
  co_await with_task_group(body);
  BOOST_TEST((now() == 3s));
  BOOST_TEST(first->result() == 1);
  BOOST_TEST(second->result() == 2);
}

// conformance: TG1
ASYNCIO_TEST_CASE(a_body_that_awaits_nothing_need_not_be_a_coroutine) {
  auto const add = [](int& to, int n) -> awaitable<void> {
    co_await asyncio::sleep(1s);
    to += n;
  };
  int& kept = keep_alive<int>(0);
  auto const body = [&](auto& group) {
    for (int i = 1; i <= 3; ++i) group.create_task(add(kept, i));
  };
  co_await asyncio::with_task_group(body);
  BOOST_TEST(kept == 6);
  auto const with_arguments = [&](asyncio::task_group& group, int n) { group.create_task(add(kept, n)); };
  co_await asyncio::with_task_group(with_arguments, 4);
  BOOST_TEST(kept == 10);
}

ASYNCIO_TEST_CASE(a_plain_body_that_throws_cancels_the_children_it_has_created) {
  auto& ends = keep_alive<std::string>();
  auto const waits = [](std::string& log) -> awaitable<void> {
    try {
      co_await asyncio::sleep_forever();
    } catch (asyncio::cancelled_error const&) {
      log += "cancelled";
      throw;
    }
  };
  auto const body = [&](asyncio::task_group& group) {
    group.create_task(waits(ends), asyncio::task_options().eager_start(true));
    throw std::runtime_error("no");
  };
  BOOST_CHECK_THROW(co_await asyncio::with_task_group(body), asyncio::exception_group);
  BOOST_TEST(ends == "cancelled");
}

ASYNCIO_TEST_CASE(children_may_be_added_at_any_time_while_the_body_runs) {
  std::string log;
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(note(log, "a", 1s));
    co_await asyncio::sleep(2s);
    g.create_task(note(log, "b", 1s));
  };
  co_await with_task_group(body);
  BOOST_TEST(log == "ab");
  BOOST_TEST((now() == 3s));
}

// conformance: TG1
ASYNCIO_TEST_CASE(children_may_add_children_after_the_body_has_ended) {
  std::string log;
  auto grandchild = [&](task_group g) -> awaitable<void> {
    co_await asyncio::sleep(1s);
    g.create_task(note(log, "b", 1s));
    log += "a";
  };
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(grandchild(g));
    co_return;
  };
  co_await with_task_group(body);
  BOOST_TEST(log == "ab");
  BOOST_TEST((now() == 2s));
}

// conformance: TG1
ASYNCIO_TEST_CASE(any_task_of_the_loop_may_add_children_while_the_group_is_open) {
  auto& log = keep_alive<std::string>();
  auto body = [&](task_group& g) -> awaitable<void> {
    auto& stranger = keep_alive([&log](task_group group) -> awaitable<void> {
      group.create_task(note(log, "child", 1s));
      co_return;
    });
    auto other = asyncio::create_task(stranger(g));
    co_await other.join();
  };
  co_await with_task_group(body);
  BOOST_TEST(log == "child");
}

ASYNCIO_TEST_CASE(the_call_returns_what_the_body_returns) {
  auto body = [](task_group& g, int a, std::unique_ptr<int> b) -> awaitable<std::unique_ptr<int>> {
    g.create_task(asyncio::sleep(1s));
    co_return std::make_unique<int>(a + *b);
  };
  auto const sum = co_await with_task_group(body, 3, std::make_unique<int>(4));
  BOOST_TEST(*sum == 7);
}

ASYNCIO_TEST_CASE(operations_are_children_as_well) {
  auto body = [](task_group& g) -> awaitable<void> {
    auto t = g.create_task(asyncio::sleep(2s), "sleeper");
    BOOST_TEST(t.name() == "sleeper");
    auto first = g.create_task(give(4, 1s));
    auto joined = g.create_task(first.join());
    BOOST_TEST((co_await joined.join()) == 4);
  };
  co_await with_task_group(body);
  BOOST_TEST((now() == 2s));
}

ASYNCIO_TEST_CASE(a_group_without_children_ends_with_its_body_at_once) {
  auto& ran = keep_alive<int>();
  auto other = asyncio::loop::running().call_soon([&] { ++ran; });
  co_await with_task_group(nothing);
  BOOST_TEST(ran == 0);  // nothing had a turn in between
  other.cancel();
}

ASYNCIO_TEST_CASE(captures_and_arguments_of_the_body_outlive_the_children) {
  auto log = std::make_shared<std::string>();
  {
    auto body = [log](task_group& g) -> awaitable<void> {
      g.create_task(note(*log, "child", 1s));
      co_return;
    };
    auto running = with_task_group(body);
    co_await std::move(running);
  }
  BOOST_TEST(*log == "child");
}

// conformance: TG14, XN8
ASYNCIO_TEST_CASE(children_that_have_ended_are_dropped_from_the_group_at_once) {
  auto body = [](task_group& g) -> awaitable<void> {
    for (int i = 0; i < 50; ++i) {
      g.create_task(give(i));
      co_await asyncio::sleep(1s);
      BOOST_TEST(g.tasks().empty());
    }
    auto t = g.create_task(forever(), "last");
    BOOST_REQUIRE(g.tasks().size() == 1u);
    BOOST_TEST(g.tasks()[0].name() == "last");
    t.cancel();
  };
  co_await with_task_group(body);
}

// conformance: TG16
ASYNCIO_ORDERED_TEST_CASE(create_task_passes_name_context_and_eager_start_on) {
  static asyncio::context_var<int> level(0);
  std::string log;
  auto child = [&](std::string text) -> awaitable<void> {
    log += text + std::to_string(level.get());
    (void)level.set(9);
    co_return;
  };
  asyncio::context const own;
  auto body = [&](task_group& g) -> awaitable<void> {
    (void)level.set(1);
    auto named = g.create_task(child("named"), "its name");
    BOOST_TEST(named.name() == "its name");
    auto other = g.create_task(child("other"), asyncio::task_options().context(own));
    auto eager = g.create_task(child("eager"), asyncio::task_options().name("e").eager_start(true));
    BOOST_TEST(eager.done());
    BOOST_TEST(log == "eager1");
    co_await asyncio::yield();
    BOOST_TEST(log == "eager1named1other0");
  };
  co_await with_task_group(body);
  BOOST_TEST(level.get() == 1);
  asyncio::context copy(own);
  BOOST_TEST(copy.run([] { return level.get(); }) == 9);
}

ASYNCIO_TEST_CASE(create_task_fn_keeps_a_callable_and_its_arguments) {
  auto body = [](task_group& g) -> awaitable<int> {
    auto offset = std::make_shared<int>(5);
    auto add = [offset](std::string text) -> awaitable<int> {
      co_await asyncio::sleep(1s);
      co_return *offset + static_cast<int>(text.size());
    };
    auto t = g.create_task_fn(add, std::string("four"));
    co_return co_await t.join();
  };
  int const sum = co_await with_task_group(body);
  BOOST_TEST(sum == 9);
}

// -- failures ----------------------------------------------------------------------------------------------------------

// conformance: TG2
ASYNCIO_TEST_CASE(a_child_that_is_cancelled_by_itself_disturbs_nobody) {
  std::string log;
  auto body = [&](task_group& g) -> awaitable<void> {
    auto victim = g.create_task(logged(log, 'x'));
    g.create_task(logged(log, 'a', 3s));
    co_await asyncio::sleep(1s);
    victim.cancel();
    co_await asyncio::sleep(1s);
    BOOST_TEST(victim.cancelled());
    log += "body";
  };
  co_await with_task_group(body);
  BOOST_TEST(log == "Xbodya");
}

// conformance: TG3, TG5, XN4
ASYNCIO_TEST_CASE(the_first_failure_cancels_the_siblings_and_the_body) {
  std::string log;
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(logged(log, 'a', 1h, 2s));
    g.create_task(fail("boom", 1s));
    co_await logged(log, 'b', 1h, 1s);
    log += "never";
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[boom]");
  BOOST_TEST((log == "AB" || log == "BA"));
  BOOST_TEST((now() == 3s));
}

// conformance: XN4
ASYNCIO_TEST_CASE(the_group_that_is_thrown_says_what_failed) {
  auto body = [](task_group& g) -> awaitable<void> {
    g.create_task(fail("boom"));
    co_return;
  };
  try {
    co_await with_task_group(body);
    BOOST_ERROR("it did not throw");
  } catch (asyncio::exception_group const& g) {
    BOOST_TEST(g.message() == "unhandled errors in a TaskGroup");
    BOOST_TEST(g.contains<std::runtime_error>());
    BOOST_TEST(g.what() == "unhandled errors in a TaskGroup (1 sub-exception)\n  std::runtime_error: boom");
  }
}

// conformance: TG3
ASYNCIO_TEST_CASE(a_failure_after_the_end_of_the_body_cancels_the_siblings) {
  std::string log;
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(logged(log, 'a'));
    g.create_task(fail("boom", 1s));
    co_return;
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[boom]");
  BOOST_TEST(log == "A");
  BOOST_TEST((now() == 1s));
}

// conformance: TG4
ASYNCIO_TEST_CASE(errors_stand_in_the_order_they_happened_and_that_of_the_body_last) {
  auto body = [](task_group& g) -> awaitable<void> {
    g.create_task(fails_when_cancelled("third", 3s));
    g.create_task(fails_when_cancelled("second", 2s));
    g.create_task(fail("first", 1s));
    co_await fails_when_cancelled("body", 1s);
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[first,second,third,body]");
  BOOST_TEST((now() == 4s));
}

// conformance: TG4
ASYNCIO_TEST_CASE(the_very_exception_objects_are_in_the_group) {
  auto const boom = std::make_exception_ptr(std::logic_error("the one"));
  auto rethrow = [](std::exception_ptr e) -> awaitable<void> {
    std::rethrow_exception(e);
    co_return;
  };
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(rethrow(boom));
    co_return;
  };
  try {
    co_await with_task_group(body);
    BOOST_ERROR("it did not throw");
  } catch (asyncio::exception_group const& g) {
    BOOST_TEST((g.exceptions()[0] == boom));
  }
}

// conformance: TG3, TG4
ASYNCIO_TEST_CASE(two_children_that_fail_in_the_same_pass_are_both_in_the_group) {
  auto body = [](task_group& g) -> awaitable<void> {
    g.create_task(fail("a", 1s));
    g.create_task(fail("b", 1s));
    co_await forever();
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST((how == "group[a,b]" || how == "group[b,a]"));
}

// conformance: TG9
ASYNCIO_TEST_CASE(a_body_that_fails_cancels_the_children_and_stands_in_the_group) {
  std::string log;
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(logged(log, 'a', 1h, 2s));
    co_await asyncio::sleep(1s);
    throw std::runtime_error("body");
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[body]");
  BOOST_TEST(log == "A");
  BOOST_TEST((now() == 3s));
}

// conformance: TG9
ASYNCIO_TEST_CASE(a_body_that_fails_at_once_cancels_children_that_have_not_begun) {
  std::string log;
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(note(log, "entered"));
    throw std::runtime_error("body");
    co_return;
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[body]");
  BOOST_TEST(log.empty());
}

ASYNCIO_TEST_CASE(a_function_that_throws_before_it_returns_a_coroutine_counts_as_a_body_that_fails) {
  auto body = [](task_group& g) -> awaitable<void> {
    g.create_task(forever());
    throw std::runtime_error("no coroutine");
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[no coroutine]");
}

ASYNCIO_TEST_CASE(a_function_that_returns_an_empty_awaitable_is_told_so) {
  auto body = [](task_group&) -> awaitable<void> { return awaitable<void>(); };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(starts_with(how, "group[asyncio::with_task_group: the awaitable is empty"));
}

// conformance: TG10
ASYNCIO_TEST_CASE(the_error_of_an_inner_group_is_a_group_in_the_outer_one) {
  auto inner = [](task_group& g) -> awaitable<void> {
    g.create_task(fail("inner", 1s));
    co_return;
  };
  auto outer = [&](task_group& g) -> awaitable<void> {
    g.create_task(fails_when_cancelled("outer"));
    co_await with_task_group(inner);
  };
  std::string const how = co_await outcome(with_task_group(outer));
  BOOST_TEST(how == "group[outer,group[inner]]");
}

// conformance: TG5, TG10
ASYNCIO_TEST_CASE(the_failure_of_an_outer_child_cancels_the_inner_group_without_adding_to_it) {
  std::string log;
  auto inner = [&](task_group& g) -> awaitable<void> {
    g.create_task(logged(log, 'a', 1h, 1s));
    co_await logged(log, 'b');
  };
  auto outer = [&](task_group& g) -> awaitable<void> {
    g.create_task(fail("outer", 1s));
    co_await with_task_group(inner);
  };
  std::string const how = co_await outcome(with_task_group(outer));
  BOOST_TEST(how == "group[outer]");
  BOOST_TEST(log == "BA");
  BOOST_TEST((now() == 2s));
}

// conformance: TG10
ASYNCIO_TEST_CASE(a_child_that_is_a_group_fails_with_a_group) {
  auto inner = [](task_group& g) -> awaitable<void> {
    g.create_task(fail("a"));
    co_await forever();
  };
  auto outer = [&](task_group& g) -> awaitable<void> {
    g.create_task(with_task_group(inner));
    co_await forever();
  };
  std::string const how = co_await outcome(with_task_group(outer));
  BOOST_TEST(how == "group[group[a]]");
}

// conformance: TG11
ASYNCIO_TEST_CASE(a_failure_while_the_body_cleans_up_after_its_cancel_is_still_reported) {
  auto body = [](task_group& g) -> awaitable<void> {
    g.create_task(fails_when_cancelled("late", 1s));
    g.create_task(fail("first", 1s));
    co_await asyncio::finally(forever(), asyncio::sleep(5s));
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[first,late]");
  BOOST_TEST((now() == 6s));
}

// conformance: TG11, TG7
ASYNCIO_TEST_CASE(a_child_that_fails_while_the_body_cleans_up_after_an_outer_cancel_is_reported) {
  auto& body = keep_alive([](task_group& g) -> awaitable<void> {
    g.create_task(fail("child", 2s));
    co_await asyncio::finally(forever(), asyncio::sleep(5s));
  });
  auto& how = keep_alive<std::string>();
  auto& caller = keep_alive([&]() -> awaitable<void> { how = co_await outcome(with_task_group(body)); });
  auto t = asyncio::create_task(caller());
  co_await asyncio::sleep(1s);
  t.cancel();
  std::string const end = co_await outcome(awaitable<void>(t.join()));
  BOOST_TEST(how == "group[child]");
  BOOST_TEST(end == "cancelled:");  // the cancel that the error took the place of
  BOOST_TEST((now() == 6s));
}

// conformance: TG15
ASYNCIO_TEST_CASE(children_that_add_children_for_ever_cannot_keep_a_failing_group_alive) {
  int created = 0;
  std::function<awaitable<void>(task_group)> hydra = [&](task_group g) -> awaitable<void> {
    bool again = false;
    try {
      co_await asyncio::sleep(1s);
    } catch (asyncio::cancelled_error const&) {
      again = true;
    }
    if (again || created < 20) {
      ++created;
      g.create_task(hydra(g));
      g.create_task(hydra(g));
    }
  };
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(hydra(g));
    co_await asyncio::sleep(3500ms);
    throw std::runtime_error("stop");
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how.find("the task group is shutting down") != std::string::npos);
  BOOST_TEST(how.ends_with("stop]"));
  BOOST_TEST((now() == 3500ms));
}

// conformance: TG22
ASYNCIO_ORDERED_TEST_CASE(an_eager_child_that_fails_at_once_cancels_the_sibling_it_has_just_created) {
  std::string log;
  auto eager = [&](task_group g) -> awaitable<void> {
    g.create_task(logged(log, 'a'));
    throw std::runtime_error("eager");
    co_return;
  };
  auto body = [&](task_group& g) -> awaitable<void> {
    auto const t = g.create_task(eager(g), asyncio::task_options().eager_start(true));
    BOOST_TEST(t.done());
    try {
      g.create_task(forever());
      BOOST_ERROR("the group took another task");
    } catch (asyncio::invalid_state const&) {
      log += "refused,";
    }
    co_await logged(log, 'b');
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[eager]");
  BOOST_TEST(log == "refused,B");  // the sibling was cancelled before its first step
}

// conformance: TG23
ASYNCIO_TEST_CASE(the_group_keeps_no_exception_alive_after_its_end) {
  struct tracked : std::runtime_error {
    explicit tracked(std::shared_ptr<int> t) : std::runtime_error("tracked"), token(std::move(t)) {}
    std::shared_ptr<int> token;
  };
  auto token = std::make_shared<int>(1);
  auto failing = [](std::shared_ptr<int> t) -> awaitable<void> {
    throw tracked(std::move(t));
    co_return;
  };
  std::optional<task_group> handle;
  auto body = [&](task_group& g) -> awaitable<void> {
    handle.emplace(g);
    g.create_task(failing(token));
    co_return;
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[tracked]");
  co_await asyncio::yield();
  BOOST_TEST(token.use_count() == 1);
}

ASYNCIO_TEST_CASE(the_exception_of_a_child_counts_as_retrieved) {
  auto& reports = keep_alive<int>();
  asyncio::loop::running().set_exception_handler([&](asyncio::exception_context const&) { ++reports; });
  auto body = [](task_group& g) -> awaitable<void> {
    g.create_task(fail("a"));
    g.create_task(fails_when_cancelled("b"));
    co_return;
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[a,b]");
  co_await asyncio::sleep(1s);
  BOOST_TEST(reports == 0);
}

// conformance: TG3, TG5
ASYNCIO_ORDERED_TEST_CASE(a_body_that_joins_the_child_that_fails_is_cancelled_and_the_failure_counts_once) {
  auto body = [](task_group& g) -> awaitable<void> {
    auto failing = g.create_task(fail("boom", 1s));
    co_await failing.join();
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[boom]");
}

namespace {

/// Counts the passes over the ready queue from start() on.
class pass_counter {
 public:
  pass_counter() = default;
  pass_counter(pass_counter const&) = delete;
  pass_counter& operator=(pass_counter const&) = delete;
  ~pass_counter() { stop(); }
  void start() {
    next_ = asyncio::loop::running().call_soon([this] { ++passes_, start(); });
  }
  void stop() {
    if (next_) next_->cancel();
    next_.reset();
  }
  [[nodiscard]] std::string text() const { return std::to_string(passes_); }

 private:
  std::optional<asyncio::callback_handle> next_;
  int passes_ = 0;
};

awaitable<void> counted(std::string& log, pass_counter& passes, std::string name) {
  try {
    co_await asyncio::sleep(1h);
  } catch (asyncio::cancelled_error const&) {
    log += name + passes.text() + " ";
    throw;
  }
}

}  // namespace

// The numbers are CPython's: a child reports in the pass after its end, and the call goes on in the pass after that.
// conformance: TG1
ASYNCIO_ORDERED_TEST_CASE(the_call_goes_on_in_the_same_pass_as_in_cpython) {
  pass_counter passes;
  auto child = [&]() -> awaitable<void> {
    co_await asyncio::yield();
    passes.start();
  };
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(child());
    co_return;
  };
  co_await with_task_group(body);
  BOOST_TEST(passes.text() == "2");
}

// conformance: TG6
ASYNCIO_ORDERED_TEST_CASE(an_outer_cancel_is_passed_on_in_the_same_passes_as_in_cpython) {
  auto& passes = keep_alive<pass_counter>();
  struct at_end {
    pass_counter& p;
    ~at_end() { p.stop(); }
  } const stops{passes};
  auto& log = keep_alive<std::string>();
  auto& body = keep_alive([&](task_group& g) -> awaitable<void> {
    g.create_task(counted(log, passes, "a"));
    g.create_task(counted(log, passes, "b"));
    co_return;
  });
  auto& caller = keep_alive([&]() -> awaitable<void> {
    std::string const how = co_await outcome(with_task_group(body));
    log += how + passes.text();
  });
  auto t = asyncio::create_task(caller());
  co_await asyncio::sleep(1s);
  passes.start();
  t.cancel();
  co_await t.join();
  BOOST_TEST(log == "a2 b2 cancelled:4");
  BOOST_TEST(passes.text() == "5");
}

// conformance: TG3
ASYNCIO_ORDERED_TEST_CASE(a_failure_is_passed_on_in_the_same_passes_as_in_cpython) {
  pass_counter passes;
  std::string log;
  auto bad = [&]() -> awaitable<void> {
    co_await asyncio::sleep(1s);
    passes.start();
    throw std::runtime_error("boom");
  };
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(counted(log, passes, "a"));
    g.create_task(bad());
    co_await counted(log, passes, "body");
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[boom]");
  BOOST_TEST(log == "a2 body2 ");
  BOOST_TEST(passes.text() == "4");
}

// conformance: TG3
ASYNCIO_ORDERED_TEST_CASE(a_failure_when_the_body_has_ended_is_passed_on_in_the_same_passes_as_in_cpython) {
  pass_counter passes;
  auto ends_in_the_next_pass = [&]() -> awaitable<void> { co_await asyncio::yield(); };
  auto bad = [&]() -> awaitable<void> {
    passes.start();
    throw std::runtime_error("boom");
    co_return;
  };
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(ends_in_the_next_pass());
    g.create_task(bad());
    co_return;
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[boom]");
  BOOST_TEST(passes.text() == "2");
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
}

// -- cancellation of the caller ----------------------------------------------------------------------------------------

// conformance: TG6
ASYNCIO_TEST_CASE(a_cancel_while_the_call_waits_for_the_children_reaches_all_of_them) {
  auto& log = keep_alive<std::string>();
  auto body = [&](task_group& g) -> awaitable<void> {
    for (int i = 0; i < 5; ++i) g.create_task(logged(log, 'a', 1h, 1s));
    co_return;
  };
  auto t = asyncio::create_task(outcome(with_task_group(body)));
  co_await asyncio::sleep(1s);
  BOOST_TEST((t.waits_for().kind == asyncio::wait_kind::task_group));
  t.cancel("enough");
  std::string const how = co_await t.join();
  BOOST_TEST(how == "cancelled:enough");
  BOOST_TEST(log == "AAAAA");
  BOOST_TEST((now() == 2s));
}

// conformance: TG7
ASYNCIO_TEST_CASE(a_cancel_while_the_body_waits_reaches_first_the_body_and_then_the_children) {
  auto& log = keep_alive<std::string>();
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(logged(log, 'a'));
    co_await logged(log, 'b', 1h, 1s);
  };
  auto t = asyncio::create_task(outcome(with_task_group(body)));
  co_await asyncio::sleep(1s);
  t.cancel("enough");
  std::string const how = co_await t.join();
  BOOST_TEST(how == "cancelled:enough");
  BOOST_TEST(log == "BA");
  BOOST_TEST(t.cancelling() == 1);
}

// conformance: TG8
ASYNCIO_TEST_CASE(an_error_during_an_outer_cancel_is_thrown_and_the_next_await_is_cancelled) {
  auto& levels = keep_alive<std::array<int, 2>>();
  auto& log = keep_alive<std::string>();
  auto& body = keep_alive([](task_group& g) -> awaitable<void> {
    g.create_task(fails_when_cancelled("boom"));
    co_return;
  });
  auto& caller = keep_alive([&]() -> awaitable<void> {
    try {
      co_await with_task_group(body);
    } catch (asyncio::exception_group const& g) {
      levels[0] = asyncio::current_task().cancelling();
      log += text_of(g.exceptions()[0]);
    }
    levels[1] = asyncio::current_task().cancelling();
    co_await asyncio::sleep(0s);
    log += "never";
  });
  auto t = asyncio::create_task(caller());
  co_await asyncio::sleep(1s);
  t.cancel("why");
  std::string const how = co_await outcome(awaitable<void>(t.join()));
  BOOST_TEST(how == "cancelled:why");
  BOOST_TEST(log == "boom");
  BOOST_TEST(levels[0] == 1);
  BOOST_TEST(levels[1] == 1);
}

// conformance: TG12
ASYNCIO_TEST_CASE(a_group_without_children_passes_a_cancel_on) {
  auto body = [](task_group&) -> awaitable<void> { co_await forever(); };
  auto t = asyncio::create_task(with_task_group(body));
  co_await asyncio::sleep(1s);
  t.cancel();
  std::string const how = co_await outcome(awaitable<void>(t.join()));
  BOOST_TEST(how == "cancelled:");
  BOOST_TEST(t.cancelled());
}

// conformance: TG12
ASYNCIO_TEST_CASE(a_body_that_turns_the_cancel_into_an_error_fails_with_that_error) {
  auto& body = keep_alive([](task_group&) -> awaitable<void> { co_await fails_when_cancelled("mine"); });
  auto& how = keep_alive<std::string>();
  auto& caller = keep_alive([&]() -> awaitable<void> { how = co_await outcome(with_task_group(body)); });
  auto t = asyncio::create_task(caller());
  co_await asyncio::sleep(1s);
  t.cancel();
  std::string const end = co_await outcome(awaitable<void>(t.join()));
  BOOST_TEST(how == "group[mine]");
  BOOST_TEST(end == "cancelled:");
}

ASYNCIO_TEST_CASE(a_body_that_catches_the_cancel_lets_the_children_finish) {
  auto& log = keep_alive<std::string>();
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(logged(log, 'a', 3s));
    co_await ignores_cancel(0s);
    log += "body,";
  };
  auto t = asyncio::create_task(outcome(with_task_group(body)));
  co_await asyncio::sleep(1s);
  t.cancel();
  std::string const how = co_await t.join();
  BOOST_TEST(how == "value");
  BOOST_TEST(log == "body,a");
}

ASYNCIO_TEST_CASE(a_second_cancel_does_not_hurry_children_that_clean_up) {
  auto& log = keep_alive<std::string>();
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(logged(log, 'a', 1h, 5s));
    co_return;
  };
  auto t = asyncio::create_task(outcome(with_task_group(body)));
  co_await asyncio::sleep(1s);
  t.cancel();
  co_await asyncio::sleep(1s);
  t.cancel();
  std::string const how = co_await t.join();
  BOOST_TEST(how == "cancelled:");
  BOOST_TEST((now() == 6s));
}

ASYNCIO_TEST_CASE(a_cancel_before_the_first_step_enters_nothing) {
  auto& log = keep_alive<std::string>();
  auto body = [&](task_group&) -> awaitable<void> {
    log += "entered";
    co_return;
  };
  auto t = asyncio::create_task(with_task_group(body));
  t.cancel();
  std::string const how = co_await outcome(awaitable<void>(t.join()));
  BOOST_TEST(how == "cancelled:");
  BOOST_TEST(log.empty());
}

// conformance: TG19
ASYNCIO_TEST_CASE(a_child_and_the_cleanup_of_the_body_fail_and_both_are_thrown_and_the_count_is_restored) {
  auto body = [](task_group& g) -> awaitable<void> {
    g.create_task(fail("child", 1s));
    co_await asyncio::finally(forever(), fail("cleanup", 1s));
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[child,cleanup]");
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
}

// conformance: TG20, TG21
ASYNCIO_TEST_CASE(a_failed_group_leaves_no_cancel_behind) {
  auto body = [](task_group& g) -> awaitable<void> {
    g.create_task(fail("boom"));
    co_await forever();
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[boom]");
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
  co_await asyncio::sleep(1s);
  BOOST_TEST((now() == 1s));
}

// conformance: TG20, TG21
ASYNCIO_TEST_CASE(a_body_that_ends_without_noticing_the_abort_leaves_no_cancel_behind) {
  auto body = [](task_group& g) -> awaitable<void> {
    auto failing = g.create_task(fail("boom"));
    while (!failing.done()) co_await asyncio::yield();
    co_await asyncio::yield();  // the abort comes in this pass or the next
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[boom]");
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
  co_await asyncio::sleep(1s);
}

// conformance: TG20
ASYNCIO_TEST_CASE(nested_groups_that_both_fail_take_only_their_own_cancels_back) {
  int level = -1;
  auto inner = [](task_group& g, task_group* outer) -> awaitable<void> {
    g.create_task(fail("inner"));
    outer->create_task(fail("outer"));
    co_await forever();
  };
  auto outer = [&](task_group& g) -> awaitable<void> {
    try {
      co_await with_task_group(inner, &g);
    } catch (asyncio::exception_group const& e) {
      BOOST_TEST(text_of(e.exceptions()[0]) == "inner");
      level = asyncio::current_task().cancelling();
    }
  };
  std::string const how = co_await outcome(with_task_group(outer));
  BOOST_TEST(how == "group[outer]");
  BOOST_TEST(level == 1);
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
}

// conformance: TG20
ASYNCIO_TEST_CASE(a_failed_group_in_a_task_that_was_cancelled_before_restores_that_count) {
  auto& failing = keep_alive([](task_group& g) -> awaitable<void> {
    g.create_task(fail("boom"));
    co_await forever();
  });
  auto& caller = keep_alive([&]() -> awaitable<void> {
    bool cancelled = false;
    try {
      co_await forever();
    } catch (asyncio::cancelled_error const&) {
      cancelled = true;
    }
    BOOST_TEST(cancelled);
    std::string const how = co_await outcome(with_task_group(failing));
    BOOST_TEST(how == "group[boom]");
    BOOST_TEST(asyncio::current_task().cancelling() == 1);
    co_await asyncio::sleep(1s);  // the old cancel is not thrown again
  });
  auto t = asyncio::create_task(caller());
  co_await asyncio::testing::wait_all_tasks_blocked();
  t.cancel();
  co_await t.join();
  BOOST_TEST((now() == 1s));
}

// conformance: TG8, TG25
ASYNCIO_TEST_CASE(an_outer_cancel_that_meets_the_abort_is_not_swallowed) {
  auto& log = keep_alive<std::string>();
  auto& body = keep_alive([](task_group& g) -> awaitable<void> {
    g.create_task(fail("boom", 1s));
    g.create_task(ignores_cancel(2s));
    co_await forever();
  });
  auto& caller = keep_alive([&]() -> awaitable<void> {
    log = co_await outcome(with_task_group(body));
    co_await asyncio::sleep(1h);
    log += "never";
  });
  auto t = asyncio::create_task(caller());
  co_await asyncio::sleep(2s);
  t.cancel("outer");
  std::string const how = co_await outcome(awaitable<void>(t.join()));
  BOOST_TEST(how == "cancelled:outer");
  BOOST_TEST(log == "group[boom]");
  BOOST_TEST((now() == 3s));
}

// conformance: TG25
ASYNCIO_TEST_CASE(a_timeout_around_a_group_that_fails_in_its_cleanup_is_still_a_timeout_afterwards) {
  auto body = [](task_group& g) -> awaitable<void> {
    g.create_task(forever());
    co_await forever();
  };
  std::string const how = co_await outcome(asyncio::timeout(2s, with_task_group(body)));
  BOOST_TEST(how == "timeout");
  BOOST_TEST((now() == 2s));
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
}

ASYNCIO_TEST_CASE(a_timeout_inside_the_body_is_not_confused_with_the_abort) {
  auto body = [](task_group& g) -> awaitable<void> {
    g.create_task(fail("boom", 3s));
    std::string const inner = co_await outcome(asyncio::timeout(1s, forever()));
    BOOST_TEST(inner == "timeout");
    co_await asyncio::timeout(1h, forever());
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[boom]");
  BOOST_TEST((now() == 3s));
}

// -- task_group::cancel ------------------------------------------------------------------------------------------------

// conformance: TG24, XN5
ASYNCIO_TEST_CASE(cancel_ends_children_and_body_without_an_error) {
  std::string log;
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(logged(log, 'a', 1h, 1s));
    g.create_task(logged(log, 'b', 1s));
    asyncio::loop::running().call_later(2s, [group = g]() mutable { group.cancel(); });
    co_await logged(log, 'c');
    log += "never";
  };
  co_await with_task_group(body);
  BOOST_TEST((log == "bAC" || log == "bCA"));
  BOOST_TEST((now() == 3s));
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
  co_await asyncio::sleep(1s);
}

// conformance: TG24
ASYNCIO_TEST_CASE(the_body_may_cancel_its_own_group) {
  std::string log;
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(logged(log, 'a'));
    co_await asyncio::sleep(1s);
    g.cancel();
    log += "still here,";
    co_await asyncio::sleep(1h);
    log += "never";
  };
  co_await with_task_group(body);
  BOOST_TEST(log == "still here,A");
}

// conformance: TG24
ASYNCIO_TEST_CASE(a_child_may_cancel_its_own_group_and_is_cancelled_with_it) {
  std::string log;
  auto child = [&](task_group g) -> awaitable<void> {
    g.cancel();
    co_await logged(log, 'a');
  };
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(child(g));
    co_return;
  };
  co_await with_task_group(body);
  BOOST_TEST(log == "A");
}

// conformance: TG24
ASYNCIO_TEST_CASE(cancel_again_and_cancel_after_the_end_do_nothing) {
  std::optional<task_group> handle;
  auto body = [&](task_group& g) -> awaitable<void> {
    handle.emplace(g);
    g.create_task(ignores_cancel(1s));
    co_await asyncio::testing::wait_all_tasks_blocked();
    g.cancel();
    g.cancel();
    co_return;
  };
  co_await with_task_group(body);
  handle->cancel();
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
  co_await asyncio::sleep(1s);
  BOOST_TEST((now() == 2s));
}

// conformance: TG24
ASYNCIO_TEST_CASE(an_error_on_the_way_out_of_a_cancelled_group_is_thrown) {
  auto body = [](task_group& g) -> awaitable<void> {
    g.create_task(fails_when_cancelled("boom"));
    co_await asyncio::testing::wait_all_tasks_blocked();
    g.cancel();
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[boom]");
  co_await asyncio::yield();
}

ASYNCIO_TEST_CASE(a_cancelled_group_returns_the_value_of_its_body_if_there_is_one) {
  auto body = [](task_group& g) -> awaitable<int> {
    g.create_task(forever());
    g.cancel();
    co_return 7;
  };
  int const value = co_await with_task_group(body);
  BOOST_TEST(value == 7);
}

ASYNCIO_TEST_CASE(a_cancelled_group_whose_body_would_have_returned_a_value_throws_cancelled_error) {
  auto body = [](task_group& g) -> awaitable<int> {
    g.cancel();
    co_await forever();
    co_return 7;
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "cancelled:the body of the task group was cancelled by task_group::cancel() and returned nothing");
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
}

// conformance: TG25
ASYNCIO_TEST_CASE(a_timeout_after_cancel_is_not_swallowed_while_the_children_clean_up) {
  auto body = [](task_group& g) -> awaitable<void> {
    g.create_task(ignores_cancel(5s));
    asyncio::loop::running().call_later(1s, [group = g]() mutable { group.cancel(); });
    co_return;
  };
  std::string const how = co_await outcome(asyncio::timeout(2s, with_task_group(body)));
  BOOST_TEST(how == "timeout");
  BOOST_TEST((now() == 6s));
}

// conformance: TG25
ASYNCIO_TEST_CASE(a_timeout_after_cancel_is_not_swallowed_while_the_body_cleans_up) {
  auto body = [](task_group& g) -> awaitable<void> {
    asyncio::loop::running().call_later(1s, [group = g]() mutable { group.cancel(); });
    co_await asyncio::finally(forever(), asyncio::sleep(5s));
  };
  std::string const how = co_await outcome(asyncio::timeout(2s, with_task_group(body)));
  BOOST_TEST(how == "timeout");
  BOOST_TEST((now() == 6s));
}

// conformance: TG25
ASYNCIO_TEST_CASE(an_outer_cancel_in_the_same_step_as_cancel_is_thrown) {
  auto& body = keep_alive([](task_group& g) -> awaitable<void> {
    g.create_task(forever());
    co_await forever();
  });
  auto& group = keep_alive<std::optional<task_group>>();
  auto keeps = [&](task_group& g) -> awaitable<void> {
    group.emplace(g);
    co_await body(g);
  };
  for (bool outer_first : {true, false}) {
    auto t = asyncio::create_task(with_task_group(keeps));
    co_await asyncio::sleep(1s);
    BOOST_REQUIRE(group.has_value());
    if (outer_first) t.cancel("outer");
    group->cancel();
    if (!outer_first) t.cancel("outer");
    std::string const how = co_await outcome(awaitable<void>(t.join()));
    BOOST_TEST(starts_with(how, "cancelled:"));
    BOOST_TEST(t.cancelled());
    BOOST_TEST(t.cancelling() == 1);
  }
}

// -- keyboard_interrupt ------------------------------------------------------------------------------------------------

// conformance: TG13
ASYNCIO_TEST_CASE(a_keyboard_interrupt_of_the_body_escapes_bare_and_what_it_suppresses_is_reported) {
  auto& reports = keep_alive<std::vector<std::string>>();
  asyncio::loop::running().set_exception_handler([&](asyncio::exception_context const& what) {
    reports.push_back(what.message + ": " + text_of(what.exception));
  });
  std::string log;
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(logged(log, 'a'));
    g.create_task(fails_when_cancelled("suppressed"));
    co_await asyncio::sleep(1s);
    throw asyncio::keyboard_interrupt();
  };
  bool bare = false;
  try {
    co_await with_task_group(body);
  } catch (asyncio::keyboard_interrupt const&) {
    bare = true;
  }
  BOOST_TEST(bare);
  BOOST_TEST(log == "A");
  BOOST_REQUIRE(reports.size() == 1u);
  BOOST_TEST(reports[0] == "exception in a task group that ended by keyboard_interrupt: suppressed");
}

// conformance: TG13
BOOST_AUTO_TEST_CASE(a_keyboard_interrupt_of_a_child_leaves_run_bare_after_the_siblings_were_cancelled) {
  static std::string log;
  log.clear();
  auto interrupt = []() -> awaitable<void> {
    co_await asyncio::sleep(1s);
    throw asyncio::keyboard_interrupt();
  };
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(logged(log, 'a'));
    g.create_task(interrupt());
    co_await logged(log, 'b');
  };
  BOOST_CHECK_THROW(asyncio::testing::run(with_task_group(body)), asyncio::keyboard_interrupt);
  BOOST_TEST((log == "AB" || log == "BA"));
}

// -- misuse ------------------------------------------------------------------------------------------------------------

// conformance: TG17
ASYNCIO_TEST_CASE(create_task_after_the_end_is_refused_and_the_coroutine_is_closed) {
  std::optional<task_group> handle;
  auto body = [&](task_group& g) -> awaitable<void> {
    handle.emplace(g);
    co_return;
  };
  co_await with_task_group(body);
  bool closed = false;
  try {
    handle->create_task(holds(destroyed(closed)));
    BOOST_ERROR("it was accepted");
  } catch (asyncio::invalid_state const& e) {
    BOOST_TEST(starts_with(e.what(), "asyncio::task_group::create_task: the task group is finished;"));
  }
  BOOST_TEST(closed);
  BOOST_TEST(handle->tasks().empty());
}

// conformance: TG17
ASYNCIO_TEST_CASE(create_task_while_the_group_shuts_down_is_refused_and_the_coroutine_is_closed) {
  bool closed = false;
  std::string said;
  auto late = [&](task_group g) -> awaitable<void> {
    bool cancelled = false;
    try {
      co_await asyncio::sleep_forever();
    } catch (asyncio::cancelled_error const&) {
      cancelled = true;
    }
    BOOST_TEST(cancelled);
    try {
      g.create_task(holds(destroyed(closed)));
    } catch (asyncio::invalid_state const& e) {
      said = e.what();
    }
  };
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(late(g));
    g.create_task(fail("boom", 1s));
    co_return;
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[boom]");
  BOOST_TEST(starts_with(said, "asyncio::task_group::create_task: the task group is shutting down,"));
  BOOST_TEST(closed);
}

// conformance: TG17
ASYNCIO_TEST_CASE(a_group_whose_body_and_children_have_ended_is_finished_for_callbacks_too) {
  auto& said = keep_alive<std::string>();
  auto body = [&](task_group& g) -> awaitable<void> {
    auto t = g.create_task(give(1, 1s));
    auto probe = [&said](task_group group) {
      try {
        group.create_task(forever());
      } catch (asyncio::invalid_state const& e) {
        said = e.what();
      }
    };
    // Two passes after the child's end: its group has noticed, and its caller has not been resumed for long.
    t.add_done_callback([g, probe](asyncio::task<int> const&) {
      asyncio::loop::running().call_soon([g, probe] { asyncio::loop::running().call_soon([g, probe] { probe(g); }); });
    });
    co_return;
  };
  co_await with_task_group(body);
  co_await asyncio::sleep(1s);
  BOOST_TEST(said.find("the task group is finished;") != std::string::npos);
}

ASYNCIO_TEST_CASE(create_task_refuses_an_empty_awaitable_and_the_group_goes_on) {
  std::string log;
  auto body = [&](task_group& g) -> awaitable<void> {
    try {
      g.create_task(awaitable<void>());
      BOOST_ERROR("it was accepted");
    } catch (asyncio::invalid_state const&) {
      log += "refused,";
    }
    g.create_task(note(log, "child", 1s));
    co_return;
  };
  co_await with_task_group(body);
  BOOST_TEST(log == "refused,child");
}

ASYNCIO_TEST_CASE(a_group_cannot_be_used_from_another_loop) {
  std::string said[2];
  auto stranger = [&](task_group g) -> awaitable<void> {
    try {
      g.create_task(forever());
    } catch (asyncio::invalid_state const& e) {
      said[0] = e.what();
    }
    try {
      g.cancel();
    } catch (asyncio::invalid_state const& e) {
      said[1] = e.what();
    }
    co_return;
  };
  auto body = [&](task_group& g) -> awaitable<void> {
    std::thread other([&] { asyncio::run(stranger(g)); });
    other.join();
    co_return;
  };
  co_await with_task_group(body);
  BOOST_TEST(
      starts_with(said[0], "asyncio::task_group::create_task: the task group belongs to another loop or thread;"));
  BOOST_TEST(starts_with(said[1], "asyncio::task_group::cancel: the task group belongs to another loop or thread;"));
}

// -- start -------------------------------------------------------------------------------------------------------------

namespace {

awaitable<void> serve(asyncio::task_status<int> status, std::string& log, asyncio::duration begin,
                      asyncio::duration work) {
  co_await asyncio::sleep(begin);
  log += "started,";
  status.started(8080);
  co_await logged(log, 's', work);
}

}  // namespace

// conformance: XN1
ASYNCIO_TEST_CASE(start_waits_until_the_task_says_that_it_has_started_and_returns_the_value) {
  std::string log;
  auto body = [&](task_group& g) -> awaitable<void> {
    int const port = co_await g.start<int>(serve, std::ref(log), 1s, 3s);
    BOOST_TEST(port == 8080);
    BOOST_TEST((now() == 1s));
    log += "body,";
  };
  co_await with_task_group(body);
  BOOST_TEST(log == "started,body,s");
  BOOST_TEST((now() == 4s));
}

// conformance: XN1
ASYNCIO_TEST_CASE(start_works_without_a_value_and_with_a_move_only_one) {
  auto plain = [](asyncio::task_status<> status) -> awaitable<void> {
    co_await asyncio::sleep(1s);
    status.started();
  };
  auto unique = [](asyncio::task_status<std::unique_ptr<int>> status, int n) -> awaitable<int> {
    status.started(std::make_unique<int>(n));
    co_return 1;
  };
  auto body = [&](task_group& g) -> awaitable<void> {
    co_await g.start(plain);
    BOOST_TEST((now() == 1s));
    auto const value = co_await g.start<std::unique_ptr<int>>(unique, 5);
    BOOST_TEST(*value == 5);
  };
  co_await with_task_group(body);
}

// conformance: XN2
ASYNCIO_TEST_CASE(started_twice_is_refused) {
  std::string said;
  auto twice = [&](asyncio::task_status<> status) -> awaitable<void> {
    status.started();
    try {
      status.started();
    } catch (asyncio::invalid_state const& e) {
      said = e.what();
    }
    co_return;
  };
  auto body = [&](task_group& g) -> awaitable<void> { co_await g.start(twice); };
  co_await with_task_group(body);
  BOOST_TEST(starts_with(said, "asyncio::task_status::started: called before;"));
}

// conformance: XN2
ASYNCIO_TEST_CASE(a_task_that_returns_without_started_is_an_error_of_the_caller_of_start) {
  auto never = [](asyncio::task_status<int>) -> awaitable<void> { co_await asyncio::sleep(1s); };
  auto body = [&](task_group& g) -> awaitable<void> {
    std::string const how = co_await outcome(g.start<int>(never));
    BOOST_TEST(how.find("has ended without calling started() of its task_status") != std::string::npos);
    g.create_task(give(1));  // the group goes on
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "value");
}

// conformance: XN2
ASYNCIO_TEST_CASE(a_task_that_fails_before_started_concerns_only_the_caller_of_start) {
  std::string log;
  auto failing = [](asyncio::task_status<>) -> awaitable<void> { co_await fail("cannot listen", 1s); };
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(logged(log, 'a', 3s));
    std::string const how = co_await outcome(g.start(failing));
    BOOST_TEST(how == "cannot listen");
    log += "body,";
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "value");
  BOOST_TEST(log == "body,a");
}

// conformance: XN2
ASYNCIO_TEST_CASE(a_task_that_fails_after_started_is_a_failure_of_the_group) {
  auto failing = [](asyncio::task_status<> status) -> awaitable<void> {
    status.started();
    co_await fail("crashed", 1s);
  };
  auto body = [&](task_group& g) -> awaitable<void> {
    co_await g.start(failing);
    co_await forever();
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[crashed]");
  BOOST_TEST((now() == 1s));
}

// conformance: XN2
ASYNCIO_TEST_CASE(a_task_that_fails_right_after_started_is_a_failure_of_the_group) {
  auto failing = [](asyncio::task_status<int> status) -> awaitable<void> {
    status.started(3);
    throw std::runtime_error("crashed");
    co_return;
  };
  auto body = [&](task_group& g) -> awaitable<int> {
    int const value = co_await g.start<int>(failing);
    co_await forever();
    co_return value;
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[crashed]");
}

ASYNCIO_TEST_CASE(started_after_the_end_of_the_task_is_refused) {
  std::optional<asyncio::task_status<int>> handle;
  auto lazy = [&](asyncio::task_status<int> status) -> awaitable<void> {
    handle.emplace(status);
    co_return;
  };
  auto body = [&](task_group& g) -> awaitable<void> {
    std::string const how = co_await outcome(g.start<int>(lazy));
    BOOST_TEST(how.find("without calling started()") != std::string::npos);
  };
  co_await with_task_group(body);
  BOOST_REQUIRE(handle.has_value());
  try {
    handle->started(1);
    BOOST_ERROR("it was accepted");
  } catch (asyncio::invalid_state const& e) {
    BOOST_TEST(starts_with(e.what(), "asyncio::task_status::started: the task has ended;"));
  }
}

// conformance: XN3
ASYNCIO_TEST_CASE(a_pending_start_keeps_the_group_open) {
  auto& log = keep_alive<std::string>();
  auto& starter = keep_alive([&](task_group g) -> awaitable<void> {
    co_await g.start<int>(serve, std::ref(log), 2s, 1s);
    log += "up,";
  });
  auto body = [&](task_group& g) -> awaitable<void> {
    asyncio::create_task(starter(g));  // not a child
    co_await asyncio::sleep(1s);
  };
  co_await with_task_group(body);
  BOOST_TEST(log == "started,up,s");
  BOOST_TEST((now() == 3s));
}

// conformance: XN3
ASYNCIO_TEST_CASE(start_in_a_group_that_takes_no_tasks_is_refused) {
  std::string log;
  std::optional<task_group> handle;
  auto body = [&](task_group& g) -> awaitable<void> {
    handle.emplace(g);
    g.create_task(ignores_cancel(1s));
    co_await asyncio::testing::wait_all_tasks_blocked();
    g.cancel();
    std::string const how = co_await outcome(g.start<int>(serve, std::ref(log), 0s, 0s));
    BOOST_TEST(starts_with(how, "asyncio::task_group::start: the task group is shutting down,"));
  };
  co_await with_task_group(body);
  std::string const how = co_await outcome(handle->start<int>(serve, std::ref(log), 0s, 0s));
  BOOST_TEST(starts_with(how, "asyncio::task_group::start: the task group is finished;"));
  BOOST_TEST(log.empty());
}

// conformance: XN3
ASYNCIO_TEST_CASE(cancelling_the_caller_of_start_cancels_the_task_that_has_not_started) {
  auto& log = keep_alive<std::string>();
  auto& slow = keep_alive([&](asyncio::task_status<>) -> awaitable<void> { co_await logged(log, 'a', 1h, 2s); });
  auto& starter = keep_alive([&](task_group g) -> awaitable<void> { co_await g.start(slow); });
  auto body = [&](task_group& g) -> awaitable<void> {
    auto t = asyncio::create_task(starter(g));
    co_await asyncio::sleep(1s);
    t.cancel("enough");
    std::string const how = co_await outcome(awaitable<void>(t.join()));
    BOOST_TEST(how == "cancelled:enough");
    BOOST_TEST((now() == 3s));
    g.create_task(give(1));
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "value");
  BOOST_TEST(log == "A");
}

// conformance: XN3
ASYNCIO_TEST_CASE(a_task_that_starts_in_spite_of_the_cancel_of_its_starter_does_not_resume_him) {
  auto& log = keep_alive<std::string>();
  auto& stubborn = keep_alive([&](asyncio::task_status<int> status) -> awaitable<void> {
    co_await ignores_cancel(1s);
    status.started(1);
    log += "started,";
    co_await asyncio::sleep(1s);
    log += "ended,";
  });
  auto& starter = keep_alive([&](task_group g) -> awaitable<void> {
    co_await g.start<int>(stubborn);
    log += "never";
  });
  auto body = [&](task_group& g) -> awaitable<void> {
    auto t = asyncio::create_task(starter(g));
    co_await asyncio::sleep(1s);
    t.cancel();
    std::string const how = co_await outcome(awaitable<void>(t.join()));
    BOOST_TEST(how == "cancelled:");
  };
  co_await with_task_group(body);
  BOOST_TEST(log == "started,ended,");
}

ASYNCIO_TEST_CASE(a_failure_in_the_group_ends_a_pending_start) {
  std::string log;
  auto slow = [&](asyncio::task_status<>) -> awaitable<void> { co_await logged(log, 'a'); };
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(fail("boom", 1s));
    co_await g.start(slow);
    log += "never";
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[boom]");
  BOOST_TEST(log == "A");
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
}

// -- among Asio's own coroutines and operations ------------------------------------------------------------------------

namespace {

awaitable<void> wait_in_asio(asyncio::duration d) {
  asio::steady_timer timer(co_await asio::this_coro::executor, d);
  co_await timer.async_wait(asio::use_awaitable);
}

awaitable<std::size_t> read_from(asio::local::stream_protocol::socket& socket) {
  char byte;
  co_return co_await socket.async_read_some(asio::buffer(&byte, 1), asio::use_awaitable);
}

awaitable<void> spawned(awaitable<void> inner) {
  auto const executor = co_await asio::this_coro::executor;
  co_await asio::co_spawn(executor, std::move(inner), asio::use_awaitable);
}

}  // namespace

ASYNCIO_TEST_CASE(children_that_wait_in_asio_operations_are_cancelled_promptly) {
  asio::local::stream_protocol::socket left(asyncio::loop::running().context()),
      right(asyncio::loop::running().context());
  asio::local::connect_pair(left, right);
  std::vector<asyncio::any_task> children;
  auto body = [&](task_group& g) -> awaitable<void> {
    children.emplace_back(g.create_task(wait_in_asio(1h)));
    children.emplace_back(g.create_task(read_from(left)));
    children.emplace_back(g.create_task(spawned(wait_in_asio(1h))));
    children.emplace_back(g.create_task(spawned(forever())));
    co_await asyncio::testing::wait_all_tasks_blocked();
    throw std::runtime_error("enough");
  };
  std::string const how = co_await outcome(with_task_group(body));
  BOOST_TEST(how == "group[enough]");
  for (asyncio::any_task const& t : children) BOOST_TEST(t.cancelled());
}

ASYNCIO_TEST_CASE(a_body_that_waits_in_an_asio_operation_is_cancelled_promptly) {
  asio::local::stream_protocol::socket left(asyncio::loop::running().context()),
      right(asyncio::loop::running().context());
  asio::local::connect_pair(left, right);
  auto timer = [](task_group& g) -> awaitable<void> {
    g.create_task(fail("timer"));
    co_await wait_in_asio(1h);
  };
  auto socket = [&](task_group& g) -> awaitable<std::size_t> {
    g.create_task(fail("socket"));
    co_return co_await read_from(left);
  };
  auto coroutine = [](task_group& g) -> awaitable<void> {
    g.create_task(fail("coroutine"));
    co_await spawned(wait_in_asio(1h));
  };
  std::string how = co_await outcome(with_task_group(timer));
  BOOST_TEST(how == "group[timer]");
  how = co_await outcome(with_task_group(socket));
  BOOST_TEST(how == "group[socket]");
  how = co_await outcome(with_task_group(coroutine));
  BOOST_TEST(how == "group[coroutine]");
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
}

ASYNCIO_TEST_CASE(an_outer_cancel_of_a_body_in_an_asio_operation_cancels_the_task) {
  auto body = [](task_group& g) -> awaitable<void> {
    g.create_task(wait_in_asio(1h));
    co_await wait_in_asio(1h);
  };
  auto t = asyncio::create_task(with_task_group(body));
  co_await asyncio::testing::wait_all_tasks_blocked();
  t.cancel();
  bool aborted = false;
  try {
    co_await t.join();
  } catch (asyncio::cancelled_error const& e) {
    aborted = e.code() == asio::error::operation_aborted;
  }
  BOOST_TEST(aborted);
  BOOST_TEST(t.cancelled());
}

ASYNCIO_TEST_CASE(an_aborted_asio_operation_that_nobody_cancelled_is_an_error) {
  auto body = [](task_group& g) -> awaitable<void> {
    asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
    auto aborts = [](asio::steady_timer& t) -> awaitable<void> {
      t.cancel();
      co_return;
    };
    auto const helper = g.create_task(aborts(timer));
    co_await timer.async_wait(asio::use_awaitable);
  };
  bool thrown = false;
  try {
    co_await with_task_group(body);
  } catch (asyncio::exception_group const& g) {
    thrown = g.contains<boost::system::system_error>() && !g.contains<asyncio::cancelled_error>();
  }
  BOOST_TEST(thrown);
}

ASYNCIO_TEST_CASE(a_group_in_an_operand_of_asios_or_does_not_cancel_the_other_operand) {
  using namespace asio::experimental::awaitable_operators;
  std::string log;
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(fail("boom"));
    co_await forever();
  };
  auto caught = [&](awaitable<void> group) -> awaitable<void> { log += co_await outcome(std::move(group)); };
  auto other = [&]() -> awaitable<void> { co_await note(log, ",other", 1s); };
  co_await (caught(with_task_group(body)) && other());
  BOOST_TEST(log == "group[boom],other");
}

BOOST_AUTO_TEST_CASE(a_group_works_in_a_coroutine_that_is_not_a_task) {
  asio::io_context context;
  std::string log;
  auto body = [&](task_group& g, int n) -> awaitable<int> {
    BOOST_TEST(static_cast<bool>(asyncio::current_task()));
    g.create_task(note(log, "child,"));
    co_return n;
  };
  auto failing = [&](task_group& g) -> awaitable<void> {
    g.create_task(fail("boom"));
    co_await forever();
  };
  auto plain = [&]() -> awaitable<void> {
    int const n = co_await with_task_group(body, 4);
    log += std::to_string(n) + ",";
    log += co_await outcome(with_task_group(failing));
  };
  asio::co_spawn(context, plain(), asio::detached);
  context.run();
  BOOST_TEST(log == "child,4,group[boom]");
}

BOOST_AUTO_TEST_CASE(a_group_in_a_coroutine_that_is_not_a_task_is_cancelled_through_its_slot) {
  asio::io_context context;
  std::string log;
  auto body = [&](task_group& g) -> awaitable<void> {
    g.create_task(logged(log, 'a'));
    co_await logged(log, 'b');
  };
  asio::cancellation_signal signal;
  std::exception_ptr thrown;
  asio::co_spawn(context, with_task_group(body),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) { thrown = e; }));
  auto cancel = [&]() -> awaitable<void> {
    co_await asyncio::yield();
    co_await asyncio::yield();
    signal.emit(asio::cancellation_type::terminal);
  };
  asio::co_spawn(context, cancel(), asio::detached);
  context.run();
  BOOST_TEST(log == "BA");
  BOOST_REQUIRE((thrown != nullptr));
  BOOST_TEST(starts_with(text_of(thrown), "the wait was cancelled"));
}

BOOST_AUTO_TEST_CASE(a_loop_that_is_destroyed_with_an_open_group_leaves_nothing_behind) {
  auto token = std::make_shared<int>(1);
  auto holder = [](std::shared_ptr<int>) -> awaitable<void> { co_await forever(); };
  std::optional<task_group> handle;
  {
    asio::io_context context;
    asyncio::loop::of(context).set_exception_handler([](asyncio::exception_context const&) {});
    auto body = [&](task_group& g) -> awaitable<void> {
      handle.emplace(g);
      g.create_task(holder(token));
      co_await holder(token);
    };
    asyncio::create_task(context, with_task_group(body));
    context.poll();
    BOOST_TEST(token.use_count() > 1);
  }
  BOOST_TEST(token.use_count() == 1);
  BOOST_CHECK_THROW(handle->create_task(forever()), asyncio::invalid_state);
  handle->cancel();
}
