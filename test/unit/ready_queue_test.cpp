// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE ready_queue
#include <boost/test/unit_test.hpp>

#include <asyncio/detail/asio/handler_memory.hpp>
#include <asyncio/detail/loop/loop_part.hpp>
#include <asyncio/detail/loop/ready_queue.hpp>
#include <asyncio/detail/loop/step_observer.hpp>
#include <asyncio/loop.hpp>

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace asyncio::detail;

/// Writes its letter when its turn comes, then does what it was told.
class letter final : public ready_node {
 public:
  letter(std::string& log, char c, std::function<void()> then = {}) : log_(log), letter_(c), then_(std::move(then)) {}
  ~letter() { unlink(); }

  void run() override {
    log_ += letter_;
    if (then_) then_();
  }
  void abandon() noexcept override { log_ += static_cast<char>(letter_ - 'a' + 'A'); }
  [[nodiscard]] bool goes_first() const noexcept override { return first; }

  bool first = false;

 private:
  std::string& log_;
  char letter_;
  std::function<void()> then_;
};

struct letters {
  explicit letters(std::string const& names) {
    for (char const c : names) nodes.push_back(std::make_unique<letter>(log, c));
    for (auto& n : nodes) queue.push(*n);
  }
  std::string log;
  ready_queue queue;
  std::vector<std::unique_ptr<letter>> nodes;
};

BOOST_AUTO_TEST_CASE(what_was_ready_first_runs_first) {
  letters all("abc");
  BOOST_TEST(all.queue.size() == 3u);
  BOOST_TEST(all.queue.run_pass() == 3u);
  BOOST_TEST(all.log == "abc");
  BOOST_TEST(all.queue.empty());
  BOOST_TEST(all.queue.run_pass() == 0u);
}

BOOST_AUTO_TEST_CASE(what_becomes_ready_in_a_pass_waits_for_the_next_one) {
  std::string log;
  ready_queue queue;
  letter late(log, 'z');
  letter a(log, 'a', [&] { queue.push(late); });
  letter b(log, 'b');
  queue.push(a);
  queue.push(b);
  BOOST_TEST(queue.run_pass() == 2u);
  BOOST_TEST(log == "ab");
  BOOST_TEST(!queue.empty());
  BOOST_TEST(queue.run_pass() == 1u);
  BOOST_TEST(log == "abz");
}

BOOST_AUTO_TEST_CASE(the_next_of_a_pass_can_be_looked_at_and_taken_out) {
  std::string log;
  ready_queue queue;
  letter b(log, 'b');
  letter a(log, 'a', [&] {
    BOOST_TEST(queue.next_in_pass() == &b);
    b.unlink();
    BOOST_TEST(queue.next_in_pass() == nullptr);
  });
  BOOST_TEST(queue.next_in_pass() == nullptr);
  queue.push(a);
  queue.push(b);
  queue.run_pass();
  BOOST_TEST(log == "a");
}

BOOST_AUTO_TEST_CASE(what_an_exception_has_left_goes_on_before_what_came_later) {
  std::string log;
  ready_queue queue;
  letter late(log, 'z');
  letter a(log, 'a', [&] {
    queue.push(late);
    throw std::runtime_error("out");
  });
  letter b(log, 'b');
  queue.push(a);
  queue.push(b);
  BOOST_CHECK_THROW(queue.run_pass(), std::runtime_error);
  queue.end_pass();
  BOOST_TEST(queue.run_pass() == 2u);
  BOOST_TEST(log == "abz");
}

BOOST_AUTO_TEST_CASE(a_shuffled_pass_runs_everything_in_an_order_that_the_seed_decides) {
  auto const order_of = [](std::uint64_t seed) {
    letters all("abcdefghij");
    all.queue.shuffle_passes(seed);
    BOOST_TEST(all.queue.shuffles());
    all.queue.run_pass();
    return all.log;
  };
  std::string sorted = order_of(7);
  BOOST_TEST(sorted == order_of(7));
  BOOST_TEST(sorted != order_of(8));
  std::sort(sorted.begin(), sorted.end());
  BOOST_TEST(sorted == "abcdefghij");
}

BOOST_AUTO_TEST_CASE(a_node_that_goes_first_keeps_its_place_before_shuffled_ones) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    letters all("abcdef");
    all.nodes[3]->first = true;
    all.queue.shuffle_passes(seed);
    all.queue.run_pass();
    BOOST_TEST(all.log.front() == 'd');
    BOOST_TEST(all.log.size() == 6u);
  }
}

class counter final : public step_observer {
 public:
  explicit counter(std::string& log) noexcept : log_(log) {}
  void begin(task_base&) override {}
  void before_step() override { log_ += '.'; }
  [[nodiscard]] bool stopped() const noexcept override { return false; }
  bool stuck() override { return false; }

 private:
  std::string& log_;
};

BOOST_AUTO_TEST_CASE(an_observer_is_told_before_each_node_and_never_after_the_last) {
  letters all("abc");
  counter observer(all.log);
  all.queue.set_observer(observer);
  BOOST_TEST(all.queue.observer() == &observer);
  all.queue.run_pass();
  all.queue.run_pass();
  BOOST_TEST(all.log == ".a.b.c");
}

BOOST_AUTO_TEST_CASE(all_that_is_queued_is_abandoned_in_order) {
  letters all("abc");
  BOOST_TEST(all.queue.abandon_all());
  BOOST_TEST(all.log == "ABC");
  BOOST_TEST(!all.queue.abandon_all());
}

BOOST_AUTO_TEST_CASE(handler_memory_gives_its_blocks_again_and_then_the_heap) {
  handler_blocks<2> memory;
  void* const a = memory.allocate(16);
  void* const b = memory.allocate(256);
  void* const heap = memory.allocate(16);
  auto const inside = [&](void* p) {
    return std::less_equal<void*>()(&memory, p) && std::less<void*>()(p, &memory + 1);
  };
  BOOST_TEST(inside(a));
  BOOST_TEST(inside(b));
  BOOST_TEST(!inside(heap));
  memory.deallocate(a);
  BOOST_TEST(memory.allocate(1) == a);
  memory.deallocate(a);
  memory.deallocate(b);
  memory.deallocate(heap);
  void* const large = memory.allocate(257);
  BOOST_TEST(!inside(large));
  memory.deallocate(large);
}

class noisy_part final : public loop_part {
 public:
  using loop_type = task_loop;
  explicit noisy_part(task_loop&) noexcept { ++made; }
  ~noisy_part() override { ++destroyed; }
  std::size_t end_threads() noexcept override { return 2; }
  void loop_ended() noexcept override { ++ended; }
  void carried_on(bool left_behind) override { left = left_behind; }

  static inline int made = 0;
  static inline int destroyed = 0;
  static inline int ended = 0;
  static inline bool left = true;
};

BOOST_AUTO_TEST_CASE(a_part_is_made_on_first_use_and_told_of_the_loops_life) {
  {
    asio::io_context context;
    task_loop& core = asyncio::loop::of(context).core();
    BOOST_TEST(core.find_part<noisy_part>() == nullptr);
    noisy_part& part = core.part<noisy_part>();
    BOOST_TEST(&core.part<noisy_part>() == &part);
    BOOST_TEST(core.find_part<noisy_part>() == &part);
    BOOST_TEST(noisy_part::made == 1);
    BOOST_TEST(core.end_threads() == 2u);
    context.notify_fork(asio::io_context::fork_prepare);
    context.notify_fork(asio::io_context::fork_child);
    BOOST_TEST(!noisy_part::left);
    BOOST_TEST(noisy_part::ended == 0);
  }
  BOOST_TEST(noisy_part::ended == 1);
  BOOST_TEST(noisy_part::destroyed == 1);
}

BOOST_AUTO_TEST_CASE(a_loop_that_a_fork_has_left_behind_stays_so_until_somebody_goes_on_with_it) {
  asio::io_context context;
  task_loop& core = asyncio::loop::of(context).core();
  noisy_part const& part = core.part<noisy_part>();
  static_cast<void>(part);
  BOOST_TEST(!core.survive_fork());  // a fork that nobody has told Asio of
  for (auto const event :
       {asio::io_context::fork_prepare, asio::io_context::fork_parent, asio::io_context::fork_prepare}) {
    context.notify_fork(event);  // the child forks, too
    BOOST_TEST((core.fate() == fork_fate::left_behind));
  }
  context.notify_fork(asio::io_context::fork_child);
  BOOST_TEST(noisy_part::left);
  BOOST_TEST((core.fate() == fork_fate::the_parents));
}

}  // namespace
