// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// A program that is interrupted: sigint_test.py starts it with the name of a case, waits for a line of its output, sends
// signals and looks at how it ends. Exit code 130 is what a shell expects of a program that Ctrl-C ended.
#include <asyncio/asyncio.hpp>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <map>
#include <string>
#include <thread>

using namespace std::chrono_literals;
using asyncio::awaitable;

namespace {

void say(char const* line) {
  std::puts(line);
  std::fflush(stdout);
}

struct says_when_destroyed {
  says_when_destroyed() = default;
  says_when_destroyed(says_when_destroyed const&) = delete;
  says_when_destroyed& operator=(says_when_destroyed const&) = delete;
  ~says_when_destroyed() { say("destroyed"); }
};

/// Waits for a cancel, says "cleaning", takes `cleanup` for it and ends as a cancelled coroutine does.
awaitable<void> waits_and_cleans_up(asyncio::duration cleanup) {
  bool cancelled = false;
  try {
    say("ready");
    co_await asyncio::sleep_forever();
  } catch (asyncio::cancelled_error const&) {
    cancelled = true;
  }
  if (!cancelled) co_return;
  say("cleaning");
  co_await asyncio::sleep(cleanup);
  say("cleaned");
  throw asyncio::cancelled_error();
}

awaitable<void> wait() { co_await waits_and_cleans_up(5ms); }

awaitable<void> nested() { co_await asyncio::gather(waits_and_cleans_up(5ms), asyncio::sleep_forever()); }

awaitable<void> swallow() {
  try {
    say("ready");
    co_await asyncio::sleep_forever();
  } catch (asyncio::cancelled_error const&) {
    say("swallowed");
  }
  co_await asyncio::sleep(1ms);
}

awaitable<void> stubborn() {
  says_when_destroyed const witness;
  co_await waits_and_cleans_up(24h);
}

awaitable<void> leftover() {
  asyncio::create_task(waits_and_cleans_up(24h));
  co_await asyncio::sleep(1ms);
  say("main ends");
}

awaitable<void> stuck() {
  co_await asyncio::yield();
  say("ready");
  for (std::atomic<int> spins{0};; ++spins) {}
}

awaitable<void> busy() {
  co_await asyncio::yield();
  say("ready");
  char byte = 0;
  [[maybe_unused]] auto const got = ::read(0, &byte, 1);  // a step that blocks until the signal has been sent
  try {
    co_await asyncio::sleep(24h);
  } catch (asyncio::cancelled_error const&) {
    say("cancelled");
    throw;
  }
}

std::atomic<bool> seen{false};

awaitable<void> polls() {
  say("ready");
  while (!seen) co_await asyncio::sleep(1ms);
  say("handled by its own handler");
}

void own_handler() {
  std::signal(SIGINT, [](int) { seen = true; });
  asyncio::run(polls());
}

void restored() {
  asyncio::run(asyncio::yield());
  say("ready");
  for (;;) ::pause();
}

void in_a_thread() {
  std::thread([] { asyncio::run(wait()); }).join();
}

awaitable<void> until_told() {
  say("ready");
  (void)co_await asyncio::to_thread(std::getchar);
}

void ignored() {
  asyncio::run(until_told());
  std::signal(SIGINT, SIG_DFL);
}

void again() {
  asyncio::runner r;
  try {
    r.run(wait());
  } catch (asyncio::keyboard_interrupt const&) {
    say("first run interrupted");
  }
  r.run(wait());
}

/// An asio::signal_set takes Ctrl-C over and leaves the default action behind when it goes.
awaitable<void> signal_set() {
  {
    boost::asio::signal_set set(co_await boost::asio::this_coro::executor, SIGINT);
    say("ready");
    (void)co_await set.async_wait(boost::asio::use_awaitable);
    say("the signal_set has it");
  }
  co_await asyncio::sleep(1ms);
  co_await wait();
}

/// ... while nobody waits for it: the loop is never idle.
awaitable<void> signal_set_in_a_busy_loop() {
  { boost::asio::signal_set const set(co_await boost::asio::this_coro::executor, SIGINT); }
  for (int i = 0; i < 100'000; ++i) co_await asyncio::yield();
  try {
    say("ready");
    for (;;) co_await asyncio::yield();
  } catch (asyncio::cancelled_error const&) {
    say("cancelled");
    throw;
  }
}

using asyncio::run_options;

std::map<std::string, void (*)()> const cases{
    {"wait", [] { asyncio::run(wait()); }},
    {"nested", [] { asyncio::run(nested()); }},
    {"swallow", [] { asyncio::run(swallow()); }},
    {"stubborn", [] { asyncio::run(stubborn()); }},
    {"leftover", [] { asyncio::run(leftover()); }},
    {"stuck", [] { asyncio::run(stuck()); }},
    {"busy", [] { asyncio::run(busy()); }},
    {"debug", [] { asyncio::run(wait(), run_options().debug(true)); }},
    {"off", [] { asyncio::run(wait(), run_options().handle_sigint(false)); }},
    {"term", [] { asyncio::run(wait(), run_options().handle_sigterm(true)); }},
    {"own", own_handler},
    {"restored", restored},
    {"thread", in_a_thread},
    {"ignored", ignored},
    {"again", again},
    {"signal_set", [] { asyncio::run(signal_set()); }},
    {"signal_set_in_a_busy_loop", [] { asyncio::run(signal_set_in_a_busy_loop()); }},
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
