// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE task
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/io_context.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::testing::keep_alive;

// Not in an anonymous namespace: g++ 12 warns of coroutine frames with such types in them.
/// A result without a default constructor that counts its copies.
struct counted {
  counted(int v, int* c) : value(v), copies(c) {}
  counted(counted const& other) : value(other.value), copies(other.copies) { ++*copies; }
  counted(counted&&) = default;
  counted& operator=(counted const&) = delete;
  int value;
  int* copies;
};

namespace {

awaitable<void> note(char name, std::string& order) {
  order += name;
  co_return;
}

awaitable<int> give(int value) {
  co_await asyncio::yield();
  co_return value;
}

template <class E>
awaitable<int> fail(E error) {
  co_await asyncio::yield();
  throw error;
}

awaitable<std::unique_ptr<int>> give_unique(int value) { co_return std::make_unique<int>(value); }

awaitable<counted> give_counted(int value, int* copies) { co_return counted(value, copies); }

template <class T>
awaitable<T> join_it(asyncio::task<T> t) {
  co_return co_await t.join();
}

awaitable<void> join_any(asyncio::any_task t) { co_await t.join(); }

/// The text of the invalid_state a call throws.
template <class Call>
std::string refusal(Call call) {
  try {
    (void)call();
  } catch (asyncio::invalid_state const& e) {
    return e.what();
  }
  return "accepted";
}

bool contains(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

template <class Task>
concept can_be_told_a_result = requires(Task t) {
  t.set_result(1);
}
|| requires(Task t) { t.set_exception(nullptr); };

}  // namespace

// conformance: T1
ASYNCIO_ORDERED_TEST_CASE(a_task_starts_in_the_next_pass_and_not_inside_create_task) {
  auto& order = keep_alive<std::string>();
  auto t = asyncio::create_task(note('t', order));
  BOOST_TEST(order == "");
  BOOST_TEST(!t.done());
  order += 'm';
  co_await asyncio::yield();
  BOOST_TEST(order == "mt");
  BOOST_TEST(t.done());
}

ASYNCIO_ORDERED_TEST_CASE(tasks_start_in_the_order_of_their_creation) {
  auto& order = keep_alive<std::string>();
  for (char name = 'a'; name <= 'j'; ++name) (void)asyncio::create_task(note(name, order));
  co_await asyncio::yield();
  BOOST_TEST(order == "abcdefghij");
}

ASYNCIO_ORDERED_TEST_CASE(tasks_of_different_result_types_start_in_the_order_of_their_creation_too) {
  // Workers carry tasks of one result type only; a worker that is free must not let its own type jump the queue.
  auto& order = keep_alive<std::string>();
  static auto const give_noted = [](char name, std::string& to) -> awaitable<int> {
    to += name;
    co_return 0;
  };
  (void)asyncio::create_task(note('a', order));
  (void)asyncio::create_task(give_noted('b', order));
  (void)asyncio::create_task(note('c', order));
  (void)asyncio::create_task(give_noted('d', order));
  co_await asyncio::yield();
  BOOST_TEST(order == "abcd");
}

// conformance: T3
ASYNCIO_TEST_CASE(default_names_are_numbered_in_the_order_of_creation) {
  auto const a = asyncio::create_task(give(1));
  auto const b = asyncio::create_task(give(2));
  BOOST_TEST(b.id() > a.id());
  BOOST_TEST(a.name() == "Task-" + std::to_string(a.id()));
  BOOST_TEST(b.name() == "Task-" + std::to_string(b.id()));
  co_await a.join();
  co_await b.join();
}

// conformance: T4
ASYNCIO_TEST_CASE(a_given_name_is_kept_until_it_is_replaced) {
  auto t = asyncio::create_task(give(1), "reader");
  BOOST_TEST(t.name() == "reader");
  auto other = t;
  other.set_name("writer");
  BOOST_TEST(t.name() == "writer");
  co_await t.join();
  BOOST_TEST(t.name() == "writer");
  asyncio::task_options options;
  options.name("by option");
  auto u = asyncio::create_task(give(1), options);
  BOOST_TEST(u.name() == "by option");
  co_await u.join();
}

ASYNCIO_TEST_CASE(an_empty_name_means_the_default_name) {
  auto t = asyncio::create_task(give(1), "x");
  t.set_name("");
  BOOST_TEST(t.name() == "Task-" + std::to_string(t.id()));
  co_await t.join();
}

// conformance: T5, T6
ASYNCIO_TEST_CASE(the_text_of_a_task_follows_its_life) {
  auto waiting = asyncio::create_task(asyncio::sleep_forever(), "w");
  std::string const number = std::to_string(waiting.id());
  BOOST_TEST(to_string(waiting) == "<Task pending name='w' id=" + number + ">");
  auto joining = asyncio::create_task(join_it(waiting), "j");
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(contains(to_string(waiting), "<Task pending name='w' id=" + number + " waiting for "));
  BOOST_TEST(contains(to_string(joining), " waiting for "));
  BOOST_TEST(contains(to_string(joining), " " + number + ">"));
  waiting.cancel();
  BOOST_TEST(contains(to_string(waiting), "<Task cancelling name='w'"));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(to_string(waiting) == "<Task cancelled name='w' id=" + number + ">");

  auto good = asyncio::create_task(give(1), "g");
  auto bad = asyncio::create_task(fail(std::runtime_error("no luck")), "b");
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(contains(to_string(good), "<Task finished name='g'"));
  BOOST_TEST(contains(to_string(bad), "<Task finished name='b'"));
  BOOST_TEST(contains(to_string(bad), "exception='no luck'"));
  (void)bad.exception();
  auto odd = asyncio::create_task(fail(7), "o");
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(to_string(odd) == "<Task finished name='o' id=" + std::to_string(odd.id()) + " exception>");
  (void)odd.exception();
  BOOST_TEST(to_string(asyncio::any_task()) == "<Task none>");
}

// conformance: T7
ASYNCIO_TEST_CASE(the_result_is_what_the_coroutine_returned) {
  auto t = asyncio::create_task(give(7), "seven");
  BOOST_TEST(contains(refusal([&] { return t.result(); }), "asyncio::task::result: task 'seven' has not ended yet"));
  BOOST_TEST(
      contains(refusal([&] { return t.exception(); }), "asyncio::task::exception: task 'seven' has not ended yet"));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(t.done());
  BOOST_TEST(!t.cancelled());
  BOOST_TEST(t.result() == 7);
  BOOST_TEST((t.exception() == nullptr));
  BOOST_TEST((co_await t.join()) == 7);
}

ASYNCIO_TEST_CASE(the_result_of_a_void_task_cannot_be_asked_for_early_either) {
  auto t = asyncio::create_task(asyncio::sleep(1s));
  bool refused = false;
  try {
    t.result();
  } catch (asyncio::invalid_state const&) {
    refused = true;
  }
  BOOST_TEST(refused);
  co_await t.join();
  t.result();
}

// conformance: T8, T28
ASYNCIO_TEST_CASE(every_joiner_gets_the_very_exception_the_task_threw) {
  auto t = asyncio::create_task(fail(std::out_of_range("the one")));
  void const* seen[2] = {};
  for (void const*& address : seen) {
    try {
      co_await t.join();
    } catch (std::out_of_range const& e) {
      BOOST_TEST(e.what() == "the one");
      address = &e;
    }
  }
  BOOST_TEST(seen[0] != nullptr);
  BOOST_TEST(seen[0] == seen[1]);
  try {
    std::rethrow_exception(t.exception());
  } catch (std::out_of_range const& e) {
    BOOST_TEST(&e == seen[0]);
  }
  BOOST_CHECK_THROW((void)t.result(), std::out_of_range);
}

ASYNCIO_TEST_CASE(an_exception_that_is_not_a_std_exception_passes_through) {
  auto t = asyncio::create_task(fail(42));
  int caught = 0;
  try {
    co_await t.join();
  } catch (int value) {
    caught = value;
  }
  BOOST_TEST(caught == 42);
}

namespace {
awaitable<void> join_handle(asyncio::task<void>& self) { co_await self.join(); }
}  // namespace

// conformance: T9
ASYNCIO_TEST_CASE(a_task_that_joins_itself_fails) {
  auto& t = keep_alive<asyncio::task<void>>();
  t = asyncio::create_task(join_handle(t), "narcissus");
  std::string text;
  try {
    co_await t.join();
  } catch (asyncio::invalid_state const& e) {
    text = e.what();
  }
  BOOST_TEST(contains(text, "task 'narcissus' cannot await itself"));
}

// conformance: T11
BOOST_AUTO_TEST_CASE(a_task_cannot_be_told_a_result) {
  static_assert(!can_be_told_a_result<asyncio::task<int>>);
  static_assert(!can_be_told_a_result<asyncio::any_task>);
}

BOOST_AUTO_TEST_CASE(create_task_needs_a_running_loop) {
  auto const argument = std::make_shared<int>(1);
  static auto const hold = [](std::shared_ptr<int> p) -> awaitable<int> { co_return *p; };
  std::string text;
  try {
    (void)asyncio::create_task(hold(argument));
  } catch (asyncio::no_running_loop const& e) {
    text = e.what();
  }
  BOOST_TEST(contains(text, "asyncio::create_task: no running loop"));
  BOOST_TEST(argument.use_count() == 1);  // the coroutine that was refused is gone
}

// conformance: T13
BOOST_AUTO_TEST_CASE(create_task_on_a_closed_loop_is_refused_and_leaks_nothing) {
  asyncio::run_options options;
  options.clock(asyncio::clock_kind::virtual_).handle_sigint(false);
  asyncio::runner r(options);
  boost::asio::io_context& context = r.get_loop().context();
  BOOST_TEST(r.run(give(1)) == 1);
  r.close();
  auto const argument = std::make_shared<int>(1);
  static auto const hold = [](std::shared_ptr<int> p) -> awaitable<int> { co_return *p; };
  BOOST_CHECK_THROW((void)asyncio::create_task(context, hold(argument)), asyncio::invalid_state);
  BOOST_TEST(argument.use_count() == 1);
}

ASYNCIO_TEST_CASE(an_awaitable_is_good_for_one_task) {
  auto body = give(1);
  auto t = asyncio::create_task(std::move(body));
  BOOST_TEST(contains(refusal([&] { return asyncio::create_task(std::move(body)); }), "the awaitable is empty"));
  BOOST_TEST((co_await t.join()) == 1);
  BOOST_TEST(asyncio::all_tasks().size() == 1u);
}

ASYNCIO_TEST_CASE(an_operation_can_be_a_task) {
  auto inner = asyncio::create_task(give(3));
  auto t = asyncio::create_task(inner.join(), "joiner");
  BOOST_TEST((co_await t.join()) == 3);
}

ASYNCIO_TEST_CASE(an_operation_that_was_awaited_before_refuses_to_be_awaited_again) {
  auto nap = asyncio::sleep(1s);
  co_await std::move(nap);
  std::string text;
  try {
    co_await std::move(nap);
  } catch (asyncio::invalid_state const& e) {
    text = e.what();
  }
  BOOST_TEST(contains(text, "this operation was awaited before"));
  BOOST_TEST((asyncio::loop::running().time().time_since_epoch() == 1s));
}

namespace {
awaitable<void> check_current(asyncio::task<void>& self, int& checked) {
  for (int i = 0; i < 3; ++i) {
    if (asyncio::current_task() == self) ++checked;
    co_await asyncio::yield();
  }
}
}  // namespace

// conformance: T15
ASYNCIO_TEST_CASE(current_task_is_the_task_itself_also_when_tasks_interleave) {
  asyncio::any_task const main_task = asyncio::current_task();
  auto& a = keep_alive<asyncio::task<void>>();
  auto& b = keep_alive<asyncio::task<void>>();
  auto& checked = keep_alive<int>();
  a = asyncio::create_task(check_current(a, checked));
  b = asyncio::create_task(check_current(b, checked));
  BOOST_TEST((asyncio::current_task() == main_task));
  co_await a.join();
  co_await b.join();
  BOOST_TEST(checked == 6);
  BOOST_TEST((asyncio::current_task() == main_task));
  auto& none_in_callback = keep_alive<bool>();
  asyncio::loop::running().call_soon([&none_in_callback] { none_in_callback = !asyncio::current_task(); });
  co_await asyncio::sleep(1s);
  BOOST_TEST(none_in_callback);
}

// conformance: T16
BOOST_AUTO_TEST_CASE(current_task_and_all_tasks_need_a_running_loop) {
  BOOST_CHECK_THROW((void)asyncio::current_task(), asyncio::no_running_loop);
  BOOST_CHECK_EXCEPTION((void)asyncio::all_tasks(), asyncio::no_running_loop, [](asyncio::no_running_loop const& e) {
    return std::string(e.what()).find("asyncio::all_tasks: no running loop in this thread") == 0;
  });
}

// conformance: T18
ASYNCIO_TEST_CASE(all_tasks_lists_what_has_not_ended_oldest_first) {
  auto a = asyncio::create_task(give(1));
  auto b = asyncio::create_task(asyncio::sleep_forever());
  auto listed = asyncio::all_tasks();
  BOOST_TEST(listed.size() == 3u);
  BOOST_TEST((listed.at(0) == asyncio::current_task()));
  BOOST_TEST((listed.at(1) == a));
  BOOST_TEST((listed.at(2) == b));
  co_await a.join();
  BOOST_TEST(asyncio::all_tasks().size() == 2u);
  b.cancel();
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(asyncio::all_tasks().size() == 1u);
}

namespace {
awaitable<void> count_tasks(std::size_t& wrong) {
  std::vector<asyncio::task<int>> tasks;
  for (int i = 0; i < 20; ++i) tasks.push_back(asyncio::create_task(give(i)));
  if (asyncio::all_tasks().size() != 21) ++wrong;
  for (auto const& t : tasks) (void)co_await t.join();
  if (asyncio::all_tasks().size() != 1) ++wrong;
}
}  // namespace

// conformance: T19
BOOST_AUTO_TEST_CASE(loops_in_ten_threads_see_only_their_own_tasks) {
  std::size_t wrong[10] = {};
  std::vector<std::thread> threads;
  for (std::size_t& w : wrong) threads.emplace_back([&w] { asyncio::testing::run(count_tasks(w)); });
  for (std::thread& t : threads) t.join();
  for (std::size_t const w : wrong) BOOST_TEST(w == 0u);
}

namespace {
awaitable<std::shared_ptr<int>> give_shared(std::shared_ptr<int> p) { co_return p; }
awaitable<void> spawn_into(asyncio::task<std::shared_ptr<int>>& t, std::shared_ptr<int> p) {
  t = asyncio::create_task(give_shared(std::move(p)));
  co_await asyncio::yield();
  co_await asyncio::yield();
}
}  // namespace

// conformance: T20
BOOST_AUTO_TEST_CASE(a_task_that_ended_in_another_threads_loop_is_freed_with_its_last_handle) {
  auto const p = std::make_shared<int>(1);
  asyncio::task<std::shared_ptr<int>> t;
  std::thread([&] { asyncio::testing::run(spawn_into(t, p)); }).join();
  BOOST_TEST(t.done());
  BOOST_TEST((t.result() == p));
  BOOST_TEST(p.use_count() == 2);
  t = {};
  BOOST_TEST(p.use_count() == 1);
}

namespace {
awaitable<int> chain(int depth) {
  if (depth == 0) co_return 0;
  co_return 1 + co_await chain(depth - 1);
}
awaitable<void> tree(int width, int depth) {
  if (depth == 0) co_return;
  std::vector<awaitable<void>> children;
  for (int i = 0; i < width; ++i) children.push_back(tree(width, depth - 1));
  co_await asyncio::gather(std::move(children));
}
}  // namespace

// conformance: T30
ASYNCIO_TEST_CASE(only_tasks_are_tasks_however_deep_coroutines_call_each_other) {
  auto const before = asyncio::create_task(give(0));
  BOOST_TEST((co_await asyncio::create_task(chain(100))) == 100);
  auto const between = asyncio::create_task(give(0));
  BOOST_TEST(between.id() == before.id() + 2);
  co_await asyncio::create_task(tree(5, 4));
  auto const after = asyncio::create_task(give(0));
  BOOST_TEST(after.id() == between.id() + 782);
  co_await after.join();
}

// -- results -----------------------------------------------------------------------------------------------------------

ASYNCIO_TEST_CASE(a_copyable_result_is_copied_for_each_joiner) {
  auto& copies = keep_alive<int>();
  auto t = asyncio::create_task(give_counted(5, &copies));
  auto const a = asyncio::create_task(join_it(t));
  auto const b = asyncio::create_task(join_it(t));
  counted const first = co_await t.join();
  BOOST_TEST(first.value == 5);
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(a.result().value == 5);
  BOOST_TEST(b.result().value == 5);
  BOOST_TEST(t.result().value == 5);
  BOOST_TEST(copies == 3);
}

ASYNCIO_TEST_CASE(a_result_that_nobody_else_can_ask_for_is_not_copied) {
  int copies = 0;
  counted const direct = co_await asyncio::create_task(give_counted(6, &copies));
  BOOST_TEST(direct.value == 6);
  BOOST_TEST(copies == 0);
}

ASYNCIO_TEST_CASE(a_move_only_result_is_moved_out_once) {
  auto t = asyncio::create_task(give_unique(8), "once");
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(*t.result() == 8);  // looking at it does not take it
  auto const p = co_await t.join();
  BOOST_TEST(*p == 8);
  std::string text;
  try {
    (void)co_await t.join();
  } catch (asyncio::invalid_state const& e) {
    text = e.what();
  }
  BOOST_TEST(contains(text, "the result of task 'once' was moved out by an earlier join"));
  BOOST_CHECK_THROW((void)t.result(), asyncio::invalid_state);
  BOOST_TEST((t.exception() == nullptr));
}

ASYNCIO_ORDERED_TEST_CASE(of_two_joiners_of_a_move_only_result_the_first_gets_it) {
  auto t = asyncio::create_task(give_unique(9));
  auto a = asyncio::create_task(join_it(t));
  auto b = asyncio::create_task(join_it(t));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(*a.result() == 9);
  BOOST_CHECK_THROW((void)b.result(), asyncio::invalid_state);
}

ASYNCIO_TEST_CASE(any_task_joins_without_taking_the_value) {
  auto t = asyncio::create_task(give_unique(10));
  asyncio::any_task const erased = t;
  BOOST_TEST((erased == t));
  co_await erased.join();
  BOOST_TEST(*(co_await t.join()) == 10);
  auto const bad = asyncio::create_task(fail(std::runtime_error("erased")));
  std::string text;
  try {
    co_await asyncio::any_task(bad).join();
  } catch (std::runtime_error const& e) {
    text = e.what();
  }
  BOOST_TEST(text == "erased");
}

ASYNCIO_ORDERED_TEST_CASE(joiners_are_resumed_in_the_order_in_which_they_joined) {
  auto& order = keep_alive<std::string>();
  static auto const join_and_note = [](asyncio::task<int> t, char name, std::string& to) -> awaitable<void> {
    co_await t.join();
    to += name;
  };
  auto t = asyncio::create_task(give(1));
  for (char name = 'a'; name <= 'e'; ++name) (void)asyncio::create_task(join_and_note(t, name, order));
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(order == "abcde");
}

ASYNCIO_TEST_CASE(joining_a_task_that_has_ended_does_not_give_way) {
  auto t = asyncio::create_task(give(1));
  co_await asyncio::testing::wait_all_tasks_blocked();
  auto& others_ran = keep_alive<bool>();
  asyncio::loop::running().call_soon([&others_ran] { others_ran = true; });
  for (int i = 0; i < 1000; ++i) (void)co_await t.join();
  BOOST_TEST(!others_ran);
  co_await asyncio::yield();
}

ASYNCIO_TEST_CASE(a_thousand_tasks_can_wait_for_one_another_in_a_chain) {
  auto t = asyncio::create_task(give(11));
  for (int i = 0; i < 1000; ++i) t = asyncio::create_task(join_it(t));
  BOOST_TEST((co_await t.join()) == 11);
}

// -- handles -----------------------------------------------------------------------------------------------------------

ASYNCIO_TEST_CASE(an_empty_handle_refuses_everything_with_a_sentence) {
  asyncio::task<int> const empty;
  asyncio::task<int> moved = asyncio::create_task(give(1));
  asyncio::task<int> target = std::move(moved);
  BOOST_TEST(!empty);
  BOOST_TEST(!!target);
  for (auto const* handle : {&empty, static_cast<asyncio::task<int> const*>(&moved)}) {
    BOOST_TEST(contains(refusal([&] { return handle->join(); }), "asyncio::task::join: this handle names no task"));
    BOOST_TEST(contains(refusal([&] { return handle->done(); }), "asyncio::task::done"));
    BOOST_TEST(contains(refusal([&] { return handle->result(); }), "asyncio::task::result"));
    BOOST_TEST(contains(refusal([&] { return handle->exception(); }), "asyncio::task::exception"));
    BOOST_TEST(contains(refusal([&] { return asyncio::task<int>(*handle).cancel(); }), "asyncio::task::cancel"));
    BOOST_TEST(contains(refusal([&] { return handle->name(); }), "asyncio::task::name"));
  }
  BOOST_TEST((co_await target.join()) == 1);
}

ASYNCIO_TEST_CASE(awaiting_an_empty_rvalue_handle_throws_at_the_await) {
  std::string text;
  try {
    (void)co_await asyncio::task<int>();
  } catch (asyncio::invalid_state const& e) {
    text = e.what();
  }
  BOOST_TEST(contains(text, "this handle names no task"));
}

ASYNCIO_TEST_CASE(a_task_whose_handle_is_dropped_goes_on) {
  auto& order = keep_alive<std::string>();
  (void)asyncio::create_task(note('x', order));
  co_await asyncio::sleep(1s);
  BOOST_TEST(order == "x");
}

ASYNCIO_TEST_CASE(the_arguments_of_a_task_die_before_its_joiners_run) {
  auto const argument = std::make_shared<int>(1);
  auto t = asyncio::create_task(give_shared(argument));
  BOOST_TEST(argument.use_count() == 2);
  co_await asyncio::any_task(t).join();
  BOOST_TEST(argument.use_count() == 2);  // only the result is left, not the parameter
  static auto const drops = [](std::shared_ptr<int>) -> awaitable<void> { co_return; };
  auto u = asyncio::create_task(drops(argument));
  BOOST_TEST(argument.use_count() == 3);
  co_await asyncio::any_task(u).join();
  BOOST_TEST(argument.use_count() == 2);
}

ASYNCIO_TEST_CASE(create_task_fn_keeps_the_callable_and_its_arguments) {
  auto const captured = std::make_shared<std::string>("kept");
  auto add = [captured](std::string text) -> awaitable<std::string> {
    co_await asyncio::sleep(1s);
    co_return *captured + ' ' + text;
  };
  auto t = asyncio::create_task_fn(add, "alive");
  BOOST_TEST(captured.use_count() == 3);
  BOOST_TEST((co_await t.join()) == "kept alive");
  BOOST_TEST(captured.use_count() == 2);
}

// conformance: T27
ASYNCIO_TEST_CASE(a_task_knows_where_it_was_created) {
  auto t = asyncio::create_task(give(1));
  unsigned const line = __LINE__ - 1;
  BOOST_TEST(contains(t.created_at().file_name(), "task_test.cpp"));
  BOOST_TEST(t.created_at().line() == line);
  co_await t.join();
}

// conformance: T29
BOOST_AUTO_TEST_CASE(a_keyboard_interrupt_in_a_task_is_stored_and_leaves_run) {
  asyncio::task<int> t;
  static auto const body = [](asyncio::task<int>& handle) -> awaitable<void> {
    handle = asyncio::create_task(fail(asyncio::keyboard_interrupt()));
    co_await asyncio::sleep_forever();
  };
  BOOST_CHECK_THROW(asyncio::testing::run(body(t)), asyncio::keyboard_interrupt);
  BOOST_TEST(t.done());
  BOOST_CHECK_THROW((void)t.result(), asyncio::keyboard_interrupt);
}

ASYNCIO_TEST_CASE(any_task_can_be_joined_by_many_while_it_is_cancelled) {
  auto t = asyncio::create_task(asyncio::sleep_forever());
  auto a = asyncio::create_task(join_any(t));
  auto b = asyncio::create_task(join_any(t));
  co_await asyncio::testing::wait_all_tasks_blocked();
  t.cancel();
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(a.cancelled());
  BOOST_TEST(b.cancelled());
}
