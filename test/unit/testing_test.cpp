// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE testing
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include "support/text_of.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>
#include <atomic>
#include <chrono>
#include <limits>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using asyncio::awaitable;
using support::text_of;
namespace testing = asyncio::testing;

namespace {

asyncio::duration now() { return asyncio::loop::running().time().time_since_epoch(); }

awaitable<void> note_times(std::vector<asyncio::duration>& out, asyncio::duration every, int times) {
  for (int i = 0; i < times; ++i) {
    co_await asyncio::sleep(every);
    out.push_back(now());
  }
}

bool contains(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

}  // namespace

// -- the virtual clock --------------------------------------------------------------------------------------------------

// conformance: XV2
BOOST_AUTO_TEST_CASE(a_test_that_sleeps_for_years_takes_no_time) {
  auto const before = std::chrono::steady_clock::now();
  auto main = []() -> awaitable<asyncio::duration> {
    co_await asyncio::sleep(std::chrono::hours(24 * 365 * 100));
    co_return now();
  };
  BOOST_TEST((testing::run(main()) == std::chrono::hours(24 * 365 * 100)));
  BOOST_TEST((std::chrono::steady_clock::now() - before < 5s));
}

// conformance: XV3
ASYNCIO_TEST_CASE(the_clock_jumps_to_the_next_deadline_only) {
  auto& times = testing::keep_alive<std::vector<asyncio::duration>>();
  auto a = asyncio::create_task(note_times(times, 2s, 2));
  auto b = asyncio::create_task(note_times(times, 3s, 1));
  co_await a.join();
  co_await b.join();
  BOOST_TEST((times == std::vector<asyncio::duration>{2s, 3s, 4s}));
}

ASYNCIO_TEST_CASE(time_stands_still_while_anything_can_run) {
  co_await asyncio::sleep(1s);
  for (int i = 0; i < 1000; ++i) co_await asyncio::yield();
  BOOST_TEST((now() == 1s));
}

// conformance: XV7
BOOST_AUTO_TEST_CASE(the_same_program_sees_the_same_instants_twice) {
  auto main = []() -> awaitable<std::vector<asyncio::duration>> {
    std::vector<asyncio::duration> times;
    for (int i = 0; i < 20; ++i) {
      co_await asyncio::random_delay(1s);
      times.push_back(now());
    }
    co_return times;
  };
  BOOST_TEST((testing::run(main()) == testing::run(main())));
  BOOST_TEST((testing::run(main(), testing::test_options().seed(2)) != testing::run(main())));
}

BOOST_AUTO_TEST_CASE(each_run_begins_at_the_epoch) {
  auto main = []() -> awaitable<asyncio::duration> {
    auto const begin = now();
    co_await asyncio::sleep(1s);
    co_return begin;
  };
  BOOST_TEST((testing::run(main()) == 0s));
  BOOST_TEST((testing::run(main()) == 0s));
}

// conformance: XV5
ASYNCIO_TEST_CASE(a_clock_that_is_not_installed_has_no_effect) {
  asyncio::virtual_clock stray;
  stray.jump_to(asyncio::time_point(1h));
  BOOST_TEST((now() == 0s));
  co_return;
}

// -- deadlock -----------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_deadlock_names_the_stuck_tasks_and_what_they_wait_for) {
  auto joins = [](asyncio::task<void> t) -> awaitable<void> { co_await t.join(); };
  auto main = [&]() -> awaitable<void> {
    auto waits = asyncio::create_task(asyncio::sleep_forever(), "waits");
    auto joiner = asyncio::create_task(joins(waits), "joiner");
    co_await asyncio::gather(waits.join(), joiner.join());
  };
  std::string const text = text_of<asyncio::deadlock_error>([&] { testing::run(main()); });
  BOOST_TEST(text.find("asyncio: deadlock: nothing can ever run again, and these tasks have not ended:") == 0u);
  BOOST_TEST(contains(text, "task 'Task-1' waits for gather of 2 tasks (created at "));
  BOOST_TEST(contains(text, "task 'waits' waits for sleep_forever (created at "));
  BOOST_TEST(contains(text, "task 'joiner' waits for join of task 2 (created at "));
  BOOST_TEST(contains(text, "testing_test.cpp:"));
  BOOST_TEST((text.back() != '\n'));
}

BOOST_AUTO_TEST_CASE(a_deadlock_unwinds_main) {
  std::string log;
  auto main = [&]() -> awaitable<void> {
    bool cancelled = false;
    try {
      co_await asyncio::sleep_forever();
    } catch (asyncio::cancelled_error const&) {
      cancelled = true;
    }
    if (cancelled) co_await asyncio::sleep(1s);
    log += "cleaned up";
  };
  BOOST_CHECK_THROW(testing::run(main()), asyncio::deadlock_error);
  BOOST_TEST(log == "cleaned up");
}

BOOST_AUTO_TEST_CASE(an_infinite_timer_does_not_hide_a_deadlock) {
  auto main = []() -> awaitable<void> {
    asyncio::loop::running().call_later(std::chrono::hours::max(), [] {});
    co_await asyncio::sleep_forever();
  };
  BOOST_CHECK_THROW(testing::run(main()), asyncio::deadlock_error);
}

BOOST_AUTO_TEST_CASE(a_pending_timer_is_no_deadlock) {
  auto main = []() -> awaitable<int> {
    auto t = asyncio::create_task(asyncio::sleep_forever());
    asyncio::loop::running().call_later(1h, [&] { t.cancel(); });
    try {
      co_await t.join();
    } catch (asyncio::cancelled_error const&) {}
    co_return 1;
  };
  BOOST_TEST(testing::run(main()) == 1);
}

BOOST_AUTO_TEST_CASE(a_deadlock_of_one_run_leaves_the_next_alone) {
  BOOST_CHECK_THROW(testing::run(asyncio::sleep_forever()), asyncio::deadlock_error);
  auto one = []() -> awaitable<int> { co_return 1; };
  BOOST_TEST(testing::run(one()) == 1);
}

// -- advance ------------------------------------------------------------------------------------------------------------

// conformance: XV1, XV8
ASYNCIO_TEST_CASE(advance_passes_time_and_runs_what_becomes_due) {
  auto& times = testing::keep_alive<std::vector<asyncio::duration>>();
  auto t = asyncio::create_task(note_times(times, 2s, 10));
  co_await testing::advance(5s);
  BOOST_TEST((now() == 5s));
  BOOST_TEST((times == std::vector<asyncio::duration>{2s, 4s}));
  co_await testing::advance(1s);
  BOOST_TEST((times == std::vector<asyncio::duration>{2s, 4s, 6s}));  // what is due at the end has run, too
  t.cancel();
}

// conformance: XV3
ASYNCIO_TEST_CASE(advance_goes_from_deadline_to_deadline) {
  auto& times = testing::keep_alive<std::vector<asyncio::duration>>();
  auto a = asyncio::create_task(note_times(times, 3s, 1));
  auto b = asyncio::create_task(note_times(times, 1s, 4));
  co_await testing::advance(10s);
  BOOST_TEST((times == std::vector<asyncio::duration>{1s, 2s, 3s, 3s, 4s}));
  BOOST_TEST((now() == 10s));
}

ASYNCIO_TEST_CASE(advance_by_zero_lets_everything_that_is_ready_run) {
  auto& steps = testing::keep_alive<int>(0);
  auto spin = [](int& count) -> awaitable<void> {
    for (; count < 5; ++count) co_await asyncio::yield();
  };
  auto t = asyncio::create_task(spin(steps));
  co_await testing::advance(0s);
  BOOST_TEST(steps == 5);
  BOOST_TEST(t.done());
  BOOST_TEST((now() == 0s));
}

// conformance: XV1
ASYNCIO_TEST_CASE(advance_refuses_to_go_back) {
  BOOST_TEST(text_of<asyncio::value_error>([] { (void)testing::advance(-1s); }) ==
             "asyncio::testing::advance: the duration is negative; a delay starts at zero");
  auto const nan = std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN());
  BOOST_CHECK_THROW((void)testing::advance(nan), asyncio::value_error);
  co_return;
}

BOOST_AUTO_TEST_CASE(advance_needs_a_virtual_clock) {
  auto main = []() -> awaitable<void> { co_await testing::advance(1s); };
  auto const text = text_of<asyncio::invalid_state>(
      [&] { asyncio::run(main(), asyncio::run_options().clock(asyncio::clock_kind::real)); });
  BOOST_TEST(text.find("asyncio::testing::advance: the loop's clock is real") == 0u);
}

// -- wait_all_tasks_blocked ---------------------------------------------------------------------------------------------

// conformance: XV4
ASYNCIO_TEST_CASE(wait_all_tasks_blocked_comes_before_a_jump_of_the_clock) {
  auto& slept = testing::keep_alive<bool>(false);
  auto sleeper = [](bool& done) -> awaitable<void> {
    for (int i = 0; i < 10; ++i) co_await asyncio::yield();
    co_await asyncio::sleep(1s);
    done = true;
  };
  auto t = asyncio::create_task(sleeper(slept));
  co_await testing::wait_all_tasks_blocked();
  BOOST_TEST((t.waits_for().kind == asyncio::wait_kind::sleep));
  BOOST_TEST((now() == 0s));
  BOOST_TEST(!slept);
  co_await t.join();
  BOOST_TEST((now() == 1s));
}

ASYNCIO_TEST_CASE(several_may_wait_for_quiescence_at_once) {
  int count = 0;
  auto waits = [](int& n) -> awaitable<void> {
    co_await testing::wait_all_tasks_blocked();
    ++n;
  };
  co_await asyncio::gather(waits(count), waits(count), asyncio::sleep(1s));
  BOOST_TEST(count == 2);
}

ASYNCIO_ORDERED_TEST_CASE(a_wait_for_quiescence_can_be_cancelled) {
  auto waits = []() -> awaitable<void> { co_await testing::wait_all_tasks_blocked(); };
  auto t = asyncio::create_task(waits());
  co_await asyncio::yield();
  BOOST_TEST((t.waits_for().kind == asyncio::wait_kind::quiescence));
  t.cancel();
  bool cancelled = false;
  try {
    co_await t.join();
  } catch (asyncio::cancelled_error const&) {
    cancelled = true;
  }
  BOOST_TEST(cancelled);
}

BOOST_AUTO_TEST_CASE(quiescence_works_under_a_real_clock) {
  auto main = []() -> awaitable<bool> {
    auto t = asyncio::create_task(asyncio::sleep(1h));
    co_await testing::wait_all_tasks_blocked();
    co_return t.waits_for().kind == asyncio::wait_kind::sleep;
  };
  BOOST_TEST(asyncio::run(main(), asyncio::run_options().clock(asyncio::clock_kind::real)));
}

// -- threads and real I/O -----------------------------------------------------------------------------------------------

// conformance: XV6
ASYNCIO_TEST_CASE(the_clock_stands_still_while_a_thread_works) {
  auto& loop = asyncio::loop::running();
  auto t = asyncio::create_task(asyncio::sleep_forever());
  auto& woken = testing::keep_alive<bool>(false);
  auto& at = testing::keep_alive<asyncio::duration>(-1);
  auto wake = [&, t]() mutable {
    woken = true;
    at = now();
    loop.core().remove_thread_work();
    t.cancel();
  };
  loop.call_later(1ns, [] {});
  std::jthread worker([&] {
    try {
      loop.call_soon_threadsafe(wake);
    } catch (asyncio::invalid_state const&) {}  // the loop has ended
  });
  loop.core().add_thread_work();
  co_await asyncio::sleep(1h);
  worker.join();
  BOOST_TEST(woken);
  BOOST_TEST((at == 0s));
  BOOST_TEST((now() == 1h));
}

namespace {

struct pipe_ends {
  boost::asio::posix::stream_descriptor read;
  boost::asio::posix::stream_descriptor write;
  static pipe_ends make() {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("pipe");
    auto const ex = asyncio::loop::running().get_executor();
    return {boost::asio::posix::stream_descriptor(ex, ends[0]), boost::asio::posix::stream_descriptor(ex, ends[1])};
  }
};

}  // namespace

// conformance: XV6
ASYNCIO_TEST_CASE(real_io_that_is_ready_comes_before_a_jump_of_the_clock) {
  auto pipe = pipe_ends::make();
  char byte = 'x';
  auto late = asyncio::create_task(asyncio::sleep(1h));
  BOOST_TEST(::write(pipe.write.native_handle(), &byte, 1) == 1);
  co_await pipe.read.async_wait(boost::asio::posix::stream_descriptor::wait_read, boost::asio::use_awaitable);
  BOOST_TEST((now() == 0s));
  late.cancel();
}

// conformance: XV6
ASYNCIO_TEST_CASE(the_clock_waits_for_real_io_in_flight) {
  auto pipe = pipe_ends::make();
  auto const all_blocked = std::make_shared<std::atomic<bool>>(false);
  std::jthread writer([fd = pipe.write.native_handle(), all_blocked](std::stop_token const& stop) {
    std::stop_callback const gives_up(stop, [&] {
      all_blocked->store(true);
      all_blocked->notify_one();
    });
    all_blocked->wait(false);
    char const byte = 'x';
    [[maybe_unused]] auto const n = ::write(fd, &byte, 1);
  });
  static auto const open = [](std::shared_ptr<std::atomic<bool>> gate) -> awaitable<void> {
    co_await testing::wait_all_tasks_blocked();
    gate->store(true);
    gate->notify_one();
  };
  auto opens = asyncio::create_task(open(all_blocked));
  auto late = asyncio::create_task(asyncio::sleep(1h));
  co_await pipe.read.async_wait(boost::asio::posix::stream_descriptor::wait_read, boost::asio::use_awaitable);
  BOOST_TEST((now() == 0s));  // the hour has not passed although nothing could run meanwhile
  writer.join();
  late.cancel();
}

// conformance: XV6
ASYNCIO_TEST_CASE(real_io_that_never_ends_does_not_stop_the_clock_for_ever) {
  auto pipe = pipe_ends::make();
  auto reads = [](pipe_ends p) -> awaitable<void> {
    co_await p.read.async_wait(boost::asio::posix::stream_descriptor::wait_read, boost::asio::use_awaitable);
  };
  auto t = asyncio::create_task(reads(std::move(pipe)));
  co_await asyncio::sleep(2ms);
  BOOST_TEST((now() == 2ms));
  BOOST_TEST((t.waits_for().kind == asyncio::wait_kind::raw_operation));
  t.cancel();
  co_await asyncio::sleep(1ms);
  BOOST_TEST(t.cancelled());
}

// -- the sequencer ------------------------------------------------------------------------------------------------------

// conformance: XV10
ASYNCIO_TEST_CASE(a_sequencer_forces_an_order_between_tasks) {
  auto& seq = testing::keep_alive<testing::sequencer>();
  auto& order = testing::keep_alive<std::string>();
  auto step = [](testing::sequencer& s, unsigned n, std::string& out) -> awaitable<void> {
    auto const turn = co_await s(n);
    out += static_cast<char>('0' + n);
    co_await asyncio::sleep(1s);
    out += static_cast<char>('a' + n);
  };
  std::vector<asyncio::task<void>> tasks;
  for (unsigned n : {3u, 1u, 0u, 2u}) tasks.push_back(asyncio::create_task(step(seq, n, order)));
  for (auto& t : tasks) co_await t.join();
  BOOST_TEST(order == "0a1b2c3d");
}

// conformance: XV10
ASYNCIO_TEST_CASE(a_turn_that_is_over_or_taken_is_refused) {
  auto& seq = testing::keep_alive<testing::sequencer>();
  { auto const first = co_await seq(0); }
  auto takes = [](testing::sequencer& s, unsigned n) -> awaitable<std::string> {
    try {
      auto const turn = co_await s(n);
    } catch (asyncio::invalid_state const& e) {
      co_return e.what();
    }
    co_return "taken";
  };
  auto const again = co_await takes(seq, 0);
  BOOST_TEST(again == "asyncio::testing::sequencer: turn 0 is over; each turn is taken once");
  auto waits = asyncio::create_task(takes(seq, 2));
  co_await asyncio::sleep(1s);
  auto const twice = co_await takes(seq, 2);
  BOOST_TEST(twice == "asyncio::testing::sequencer: somebody else waits for turn 2");
  auto const next = co_await takes(seq, 1);
  BOOST_TEST(next == "taken");
  auto const last = co_await waits.join();
  BOOST_TEST(last == "taken");
}

ASYNCIO_TEST_CASE(a_turn_that_was_given_up_can_be_taken_by_another) {
  auto& seq = testing::keep_alive<testing::sequencer>();
  auto takes = [](testing::sequencer& s, unsigned n) -> awaitable<void> { auto const turn = co_await s(n); };
  auto gives_up = asyncio::create_task(takes(seq, 1));
  co_await asyncio::sleep(1s);
  gives_up.cancel();
  co_await asyncio::sleep(1s);
  BOOST_TEST(gives_up.cancelled());
  auto other = asyncio::create_task(takes(seq, 1));
  co_await takes(seq, 0);
  co_await other.join();
  BOOST_TEST(other.done());
}

// -- the shuffle --------------------------------------------------------------------------------------------------------

// conformance: XV9
BOOST_AUTO_TEST_CASE(a_shuffle_finds_another_order_and_a_seed_brings_it_back) {
  auto note = [](std::string& out, char name) -> awaitable<void> {
    co_await asyncio::yield();
    out += name;
  };
  auto main = [&](std::string& out) -> awaitable<void> {
    for (char c = 'a'; c <= 'j'; ++c) asyncio::create_task(note(out, c));
    co_await asyncio::sleep(1s);
  };
  auto order = [&](testing::test_options const& options) {
    std::string out;
    testing::run(main(out), options);
    return out;
  };
  BOOST_TEST(order(testing::test_options()) == "abcdefghij");
  std::vector<std::string> seen;
  for (unsigned seed = 1; seed <= 5; ++seed) {
    auto const options = testing::test_options().seed(seed).shuffle(true);
    seen.push_back(order(options));
    BOOST_TEST(order(options) == seen.back());
    BOOST_TEST(seen.back() != "abcdefghij");
  }
  BOOST_TEST(seen[0] != seen[1]);
}

// conformance: XV12
ASYNCIO_TEST_CASE(a_test_body_is_a_coroutine_and_a_task) {
  BOOST_TEST(static_cast<bool>(asyncio::current_task()));
  co_await asyncio::sleep(1h);
  BOOST_TEST((now() == 1h));
}

BOOST_AUTO_TEST_CASE(the_options_of_a_test_reach_the_loop) {
  auto debug = []() -> awaitable<bool> { co_return asyncio::loop::running().debug(); };
  BOOST_TEST(!testing::run(debug()));
  BOOST_TEST(testing::run(debug(), testing::test_options().debug(true)));
}

BOOST_AUTO_TEST_CASE(run_gives_values_and_exceptions_through) {
  auto give = []() -> awaitable<std::string> { co_return "value"; };
  auto fail = []() -> awaitable<void> {
    throw std::runtime_error("boom");
    co_return;
  };
  BOOST_TEST(testing::run(give()) == "value");
  BOOST_TEST(text_of<std::runtime_error>([&] { testing::run(fail()); }) == "boom");
}

// -- objects that outlive a body ----------------------------------------------------------------------------------------

namespace {
struct leaves_a_note {
  leaves_a_note(std::string& log, std::string text) : log_(log), text_(std::move(text)) {}
  leaves_a_note(leaves_a_note const&) = delete;
  leaves_a_note& operator=(leaves_a_note const&) = delete;
  ~leaves_a_note() { log_ += text_; }
  std::string& log_;
  std::string text_;
};
}  // namespace

BOOST_AUTO_TEST_CASE(what_is_kept_is_destroyed_after_the_loop_the_youngest_first) {
  std::string log;
  auto main = [&]() -> awaitable<void> {
    testing::keep_alive<leaves_a_note>(log, "first ");
    testing::keep_alive<leaves_a_note>(log, "second ");
    auto const waits = [](std::string& out) -> awaitable<void> {
      leaves_a_note const frame(out, "task ");
      co_await asyncio::sleep_forever();
    };
    asyncio::create_task(waits(log));
    co_await asyncio::sleep(1s);
    log += "main ";
  };
  testing::run(main());
  BOOST_TEST(log == "main task second first ");
}

BOOST_AUTO_TEST_CASE(kept_objects_serve_the_tasks_of_a_body_that_was_cancelled) {
  std::string log;
  auto const main = [&]() -> awaitable<void> {
    auto& late = testing::keep_alive<std::string>("late");
    auto& uses_it = testing::keep_alive([&]() -> awaitable<void> {
      try {
        co_await asyncio::sleep_forever();
      } catch (asyncio::cancelled_error const&) {
        log = late;  // the body ended before this
      }
    });
    asyncio::create_task(uses_it());
    co_await asyncio::sleep_forever();
  };
  BOOST_CHECK_THROW(testing::run(main(), testing::test_options().cancel_after(2)), asyncio::cancelled_error);
  BOOST_TEST(log == "late");
}

BOOST_AUTO_TEST_CASE(each_run_keeps_its_own_objects_and_outside_of_one_nothing_is_kept) {
  auto const nothing_keeps =
      "asyncio::testing::keep_alive: nothing keeps the object; call it in a coroutine that testing::run runs";
  BOOST_TEST(text_of<asyncio::invalid_state>([] { testing::keep_alive<int>(1); }) == nothing_keeps);
  int runs = 0;
  auto const main = [&]() -> awaitable<void> {
    BOOST_TEST(testing::keep_alive(++runs) == runs);  // a copy
    co_await asyncio::yield();
  };
  testing::cancel_at_every_step(main);
  BOOST_TEST(runs > 2);
  BOOST_TEST(text_of<asyncio::invalid_state>([] { testing::keep_alive<int>(1); }) == nothing_keeps);
}
