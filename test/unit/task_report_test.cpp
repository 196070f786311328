// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE task_report
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::testing::keep_alive;

namespace {

awaitable<int> give(int value) {
  co_await asyncio::yield();
  co_return value;
}

awaitable<int> fail(char const* text) {
  co_await asyncio::yield();
  throw std::runtime_error(text);
}

/// Collects what the loop's exception handler is told.
struct reports {
  reports() {
    auto* const here = &list;
    asyncio::loop::running().set_exception_handler(
        [here](asyncio::exception_context const& what) { here->push_back(what); });
  }
  std::vector<asyncio::exception_context>& list = keep_alive<std::vector<asyncio::exception_context>>();
};

asyncio::run_options virtual_time() {
  asyncio::run_options options;
  options.clock(asyncio::clock_kind::virtual_).handle_sigint(false);
  return options;
}

bool contains(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

}  // namespace

// -- exceptions nobody takes -----------------------------------------------------------------------------------------------

// conformance: T23
ASYNCIO_TEST_CASE(an_exception_nobody_takes_is_reported_once_when_the_last_handle_goes) {
  reports seen;
  auto t = asyncio::create_task(fail("lost"), "unlucky");
  unsigned const line = __LINE__ - 1;
  auto copy = t;
  co_await asyncio::testing::wait_all_tasks_blocked();
  t = {};
  BOOST_TEST(seen.list.empty());
  auto const id = copy.id();
  copy = {};
  BOOST_TEST(seen.list.size() == 1u);
  auto const& what = seen.list.at(0);
  BOOST_TEST(what.message == "Task exception was never retrieved");
  BOOST_TEST(what.task == id);
  BOOST_TEST(what.task_name == "unlucky");
  BOOST_TEST(what.created_at.line() == line);
  BOOST_CHECK_THROW(std::rethrow_exception(what.exception), std::runtime_error);
}

ASYNCIO_TEST_CASE(an_exception_whose_last_handle_goes_in_another_thread_is_reported_in_the_loops_own) {
  reports seen;
  auto t = asyncio::create_task(fail("lost in a thread"), "far");
  co_await asyncio::testing::wait_all_tasks_blocked();
  co_await asyncio::to_thread([](asyncio::task<int> last) { last = {}; }, std::move(t));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_REQUIRE(seen.list.size() == 1u);
  BOOST_TEST(seen.list.at(0).message == "Task exception was never retrieved");
  BOOST_TEST(seen.list.at(0).task_name == "far");
}

ASYNCIO_TEST_CASE(a_detached_task_that_fails_is_reported_as_soon_as_it_has_ended) {
  reports seen;
  (void)asyncio::create_task(fail("lost"));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(seen.list.size() == 1u);
}

// conformance: T24
ASYNCIO_TEST_CASE(taking_the_exception_in_any_way_silences_the_report) {
  reports seen;
  {
    auto by_exception = asyncio::create_task(fail("a"));
    auto by_result = asyncio::create_task(fail("b"));
    auto by_join = asyncio::create_task(fail("c"));
    auto by_any_join = asyncio::create_task(fail("d"));
    co_await asyncio::testing::wait_all_tasks_blocked();
    BOOST_TEST((by_exception.exception() != nullptr));
    BOOST_CHECK_THROW((void)by_result.result(), std::runtime_error);
    int caught = 0;
    try {
      co_await by_join.join();
    } catch (std::runtime_error const&) {
      ++caught;
    }
    try {
      co_await asyncio::any_task(by_any_join).join();
    } catch (std::runtime_error const&) {
      ++caught;
    }
    BOOST_TEST(caught == 2);
  }
  BOOST_TEST(seen.list.empty());
}

// conformance: T25
ASYNCIO_TEST_CASE(cancelling_a_failed_task_silences_the_report) {
  reports seen;
  {
    auto t = asyncio::create_task(fail("a"));
    co_await asyncio::testing::wait_all_tasks_blocked();
    BOOST_TEST(!t.cancel());
  }
  BOOST_TEST(seen.list.empty());
}

ASYNCIO_TEST_CASE(looking_at_a_failed_task_without_asking_does_not_silence_the_report) {
  reports seen;
  {
    auto t = asyncio::create_task(fail("a"));
    co_await asyncio::testing::wait_all_tasks_blocked();
    BOOST_TEST(t.done());
    BOOST_TEST(!t.cancelled());
    (void)to_string(t);
    (void)t.name();
  }
  BOOST_TEST(seen.list.size() == 1u);
}

ASYNCIO_TEST_CASE(a_cancelled_task_is_not_reported) {
  reports seen;
  {
    auto t = asyncio::create_task(asyncio::sleep_forever());
    t.cancel();
    co_await asyncio::testing::wait_all_tasks_blocked();
    BOOST_TEST(t.cancelled());
  }
  BOOST_TEST(seen.list.empty());
}

BOOST_AUTO_TEST_CASE(a_handle_kept_beyond_run_is_reported_at_its_end_with_name_and_place) {
  std::ostringstream log;
  auto const logger = std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_st>(log));
  asyncio::task<int> kept;
  static auto const body = [](asyncio::task<int>& t) -> awaitable<void> {
    t = asyncio::create_task(fail("in the log"), "forgotten");
    co_await asyncio::sleep(1s);
  };
  unsigned const line = __LINE__ - 3;
  asyncio::run(body(kept), virtual_time().logger(logger));
  std::string const text = log.str();
  BOOST_TEST(contains(text, "Task exception was never retrieved: task 'forgotten' created at "));
  BOOST_TEST(contains(text, "task_report_test.cpp:" + std::to_string(line)));
  BOOST_TEST(contains(text, "in the log"));
  log.str({});
  kept = {};
  BOOST_TEST(log.str() == "");  // once
}

BOOST_AUTO_TEST_CASE(a_failed_task_whose_handle_outlives_the_loop_is_safe_to_use) {
  asyncio::task<int> kept;
  static auto const body = [](asyncio::task<int>& t) -> awaitable<void> {
    t = asyncio::create_task(fail("late"));
    co_await asyncio::sleep(1s);
    (void)t.exception();
  };
  asyncio::run(body(kept), virtual_time());
  BOOST_TEST(kept.done());
  BOOST_CHECK_THROW((void)kept.result(), std::runtime_error);
  BOOST_TEST(!kept.cancel());
  BOOST_TEST(kept.remove_done_callback(12345) == 0u);
  kept.cancel_threadsafe();
}

// -- done callbacks ----------------------------------------------------------------------------------------------------------

// conformance: F5
ASYNCIO_ORDERED_TEST_CASE(done_callbacks_run_in_order_through_the_loop) {
  auto& order = keep_alive<std::string>();
  auto t = asyncio::create_task(give(4));
  t.add_done_callback([&order](asyncio::task<int> const& done) { order += 'a' + std::to_string(done.result()); });
  t.add_done_callback([&order](asyncio::task<int> const&) { order += 'b'; });
  t.add_done_callback([&order](asyncio::task<int> const&) { order += asyncio::current_task() ? '!' : 'c'; });
  co_await asyncio::yield();
  co_await asyncio::yield();  // the task ends in this pass, after it
  BOOST_TEST(t.done());
  BOOST_TEST(order == "");
  co_await asyncio::yield();
  BOOST_TEST(order == "a4bc");
}

// conformance: F6, F7
ASYNCIO_ORDERED_TEST_CASE(a_removed_done_callback_is_not_called_and_the_others_keep_their_order) {
  for (std::size_t gone = 0; gone < 4; ++gone) {
    auto& order = keep_alive<std::string>();
    auto t = asyncio::create_task(give(1));
    std::vector<std::uint64_t> numbers;
    for (char name : {'a', 'b', 'c', 'd'})
      numbers.push_back(t.add_done_callback([&order, name](asyncio::any_task const&) { order += name; }));
    BOOST_TEST(t.remove_done_callback(numbers.at(gone)) == 1u);
    BOOST_TEST(t.remove_done_callback(numbers.at(gone)) == 0u);
    co_await asyncio::testing::wait_all_tasks_blocked();
    std::string expected = "abcd";
    expected.erase(gone, 1);
    BOOST_TEST(order == expected);
    BOOST_TEST(t.remove_done_callback(numbers.at((gone + 1) % 4)) == 0u);  // called already
  }
}

// conformance: F8
ASYNCIO_ORDERED_TEST_CASE(done_callbacks_may_add_and_remove_done_callbacks) {
  auto& order = keep_alive<std::string>();
  auto t = asyncio::create_task(give(1));
  auto& last = keep_alive<std::uint64_t>(0u);
  t.add_done_callback([&](asyncio::task<int> done) {
    order += 'a';
    order += std::to_string(done.remove_done_callback(last));  // too late: it is in the queue
    done.add_done_callback([&order](asyncio::task<int> const&) { order += 'n'; });
  });
  last = t.add_done_callback([&order](asyncio::task<int> const&) { order += 'z'; });
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(order == "a0zn");
}

namespace {
/// Removes another callback when it is destroyed, inside remove_done_callback.
struct meddler {
  asyncio::any_task task;
  std::uint64_t other;
  ~meddler() {
    if (other != 0) task.remove_done_callback(other);
  }
};
}  // namespace

// conformance: F8
ASYNCIO_TEST_CASE(removing_a_done_callback_survives_a_destructor_that_removes_its_neighbour) {
  auto& order = keep_alive<std::string>();
  auto t = asyncio::create_task(give(1));
  auto evil = std::make_shared<meddler>();
  std::uint64_t const first = t.add_done_callback([evil](asyncio::any_task const&) {});
  std::uint64_t const second = t.add_done_callback([&order](asyncio::any_task const&) { order += '2'; });
  t.add_done_callback([&order](asyncio::any_task const&) { order += '3'; });
  evil->task = t;
  evil->other = second;
  evil.reset();
  BOOST_TEST(t.remove_done_callback(first) == 1u);
  BOOST_TEST(t.remove_done_callback(second) == 0u);
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(order == "3");
}

// conformance: F9
ASYNCIO_ORDERED_TEST_CASE(a_done_callback_of_a_task_that_has_ended_is_called_soon) {
  auto t = asyncio::create_task(give(1));
  co_await t.join();
  auto& called = keep_alive<bool>(false);
  t.add_done_callback([&called](asyncio::any_task const&) { called = true; });
  BOOST_TEST(!called);
  co_await asyncio::yield();
  BOOST_TEST(called);
}

ASYNCIO_TEST_CASE(done_callbacks_are_told_of_every_kind_of_end) {
  auto& ends = keep_alive<std::string>();
  auto const note = [&ends](asyncio::any_task const& t) { ends += t.cancelled() ? 'c' : t.exception() ? 'f' : 'r'; };
  for (int kind = 0; kind < 3; ++kind) {
    auto t = kind == 1 ? asyncio::create_task(fail("x")) : asyncio::create_task(give(1));
    if (kind == 2) t.cancel();
    asyncio::any_task(t).add_done_callback(note);
    co_await asyncio::testing::wait_all_tasks_blocked();
  }
  BOOST_TEST(ends == "rfc");
}

ASYNCIO_TEST_CASE(a_done_callback_that_throws_is_reported_and_the_next_one_runs) {
  reports seen;
  auto& next = keep_alive<bool>(false);
  auto t = asyncio::create_task(give(1), "host");
  t.add_done_callback([](asyncio::any_task const&) { throw std::logic_error("bad callback"); });
  t.add_done_callback([&next](asyncio::any_task const&) { next = true; });
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(next);
  BOOST_TEST(seen.list.size() == 1u);
  BOOST_TEST(seen.list.at(0).message == "Exception in done callback");
  BOOST_TEST(seen.list.at(0).task_name == "host");
}

BOOST_AUTO_TEST_CASE(a_keyboard_interrupt_out_of_a_done_callback_ends_the_run) {
  static auto const body = []() -> awaitable<void> {
    auto t = asyncio::create_task(give(1));
    t.add_done_callback([](asyncio::any_task const&) { throw asyncio::keyboard_interrupt(); });
    co_await asyncio::sleep_forever();
  };
  BOOST_CHECK_THROW(asyncio::run(body(), virtual_time()), asyncio::keyboard_interrupt);
}

// conformance: CX3
ASYNCIO_TEST_CASE(a_done_callback_runs_in_the_context_it_was_added_in) {
  static asyncio::context_var<int> var(0);
  (void)var.set(7);
  auto& seen = keep_alive<int>(0);
  auto t = asyncio::create_task(give(1));
  t.add_done_callback([&seen](asyncio::any_task const&) { seen = var.get(); });
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(seen == 7);
}

ASYNCIO_TEST_CASE(a_done_callback_keeps_its_task_alive) {
  auto& seen = keep_alive<int>(0);
  asyncio::create_task(give(3)).add_done_callback([&seen](asyncio::task<int> const& t) { seen = t.result(); });
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(seen == 3);
}

BOOST_AUTO_TEST_CASE(add_done_callback_after_the_loop_is_refused) {
  asyncio::task<int> kept;
  static auto const body = [](asyncio::task<int>& t) -> awaitable<void> {
    t = asyncio::create_task(give(1));
    co_await t.join();
  };
  asyncio::run(body(kept), virtual_time());
  bool called = false;
  std::string text;
  try {
    kept.add_done_callback([&called](asyncio::any_task const&) { called = true; });
  } catch (asyncio::invalid_state const& e) {
    text = e.what();
  }
  BOOST_TEST(contains(text, "asyncio::task::add_done_callback: the loop of this task has ended"));
  // Another loop, perhaps at the same address, is not the task's loop either.
  static auto const again = [](asyncio::task<int>& t) -> awaitable<void> {
    bool refused = false;
    try {
      t.add_done_callback([](asyncio::any_task const&) {});
    } catch (asyncio::invalid_state const&) {
      refused = true;
    }
    BOOST_TEST(refused);
    BOOST_TEST((co_await t.join()) == 1);
  };
  asyncio::run(again(kept), virtual_time());
  BOOST_TEST(!called);
}

BOOST_AUTO_TEST_CASE(a_done_callback_that_was_never_called_is_destroyed_with_the_loop) {
  auto const token = std::make_shared<int>(1);
  static auto const body = [](std::shared_ptr<int> p) -> awaitable<void> {
    auto t = asyncio::create_task(give(1));
    co_await t.join();
    auto held = [p](asyncio::any_task const&) {};
    t.add_done_callback(held);
  };
  asyncio::run(body(token), virtual_time());
  BOOST_TEST(token.use_count() == 1);
}
