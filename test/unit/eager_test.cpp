// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE eager
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::testing::keep_alive;

namespace {

asyncio::task_options eagerly() {
  asyncio::task_options options;
  options.eager_start(true);
  return options;
}

awaitable<int> note_and_give(char name, std::string& order) {
  order += name;
  co_return 7;
}

awaitable<int> note_and_block(char name, std::string& order) {
  order += name;
  co_await asyncio::sleep(1s);
  order += static_cast<char>(name - 'a' + 'A');
  co_return 8;
}

awaitable<int> fail_at_once() {
  throw std::runtime_error("at once");
  co_return 0;
}

}  // namespace

// conformance: T2
ASYNCIO_TEST_CASE(an_eager_task_that_never_suspends_is_done_when_create_task_returns) {
  std::string order;
  auto t = asyncio::create_task(note_and_give('x', order), eagerly());
  BOOST_TEST(order == "x");
  BOOST_TEST(t.done());
  BOOST_TEST(t.result() == 7);
  BOOST_TEST((co_await t.join()) == 7);
}

// conformance: T2
ASYNCIO_TEST_CASE(an_eager_task_runs_inside_create_task_up_to_its_first_wait) {
  auto& order = keep_alive<std::string>();
  auto t = asyncio::create_task(note_and_block('x', order), eagerly());
  order += '|';
  BOOST_TEST(order == "x|");
  BOOST_TEST(!t.done());
  BOOST_TEST((co_await t.join()) == 8);
  BOOST_TEST(order == "x|X");
  BOOST_TEST((asyncio::loop::running().time().time_since_epoch() == 1s));
}

ASYNCIO_TEST_CASE(an_eager_task_that_fails_at_once_fails_its_handle_and_not_the_creator) {
  auto t = asyncio::create_task(fail_at_once(), eagerly());
  BOOST_TEST(t.done());
  BOOST_CHECK_THROW((void)t.result(), std::runtime_error);
  co_return;
}

// conformance: E1
ASYNCIO_TEST_CASE(current_task_inside_the_eager_part_is_the_new_task_then_the_creator_again) {
  asyncio::any_task inside;
  static auto const body = [](asyncio::any_task& seen) -> awaitable<void> {
    seen = asyncio::current_task();
    co_return;
  };
  asyncio::any_task const creator = asyncio::current_task();
  auto t = asyncio::create_task(body(inside), eagerly());
  BOOST_TEST((inside == t));
  BOOST_TEST((asyncio::current_task() == creator));
  co_return;
}

// conformance: E2
ASYNCIO_TEST_CASE(all_tasks_has_an_eager_task_while_it_runs_and_while_it_waits) {
  std::size_t inside = 0;
  static auto const count = [](std::size_t& n) -> awaitable<void> {
    n = asyncio::all_tasks().size();
    co_return;
  };
  (void)asyncio::create_task(count(inside), eagerly());
  BOOST_TEST(inside == 2u);
  BOOST_TEST(asyncio::all_tasks().size() == 1u);
  auto& order = keep_alive<std::string>();
  auto blocked = asyncio::create_task(note_and_block('x', order), eagerly());
  BOOST_TEST(asyncio::all_tasks().size() == 2u);
  co_await blocked.join();
}

// conformance: E3
ASYNCIO_TEST_CASE(a_cancel_finds_an_eager_task_where_it_waits_or_done) {
  auto& order = keep_alive<std::string>();
  auto done = asyncio::create_task(note_and_give('x', order), eagerly());
  BOOST_TEST(!done.cancel());
  BOOST_TEST(done.result() == 7);
  auto blocked = asyncio::create_task(note_and_block('y', order), eagerly());
  BOOST_TEST(blocked.cancel());
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(blocked.cancelled());
  BOOST_TEST(order == "xy");
}

// conformance: E4
ASYNCIO_TEST_CASE(context_changes_in_the_eager_part_are_the_tasks_own) {
  static asyncio::context_var<int> var(0);
  static auto const body = [](int& seen) -> awaitable<void> {
    (void)var.set(var.get() + 10);
    seen = var.get();
    co_await asyncio::yield();
    seen += var.get();
  };
  (void)var.set(1);
  auto& seen = keep_alive<int>();
  auto t = asyncio::create_task(body(seen), eagerly());
  BOOST_TEST(seen == 11);
  BOOST_TEST(var.get() == 1);
  co_await t.join();
  BOOST_TEST(seen == 22);
  BOOST_TEST(var.get() == 1);
}

ASYNCIO_TEST_CASE(an_eager_task_that_cancels_its_creator_leaves_create_task_alone) {
  static auto const cancel_it = [](asyncio::any_task creator) -> awaitable<void> {
    creator.cancel("by my child");
    co_return;
  };
  static auto const body = [](bool& reached) -> awaitable<void> {
    (void)asyncio::create_task(cancel_it(asyncio::current_task()), eagerly());
    reached = true;
    co_await asyncio::sleep(1h);
  };
  auto& reached = keep_alive<bool>();
  auto t = asyncio::create_task(body(reached));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(reached);
  BOOST_TEST(t.cancelled());
}

// conformance: E5
ASYNCIO_TEST_CASE(an_eager_child_that_fails_at_once_does_not_cancel_its_creator_inside_create_task) {
  static auto const body = [](asyncio::task_group& group, std::string& log) -> awaitable<void> {
    auto const t = group.create_task(fail_at_once(), eagerly());
    log += t.done() ? "done " : "pending ";
    log += std::to_string(asyncio::current_task().cancelling());
    try {
      co_await asyncio::sleep(1h);
    } catch (asyncio::cancelled_error const&) {
      log += " cancelled at the next wait";
      throw;
    }
  };
  std::string log;
  bool group_failed = false;
  try {
    co_await asyncio::with_task_group(body, std::ref(log));
  } catch (asyncio::exception_group const& e) {
    group_failed = e.contains<std::runtime_error>();
  }
  BOOST_TEST(group_failed);
  BOOST_TEST(log.starts_with("done "));
  BOOST_TEST(log.ends_with(" cancelled at the next wait"));
  BOOST_TEST(asyncio::current_task().cancelling() == 0);
}

ASYNCIO_TEST_CASE(eager_tasks_nest) {
  static auto const nest = [](auto const& self, int depth, std::string& order) -> awaitable<int> {
    order += '(';
    int below = 0;
    if (depth > 0) below = asyncio::create_task(self(self, depth - 1, order), eagerly()).result();
    order += ')';
    co_return below + 1;
  };
  std::string order;
  auto t = asyncio::create_task(nest(nest, 3, order), eagerly());
  BOOST_TEST(t.result() == 4);
  BOOST_TEST(order == "(((())))");
  co_return;
}

// conformance: T30
ASYNCIO_TEST_CASE(eager_tasks_that_never_suspend_are_never_scheduled) {
  auto& others_ran = keep_alive<bool>();
  asyncio::loop::running().call_soon([&others_ran] { others_ran = true; });
  std::string order;
  int sum = 0;
  for (int i = 0; i < 781; ++i) sum += co_await asyncio::create_task(note_and_give('x', order), eagerly());
  BOOST_TEST(sum == 781 * 7);
  BOOST_TEST(!others_ran);
  co_await asyncio::yield();
}

ASYNCIO_ORDERED_TEST_CASE(an_eager_task_made_by_a_callback_does_not_start_the_tasks_behind_it) {
  // The worker of the eager task is free at once and looks for its next task while the callback still runs.
  auto& order = keep_alive<std::string>();
  asyncio::loop::running().call_soon([&order] {
    (void)asyncio::create_task(note_and_give('e', order), eagerly());
    order += '|';
  });
  auto t = asyncio::create_task(note_and_give('t', order));
  co_await asyncio::yield();
  BOOST_TEST(order == "e|t");
  BOOST_TEST(t.done());
}

ASYNCIO_ORDERED_TEST_CASE(an_eager_task_made_by_a_task_does_not_start_the_tasks_behind_it) {
  static auto const creator = [](std::string& order) -> awaitable<int> {
    (void)asyncio::create_task(note_and_give('e', order), eagerly());
    order += '|';
    co_return 0;
  };
  auto& order = keep_alive<std::string>();
  (void)asyncio::create_task(creator(order));
  (void)asyncio::create_task(note_and_give('t', order));
  co_await asyncio::yield();
  BOOST_TEST(order == "e|t");
}

BOOST_AUTO_TEST_CASE(an_eager_task_on_a_context_that_does_not_run_starts_when_it_runs) {
  boost::asio::io_context context;
  std::string order;
  auto t = asyncio::create_task(context, note_and_give('x', order), eagerly());
  BOOST_TEST(order == "");
  BOOST_TEST(!t.done());
  context.run();
  BOOST_TEST(order == "x");
  BOOST_TEST(t.result() == 7);
}

BOOST_AUTO_TEST_CASE(an_eager_task_in_a_plain_handler_is_a_full_task) {
  boost::asio::io_context context;
  std::string order;
  bool current = false;
  static auto const body = [](bool& is_current) -> awaitable<int> {
    auto const me = asyncio::current_task();
    is_current = static_cast<bool>(me);
    co_await asyncio::sleep(1h);
    co_return 1;
  };
  asyncio::task<int> t;
  boost::asio::post(context, [&] {
    t = asyncio::create_task(context, body(current), eagerly());
    order += '|';
    (void)asyncio::create_task(context, note_and_give('n', order));
  });
  boost::asio::post(context, [&] { t.cancel("enough"); });
  context.run();
  BOOST_TEST(current);
  BOOST_TEST(order == "|n");
  BOOST_TEST(t.cancelled());
  std::string text;
  try {
    (void)t.result();
  } catch (asyncio::cancelled_error const& e) {
    text = e.message();
  }
  BOOST_TEST(text == "enough");
}
