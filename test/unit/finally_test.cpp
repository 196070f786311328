// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE finally
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::finally;
using asyncio::testing::keep_alive;

namespace {

asyncio::duration now() { return asyncio::loop::running().time().time_since_epoch(); }

/// How awaiting something ended: "value", "cancelled:message", or the text of the exception.
template <class T>
awaitable<std::string> outcome(awaitable<T> aw) {
  try {
    co_await std::move(aw);
  } catch (asyncio::cancelled_error const& e) {
    co_return "cancelled:" + std::string(e.message());
  } catch (asyncio::timeout_error const&) {
    co_return "timeout";
  } catch (std::exception const& e) {
    co_return e.what();
  }
  co_return "value";
}

awaitable<int> give(int value, asyncio::duration d = 0s) {
  if (d > 0s) co_await asyncio::sleep(d);
  co_return value;
}

awaitable<void> fail(std::string text, asyncio::duration d = 0s) {
  if (d > 0s) co_await asyncio::sleep(d);
  throw std::runtime_error(text);
}

awaitable<void> note(std::string& log, std::string text, asyncio::duration d = 0s) {
  if (d > 0s) co_await asyncio::sleep(d);
  log += text;
}

awaitable<void> forever() { co_await asyncio::sleep_forever(); }

}  // namespace

// -- what goes on afterwards -------------------------------------------------------------------------------------------

ASYNCIO_TEST_CASE(the_cleanup_runs_after_the_body_and_the_value_goes_on) {
  std::string log;
  auto body = [](std::string& l) -> awaitable<int> {
    co_await asyncio::sleep(1s);
    l += "body,";
    co_return 7;
  };
  int const value = co_await finally(body(log), note(log, "cleanup", 2s));
  BOOST_TEST(value == 7);
  BOOST_TEST(log == "body,cleanup");
  BOOST_TEST((now() == 3s));
}

ASYNCIO_TEST_CASE(a_value_may_be_move_only_and_need_no_default_constructor) {
  class odd {
   public:
    explicit odd(std::unique_ptr<int> p) : p_(std::move(p)) {}
    [[nodiscard]] int get() const { return *p_; }

   private:
    std::unique_ptr<int> p_;
  };
  auto body = []() -> awaitable<odd> { co_return odd(std::make_unique<int>(4)); };
  odd const value = co_await finally(body(), asyncio::sleep(1s));
  BOOST_TEST(value.get() == 4);
}

ASYNCIO_TEST_CASE(the_exception_of_the_body_goes_on_after_the_cleanup) {
  std::string log;
  auto const boom = std::make_exception_ptr(std::logic_error("the one"));
  auto body = [](std::exception_ptr e) -> awaitable<void> {
    std::rethrow_exception(e);
    co_return;
  };
  std::exception_ptr caught;
  try {
    co_await finally(body(boom), note(log, "cleanup", 2s));
  } catch (...) {
    caught = std::current_exception();
  }
  BOOST_TEST((caught == boom));
  BOOST_TEST(log == "cleanup");
  BOOST_TEST((now() == 2s));
}

ASYNCIO_TEST_CASE(an_exception_of_the_cleanup_replaces_the_value) {
  std::string const how = co_await outcome(finally(give(1), fail("cleanup", 1s)));
  BOOST_TEST(how == "cleanup");
}

ASYNCIO_TEST_CASE(an_exception_of_the_cleanup_replaces_that_of_the_body) {
  std::string const how = co_await outcome(finally(fail("body"), fail("cleanup")));
  BOOST_TEST(how == "cleanup");
}

ASYNCIO_TEST_CASE(an_exception_of_the_cleanup_counts_as_retrieved) {
  auto& reports = keep_alive<int>();
  asyncio::loop::running().set_exception_handler([&](asyncio::exception_context const&) { ++reports; });
  std::string const how = co_await outcome(finally(fail("body"), fail("cleanup", 1s)));
  BOOST_TEST(how == "cleanup");
  co_await asyncio::sleep(1s);
  BOOST_TEST(reports == 0);
}

ASYNCIO_TEST_CASE(operations_are_accepted_for_both) {
  co_await finally(asyncio::sleep(1s), asyncio::sleep(2s));
  BOOST_TEST((now() == 3s));
  auto t = asyncio::create_task(give(5, 1s));
  int const value = co_await finally(t.join(), asyncio::yield());
  BOOST_TEST(value == 5);
}

ASYNCIO_TEST_CASE(without_a_wait_in_body_and_cleanup_there_is_none_at_all) {
  auto& log = keep_alive<std::string>();
  auto turn = asyncio::loop::running().call_soon([&] { log += "turn"; });
  co_await finally(give(1), note(log, "cleanup,"));
  BOOST_TEST(log == "cleanup,");
  turn.cancel();
}

ASYNCIO_ORDERED_TEST_CASE(the_cleanup_begins_in_the_step_in_which_the_body_ends) {
  auto& log = keep_alive<std::string>();
  auto body = [](std::string& l) -> awaitable<void> {
    co_await asyncio::yield();
    asyncio::loop::running().call_soon([&l] { l += "turn,"; });
  };
  auto cleanup = [](std::string& l) -> awaitable<void> {
    l += "begin,";
    co_await asyncio::yield();
    l += "end";
  };
  co_await finally(body(log), cleanup(log));
  BOOST_TEST(log == "begin,turn,end");
}

ASYNCIO_TEST_CASE(nested_cleanups_run_from_the_inside_out) {
  std::string log;
  auto inner = finally(fail("boom", 1s), note(log, "inner,", 1s));
  std::string const how = co_await outcome(finally(std::move(inner), note(log, "outer", 1s)));
  BOOST_TEST(how == "boom");
  BOOST_TEST(log == "inner,outer");
  BOOST_TEST((now() == 3s));
}

// -- cancellation ------------------------------------------------------------------------------------------------------

ASYNCIO_TEST_CASE(the_cleanup_of_a_cancelled_body_runs_to_its_end_and_then_the_cancel_goes_on) {
  auto& log = keep_alive<std::string>();
  auto t = asyncio::create_task(finally(forever(), note(log, "cleanup", 2s)));
  co_await asyncio::sleep(1s);
  t.cancel("why");
  std::string const how = co_await outcome(awaitable<void>(t.join()));
  BOOST_TEST(how == "cancelled:why");
  BOOST_TEST(t.cancelled());
  BOOST_TEST(log == "cleanup");
  BOOST_TEST((now() == 3s));
}

ASYNCIO_TEST_CASE(a_cancel_that_is_pending_when_the_body_begins_reaches_the_body_and_the_cleanup_runs) {
  auto& log = keep_alive<std::string>();
  auto caller = [](std::string& l) -> awaitable<void> {
    asyncio::current_task().cancel();
    co_await finally(note(l, "never", 1s), note(l, "cleanup", 1s));
  };
  auto t = asyncio::create_task(caller(log));
  std::string const how = co_await outcome(awaitable<void>(t.join()));
  BOOST_TEST(how == "cancelled:");
  BOOST_TEST(log == "cleanup");
}

ASYNCIO_TEST_CASE(a_task_that_is_cancelled_before_its_first_step_enters_neither_as_in_python) {
  auto& log = keep_alive<std::string>();
  auto t = asyncio::create_task(finally(note(log, "body"), note(log, "cleanup")));
  t.cancel();
  std::string const how = co_await outcome(awaitable<void>(t.join()));
  BOOST_TEST(how == "cancelled:");
  BOOST_TEST(log.empty());
}

ASYNCIO_TEST_CASE(further_cancels_cannot_reach_the_cleanup) {
  auto& log = keep_alive<std::string>();
  auto t = asyncio::create_task(finally(forever(), note(log, "cleanup", 5s)));
  for (int i = 0; i < 3; ++i) {
    co_await asyncio::sleep(1s);
    t.cancel();
  }
  std::string const how = co_await outcome(awaitable<void>(t.join()));
  BOOST_TEST(how == "cancelled:");
  BOOST_TEST(log == "cleanup");
  BOOST_TEST(t.cancelling() == 3);
  BOOST_TEST((now() == 6s));
}

ASYNCIO_TEST_CASE(a_cancel_during_the_cleanup_of_a_body_that_succeeded_is_thrown_when_it_has_ended) {
  auto& log = keep_alive<std::string>();
  auto t = asyncio::create_task(finally(give(1), note(log, "cleanup", 5s)));
  co_await asyncio::sleep(1s);
  t.cancel("late");
  std::string const how = co_await outcome(awaitable<int>(t.join()));
  BOOST_TEST(how == "cancelled:late");
  BOOST_TEST(log == "cleanup");
  BOOST_TEST((now() == 5s));
}

ASYNCIO_TEST_CASE(a_cancel_during_the_cleanup_of_a_body_that_failed_is_thrown_at_the_next_await) {
  auto& log = keep_alive<std::string>();
  auto caller = [](std::string& l) -> awaitable<void> {
    l += co_await outcome(finally(fail("body"), note(l, "cleanup,", 5s)));
    co_await asyncio::sleep(1h);
    l += "never";
  };
  auto t = asyncio::create_task(caller(log));
  co_await asyncio::sleep(1s);
  t.cancel("late");
  std::string const how = co_await outcome(awaitable<void>(t.join()));
  BOOST_TEST(how == "cancelled:late");
  BOOST_TEST(log == "cleanup,body");
  BOOST_TEST((now() == 5s));
}

ASYNCIO_TEST_CASE(a_cancel_during_a_cleanup_that_fails_is_thrown_at_the_next_await) {
  auto& log = keep_alive<std::string>();
  auto caller = [](std::string& l) -> awaitable<void> {
    l += co_await outcome(finally(give(1), fail("cleanup", 5s)));
    co_await asyncio::sleep(1h);
    l += "never";
  };
  auto t = asyncio::create_task(caller(log));
  co_await asyncio::sleep(1s);
  t.cancel();
  std::string const how = co_await outcome(awaitable<void>(t.join()));
  BOOST_TEST(how == "cancelled:");
  BOOST_TEST(log == "cleanup");
}

ASYNCIO_TEST_CASE(after_the_cancel_was_caught_the_task_can_wait_again) {
  auto& log = keep_alive<std::string>();
  auto caller = [](std::string& l) -> awaitable<void> {
    l += co_await outcome(finally(forever(), note(l, "cleanup,", 1s)));
    co_await asyncio::sleep(1s);
    l += ",done";
  };
  auto t = asyncio::create_task(caller(log));
  co_await asyncio::sleep(1s);
  t.cancel();
  co_await t.join();
  BOOST_TEST(log == "cleanup,cancelled:,done");
}

ASYNCIO_TEST_CASE(a_timeout_around_it_waits_for_the_cleanup_and_is_a_timeout_still) {
  std::string log;
  std::string how = co_await outcome(asyncio::timeout(1s, finally(forever(), note(log, "a", 2s))));
  BOOST_TEST(how == "timeout");
  BOOST_TEST((now() == 3s));
  how = co_await outcome(asyncio::timeout(1s, finally(give(1), note(log, "b", 2s))));
  BOOST_TEST(how == "timeout");
  BOOST_TEST(log == "ab");
  BOOST_TEST((now() == 5s));
  co_await asyncio::sleep(1s);
}

ASYNCIO_TEST_CASE(a_timeout_inside_the_cleanup_works_although_the_task_was_cancelled) {
  auto& log = keep_alive<std::string>();
  auto cleanup = [](std::string& l) -> awaitable<void> { l += co_await outcome(asyncio::timeout(1s, forever())); };
  auto t = asyncio::create_task(finally(forever(), cleanup(log)));
  co_await asyncio::sleep(1s);
  t.cancel();
  std::string const how = co_await outcome(awaitable<void>(t.join()));
  BOOST_TEST(how == "cancelled:");
  BOOST_TEST(log == "timeout");
  BOOST_TEST((now() == 2s));
}

ASYNCIO_TEST_CASE(a_task_group_inside_the_cleanup_works_although_the_task_was_cancelled) {
  auto& log = keep_alive<std::string>();
  auto group = [](asyncio::task_group& g, std::string& l) -> awaitable<void> {
    g.create_task(note(l, "child", 1s));
    co_return;
  };
  auto t = asyncio::create_task(finally(forever(), asyncio::with_task_group(group, std::ref(log))));
  co_await asyncio::sleep(1s);
  t.cancel();
  std::string const how = co_await outcome(awaitable<void>(t.join()));
  BOOST_TEST(how == "cancelled:");
  BOOST_TEST(log == "child");
}

ASYNCIO_TEST_CASE(cancelling_every_task_of_the_loop_does_not_reach_a_cleanup) {
  auto& log = keep_alive<std::string>();
  auto t = asyncio::create_task(finally(give(1), note(log, "cleanup", 2s)), "worker");
  co_await asyncio::sleep(1s);
  BOOST_TEST(asyncio::all_tasks().size() == 2u);  // this one and the worker: the cleanup is a part of it
  for (asyncio::any_task& each : asyncio::all_tasks())
    if (each != asyncio::current_task()) each.cancel();
  std::string const how = co_await outcome(awaitable<int>(t.join()));
  BOOST_TEST(how == "cancelled:");
  BOOST_TEST(log == "cleanup");
}

BOOST_AUTO_TEST_CASE(the_end_of_run_waits_for_a_cleanup) {
  static std::string log;
  log.clear();
  auto main_ = []() -> awaitable<void> {
    asyncio::create_task(finally(forever(), note(log, "of a cancelled body,", 5s)));
    asyncio::create_task(finally(give(1), note(log, "that was running,", 3s)));
    co_await asyncio::sleep(1s);
  };
  asyncio::testing::run(main_());
  BOOST_TEST(log == "that was running,of a cancelled body,");
}

// -- context -----------------------------------------------------------------------------------------------------------

ASYNCIO_TEST_CASE(context_variables_that_the_cleanup_sets_are_seen_afterwards) {
  static asyncio::context_var<int> level(0);
  auto& cleanup = keep_alive([]() -> awaitable<void> {
    BOOST_TEST(level.get() == 1);
    (void)level.set(2);
    co_await asyncio::yield();
    (void)level.set(level.get() + 1);
  });
  auto& caller = keep_alive([&]() -> awaitable<int> {
    auto set = []() -> awaitable<void> {
      (void)level.set(1);
      co_return;
    };
    co_await finally(set(), cleanup());
    co_return level.get();
  });
  auto t = asyncio::create_task(caller());
  int const seen = co_await t.join();
  BOOST_TEST(seen == 3);
  BOOST_TEST(level.get() == 0);
}

ASYNCIO_TEST_CASE(a_keyboard_interrupt_of_the_body_goes_on_after_the_cleanup) {
  std::string log;
  auto body = []() -> awaitable<void> {
    throw asyncio::keyboard_interrupt();
    co_return;
  };
  bool caught = false;
  try {
    co_await finally(body(), note(log, "cleanup", 1s));
  } catch (asyncio::keyboard_interrupt const&) {
    caught = true;
  }
  BOOST_TEST(caught);
  BOOST_TEST(log == "cleanup");
}

// -- misuse ------------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_empty_awaitable_is_refused_with_a_sentence) {
  auto const refused = [](awaitable<void> body, awaitable<void> cleanup) {
    try {
      auto const never = finally(std::move(body), std::move(cleanup));
    } catch (asyncio::invalid_state const& e) {
      return std::string(e.what()).starts_with("asyncio::finally: the awaitable is empty");
    }
    return false;
  };
  BOOST_TEST(refused(awaitable<void>(), forever()));
  BOOST_TEST(refused(forever(), awaitable<void>()));
}

ASYNCIO_TEST_CASE(an_awaitable_that_is_dropped_runs_neither) {
  std::string log;
  { auto const dropped = finally(note(log, "body"), note(log, "cleanup")); }
  co_await asyncio::sleep(1s);
  BOOST_TEST(log.empty());
}

// -- among Asio's own coroutines and operations ------------------------------------------------------------------------

namespace {

awaitable<void> wait_in_asio(asyncio::duration d) {
  asio::steady_timer timer(co_await asio::this_coro::executor, d);
  co_await timer.async_wait(asio::use_awaitable);
}

awaitable<void> asio_cleanup(std::string& log) {
  co_await wait_in_asio(0s);
  log += "cleanup";
}

}  // namespace

ASYNCIO_TEST_CASE(bodies_in_asio_operations_are_cancelled_promptly_and_cleaned_up_by_asio_operations) {
  asio::local::stream_protocol::socket left(asyncio::loop::running().context()),
      right(asyncio::loop::running().context());
  asio::local::connect_pair(left, right);
  auto read = [](asio::local::stream_protocol::socket s) -> awaitable<std::size_t> {
    char byte;
    co_return co_await s.async_read_some(asio::buffer(&byte, 1), asio::use_awaitable);
  };
  auto spawned = []() -> awaitable<void> {
    auto const executor = co_await asio::this_coro::executor;
    co_await asio::co_spawn(executor, wait_in_asio(1h), asio::use_awaitable);
  };
  auto& logs = keep_alive<std::array<std::string, 3>>();
  std::vector<asyncio::any_task> tasks;
  tasks.emplace_back(asyncio::create_task(finally(wait_in_asio(1h), asio_cleanup(logs[0]))));
  tasks.emplace_back(asyncio::create_task(finally(read(std::move(left)), asio_cleanup(logs[1]))));
  tasks.emplace_back(asyncio::create_task(finally(spawned(), asio_cleanup(logs[2]))));
  co_await asyncio::testing::wait_all_tasks_blocked();
  for (asyncio::any_task& t : tasks) t.cancel();
  for (std::size_t i = 0; i < 3; ++i) {
    bool aborted = false;
    try {
      co_await tasks[i].join();
    } catch (asyncio::cancelled_error const& e) {
      aborted = e.code() == asio::error::operation_aborted;
    }
    BOOST_TEST(aborted);
    BOOST_TEST(tasks[i].cancelled());
    BOOST_TEST(logs[i] == "cleanup");
  }
}

BOOST_AUTO_TEST_CASE(it_works_in_a_coroutine_that_is_not_a_task) {
  asio::io_context context;
  std::string log;
  auto plain = [&]() -> awaitable<void> {
    int const n = co_await finally(give(4), note(log, "a,"));
    log += std::to_string(n) + ",";
    log += co_await outcome(finally(fail("boom"), asio_cleanup(log)));
  };
  asio::co_spawn(context, plain(), asio::detached);
  context.run();
  BOOST_TEST(log == "a,4,cleanupboom");
}

BOOST_AUTO_TEST_CASE(the_cleanup_in_a_coroutine_that_is_not_a_task_is_shielded_too) {
  asio::io_context context;
  std::string log;
  asio::cancellation_signal signal;
  std::exception_ptr thrown;
  auto cleanup = [](std::string& l) -> awaitable<void> {
    for (int i = 0; i < 5; ++i) co_await asyncio::yield();
    l += "cleanup";
  };
  asio::co_spawn(context, finally(forever(), cleanup(log)),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) { thrown = e; }));
  auto cancel = [&]() -> awaitable<void> {
    for (int i = 0; i < 2; ++i) {
      co_await asyncio::yield();
      signal.emit(asio::cancellation_type::terminal);
    }
  };
  asio::co_spawn(context, cancel(), asio::detached);
  context.run();
  BOOST_TEST(log == "cleanup");
  BOOST_REQUIRE((thrown != nullptr));
  BOOST_CHECK_THROW(std::rethrow_exception(thrown), boost::system::system_error);
}

ASYNCIO_TEST_CASE(the_losing_operand_of_asios_or_is_cleaned_up) {
  using namespace asio::experimental::awaitable_operators;
  std::string log;
  auto const first = co_await (finally(forever(), note(log, "cleanup", 1s)) || give(7, 1s));
  BOOST_TEST(first.index() == 1u);
  BOOST_TEST(log == "cleanup");
  BOOST_TEST((now() == 2s));
}

BOOST_AUTO_TEST_CASE(a_loop_that_is_destroyed_under_a_cleanup_leaves_nothing_behind) {
  auto token = std::make_shared<int>(1);
  auto holder = [](std::shared_ptr<int>) -> awaitable<void> { co_await forever(); };
  {
    asio::io_context context;
    asyncio::loop::of(context).set_exception_handler([](asyncio::exception_context const&) {});
    asyncio::create_task(context, finally(give(1), holder(token)));
    asyncio::create_task(context, finally(holder(token), holder(token)));
    context.poll();
    BOOST_TEST(token.use_count() > 1);
  }
  BOOST_TEST(token.use_count() == 1);
}
