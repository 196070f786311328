// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// A program that handles signals in its loop: signals_test.py starts it with the name of a case, waits for a line of its
// output, sends signals and looks at how it ends.
#include <asyncio/asyncio.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <map>
#include <string>
#include <thread>

using namespace std::chrono_literals;
using asyncio::awaitable;

namespace {

void say(std::string const& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

asyncio::loop& loop() { return asyncio::loop::running(); }

/// Says "ready" when the loop has nothing else to do than to wait.
void ready_soon() {
  loop().call_soon([] { say("ready"); });
}

/// Handles SIGUSR1 `times` times and ends.
awaitable<void> handle(int times) {
  auto self = asyncio::current_task();
  int seen = 0;
  auto handler = [&seen, times, self](std::string const& text) mutable {
    say(text + std::to_string(++seen));
    if (seen == times) self.cancel();
  };
  loop().add_signal_handler(SIGUSR1, handler, "handled ");
  ready_soon();
  try {
    co_await asyncio::sleep_forever();
  } catch (asyncio::cancelled_error const&) {}
}

awaitable<void> wait_and_clean_up() {
  try {
    co_await asyncio::sleep_forever();
  } catch (asyncio::cancelled_error const&) {
    say("cancelled");
    throw;
  }
}

/// A handler of SIGINT that removes itself: afterwards it is Ctrl-C.
awaitable<void> sigint() {
  auto handler = [] {
    loop().remove_signal_handler(SIGINT);
    say("my own handler");  // the answer to it is a Ctrl-C
  };
  loop().add_signal_handler(SIGINT, handler);
  ready_soon();
  co_await wait_and_clean_up();
}

awaitable<void> term_once() {
  auto handler = [] {
    loop().remove_signal_handler(SIGTERM);
    say("handled");
  };
  loop().add_signal_handler(SIGTERM, handler);
  ready_soon();
  co_await asyncio::sleep_forever();
}

void after_run() {
  auto const main = []() -> awaitable<void> {
    loop().add_signal_handler(SIGTERM, [] { say("handled"); });
    co_return;
  };
  asyncio::run(main());
  say("ready");
  for (;;) ::pause();
}

awaitable<void> receive() {
  {
    asyncio::signal_receiver signals(SIGUSR1, SIGTERM);
    ready_soon();
    for (int number = 0; number != SIGTERM;) {
      number = co_await signals.next();
      say(number == SIGTERM ? "TERM" : "USR1");
    }
  }
  say("closed");
  co_await asyncio::sleep_forever();
}

/// An asio::signal_set has the signal for a while.
awaitable<void> beside_a_signal_set() {
  int seen = 0;
  loop().add_signal_handler(SIGUSR1, [&seen] { say("handled " + std::to_string(++seen)); });
  {
    boost::asio::signal_set set(co_await boost::asio::this_coro::executor, SIGUSR1);
    say("ready");
    (void)co_await set.async_wait(boost::asio::use_awaitable);
    say("the signal_set has it");
  }
  co_await asyncio::sleep(1ms);
  say("ready");
  while (seen == 0) co_await asyncio::sleep(1ms);
  loop().remove_signal_handler(SIGUSR1);
}

/// ... up to the end of the handler, whose place the action from before has then.
awaitable<void> removed_after_a_signal_set() {
  std::signal(SIGUSR1, [](int) { [[maybe_unused]] auto const written = ::write(1, "the former handler\n", 19); });
  loop().add_signal_handler(SIGUSR1, [] { say("not reached"); });
  { boost::asio::signal_set const set(co_await boost::asio::this_coro::executor, SIGUSR1); }
  loop().remove_signal_handler(SIGUSR1);
  std::raise(SIGUSR1);
}

void beside_a_signal_set_on_a_context() {
  boost::asio::io_context context;
  auto const t = asyncio::create_task(context, beside_a_signal_set());
  context.run();
}

/// Two signals come while a step blocks; one is read.
awaitable<void> unread() {
  {
    asyncio::signal_receiver signals(SIGUSR1, SIGTERM);
    co_await asyncio::yield();
    say("ready");
    char byte = 0;
    [[maybe_unused]] auto const got = ::read(0, &byte, 1);
    if (co_await signals.next() == SIGUSR1) say("USR1");
  }
  say("not reached: the other one has its default action");
}

void in_a_thread() {
  std::thread([] { asyncio::run(handle(2)); }).join();
}

void on_a_context() {
  boost::asio::io_context context;
  auto t = asyncio::create_task(context, handle(2));
  auto& home = asyncio::loop::of(context);
  t.add_done_callback([&home](asyncio::task<void> const&) { home.remove_signal_handler(SIGUSR1); });
  context.run();
}

/// A signal interrupts neither the function in a thread nor the loop that waits for it.
awaitable<void> beside_a_thread() {
  loop().add_signal_handler(SIGUSR1, [] { say("handled"); });
  auto const read_byte = [] {
    say("ready");
    char byte = 0;
    return ::read(0, &byte, 1);
  };
  say(co_await asyncio::to_thread(read_byte) == 1 ? "read" : "interrupted");
}

/// A child that was forked by a coroutine gets a signal of its own; the parent does not hear of it.
awaitable<void> forked() {
  loop().add_signal_handler(SIGTERM, [] { say("the parent has stolen the signal"); });
  co_await asyncio::yield();
  int ready[2];
  if (::pipe(ready) != 0) co_return;
  char byte = 0;
  ::pid_t const child = ::fork();
  if (child == 0) {
    std::signal(SIGTERM, SIG_DFL);
    if (::write(ready[1], &byte, 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  [[maybe_unused]] auto const got = ::read(ready[0], &byte, 1);  // before, the child still has the handler it inherited
  ::kill(child, SIGTERM);
  int status = 0;
  ::waitpid(child, &status, 0);
  co_await asyncio::sleep(1ms);
  say(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM ? "the child has its signal" : "the child has it not");
  auto const own = []() -> awaitable<int> { co_return 42; };
  auto t = asyncio::create_task(own());
  say("the parent goes on " + std::to_string(co_await t.join()));
}

/// A child that runs a loop of its own, with handlers of its own.
awaitable<void> forked_loop() {
  loop().add_signal_handler(SIGUSR1, [] { say("the parent has handled it"); });
  co_await asyncio::yield();
  ::pid_t const child = ::fork();
  if (child == 0) {
    auto const body = []() -> awaitable<void> {
      auto self = asyncio::current_task();
      auto handler = [self]() mutable {
        say("the child has handled it");
        self.cancel();
      };
      loop().add_signal_handler(SIGUSR2, handler);
      loop().call_soon([] { std::raise(SIGUSR2); });
      co_await asyncio::sleep_forever();
    };
    bool ended_cancelled = false;
    try {
      asyncio::run(body());
    } catch (asyncio::cancelled_error const&) {
      ended_cancelled = true;
    }
    ::_exit(ended_cancelled ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  say(status == 0 ? "the child has ended well" : "the child has failed");
  std::raise(SIGUSR1);
  co_await asyncio::sleep(1ms);
}

std::map<std::string, void (*)()> const cases{
    {"handle", [] { asyncio::run(handle(2)); }},
    {"sigint", [] { asyncio::run(sigint()); }},
    {"term_once", [] { asyncio::run(term_once()); }},
    {"after_run", after_run},
    {"receive", [] { asyncio::run(receive()); }},
    {"unread", [] { asyncio::run(unread()); }},
    {"signal_set", [] { asyncio::run(beside_a_signal_set()); }},
    {"signal_set_on_a_context", beside_a_signal_set_on_a_context},
    {"removed_after_a_signal_set", [] { asyncio::run(removed_after_a_signal_set()); }},
    {"thread", in_a_thread},
    {"context", on_a_context},
    {"beside_a_thread", [] { asyncio::run(beside_a_thread()); }},
    {"forked", [] { asyncio::run(forked()); }},
    {"forked_loop", [] { asyncio::run(forked_loop()); }},
};

}  // namespace

int main(int argc, char** argv) try {
  auto const found = argc > 1 ? cases.find(argv[1]) : cases.end();
  if (found == cases.end()) return 2;
  found->second();
  say("ended normally");
} catch (asyncio::keyboard_interrupt const&) {
  say("interrupted");
  return 130;
}
