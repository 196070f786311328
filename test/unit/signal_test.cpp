// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE signal
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/io_context.hpp>

#include <unistd.h>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asyncio::awaitable;
using asyncio::testing::keep_alive;

namespace {

asyncio::duration now() { return asyncio::loop::running().time().time_since_epoch(); }

template <class Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (asyncio::error const& e) {
    return e.what();
  }
  return "accepted";
}

template <class T>
awaitable<std::string> outcome(awaitable<T> aw) {
  try {
    co_await std::move(aw);
    co_return "done";
  } catch (asyncio::cancelled_error const&) {
    co_return "cancelled";
  } catch (std::exception const& e) {
    co_return e.what();
  }
}

using action = void (*)(int);

action action_of(int number) {
  struct sigaction now {};
  ::sigaction(number, nullptr, &now);
  return now.sa_handler;
}

asyncio::run_options real_time() { return asyncio::run_options().handle_sigint(false); }

asyncio::context_var<int> depth(0);

int own_calls = 0;

/// A handler of the program's own, for the time of a scope.
class own_handler {
 public:
  explicit own_handler(int number) : number_(number) {
    own_calls = 0;
    std::signal(number, [](int) { ++own_calls; });
  }
  own_handler(own_handler const&) = delete;
  own_handler& operator=(own_handler const&) = delete;
  ~own_handler() { std::signal(number_, SIG_DFL); }

 private:
  int number_;
};

}  // namespace

// -- add_signal_handler ---------------------------------------------------------------------------------------------------

// conformance: SG1
ASYNCIO_TEST_CASE(a_handler_runs_in_the_loop_and_not_inside_the_signal) {
  auto& loop = asyncio::loop::running();
  auto& log = keep_alive<std::string>();
  auto& had_loop = keep_alive<bool>(false);
  loop.add_signal_handler(SIGUSR1, [&] {
    log += 'h';
    had_loop = asyncio::loop::running_or_null() == &loop;
  });
  std::raise(SIGUSR1);
  BOOST_TEST(log == "");
  co_await asyncio::sleep(1ns);
  BOOST_TEST(log == "h");
  BOOST_TEST(had_loop);
}

// conformance: SG1
ASYNCIO_TEST_CASE(arguments_are_kept_and_passed) {
  auto& log = keep_alive<std::string>();
  auto note = [](std::string& to, std::string const& text, int& count) { to += text + std::to_string(++count); };
  asyncio::loop::running().add_signal_handler(SIGUSR1, note, std::ref(log), std::string("call "), 0);
  std::raise(SIGUSR1);
  std::raise(SIGUSR1);
  co_await asyncio::sleep(1ns);
  BOOST_TEST(log == "call 1call 2");  // once for each
}

// conformance: SG1
BOOST_AUTO_TEST_CASE(a_handler_wakes_a_loop_in_real_time) {
  auto const main = []() -> awaitable<void> {
    auto self = asyncio::current_task();
    auto cancel = [self]() mutable { self.cancel(); };
    asyncio::loop::running().add_signal_handler(SIGUSR1, cancel);
    asyncio::loop::running().call_soon([] { std::raise(SIGUSR1); });
    co_await asyncio::sleep_forever();
  };
  BOOST_CHECK_THROW(asyncio::run(main(), real_time()), asyncio::cancelled_error);
}

ASYNCIO_TEST_CASE(a_signal_that_the_program_raises_is_handled_before_virtual_time_goes_on) {
  auto& at = keep_alive<std::vector<asyncio::duration>>();
  asyncio::loop::running().add_signal_handler(SIGUSR1, [&at] { at.push_back(now()); });
  asyncio::loop::running().call_later(1s, [] { std::raise(SIGUSR1); });
  asyncio::loop::running().call_later(2s, [] {});
  co_await asyncio::sleep(3s);
  BOOST_TEST((at == std::vector<asyncio::duration>{1s}));
}

BOOST_AUTO_TEST_CASE(in_virtual_time_a_program_that_only_a_signal_could_wake_is_a_deadlock) {
  auto const main = []() -> awaitable<void> {
    asyncio::loop::running().add_signal_handler(SIGUSR1, [] {});
    asyncio::signal_receiver signals(SIGUSR2);
    co_await signals.next();
  };
  BOOST_CHECK_THROW(asyncio::testing::run(main()), asyncio::deadlock_error);
}

ASYNCIO_TEST_CASE(virtual_time_does_not_wait_for_signals) {
  asyncio::loop::running().add_signal_handler(SIGUSR1, [] {});
  auto const before = std::chrono::steady_clock::now();
  co_await asyncio::sleep(24h);
  BOOST_TEST((std::chrono::steady_clock::now() - before < 1h));
}

// conformance: SG2
ASYNCIO_TEST_CASE(numbers_that_are_no_signals_are_refused) {
  auto& loop = asyncio::loop::running();
  std::string const rest = " is not the number of a signal; use SIGINT, SIGTERM, SIGUSR1, ... of <csignal>";
  for (int const n : {-1, 0, 32, 33, 65, 1000}) {  // the C library keeps 32 and 33 for itself
    BOOST_TEST(refusal([&] { loop.add_signal_handler(n, [] {}); }) ==
               "asyncio::loop::add_signal_handler: " + std::to_string(n) + rest);
    BOOST_TEST(refusal([&] { loop.remove_signal_handler(n); }) ==
               "asyncio::loop::remove_signal_handler: " + std::to_string(n) + rest);
    BOOST_TEST(refusal([&] { asyncio::signal_receiver const r(SIGUSR1, n); }) ==
               "asyncio::signal_receiver: " + std::to_string(n) + rest);
    BOOST_CHECK_THROW(loop.add_signal_handler(n, [] {}), asyncio::value_error);
  }
  BOOST_TEST((action_of(SIGUSR1) == SIG_DFL));  // the receiver gave the other one back
  co_return;
}

// conformance: SG2
ASYNCIO_TEST_CASE(signals_that_cannot_be_caught_are_refused) {
  auto& loop = asyncio::loop::running();
  BOOST_TEST(refusal([&] { loop.add_signal_handler(SIGKILL, [] {}); }) ==
             "asyncio::loop::add_signal_handler: no program can handle SIGKILL");
  BOOST_TEST(refusal([&] { loop.add_signal_handler(SIGSTOP, [] {}); }) ==
             "asyncio::loop::add_signal_handler: no program can handle SIGSTOP");
  BOOST_CHECK_THROW(asyncio::signal_receiver(SIGSTOP), asyncio::invalid_state);
  BOOST_TEST(!loop.remove_signal_handler(SIGKILL));
  co_return;
}

// conformance: SG2
ASYNCIO_TEST_CASE(removing_says_whether_there_was_one_and_restores_the_action_before) {
  auto& loop = asyncio::loop::running();
  BOOST_TEST(!loop.remove_signal_handler(SIGUSR1));
  auto& calls = keep_alive<int>(0);
  loop.add_signal_handler(SIGUSR1, [&] { ++calls; });
  BOOST_TEST((action_of(SIGUSR1) != SIG_DFL));
  std::raise(SIGUSR1);
  BOOST_TEST(loop.remove_signal_handler(SIGUSR1));
  BOOST_TEST((action_of(SIGUSR1) == SIG_DFL));
  BOOST_TEST(!loop.remove_signal_handler(SIGUSR1));
  co_await asyncio::sleep(1ns);
  BOOST_TEST(calls == 0);  // it was gone before the loop came to it
}

// conformance: SG2
ASYNCIO_TEST_CASE(a_handler_of_the_programs_own_is_in_force_again_after_the_removal) {
  own_handler const own(SIGUSR1);
  auto& loop = asyncio::loop::running();
  auto& calls = keep_alive<int>(0);
  loop.add_signal_handler(SIGUSR1, [&] { ++calls; });
  std::raise(SIGUSR1);
  co_await asyncio::sleep(1ns);
  BOOST_TEST(calls == 1);
  BOOST_TEST(own_calls == 0);
  loop.remove_signal_handler(SIGUSR1);
  std::raise(SIGUSR1);
  BOOST_TEST(own_calls == 1);
  co_await asyncio::sleep(1ns);
  BOOST_TEST(calls == 1);
}

ASYNCIO_TEST_CASE(a_handler_that_other_code_installed_meanwhile_is_left_alone) {
  auto& loop = asyncio::loop::running();
  loop.add_signal_handler(SIGUSR1, [] {});
  own_handler const own(SIGUSR1);
  loop.remove_signal_handler(SIGUSR1);
  std::raise(SIGUSR1);
  BOOST_TEST(own_calls == 1);
  // ... and is what a new one goes before.
  auto& calls = keep_alive<int>(0);
  loop.add_signal_handler(SIGUSR1, [&] { ++calls; });
  std::raise(SIGUSR1);
  co_await asyncio::sleep(1ns);
  BOOST_TEST(calls == 1);
  loop.remove_signal_handler(SIGUSR1);
  std::raise(SIGUSR1);
  BOOST_TEST(own_calls == 2);
}

ASYNCIO_TEST_CASE(a_new_handler_takes_the_place_of_the_old_one) {
  auto& loop = asyncio::loop::running();
  auto& log = keep_alive<std::string>();
  loop.add_signal_handler(SIGUSR1, [&] { log += '1'; });
  std::raise(SIGUSR1);
  loop.add_signal_handler(SIGUSR1, [&] { log += '2'; });
  std::raise(SIGUSR1);
  co_await asyncio::sleep(1ns);
  BOOST_TEST(log == "22");  // both came before the loop looked
  BOOST_TEST(loop.remove_signal_handler(SIGUSR1));
  BOOST_TEST((action_of(SIGUSR1) == SIG_DFL));
}

ASYNCIO_TEST_CASE(a_call_of_a_handler_that_has_been_replaced_meanwhile_is_dropped) {
  auto& loop = asyncio::loop::running();
  auto& log = keep_alive<std::string>();
  auto second = [&log] { log += '2'; };
  auto first = [&log, &loop, second] {
    log += '1';
    loop.add_signal_handler(SIGUSR1, second);
  };
  loop.add_signal_handler(SIGUSR1, first);
  std::raise(SIGUSR1);
  std::raise(SIGUSR1);  // the call for this one stands behind that for the first
  co_await asyncio::sleep(1s);
  BOOST_TEST(log == "1");
  std::raise(SIGUSR1);
  co_await asyncio::sleep(1s);
  BOOST_TEST(log == "12");
}

ASYNCIO_TEST_CASE(a_handler_may_remove_or_replace_itself) {
  auto& loop = asyncio::loop::running();
  auto& log = keep_alive<std::string>();
  auto last = [&log] { log += 'l'; };
  auto witness = std::make_shared<int>(0);
  auto first = [&log, &loop, last, witness] {
    loop.add_signal_handler(SIGUSR1, last);
    log += std::to_string(++*witness);
  };
  loop.add_signal_handler(SIGUSR1, first);
  std::raise(SIGUSR1);
  co_await asyncio::sleep(1ns);
  std::raise(SIGUSR1);
  co_await asyncio::sleep(1ns);
  BOOST_TEST(log == "1l");
  BOOST_TEST(witness.use_count() == 2);  // witness and first
  loop.add_signal_handler(SIGUSR1, [&loop] { loop.remove_signal_handler(SIGUSR1); });
  std::raise(SIGUSR1);
  co_await asyncio::sleep(1ns);
  BOOST_TEST((action_of(SIGUSR1) == SIG_DFL));
}

ASYNCIO_TEST_CASE(a_handler_may_be_move_only) {
  auto& seen = keep_alive<int>(0);
  auto handler = [value = std::make_unique<int>(4), &seen] { seen += *value; };
  asyncio::loop::running().add_signal_handler(SIGUSR1, std::move(handler));
  std::raise(SIGUSR1);
  co_await asyncio::sleep(1ns);
  BOOST_TEST(seen == 4);
}

ASYNCIO_TEST_CASE(a_handler_runs_in_a_copy_of_the_context_of_its_registration) {
  auto& seen = keep_alive<std::vector<int>>();
  (void)depth.set(5);
  asyncio::loop::running().add_signal_handler(SIGUSR1, [&seen] {
    seen.push_back(depth.get());
    (void)depth.set(depth.get() + 1);
  });
  (void)depth.set(9);
  std::raise(SIGUSR1);
  std::raise(SIGUSR1);
  co_await asyncio::sleep(1ns);
  BOOST_TEST((seen == std::vector<int>{5, 6}));  // the same copy each time, as in asyncio
  BOOST_TEST(depth.get() == 9);
}

ASYNCIO_TEST_CASE(an_exception_of_a_handler_goes_to_the_exception_handler) {
  auto& told = keep_alive<std::vector<std::string>>();
  auto& loop = asyncio::loop::running();
  loop.set_exception_handler([&told](asyncio::exception_context const& what) { told.push_back(what.message); });
  loop.add_signal_handler(SIGUSR1, [] { throw std::runtime_error("x"); });
  std::raise(SIGUSR1);
  co_await asyncio::sleep(1ns);
  BOOST_TEST((told == std::vector<std::string>{"Exception in callback"}));
}

BOOST_AUTO_TEST_CASE(the_end_of_the_loop_removes_its_handlers) {
  auto const main = []() -> awaitable<void> {
    asyncio::loop::running().add_signal_handler(SIGUSR1, [] {});
    asyncio::loop::running().add_signal_handler(SIGUSR2, [] {});
    co_return;
  };
  for (auto const kind : {asyncio::clock_kind::real, asyncio::clock_kind::virtual_}) {
    asyncio::run(main(), real_time().clock(kind));
    BOOST_TEST((action_of(SIGUSR1) == SIG_DFL));
    BOOST_TEST((action_of(SIGUSR2) == SIG_DFL));
  }
}

BOOST_AUTO_TEST_CASE(a_signal_belongs_to_one_loop_at_a_time) {
  asio::io_context a, b;
  auto& first = asyncio::loop::of(a);
  auto& second = asyncio::loop::of(b);
  first.add_signal_handler(SIGUSR1, [] {});
  BOOST_TEST(
      refusal([&] { second.add_signal_handler(SIGUSR1, [] {}); }) ==
      "asyncio::loop::add_signal_handler: another loop of this process handles SIGUSR1; it has to stop doing so first");
  BOOST_TEST(!second.remove_signal_handler(SIGUSR1));
  BOOST_TEST(first.remove_signal_handler(SIGUSR1));
  int calls = 0;
  second.add_signal_handler(SIGUSR1, [&] {
    ++calls;
    second.remove_signal_handler(SIGUSR1);
  });
  std::raise(SIGUSR1);
  b.run();  // returns when the handler is gone
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(on_a_context_that_the_user_runs_handlers_work_and_keep_it_going) {
  asio::io_context context;
  auto& loop = asyncio::loop::of(context);
  int calls = 0;
  loop.add_signal_handler(SIGUSR1, [&] {
    if (++calls == 2) loop.remove_signal_handler(SIGUSR1);
  });
  std::raise(SIGUSR1);
  std::raise(SIGUSR1);
  context.run();
  BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_CASE(a_context_may_be_destroyed_with_handlers_and_receivers) {
  {
    asio::io_context context;
    auto& loop = asyncio::loop::of(context);
    loop.set_exception_handler([](asyncio::exception_context const&) {});
    loop.add_signal_handler(SIGUSR1, [] {});
    auto const body = []() -> awaitable<void> {
      asyncio::signal_receiver signals(SIGUSR2);
      co_await signals.next();
    };
    auto t = asyncio::create_task(context, body());
    context.poll();
    BOOST_TEST((action_of(SIGUSR2) != SIG_DFL));
  }
  BOOST_TEST((action_of(SIGUSR1) == SIG_DFL));
  BOOST_TEST((action_of(SIGUSR2) == SIG_DFL));
}

BOOST_AUTO_TEST_CASE(a_loop_in_another_thread_may_handle_a_signal) {
  auto const main = []() -> awaitable<int> {
    int calls = 0;
    auto self = asyncio::current_task();
    asyncio::loop::running().add_signal_handler(SIGUSR1, [&calls, self]() mutable {
      ++calls;
      self.cancel();
    });
    asyncio::loop::running().call_soon([] { ::kill(::getpid(), SIGUSR1); });  // any thread of the process may take it
    try {
      co_await asyncio::sleep_forever();
    } catch (asyncio::cancelled_error const&) {}
    co_return calls;
  };
  int calls = 0;
  std::thread([&] { calls = asyncio::run(main()); }).join();
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(a_loop_that_has_ended_takes_no_handlers) {
  asyncio::runner r(real_time());
  auto& loop = r.get_loop();
  r.close();
  BOOST_CHECK_THROW(loop.add_signal_handler(SIGUSR1, [] {}), asyncio::invalid_state);
  BOOST_TEST((action_of(SIGUSR1) == SIG_DFL));
}

// -- Ctrl-C ---------------------------------------------------------------------------------------------------------------

// conformance: R12, R15
BOOST_AUTO_TEST_CASE(a_handler_of_sigint_goes_before_ctrl_c_and_its_removal_brings_that_back) {
  int calls = 0;
  auto const main = [&]() -> awaitable<void> {
    auto& loop = asyncio::loop::running();
    loop.add_signal_handler(SIGINT, [&calls] { ++calls; });
    std::raise(SIGINT);
    std::raise(SIGINT);
    co_await asyncio::sleep(1s);
    BOOST_TEST(calls == 2);
    BOOST_TEST(loop.remove_signal_handler(SIGINT));
    std::raise(SIGINT);
    co_await asyncio::sleep(1h);
    BOOST_TEST(false);
  };
  BOOST_CHECK_THROW(asyncio::run(main(), asyncio::run_options().clock(asyncio::clock_kind::virtual_)),
                    asyncio::keyboard_interrupt);
  BOOST_TEST(calls == 2);
  BOOST_TEST((action_of(SIGINT) == SIG_DFL));
}

// conformance: R16
BOOST_AUTO_TEST_CASE(a_handler_of_sigint_stays_between_the_runs_of_a_runner_and_goes_with_it) {
  int calls = 0;
  auto const first = [&]() -> awaitable<void> {
    asyncio::loop::running().add_signal_handler(SIGINT, [&calls] { ++calls; });
    co_return;
  };
  auto const second = [&]() -> awaitable<void> {
    std::raise(SIGINT);
    co_await asyncio::sleep(1s);
    BOOST_TEST(calls == 1);
    asyncio::loop::running().remove_signal_handler(SIGINT);
    std::raise(SIGINT);  // now it is Ctrl-C
    co_await asyncio::sleep(1h);
  };
  {
    asyncio::runner r(asyncio::run_options().clock(asyncio::clock_kind::virtual_));
    r.run(first());
    BOOST_CHECK_THROW(r.run(second()), asyncio::keyboard_interrupt);
    r.run(first());
  }
  BOOST_TEST(calls == 1);
  BOOST_TEST((action_of(SIGINT) == SIG_DFL));
}

// -- signal_receiver ----------------------------------------------------------------------------------------------------

// conformance: XT6
ASYNCIO_TEST_CASE(a_receiver_gives_signals_one_by_one_in_the_order_in_which_they_came) {
  asyncio::signal_receiver signals(SIGUSR1, SIGUSR2);
  std::raise(SIGUSR2);
  co_await asyncio::yield();
  co_await asyncio::sleep(1ns);
  std::raise(SIGUSR1);
  BOOST_TEST(co_await signals.next() == SIGUSR2);
  BOOST_TEST(co_await signals.next() == SIGUSR1);
  asyncio::loop::running().call_later(1s, [] { std::raise(SIGUSR1); });
  BOOST_TEST(co_await signals.next() == SIGUSR1);
  BOOST_TEST((now() == 1s + 1ns));
}

// conformance: XT6
ASYNCIO_TEST_CASE(a_signal_that_comes_again_before_it_was_taken_counts_once) {
  asyncio::signal_receiver signals(SIGUSR1, SIGUSR1);
  for (int i = 0; i < 3; ++i) std::raise(SIGUSR1);
  BOOST_TEST(co_await signals.next() == SIGUSR1);
  auto t = asyncio::create_task(signals.next());
  co_await asyncio::sleep(1s);
  BOOST_TEST(!t.done());
  t.cancel();
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled");
}

// conformance: XT6
ASYNCIO_TEST_CASE(of_two_signals_that_keep_coming_none_starves) {
  asyncio::signal_receiver signals(SIGUSR1, SIGUSR2);
  int first = 0;
  int second = 0;
  for (int i = 0; i < 20; ++i) {
    std::raise(SIGUSR1);
    std::raise(SIGUSR2);
    co_await asyncio::sleep(1ns);
    ++(co_await signals.next() == SIGUSR1 ? first : second);
  }
  BOOST_TEST(first == 10);
  BOOST_TEST(second == 10);
  (void)co_await signals.next();  // the one that is left
}

// conformance: XT6
ASYNCIO_TEST_CASE(two_readers_of_one_receiver_are_refused) {
  asyncio::signal_receiver signals(SIGUSR1);
  auto first = asyncio::create_task(signals.next());
  co_await asyncio::testing::wait_all_tasks_blocked();
  BOOST_TEST(
      co_await outcome(signals.next().as_awaitable()) ==
      "asyncio::signal_receiver::next: another coroutine waits for this receiver's next signal; make a receiver for "
      "each");
  std::raise(SIGUSR1);
  BOOST_TEST(co_await first.join() == SIGUSR1);
  std::raise(SIGUSR1);
  BOOST_TEST(co_await signals.next() == SIGUSR1);  // one after the other is fine
}

// conformance: XT6
ASYNCIO_TEST_CASE(the_end_of_a_receiver_restores_the_action_before_and_gives_it_what_nobody_took) {
  own_handler const own(SIGUSR1);
  {
    asyncio::signal_receiver signals(SIGUSR1);
    std::raise(SIGUSR1);
    co_await asyncio::sleep(1ns);  // the receiver has it
    BOOST_TEST(own_calls == 0);
  }
  BOOST_TEST(own_calls == 1);
  {
    asyncio::signal_receiver signals(SIGUSR1);
    std::raise(SIGUSR1);  // the loop has not looked yet
    std::raise(SIGUSR1);
  }
  BOOST_TEST(own_calls == 2);
  {
    asyncio::signal_receiver signals(SIGUSR1);
    std::raise(SIGUSR1);
    (void)co_await signals.next();
  }
  BOOST_TEST(own_calls == 2);
}

ASYNCIO_TEST_CASE(a_receiver_goes_before_the_handler_and_the_receiver_that_were_there_first) {
  auto& loop = asyncio::loop::running();
  auto& calls = keep_alive<int>(0);
  loop.add_signal_handler(SIGUSR1, [&calls] { ++calls; });
  {
    asyncio::signal_receiver outer(SIGUSR1);
    {
      asyncio::signal_receiver inner(SIGUSR1);
      std::raise(SIGUSR1);
      BOOST_TEST(co_await inner.next() == SIGUSR1);
      std::raise(SIGUSR1);  // not taken: it goes to the outer one
    }
    BOOST_TEST(co_await outer.next() == SIGUSR1);
  }
  BOOST_TEST(calls == 0);
  std::raise(SIGUSR1);
  co_await asyncio::sleep(1ns);
  BOOST_TEST(calls == 1);
}

ASYNCIO_TEST_CASE(a_handler_added_later_goes_before_a_receiver_until_it_is_removed) {
  auto& loop = asyncio::loop::running();
  asyncio::signal_receiver signals(SIGUSR1);
  auto& calls = keep_alive<int>(0);
  loop.add_signal_handler(SIGUSR1, [&calls] { ++calls; });
  std::raise(SIGUSR1);
  co_await asyncio::sleep(1ns);
  BOOST_TEST(calls == 1);
  BOOST_TEST(loop.remove_signal_handler(SIGUSR1));
  std::raise(SIGUSR1);
  BOOST_TEST(co_await signals.next() == SIGUSR1);
}

ASYNCIO_ORDERED_TEST_CASE(a_cancel_in_the_last_moment_loses_no_signal) {
  asyncio::signal_receiver signals(SIGUSR1);
  auto t = asyncio::create_task(signals.next());
  auto canceller = [&t] { t.cancel(); };
  co_await asyncio::yield();
  std::raise(SIGUSR1);
  asyncio::loop::running().core().part<asyncio::detail::loop_signals>().dispatch();  // the reader is queued
  canceller();
  BOOST_TEST(co_await outcome(t.join().as_awaitable()) == "cancelled");
  BOOST_TEST(co_await signals.next() == SIGUSR1);
}

ASYNCIO_TEST_CASE(a_receiver_that_is_destroyed_tells_its_reader) {
  auto signals = std::make_unique<asyncio::signal_receiver>(SIGUSR1);
  auto t = asyncio::create_task(outcome(signals->next().as_awaitable()));
  co_await asyncio::testing::wait_all_tasks_blocked();
  signals.reset();
  BOOST_TEST(co_await t.join() ==
             "asyncio::signal_receiver::next: the receiver was destroyed while a coroutine waited for it");
}

BOOST_AUTO_TEST_CASE(a_receiver_needs_a_running_loop_and_stays_in_it) {
  BOOST_CHECK_THROW(asyncio::signal_receiver(SIGUSR1), asyncio::no_running_loop);
  auto const other = [](asyncio::signal_receiver& r) -> awaitable<int> { co_return co_await r.next(); };
  auto const main = [&other]() -> awaitable<std::string> {
    asyncio::signal_receiver signals(SIGUSR1);
    co_return co_await asyncio::to_thread(
        [&other, &signals] { return refusal([&] { asyncio::run(other(signals), real_time()); }); });
  };
  BOOST_TEST(asyncio::testing::run(main()) ==
             "asyncio::signal_receiver::next: the receiver belongs to another loop; make one in each loop");
}

BOOST_AUTO_TEST_CASE(a_receiver_may_outlive_its_loop_and_passes_on_what_it_had) {
  own_handler const own(SIGUSR1);
  std::unique_ptr<asyncio::signal_receiver> kept;
  auto const main = [&kept]() -> awaitable<void> {
    kept = std::make_unique<asyncio::signal_receiver>(SIGUSR1);
    std::raise(SIGUSR1);
    co_return;
  };
  asyncio::testing::run(main());
  BOOST_TEST((action_of(SIGUSR1) != SIG_DFL));  // the program's own again
  BOOST_TEST(own_calls == 0);
  kept.reset();
  BOOST_TEST(own_calls == 1);
}

BOOST_AUTO_TEST_CASE(a_receiver_wakes_a_loop_in_real_time) {
  auto const main = []() -> awaitable<int> {
    asyncio::signal_receiver signals(SIGUSR1);
    asyncio::loop::running().call_soon([] { std::raise(SIGUSR1); });
    int const a = co_await signals.next();
    asyncio::loop::running().call_soon([] { std::raise(SIGUSR1); });
    int const b = co_await signals.next();
    co_return a + b;
  };
  BOOST_TEST(asyncio::run(main(), real_time()) == 2 * SIGUSR1);
}

BOOST_AUTO_TEST_CASE(a_receiver_in_debug_mode_is_not_taken_for_a_program_that_nothing_can_wake) {
  auto const main = []() -> awaitable<int> {
    asyncio::signal_receiver signals(SIGUSR1);
    std::thread([] { ::kill(::getpid(), SIGUSR1); }).detach();
    co_return co_await signals.next();
  };
  BOOST_TEST(asyncio::run(main(), real_time().debug(true)) == SIGUSR1);
}
