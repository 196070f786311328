// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE queue
#include <asyncio/gather.hpp>
#include <asyncio/queue.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task_group.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>
#include <asyncio/timeout.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <concepts>
#include <functional>
#include <future>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asyncio::awaitable;
using asyncio::testing::keep_alive;
using asyncio::testing::wait_all_tasks_blocked;

namespace {

using strings = std::vector<std::string>;
using numbers = std::vector<int>;

/// What the outcome of an await was, as text.
template <class Await>
awaitable<std::string> outcome(Await aw) {
  try {
    if constexpr (std::is_void_v<asyncio::await_result_t<Await>>) {
      co_await std::move(aw);
      co_return "done";
    } else {
      co_return std::to_string(co_await std::move(aw));
    }
  } catch (asyncio::cancelled_error const&) {
    co_return "cancelled";
  } catch (asyncio::queue_shut_down const&) {
    co_return "shut down";
  } catch (asyncio::timeout_error const&) {
    co_return "timeout";
  } catch (std::exception const& e) {
    co_return e.what();
  }
}

/// A task that has come to its wait: those made one after the other stand in the line in that order.
template <class Await>
awaitable<asyncio::task<std::string>> waiting(Await aw) {
  auto t = asyncio::create_task(outcome(std::move(aw)));
  co_await wait_all_tasks_blocked();
  co_return t;
}

template <class Queue>
awaitable<void> get_into(Queue& q, std::vector<typename Queue::value_type>& to, int count) {
  for (int i = 0; i < count; ++i) to.push_back(co_await q.get());
}

template <class Queue>
awaitable<void> put_list(Queue& q, numbers items) {
  for (int const i : items) co_await q.put(i);
}
template <class Queue, std::same_as<int>... Item>
awaitable<void> put_all(Queue& q,
                        Item... items) {  // not a coroutine: g++ 12 takes no initializer_list beside a co_await
  return put_list(q, numbers{items...});
}

template <class Queue>
numbers drained(Queue& q) {
  numbers items;
  while (!q.empty()) items.push_back(q.get_nowait());
  return items;
}

}  // namespace

// -- order and size ----------------------------------------------------------------------------------------------------

// conformance: Q1
ASYNCIO_TEST_CASE(a_maxsize_of_zero_or_less_means_no_limit) {
  asyncio::queue<int> plain, zero(0), negative(-1);
  asyncio::queue<int> large(std::size_t{2}), small(short{1});
  for (auto* const q : {&plain, &zero, &negative}) {
    BOOST_TEST(q->maxsize() == 0u);
    for (int i = 0; i < 100; ++i) q->put_nowait(i);
    BOOST_TEST(!q->full());
    BOOST_TEST(q->size() == 100u);
  }
  BOOST_TEST(large.maxsize() == 2u);
  BOOST_TEST(small.maxsize() == 1u);
  small.put_nowait(1);
  BOOST_TEST(small.full());
  large.put_nowait(1);
  BOOST_TEST(!large.full());
  BOOST_TEST(!large.empty());
  co_await large.put(2);
  BOOST_TEST(large.full());
  BOOST_TEST(large.get_nowait() == 1);
  BOOST_TEST(co_await large.get() == 2);
  BOOST_TEST(large.empty());
}

// conformance: Q2
ASYNCIO_TEST_CASE(items_leave_first_in_first_out_last_in_first_out_or_lowest_first) {
  asyncio::queue<int> fifo;
  asyncio::lifo_queue<int> lifo;
  asyncio::priority_queue<int> lowest;
  asyncio::priority_queue<int, std::greater<>> highest;
  for (int const i : {1, 3, 2, 4}) {
    co_await fifo.put(i);
    co_await lifo.put(i);
    co_await lowest.put(i);
    co_await highest.put(i);
  }
  BOOST_TEST(drained(fifo) == (numbers{1, 3, 2, 4}), boost::test_tools::per_element());
  BOOST_TEST(drained(lifo) == (numbers{4, 2, 3, 1}), boost::test_tools::per_element());
  BOOST_TEST(drained(lowest) == (numbers{1, 2, 3, 4}), boost::test_tools::per_element());
  BOOST_TEST(drained(highest) == (numbers{4, 3, 2, 1}), boost::test_tools::per_element());
}

ASYNCIO_TEST_CASE(a_comparison_with_a_state_orders_a_priority_queue_and_equals_leave_as_they_came) {
  numbers const rank{2, 0, 2, 1};
  auto const by_rank = [&rank](int a, int b) {
    return rank[static_cast<std::size_t>(a)] < rank[static_cast<std::size_t>(b)];
  };
  asyncio::priority_queue<int, decltype(by_rank)> q(0, by_rank);
  co_await put_all(q, 0, 1, 2, 3);
  BOOST_TEST(drained(q) == (numbers{1, 3, 0, 2}), boost::test_tools::per_element());
}

// conformance: Q2
ASYNCIO_TEST_CASE(a_woken_getter_takes_what_comes_first_when_it_has_its_turn) {
  auto& lowest = keep_alive<asyncio::priority_queue<int>>();
  auto& lifo = keep_alive<asyncio::lifo_queue<int>>();
  auto a = asyncio::create_task(lowest.get());
  auto b = asyncio::create_task(lifo.get());
  co_await wait_all_tasks_blocked();
  for (int const i : {5, 1, 3}) {
    lowest.put_nowait(i);
    lifo.put_nowait(i);
  }
  BOOST_TEST(co_await a.join() == 1);
  BOOST_TEST(co_await b.join() == 3);
  BOOST_TEST(lowest.size() == 2u);
}

// -- waiting -----------------------------------------------------------------------------------------------------------

// conformance: Q3
ASYNCIO_TEST_CASE(a_get_waits_for_an_item) {
  auto& q = keep_alive<asyncio::queue<int>>();
  auto t = asyncio::create_task(q.get());
  co_await wait_all_tasks_blocked();
  BOOST_TEST(!t.done());
  BOOST_TEST((t.waits_for().kind == asyncio::wait_kind::queue));
  BOOST_TEST(t.waits_for().object == &q);
  q.put_nowait(7);
  BOOST_TEST(q.size() == 1u);  // until the getter has had its turn
  BOOST_TEST(co_await t.join() == 7);
  BOOST_TEST(q.empty());
}

// conformance: Q3
ASYNCIO_TEST_CASE(a_put_waits_for_a_place) {
  auto& q = keep_alive<asyncio::queue<int>>(1);
  co_await q.put(1);
  auto t = asyncio::create_task(q.put(2));
  co_await wait_all_tasks_blocked();
  BOOST_TEST(!t.done());
  BOOST_TEST(q.size() == 1u);
  BOOST_TEST(q.get_nowait() == 1);
  BOOST_TEST(q.empty());  // until the putter has had its turn
  co_await t.join();
  BOOST_TEST(q.size() == 1u);
  BOOST_TEST(q.get_nowait() == 2);
}

ASYNCIO_TEST_CASE(what_need_not_wait_does_not_give_way) {
  asyncio::queue<int> q(2);
  auto& other_ran = keep_alive<bool>();
  auto const other = [](bool& ran) -> awaitable<void> {
    ran = true;
    co_return;
  };
  auto t = asyncio::create_task(other(other_ran));
  co_await q.join();
  co_await q.put(1);
  BOOST_TEST(co_await q.get() == 1);
  q.task_done();
  co_await q.join();
  BOOST_TEST(!other_ran);
  co_await t.join();
}

// conformance: Q8
ASYNCIO_TEST_CASE(producers_and_consumers_of_a_queue_of_one_lose_no_wake_up) {
  auto& q = keep_alive<asyncio::queue<int>>(1);
  auto& got = keep_alive<numbers>();
  auto const producer = [](asyncio::queue<int>& to, int first) -> awaitable<void> {
    for (int i = 0; i < 50; ++i) co_await to.put(first + i);
  };
  co_await asyncio::gather(producer(q, 0), producer(q, 100), producer(q, 200), get_into(q, got, 70),
                           get_into(q, got, 50), get_into(q, got, 30));
  std::sort(got.begin(), got.end());
  BOOST_TEST(got.size() == 150u);
  for (int i = 0; i < 150; ++i) BOOST_TEST(got[static_cast<std::size_t>(i)] == i / 50 * 100 + i % 50);
  BOOST_TEST(q.empty());
}

// conformance: Q8
ASYNCIO_TEST_CASE(getters_that_drain_the_queue_let_all_putters_go_on) {
  auto& q = keep_alive<asyncio::queue<int>>(1);
  auto const drain = [](asyncio::queue<int>& from, numbers& to) -> awaitable<void> {
    to.push_back(co_await from.get());
    while (!from.empty()) to.push_back(from.get_nowait());
  };
  numbers got;
  q.put_nowait(0);
  auto a = co_await waiting(q.put(1));
  auto b = co_await waiting(q.put(2));
  for (int i = 0; i < 3; ++i) co_await drain(q, got);
  co_await a.join();
  co_await b.join();
  BOOST_TEST(got == (numbers{0, 1, 2}), boost::test_tools::per_element());
}

// -- no waiting --------------------------------------------------------------------------------------------------------

// conformance: Q4
ASYNCIO_TEST_CASE(get_nowait_and_put_nowait_refuse_to_wait) {
  asyncio::queue<std::unique_ptr<int>> q(1);
  BOOST_CHECK_THROW((void)q.get_nowait(), asyncio::queue_empty);
  q.put_nowait(std::make_unique<int>(1));
  auto second = std::make_unique<int>(2);
  BOOST_CHECK_THROW(q.put_nowait(std::move(second)), asyncio::queue_full);
  BOOST_TEST((second != nullptr));  // what was refused stays where it was
  BOOST_TEST(*q.get_nowait() == 1);
  q.put_nowait(std::move(second));
  BOOST_TEST(*q.get_nowait() == 2);
  co_return;
}

// conformance: XL7
ASYNCIO_TEST_CASE(get_nowait_does_not_overtake_a_getter_that_was_woken) {
  auto& q = keep_alive<asyncio::queue<int>>();
  auto t = asyncio::create_task(q.get());
  co_await wait_all_tasks_blocked();
  q.put_nowait(1);
  BOOST_CHECK_THROW((void)q.get_nowait(), asyncio::queue_empty);
  q.put_nowait(2);
  BOOST_TEST(q.size() == 2u);
  (void)q.get_nowait();
  BOOST_CHECK_THROW((void)q.get_nowait(), asyncio::queue_empty);
  co_await t.join();
  BOOST_TEST(q.empty());
}

// conformance: XL7
ASYNCIO_TEST_CASE(a_getter_gets_the_item_it_was_woken_for_and_who_comes_in_between_the_next_one) {
  auto& q = keep_alive<asyncio::queue<int>>();
  for (bool const waits : {false, true}) {
    auto first = co_await waiting(q.get());
    auto second = co_await waiting(q.get());
    for (int const i : {1, 2, 3, 4}) q.put_nowait(i);
    int const mine = waits ? co_await q.get() : q.get_nowait();
    BOOST_TEST(mine == 3);
    BOOST_TEST(q.size() == 3u);
    BOOST_TEST(to_string(q).find("items=[1, 2, 4]") != std::string::npos);
    BOOST_TEST(co_await first.join() == "1");
    BOOST_TEST(co_await second.join() == "2");
    BOOST_TEST(q.get_nowait() == 4);
  }
}

// conformance: XL7
ASYNCIO_TEST_CASE(the_item_kept_for_a_getter_is_its_own_in_the_other_orders_too) {
  auto& lifo = keep_alive<asyncio::lifo_queue<int>>();
  auto& lowest = keep_alive<asyncio::priority_queue<int>>();
  auto a = co_await waiting(lifo.get());
  auto b = co_await waiting(lowest.get());
  for (int const i : {1, 2, 3}) {
    lifo.put_nowait(i);
    lowest.put_nowait(i);
  }
  BOOST_TEST(lifo.get_nowait() == 3);
  BOOST_TEST(lifo.get_nowait() == 2);
  BOOST_TEST(lowest.get_nowait() == 2);
  BOOST_TEST(lowest.get_nowait() == 3);
  BOOST_TEST(co_await a.join() == "1");
  BOOST_TEST(co_await b.join() == "1");
}

// conformance: XL7
ASYNCIO_ORDERED_TEST_CASE(what_a_cancelled_getter_was_woken_for_goes_to_the_one_behind_it_or_in_front_of_what_is_left) {
  auto& q = keep_alive<asyncio::queue<int>>();
  auto a = co_await waiting(q.get());
  auto b = co_await waiting(q.get());
  for (int const i : {1, 2, 3}) q.put_nowait(i);
  a.cancel();
  co_await a.join();  // b has had its turn by now
  BOOST_TEST(co_await b.join() == "1");
  BOOST_TEST(drained(q) == (numbers{2, 3}), boost::test_tools::per_element());
}

// conformance: XL7
ASYNCIO_TEST_CASE(items_are_in_the_order_of_the_puts_also_when_one_comes_before_a_woken_putter_has_its_turn) {
  auto& q = keep_alive<asyncio::queue<int>>(3);
  for (bool const waits : {false, true}) {
    for (int const i : {1, 2, 3}) q.put_nowait(i);
    auto first = co_await waiting(q.put(4));
    auto second = co_await waiting(q.put(5));
    for (int const i : {1, 2, 3}) BOOST_TEST(q.get_nowait() == i);
    BOOST_TEST(q.empty());
    if (waits) {
      co_await q.put(6);
    } else {
      q.put_nowait(6);
    }
    BOOST_TEST(q.full());
    BOOST_CHECK_THROW(q.put_nowait(7), asyncio::queue_full);
    BOOST_TEST(co_await first.join() == "done");
    BOOST_TEST(co_await second.join() == "done");
    BOOST_TEST(drained(q) == (numbers{4, 5, 6}), boost::test_tools::per_element());
  }
}

ASYNCIO_TEST_CASE(a_cancel_that_comes_after_the_item_was_stored_is_thrown_at_the_next_wait) {
  auto& q = keep_alive<asyncio::queue<int>>(2);
  auto& log = keep_alive<strings>();
  for (int const i : {1, 2}) q.put_nowait(i);
  auto put_and_wait = [](asyncio::queue<int>& to, strings& said) -> awaitable<void> {
    said.push_back(co_await outcome(to.put(3)));
    said.push_back(co_await outcome(asyncio::sleep(1h)));
  };
  auto t = asyncio::create_task(put_and_wait(q, log));
  co_await wait_all_tasks_blocked();
  BOOST_TEST(drained(q) == (numbers{1, 2}), boost::test_tools::per_element());
  q.put_nowait(4);
  t.cancel();
  co_await t.join();
  BOOST_TEST(log == (strings{"done", "cancelled"}), boost::test_tools::per_element());
  BOOST_TEST(drained(q) == (numbers{3, 4}), boost::test_tools::per_element());
}

// conformance: XL7
ASYNCIO_TEST_CASE(put_nowait_does_not_overtake_a_putter_that_was_woken) {
  auto& q = keep_alive<asyncio::queue<int>>(1);
  q.put_nowait(1);
  auto t = asyncio::create_task(q.put(2));
  co_await wait_all_tasks_blocked();
  BOOST_TEST(q.get_nowait() == 1);
  BOOST_TEST(!q.full());
  BOOST_CHECK_THROW(q.put_nowait(3), asyncio::queue_full);
  co_await t.join();
  BOOST_TEST(q.get_nowait() == 2);
}

// conformance: XL7
ASYNCIO_ORDERED_TEST_CASE(a_get_or_put_that_comes_before_the_woken_one_has_had_its_turn_waits_behind_it) {
  auto& q = keep_alive<asyncio::queue<int>>(1);
  auto& first = keep_alive<numbers>();
  auto& second = keep_alive<numbers>();
  auto a = asyncio::create_task(get_into(q, first, 1));
  co_await wait_all_tasks_blocked();
  q.put_nowait(1);
  auto b = asyncio::create_task(get_into(q, second, 1));
  numbers own;
  co_await get_into(q, own, 0);
  auto c = asyncio::create_task(put_all(q, 2, 3));
  co_await a.join();
  co_await b.join();
  co_await c.join();
  BOOST_TEST(first == numbers{1}, boost::test_tools::per_element());
  BOOST_TEST(second == numbers{2}, boost::test_tools::per_element());

  auto waiting = asyncio::create_task(put_all(q, 4));  // behind 3
  co_await wait_all_tasks_blocked();
  BOOST_TEST(q.get_nowait() == 3);
  auto late = asyncio::create_task(put_all(q, 5));
  BOOST_TEST(co_await q.get() == 4);
  BOOST_TEST(co_await q.get() == 5);
  co_await waiting.join();
  co_await late.join();
}

// conformance: Q3
ASYNCIO_ORDERED_TEST_CASE(getters_and_putters_are_served_in_the_order_in_which_they_came) {
  auto& q = keep_alive<asyncio::queue<int>>(1);
  auto& first = keep_alive<numbers>();
  auto& second = keep_alive<numbers>();
  auto a = asyncio::create_task(get_into(q, first, 2));
  auto b = asyncio::create_task(get_into(q, second, 2));
  co_await wait_all_tasks_blocked();
  co_await put_all(q, 1, 2, 3, 4);
  co_await a.join();
  co_await b.join();
  BOOST_TEST(first == (numbers{1, 3}), boost::test_tools::per_element());
  BOOST_TEST(second == (numbers{2, 4}), boost::test_tools::per_element());
}

// -- cancellation ------------------------------------------------------------------------------------------------------

// conformance: Q5
ASYNCIO_TEST_CASE(cancelled_getters_and_putters_leave_the_line) {
  auto& q = keep_alive<asyncio::queue<int>>(1);
  std::vector<asyncio::task<std::string>> getters;
  for (int i = 0; i < 3; ++i) getters.push_back(co_await waiting(q.get()));
  BOOST_TEST(q.statistics().getters_waiting == 3u);
  getters[1].cancel();
  BOOST_TEST(q.statistics().getters_waiting == 2u);
  BOOST_TEST(co_await getters[1].join() == "cancelled");
  co_await q.put(1);
  BOOST_TEST(co_await getters[0].join() == "1");
  co_await q.put(2);
  BOOST_TEST(co_await getters[2].join() == "2");

  q.put_nowait(0);
  std::vector<asyncio::task<std::string>> putters;
  for (int i = 1; i <= 3; ++i) putters.push_back(co_await waiting(q.put(i)));
  BOOST_TEST(q.statistics().putters_waiting == 3u);
  putters[1].cancel();
  BOOST_TEST(q.statistics().putters_waiting == 2u);
  BOOST_TEST(co_await putters[1].join() == "cancelled");
  for (int const expected : {0, 1, 3}) BOOST_TEST(co_await q.get() == expected);
  BOOST_TEST(q.empty());
}

// conformance: Q6, C14
ASYNCIO_TEST_CASE(the_item_of_a_getter_that_was_woken_and_then_cancelled_goes_to_the_next_one) {
  for (int const woken : {0, 1, 2}) {
    auto& q = keep_alive<asyncio::queue<int>>();
    std::vector<asyncio::task<std::string>> getters;
    for (int i = 0; i < 3; ++i) getters.push_back(co_await waiting(q.get()));
    for (int i = 0; i <= woken; ++i) q.put_nowait(i);
    for (int i = 0; i <= woken; ++i) getters[static_cast<std::size_t>(i)].cancel();
    for (int i = 0; i <= woken; ++i) BOOST_TEST(co_await getters[static_cast<std::size_t>(i)].join() == "cancelled");
    co_await wait_all_tasks_blocked();
    int left = woken + 1;
    for (auto const& t : getters) left -= t.done() && t.result() != "cancelled";
    BOOST_TEST(left == std::max(0, 2 * woken - 1));
    BOOST_TEST(q.size() == static_cast<std::size_t>(left));
    BOOST_TEST(drained(q).size() == static_cast<std::size_t>(left));
    q.shutdown();
    for (auto& t : getters) co_await t.join();
  }
}

// conformance: Q6
ASYNCIO_TEST_CASE(the_item_of_a_cancelled_getter_stays_at_the_front) {
  auto& q = keep_alive<asyncio::queue<int>>();
  auto t = co_await waiting(q.get());
  q.put_nowait(1);
  q.put_nowait(2);
  t.cancel();
  BOOST_TEST(co_await t.join() == "cancelled");
  BOOST_TEST(drained(q) == (numbers{1, 2}), boost::test_tools::per_element());
}

// conformance: Q7, C14
ASYNCIO_TEST_CASE(the_place_of_a_putter_that_was_woken_and_then_cancelled_goes_to_the_next_one) {
  auto& q = keep_alive<asyncio::queue<int>>(1);
  q.put_nowait(0);
  auto a = co_await waiting(q.put(1));
  auto b = co_await waiting(q.put(2));
  BOOST_TEST(q.get_nowait() == 0);
  a.cancel();
  BOOST_TEST(co_await a.join() == "cancelled");
  BOOST_TEST(co_await b.join() == "done");
  BOOST_TEST(q.get_nowait() == 2);

  q.put_nowait(0);
  auto c = co_await waiting(q.put(3));
  BOOST_TEST(q.get_nowait() == 0);
  c.cancel();
  BOOST_TEST(co_await c.join() == "cancelled");
  q.put_nowait(4);  // the place is free again
  BOOST_TEST(q.get_nowait() == 4);
}

// conformance: C17
ASYNCIO_TEST_CASE(a_cancel_that_is_taken_back_before_the_turn_leaves_the_item_with_its_getter) {
  auto& q = keep_alive<asyncio::queue<int>>();
  auto t = co_await waiting(q.get());
  q.put_nowait(1);
  t.cancel();
  BOOST_TEST(t.uncancel() == 0);
  BOOST_TEST(co_await t.join() == "1");
}

// conformance: C10
ASYNCIO_TEST_CASE(a_pending_cancel_passes_what_need_not_wait_and_stops_what_must) {
  auto& q = keep_alive<asyncio::queue<int>>(1);
  auto const body = [](asyncio::queue<int>& queue) -> awaitable<std::string> {
    asyncio::current_task().cancel();
    co_await queue.put(1);
    BOOST_TEST(co_await queue.get() == 1);
    std::string const first = co_await outcome(queue.get());
    co_await queue.put(2);
    co_return first + ' ' + co_await outcome(queue.get());
  };
  BOOST_TEST(co_await asyncio::create_task(body(q)).join() == "cancelled 2");
}

// conformance: C9
ASYNCIO_TEST_CASE(after_a_cancel_at_any_of_its_waits_a_task_can_use_the_queue_again) {
  auto& q = keep_alive<asyncio::queue<int>>(1);
  auto const body = [](asyncio::queue<int>& queue, strings& log) -> awaitable<void> {
    log.push_back(co_await outcome(queue.get()));
    log.push_back(co_await outcome(queue.get()));
    log.push_back(co_await outcome(queue.put(2)));
    log.push_back(co_await outcome(queue.put(3)));
    log.push_back(co_await outcome(queue.join()));
    log.push_back(co_await outcome(queue.join()));
  };
  auto& log = keep_alive<strings>();
  auto t = asyncio::create_task(body(q, log));
  co_await wait_all_tasks_blocked();
  t.cancel();
  co_await wait_all_tasks_blocked();
  q.put_nowait(1);
  co_await wait_all_tasks_blocked();
  t.cancel();  // its put(3)
  co_await wait_all_tasks_blocked();
  t.cancel();  // its first join
  co_await wait_all_tasks_blocked();
  q.task_done();
  q.task_done();
  co_await t.join();
  BOOST_TEST(log == (strings{"cancelled", "1", "done", "cancelled", "cancelled", "done"}),
             boost::test_tools::per_element());
  BOOST_TEST(q.get_nowait() == 2);
}

ASYNCIO_TEST_CASE(a_timeout_around_a_get_or_put_leaves_the_queue_as_it_was) {
  asyncio::queue<int> q(1);
  BOOST_TEST(co_await outcome(asyncio::timeout(1s, q.get())) == "timeout");
  co_await asyncio::timeout(1s, q.put(1));
  BOOST_TEST(co_await outcome(asyncio::timeout(1s, q.put(2))) == "timeout");
  BOOST_TEST(q.statistics().getters_waiting + q.statistics().putters_waiting == 0u);
  BOOST_TEST(co_await asyncio::timeout(1s, q.get()) == 1);
  BOOST_TEST(!(co_await asyncio::move_on_after(1s, q.get())).has_value());
}

ASYNCIO_TEST_CASE(an_item_that_comes_at_the_very_instant_of_the_timeout_is_not_lost) {
  auto& q = keep_alive<asyncio::queue<int>>();
  auto const late = [](asyncio::queue<int>& to) -> awaitable<void> {
    co_await asyncio::sleep(1s);
    to.put_nowait(1);
  };
  auto t = asyncio::create_task(late(q));
  std::string const got = co_await outcome(asyncio::timeout(1s, q.get()));
  co_await t.join();
  BOOST_TEST((got == "1") == q.empty());
  BOOST_TEST((got == "timeout") == (q.size() == 1));
}

ASYNCIO_TEST_CASE(the_consumers_of_a_failed_task_group_leave_the_queue_usable) {
  asyncio::queue<int> q(1);
  auto const body = [](asyncio::task_group& group, asyncio::queue<int>& queue) -> awaitable<void> {
    auto const broken = []() -> awaitable<void> {
      co_await asyncio::sleep(1s);
      throw std::runtime_error("broken");
    };
    auto a = group.create_task(queue.get());
    auto b = group.create_task(queue.get());
    group.create_task(broken());
    co_await queue.get();
  };
  bool thrown = false;
  try {
    co_await asyncio::with_task_group(body, std::ref(q));
  } catch (asyncio::exception_group const& e) {
    thrown = e.contains<std::runtime_error>();
  }
  BOOST_TEST(thrown);
  BOOST_TEST(q.statistics().getters_waiting == 0u);
  q.put_nowait(1);
  BOOST_TEST(q.get_nowait() == 1);
}

// -- the end of the work -----------------------------------------------------------------------------------------------

// conformance: Q9
ASYNCIO_TEST_CASE(join_waits_until_every_item_is_processed) {
  auto& q = keep_alive<asyncio::queue<int>>();
  co_await q.join();
  co_await q.join();
  auto const worker = [](asyncio::queue<int>& from, int& sum) -> awaitable<void> {
    for (;;) {
      int const i = co_await from.get();
      co_await asyncio::sleep(std::chrono::milliseconds(i));
      sum += i;
      from.task_done();
    }
  };
  auto& sum = keep_alive<int>();
  std::vector<asyncio::task<void>> workers;
  for (int i = 0; i < 3; ++i) workers.push_back(asyncio::create_task(worker(q, sum)));
  for (int i = 0; i < 100; ++i) q.put_nowait(i);
  auto other = asyncio::create_task(q.join());
  co_await q.join();
  BOOST_TEST(sum == 4950);
  co_await other.join();
  for (auto& w : workers) w.cancel();
  for (auto& w : workers) BOOST_TEST(co_await outcome(w.join()) == "cancelled");
}

// conformance: Q9
ASYNCIO_TEST_CASE(a_joiner_that_was_woken_goes_on_although_there_is_new_work) {
  auto& q = keep_alive<asyncio::queue<int>>();
  q.put_nowait(1);
  auto t = co_await waiting(q.join());
  (void)q.get_nowait();
  q.task_done();
  q.put_nowait(2);
  BOOST_TEST(co_await t.join() == "done");
  BOOST_TEST(q.statistics().unfinished_tasks == 1u);
}

// conformance: Q10
ASYNCIO_TEST_CASE(task_done_without_work_is_a_mistake) {
  asyncio::queue<int> q;
  BOOST_CHECK_THROW(q.task_done(), asyncio::value_error);
  q.put_nowait(1);
  q.task_done();
  BOOST_CHECK_THROW(q.task_done(), asyncio::value_error);
  BOOST_TEST(q.get_nowait() == 1);
  co_return;
}

// -- shutdown ----------------------------------------------------------------------------------------------------------

// conformance: Q11
ASYNCIO_TEST_CASE(a_shutdown_ends_waiting_gets_of_an_empty_queue_and_every_put) {
  auto& q = keep_alive<asyncio::queue<int>>();
  auto a = asyncio::create_task(outcome(q.get()));
  auto b = co_await waiting(q.get());
  q.shutdown();
  BOOST_TEST(co_await a.join() == "shut down");
  BOOST_TEST(co_await b.join() == "shut down");
  BOOST_TEST(co_await outcome(q.get()) == "shut down");
  BOOST_TEST(co_await outcome(q.put(1)) == "shut down");
  BOOST_CHECK_THROW(q.put_nowait(1), asyncio::queue_shut_down);
  BOOST_CHECK_THROW((void)q.get_nowait(), asyncio::queue_shut_down);
  co_await q.join();
  q.shutdown();
  BOOST_TEST(q.statistics().is_shut_down);
}

// conformance: Q11, Q12
ASYNCIO_TEST_CASE(after_a_shutdown_what_is_left_can_still_be_got) {
  auto& q = keep_alive<asyncio::queue<int>>(2);
  co_await put_all(q, 1, 2);
  auto putter = asyncio::create_task(outcome(q.put(3)));
  auto joiner = co_await waiting(q.join());
  q.shutdown();
  BOOST_TEST(co_await putter.join() == "shut down");
  BOOST_TEST(co_await q.get() == 1);
  BOOST_TEST(q.get_nowait() == 2);
  BOOST_TEST(co_await outcome(q.get()) == "shut down");
  q.task_done();
  co_await wait_all_tasks_blocked();
  BOOST_TEST(!joiner.done());
  q.task_done();
  BOOST_TEST(co_await joiner.join() == "done");
}

// conformance: Q13
ASYNCIO_TEST_CASE(an_immediate_shutdown_drops_the_items_and_ends_a_join) {
  auto const item = std::make_shared<int>(1);
  auto& q = keep_alive<asyncio::queue<std::shared_ptr<int>>>();
  for (int i = 0; i < 3; ++i) q.put_nowait(item);
  auto joiner = co_await waiting(q.join());
  q.shutdown(true);
  BOOST_TEST(item.use_count() == 1);
  BOOST_TEST(q.empty());
  BOOST_TEST(co_await joiner.join() == "done");
  BOOST_CHECK_THROW((void)q.get_nowait(), asyncio::queue_shut_down);
}

// conformance: Q13
ASYNCIO_TEST_CASE(items_that_were_got_before_an_immediate_shutdown_still_need_task_done) {
  auto& q = keep_alive<asyncio::queue<int>>();
  co_await put_all(q, 1, 2, 3);
  (void)co_await q.get();
  auto joiner = co_await waiting(q.join());
  q.shutdown(true);
  co_await wait_all_tasks_blocked();
  BOOST_TEST(!joiner.done());
  q.task_done();
  BOOST_TEST(co_await joiner.join() == "done");
}

// conformance: Q11
ASYNCIO_TEST_CASE(a_putter_that_was_woken_before_the_shutdown_does_not_put) {
  auto& q = keep_alive<asyncio::queue<int>>(1);
  q.put_nowait(1);
  auto t = co_await waiting(q.put(2));
  (void)q.get_nowait();
  q.shutdown();
  BOOST_TEST(co_await t.join() == "shut down");
  BOOST_TEST(q.empty());
}

// conformance: Q12, Q13
ASYNCIO_TEST_CASE(a_getter_that_was_woken_before_the_shutdown_gets_its_item_unless_that_was_dropped) {
  for (bool const immediate : {false, true}) {
    auto& q = keep_alive<asyncio::queue<int>>();
    auto first = co_await waiting(q.get());
    auto second = co_await waiting(q.get());
    q.put_nowait(1);
    q.shutdown(immediate);
    BOOST_TEST(co_await first.join() == (immediate ? "shut down" : "1"));
    BOOST_TEST(co_await second.join() == "shut down");
  }
}

// conformance: Q6, Q12
ASYNCIO_TEST_CASE(the_item_of_a_getter_that_is_cancelled_after_the_shutdown_is_not_lost) {
  auto& q = keep_alive<asyncio::queue<int>>();
  auto first = co_await waiting(q.get());
  auto second = co_await waiting(q.get());
  q.put_nowait(1);
  q.shutdown();
  first.cancel();
  BOOST_TEST(co_await first.join() == "cancelled");
  std::string const other = co_await second.join();
  if (other == "1") {
    BOOST_TEST(q.empty());
  } else {  // under the shuffle it may have had its turn before the item was given back
    BOOST_TEST(other == "shut down");
    BOOST_TEST(co_await q.get() == 1);
  }
}

ASYNCIO_TEST_CASE(an_item_whose_destruction_uses_the_queue_may_be_dropped) {
  struct nosy {
    explicit nosy(asyncio::queue<nosy>& q) : queue(&q) {}
    nosy(nosy&& other) noexcept : queue(std::exchange(other.queue, nullptr)) {}
    ~nosy() {
      if (queue == nullptr) return;
      BOOST_TEST(queue->empty());
      queue->shutdown(true);
    }
    asyncio::queue<nosy>* queue;
  };
  asyncio::queue<nosy> q;
  for (int i = 0; i < 3; ++i) q.put_nowait(nosy(q));
  q.shutdown(true);
  co_return;
}

// -- items -------------------------------------------------------------------------------------------------------------

namespace {

/// Not default-constructible, and moves only.
struct parcel {
  explicit parcel(int n) : number(std::make_unique<int>(n)) {}
  friend bool operator<(parcel const& a, parcel const& b) { return *a.number < *b.number; }
  std::unique_ptr<int> number;
};

template <class Queue>
awaitable<numbers> send_parcels() {
  auto& q = keep_alive<Queue>(2);
  auto const send = [](Queue& to) -> awaitable<void> {
    try {
      for (int i = 0; i < 4; ++i) co_await to.put(parcel(i));
    } catch (std::bad_alloc const&) {}  // whoever gets is told even then
    to.shutdown();
  };
  auto sender = asyncio::create_task(send(q));
  numbers got;
  try {
    for (;;) {
      parcel const p = co_await q.get();
      got.push_back(*p.number);
    }
  } catch (asyncio::queue_shut_down const&) {}
  co_await sender.join();
  co_return got;
}

}  // namespace

ASYNCIO_TEST_CASE(items_may_be_move_only_and_need_no_default) {
  numbers const in_order = co_await send_parcels<asyncio::queue<parcel>>();
  BOOST_TEST(in_order == (numbers{0, 1, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST((co_await send_parcels<asyncio::lifo_queue<parcel>>()).size() == 4u);
  BOOST_TEST((co_await send_parcels<asyncio::priority_queue<parcel>>()).size() == 4u);
}

ASYNCIO_TEST_CASE(an_lvalue_is_copied_and_an_argument_may_convert) {
  asyncio::queue<std::string> q;
  std::string const text = "a text that is too long for the small buffer";
  co_await q.put(text);
  q.put_nowait(text);
  co_await q.put("short");
  BOOST_TEST(co_await q.get() == text);
  BOOST_TEST(q.get_nowait() == text);
  BOOST_TEST(q.get_nowait() == "short");
}

namespace {

/// Has no move; its copies throw when told to.
struct fragile {
  explicit fragile(int n, int& countdown) : number(n), left(&countdown) {}
  fragile(fragile const& other) : number(other.number), left(other.left) {
    if (--*left == 0) throw std::runtime_error("copy");
  }
  fragile& operator=(fragile const&) = default;
  int number;
  int* left;
};

awaitable<std::string> get_fragile(asyncio::queue<fragile>& q) {
  try {
    co_return std::to_string((co_await q.get()).number);
  } catch (std::runtime_error const& e) {
    co_return e.what();
  }
}

}  // namespace

ASYNCIO_ORDERED_TEST_CASE(an_item_whose_move_throws_stays_and_goes_to_the_next_getter) {
  auto& left = keep_alive<int>(1000);
  auto& q = keep_alive<asyncio::queue<fragile>>();
  auto a = asyncio::create_task(get_fragile(q));
  auto b = asyncio::create_task(get_fragile(q));
  co_await wait_all_tasks_blocked();
  q.put_nowait(fragile(1, left));
  left = 1;
  BOOST_TEST(co_await a.join() == "copy");
  BOOST_TEST(co_await b.join() == "1");
  BOOST_TEST(q.empty());
}

ASYNCIO_ORDERED_TEST_CASE(a_place_whose_item_cannot_be_stored_goes_to_the_next_putter) {
  auto& left = keep_alive<int>(1000);
  auto& q = keep_alive<asyncio::queue<fragile>>(1);
  fragile const zero(0, left), one(1, left), two(2, left);
  q.put_nowait(zero);
  auto a = asyncio::create_task(outcome(q.put(one)));
  auto b = co_await waiting(q.put(two));
  (void)q.get_nowait();
  left = 1;
  BOOST_TEST(co_await a.join() == "copy");
  BOOST_TEST(co_await b.join() == "done");
  BOOST_TEST(q.get_nowait().number == 2);
}

// conformance: Q14
ASYNCIO_TEST_CASE(the_text_form_shows_what_the_queue_holds_and_who_waits) {
  auto& q = keep_alive<asyncio::queue<int>>(2);
  BOOST_TEST(to_string(q) == "<Queue maxsize=2>");
  co_await put_all(q, 1, 2);
  auto putter = co_await waiting(q.put(3));
  BOOST_TEST(asyncio::to_string(q) == "<Queue maxsize=2 items=[1, 2] putters[1] tasks=2>");
  q.shutdown();
  BOOST_TEST(to_string(q) == "<Queue maxsize=2 items=[1, 2] tasks=2 shutdown>");
  co_await putter.join();

  auto& lifo = keep_alive<asyncio::lifo_queue<std::string>>();
  auto getter = asyncio::create_task(lifo.get());
  co_await wait_all_tasks_blocked();
  BOOST_TEST(to_string(lifo) == "<LifoQueue maxsize=0 getters[1]>");
  lifo.put_nowait("a");
  BOOST_TEST(to_string(lifo) == "<LifoQueue maxsize=0 items=['a'] tasks=1>");
  co_await getter.join();

  asyncio::priority_queue<parcel> parcels;
  parcels.put_nowait(parcel(1));
  parcels.put_nowait(parcel(2));
  BOOST_TEST(to_string(parcels) == "<PriorityQueue maxsize=0 items=[?, ?] tasks=2>");
}

// conformance: XL5
ASYNCIO_TEST_CASE(statistics_tell_what_the_queue_holds_and_who_waits) {
  auto& q = keep_alive<asyncio::queue<int>>(1);
  co_await q.put(1);
  auto putter = asyncio::create_task(outcome(q.put(2)));
  auto joiner = co_await waiting(q.join());
  asyncio::queue_statistics const known = q.statistics();
  BOOST_TEST(known.size == 1u);
  BOOST_TEST(known.maxsize == 1u);
  BOOST_TEST(known.unfinished_tasks == 1u);
  BOOST_TEST(known.getters_waiting == 0u);
  BOOST_TEST(known.putters_waiting == 1u);
  BOOST_TEST(known.joiners_waiting == 1u);
  BOOST_TEST(!known.is_shut_down);
  q.shutdown(true);
  co_await putter.join();
  co_await joiner.join();
}

// -- misuse and lifetime -----------------------------------------------------------------------------------------------

ASYNCIO_TEST_CASE(an_operation_is_awaited_once) {
  asyncio::queue<int> q;
  q.put_nowait(1);
  q.put_nowait(2);
  auto get = q.get();
  BOOST_TEST(co_await std::move(get) == 1);
  BOOST_TEST((co_await outcome(std::move(get))).find("2") == 0u);  // a new operation: moving makes it one
  auto put = q.put(3);
  co_await std::move(put);
  bool refused = false;
  try {
    co_await std::move(put);
  } catch (asyncio::invalid_state const&) {
    refused = true;
  }
  BOOST_TEST(refused);
  BOOST_TEST(q.size() == 1u);
}

ASYNCIO_TEST_CASE(a_task_that_waits_for_a_queue_that_is_gone_waits_until_it_is_cancelled) {
  auto& q = keep_alive(std::make_unique<asyncio::queue<int>>(1));
  q->put_nowait(1);
  auto putter = asyncio::create_task(outcome(q->put(2)));
  auto joiner = co_await waiting(q->join());
  q.reset();
  co_await wait_all_tasks_blocked();
  BOOST_TEST(!putter.done());
  putter.cancel();
  joiner.cancel();
  BOOST_TEST(co_await putter.join() == "cancelled");
  BOOST_TEST(co_await joiner.join() == "cancelled");
}

ASYNCIO_TEST_CASE(a_task_that_was_woken_by_a_queue_that_is_gone_before_its_turn_sees_a_shutdown) {
  auto& q = keep_alive(std::make_unique<asyncio::queue<int>>(1));
  auto getter = co_await waiting(q->get());
  q->put_nowait(1);
  q.reset();
  BOOST_TEST(co_await getter.join() == "shut down");

  q = std::make_unique<asyncio::queue<int>>(1);
  q->put_nowait(1);
  auto putter = asyncio::create_task(outcome(q->put(2)));
  auto cancelled = asyncio::create_task(outcome(q->put(3)));
  auto joiner = co_await waiting(q->join());
  (void)q->get_nowait();
  q->task_done();
  q->shutdown();
  cancelled.cancel();
  q.reset();
  BOOST_TEST(co_await putter.join() == "shut down");
  BOOST_TEST(co_await cancelled.join() == "cancelled");
  BOOST_TEST(co_await joiner.join() == "done");
}

BOOST_AUTO_TEST_CASE(a_worker_whose_queue_was_a_local_of_main_ends_like_in_python) {
  static int cancelled = 0;
  static auto const worker = [](asyncio::queue<int>& q) -> awaitable<void> {
    try {
      for (;;) (void)co_await q.get();
    } catch (asyncio::cancelled_error const&) {
      ++cancelled;
      throw;
    }
  };
  static auto const main_ = []() -> awaitable<void> {
    asyncio::queue<int> q;
    (void)asyncio::create_task(worker(q));
    co_await wait_all_tasks_blocked();
  };
  asyncio::testing::run(main_());
  BOOST_TEST(cancelled == 1);
}

BOOST_AUTO_TEST_CASE(a_queue_may_be_made_before_the_loop_and_used_in_one_after_the_other) {
  asyncio::queue<int> q(1);
  q.put_nowait(1);
  static auto const next = [](asyncio::queue<int>& queue) -> awaitable<int> {
    auto t = asyncio::create_task(queue.put(2));
    int const i = co_await queue.get();
    co_await t.join();
    co_return i;
  };
  BOOST_TEST(asyncio::testing::run(next(q)) == 1);
  BOOST_TEST(asyncio::testing::run(next(q)) == 2);
  BOOST_TEST(q.size() == 1u);
}

BOOST_AUTO_TEST_CASE(two_loops_cannot_wait_for_one_queue_at_the_same_time) {
  asyncio::queue<int> q;
  asio::io_context first, second;
  auto a = asyncio::create_task(first, outcome(q.get()));
  auto b = asyncio::create_task(second, outcome(q.get()));
  first.poll();
  second.poll();
  BOOST_TEST(b.result().find("in another loop") != std::string::npos);
  q.put_nowait(1);
  first.run();
  BOOST_TEST(a.result() == "1");
}

BOOST_AUTO_TEST_CASE(destroying_the_loop_while_tasks_wait_leaves_the_queue_usable) {
  asyncio::queue<int> q(1);
  {
    asio::io_context context;
    auto const quiet = [](asyncio::exception_context const&) {};
    asyncio::loop::of(context).set_exception_handler(quiet);
    for (int i = 0; i < 3; ++i) (void)asyncio::create_task(context, outcome(q.get()));
    asio::co_spawn(context, outcome(q.get()), asio::detached);
    context.poll();
    BOOST_TEST(q.statistics().getters_waiting == 4u);
    q.put_nowait(1);
  }
  BOOST_TEST(q.statistics().getters_waiting == 0u);
  BOOST_TEST(q.get_nowait() == 1);  // the getter it was granted to will not come
  {
    asio::io_context context;
    auto const quiet = [](asyncio::exception_context const&) {};
    asyncio::loop::of(context).set_exception_handler(quiet);
    q.put_nowait(1);
    for (int i = 0; i < 3; ++i) (void)asyncio::create_task(context, outcome(q.put(2)));
    context.poll();
    BOOST_TEST(q.get_nowait() == 1);
  }
  q.put_nowait(3);
  BOOST_TEST(q.get_nowait() == 3);
}

BOOST_AUTO_TEST_CASE(the_queue_may_go_before_the_loop_whose_tasks_wait_for_it) {
  auto destroyed = std::make_shared<int>(0);
  {
    asio::io_context context;
    auto const quiet = [](asyncio::exception_context const&) {};
    asyncio::loop::of(context).set_exception_handler(quiet);
    asyncio::queue<std::shared_ptr<int>> q(1);
    auto const get = [](asyncio::queue<std::shared_ptr<int>>& from, std::shared_ptr<int>) -> awaitable<void> {
      (void)co_await from.get();
    };
    for (int i = 0; i < 2; ++i) (void)asyncio::create_task(context, get(q, destroyed));
    context.poll();
    q.put_nowait(destroyed);
  }
  BOOST_TEST(destroyed.use_count() == 1);
}

// -- coroutines that are not tasks -------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(plain_coroutines_may_wait_for_a_queue) {
  asio::io_context context;
  asyncio::queue<int> q(1);
  auto const produce = [](asyncio::queue<int>& to) -> awaitable<void> {
    for (int i = 1; i <= 10; ++i) co_await to.put(i);
    to.shutdown();
  };
  auto const consume = [](asyncio::queue<int>& from) -> awaitable<int> {
    int sum = 0;
    try {
      for (;;) sum += co_await from.get();
    } catch (asyncio::queue_shut_down const&) {}
    co_return sum;
  };
  auto sum = asio::co_spawn(context, consume(q), asio::use_future);
  asio::co_spawn(context, produce(q), asio::detached);
  context.run();
  BOOST_TEST(sum.get() == 55);
}

BOOST_AUTO_TEST_CASE(a_get_that_loses_against_another_operand_takes_no_item) {
  using namespace asio::experimental::awaitable_operators;
  asio::io_context context;
  asyncio::queue<int> q;
  auto const body = [](asyncio::queue<int>& from) -> awaitable<int> {
    auto const first = co_await (from.get().as_awaitable() || asyncio::sleep(1ms).as_awaitable());
    BOOST_TEST(first.index() == 1u);
    BOOST_TEST(from.statistics().getters_waiting == 0u);
    from.put_nowait(5);
    auto const second = co_await (from.get().as_awaitable() || asyncio::sleep(1h).as_awaitable());
    co_return std::get<0>(second);
  };
  auto got = asio::co_spawn(context, body(q), asio::use_future);
  context.run();
  BOOST_TEST(got.get() == 5);
  BOOST_TEST(q.empty());
}

BOOST_AUTO_TEST_CASE(a_plain_coroutine_that_is_cancelled_after_it_was_woken_gives_its_item_back) {
  asio::io_context context;
  asyncio::queue<int> q;
  asio::cancellation_signal cancel;
  auto a = asio::co_spawn(context, outcome(q.get()), asio::bind_cancellation_slot(cancel.slot(), asio::use_future));
  auto b = asio::co_spawn(context, outcome(q.get()), asio::use_future);
  context.poll();
  asio::post(context, [&] {
    q.put_nowait(1);
    cancel.emit(asio::cancellation_type::terminal);
  });
  context.run();
  BOOST_TEST(a.get().starts_with("the wait was cancelled"));
  BOOST_TEST(b.get() == "1");
}

ASYNCIO_TEST_CASE(queue_operations_take_any_completion_token) {
  auto& q = keep_alive<asyncio::queue<int>>();
  std::future<int> got = q.get()(asio::use_future);
  std::future<void> const put = q.put(9)(asio::use_future);
  co_await wait_all_tasks_blocked();
  BOOST_REQUIRE((got.wait_for(0s) == std::future_status::ready));
  BOOST_TEST(got.get() == 9);
}

BOOST_AUTO_TEST_CASE(debug_mode_refuses_what_would_wake_somebody_from_another_thread) {
  static auto const elsewhere = [](auto what) {
    std::string told = "nothing";
    std::thread([&] {
      try {
        what();
      } catch (asyncio::invalid_state const& e) {
        told = e.what();
      }
    }).join();
    return told;
  };
  auto const body = []() -> awaitable<strings> {
    strings told;
    asyncio::queue<int> q(1);
    auto const got = asyncio::create_task(q.get());
    co_await asyncio::yield();
    told.push_back(elsewhere([&] { q.put_nowait(1); }));
    int const one = 1;
    told.push_back(elsewhere([&] { q.put_nowait(one); }));
    BOOST_TEST(q.empty());
    q.put_nowait(1);
    co_await got.join();
    q.put_nowait(2);
    auto const puts = asyncio::create_task(q.put(3));
    auto const joins = asyncio::create_task(q.join());
    co_await asyncio::yield();
    told.push_back(elsewhere([&] { (void)q.get_nowait(); }));
    told.push_back(elsewhere([&] { q.task_done(); }));
    BOOST_TEST(q.size() == 1u);
    (void)q.get_nowait();
    co_await puts.join();
    for (int i = 0; i < 3; ++i) q.task_done();
    co_await joins.join();
    co_return told;
  };
  auto const told = asyncio::testing::run(body(), asyncio::testing::test_options().debug(true));
  char const* const who[] = {"put_nowait", "put_nowait", "get_nowait", "task_done"};
  BOOST_REQUIRE(told.size() == std::size(who));
  for (std::size_t i = 0; i < told.size(); ++i)
    BOOST_TEST(told[i].find(std::string("asyncio::queue::") + who[i] +
                            ": called from a thread that does not run the loop") == 0u);
}
