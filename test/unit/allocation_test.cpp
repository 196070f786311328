// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE allocation
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include "lazy_range.hpp"
#include "support/allocations.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using asyncio::testing::keep_alive;

// What an operation allocates, after some rounds in which stores have grown to their size. Coroutine frames are counted too:
// Asio keeps a few for reuse, so a frame that comes and goes costs nothing here. Not so under a sanitizer, for which that
// is switched off: there each frame counts.

namespace {

#ifdef BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING
constexpr bool frames_are_reused = false;
#else
constexpr bool frames_are_reused = true;
#endif

constexpr int warm_up = 20;
constexpr int rounds = 100;

/// Counts from its making on.
class allocations {
 public:
  [[nodiscard]] std::size_t count() const noexcept { return support::allocations() - before_; }

 private:
  std::size_t before_ = support::allocations();
};

/// `frames`: how many frames a round has, which count only where Asio does not reuse them.
constexpr std::size_t of_rounds(std::size_t each, std::size_t frames = 0) {
  return rounds * (each + (frames_are_reused ? 0 : frames));
}

awaitable<int> ready() { co_return 1; }

awaitable<int> yielding() {
  co_await asyncio::yield();
  co_return 1;
}

/// Takes turns with whoever holds the lock.
awaitable<void> take_in_turn(asyncio::lock& l, int times) {
  for (int i = 0; i < times; ++i) {
    auto const held = co_await l.acquire();
    co_await asyncio::yield();
  }
}

awaitable<void> answer(asyncio::event& question, asyncio::event& reply, int times) {
  for (int i = 0; i < times; ++i) {
    co_await question.wait();
    question.clear();
    reply.set();
  }
}

awaitable<void> cancel_each(std::vector<asyncio::cancellation_token> const& tokens, asyncio::event& next) {
  for (asyncio::cancellation_token const& token : tokens) {
    co_await next.wait();
    next.clear();
    token.cancel();
  }
}

awaitable<void> echo(asyncio::queue<int>& in, asyncio::queue<int>& out, int times) {
  for (int i = 0; i < times; ++i) co_await out.put(co_await in.get());
}

}  // namespace

ASYNCIO_TEST_CASE(sleep_allocates_nothing) {
  for (int i = 0; i < warm_up; ++i) co_await asyncio::sleep(1ms);
  allocations const made;
  for (int i = 0; i < rounds; ++i) co_await asyncio::sleep(1ms);
  BOOST_TEST(made.count() == 0u);
}

ASYNCIO_TEST_CASE(sleep_of_zero_and_yield_allocate_nothing) {
  for (int i = 0; i < warm_up; ++i) co_await asyncio::yield();
  allocations const made;
  for (int i = 0; i < rounds; ++i) {
    co_await asyncio::yield();
    co_await asyncio::sleep(0s);
  }
  BOOST_TEST(made.count() == 0u);
}

ASYNCIO_TEST_CASE(children_of_a_lazy_gather_that_never_wait_share_one_block) {
  using large = std::array<int, 100>;  // a block of that size is not kept for the next task
  auto const make = [](int i) -> awaitable<large> { co_return large{i}; };
  auto const allocations_for = [&](int n) -> awaitable<std::size_t> {
    allocations const made;
    co_await asyncio::gather(lazy_range(0, n, make));
    co_return made.count();
  };
  (void)co_await allocations_for(10);
  std::size_t const ten = co_await allocations_for(10);
  std::size_t const thousand = co_await allocations_for(1000);
  std::size_t const frames = frames_are_reused ? 0 : 990;
  BOOST_TEST(thousand <= ten + frames + 10);  // places for the results, whose number is not known
}

ASYNCIO_TEST_CASE(a_free_lock_allocates_nothing) {
  asyncio::lock l;
  for (int i = 0; i < warm_up; ++i) (void)co_await l.acquire();
  allocations const made;
  for (int i = 0; i < rounds; ++i) {
    auto const held = co_await l.acquire();
  }
  BOOST_TEST(made.count() == 0u);
}

ASYNCIO_TEST_CASE(a_lock_that_is_waited_for_allocates_nothing) {
  auto& l = keep_alive<asyncio::lock>();
  auto other = asyncio::create_task(take_in_turn(l, warm_up + rounds));
  co_await take_in_turn(l, warm_up);
  allocations const made;
  for (int i = 0; i < rounds; ++i) {
    auto const held = co_await l.acquire();
    co_await asyncio::yield();
  }
  BOOST_TEST(made.count() == 0u);
  co_await other.join();
}

ASYNCIO_TEST_CASE(a_semaphore_allocates_nothing) {
  asyncio::semaphore s(1);
  for (int i = 0; i < warm_up; ++i) (void)co_await s.acquire();
  allocations const made;
  for (int i = 0; i < rounds; ++i) (void)co_await s.acquire();
  BOOST_TEST(made.count() == 0u);
}

ASYNCIO_TEST_CASE(a_wait_for_an_event_allocates_nothing) {
  auto& question = keep_alive<asyncio::event>();
  auto& reply = keep_alive<asyncio::event>();
  auto other = asyncio::create_task(answer(question, reply, warm_up + rounds));
  std::size_t count = 0;
  for (int i = 0; i < warm_up + rounds; ++i) {
    allocations const made;
    question.set();
    co_await reply.wait();
    reply.clear();
    if (i >= warm_up) count += made.count();
  }
  BOOST_TEST(count == 0u);
  co_await other.join();
}

ASYNCIO_TEST_CASE(a_wait_for_a_token_allocates_nothing) {
  auto& tokens = keep_alive<std::vector<asyncio::cancellation_token>>();
  for (int i = 0; i < warm_up + rounds; ++i) tokens.emplace_back();
  auto& next = keep_alive<asyncio::event>();
  auto other = asyncio::create_task(cancel_each(tokens, next));
  std::size_t count = 0;
  for (int i = 0; i < warm_up + rounds; ++i) {
    allocations const made;
    next.set();
    co_await tokens[static_cast<std::size_t>(i)].cancelled();
    if (i >= warm_up) count += made.count();
  }
  BOOST_TEST(count == 0u);
  co_await other.join();
}

ASYNCIO_TEST_CASE(a_queue_that_both_sides_wait_for_allocates_nothing) {
  auto& there = keep_alive<asyncio::queue<int>>(1);
  auto& back = keep_alive<asyncio::queue<int>>(1);
  auto other = asyncio::create_task(echo(there, back, warm_up + rounds));
  std::size_t count = 0;
  for (int i = 0; i < warm_up + rounds; ++i) {
    allocations const made;
    co_await there.put(i);
    int const answered = co_await back.get();
    if (i >= warm_up) count += made.count();
    BOOST_TEST_REQUIRE(answered == i);
  }
  BOOST_TEST(count == 0u);
  co_await other.join();
}

ASYNCIO_TEST_CASE(a_timeout_allocates_nothing_but_frames) {
  for (int i = 0; i < warm_up; ++i) (void)co_await asyncio::timeout(1s, ready());
  allocations const made;
  for (int i = 0; i < rounds; ++i) (void)co_await asyncio::timeout(1s, ready());
  BOOST_TEST(made.count() == of_rounds(0, 2));  // ready() and timeout()
}

ASYNCIO_TEST_CASE(a_timeout_of_what_waits_allocates_nothing_but_frames) {
  for (int i = 0; i < warm_up; ++i) (void)co_await asyncio::timeout(1s, yielding());
  allocations const made;
  for (int i = 0; i < rounds; ++i) (void)co_await asyncio::timeout(1s, yielding());
  BOOST_TEST(made.count() == of_rounds(0, 2));
}

ASYNCIO_TEST_CASE(a_task_that_is_joined_allocates_at_most_two_blocks_and_its_frame) {
  for (int i = 0; i < warm_up; ++i) (void)co_await asyncio::create_task(ready()).join();
  allocations const made;
  for (int i = 0; i < rounds; ++i) (void)co_await asyncio::create_task(ready()).join();
  BOOST_TEST(made.count() <= of_rounds(2, 1));
}

ASYNCIO_TEST_CASE(a_task_that_waits_allocates_at_most_two_blocks_and_its_frame) {
  for (int i = 0; i < warm_up; ++i) (void)co_await asyncio::create_task(yielding()).join();
  allocations const made;
  for (int i = 0; i < rounds; ++i) (void)co_await asyncio::create_task(yielding()).join();
  BOOST_TEST(made.count() <= of_rounds(2, 1));
}

// What a task that waits in an operation of Asio's occupies is kept for the next one, but not for ever.
ASYNCIO_TEST_CASE(what_a_peak_of_asio_operations_needed_is_given_back) {
  constexpr std::ptrdiff_t tasks = 4000;
  static auto const posts = []() -> awaitable<void> {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
  };
  co_await asyncio::yield();
  std::ptrdiff_t const before = support::blocks_in_use();
  std::vector<asyncio::task<void>> all;
  all.reserve(tasks);
  for (std::ptrdiff_t i = 0; i < tasks; ++i) all.push_back(asyncio::create_task(posts()));
  for (auto& t : all) co_await t.join();
  all.clear();
  std::ptrdiff_t const soon = support::blocks_in_use() - before;
  BOOST_TEST(soon > 1000);
  BOOST_TEST(soon < 2 * tasks);
  for (int i = 0; i < 15 * 1024; ++i) co_await asyncio::sleep(1ms);
  BOOST_TEST(support::blocks_in_use() - before < soon - 800);
}

BOOST_AUTO_TEST_CASE(the_counter_counts) {
  allocations const made;
  auto const block = std::make_unique<int>(1);
  BOOST_TEST(made.count() == 1u);
}

ASYNCIO_TEST_CASE(call_soon_with_a_small_callback_allocates_at_most_one_block) {
  asyncio::loop& l = asyncio::loop::running();
  auto& calls = keep_alive<int>();
  for (int i = 0; i < warm_up; ++i) l.call_soon([&calls] { ++calls; });
  co_await asyncio::yield();
  allocations const made;
  for (int i = 0; i < rounds; ++i) l.call_soon([&calls] { ++calls; });
  BOOST_TEST(made.count() <= of_rounds(1));
  co_await asyncio::yield();
  BOOST_TEST(calls == warm_up + rounds);
}
