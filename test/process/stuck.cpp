// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// A program that hangs in several ways: dump_test.py starts it with the name of a case, sends it SIGUSR1 and reads its
// standard error. A line on its standard input ends it.
#include <asyncio/asyncio.hpp>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <future>
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

awaitable<void> line_of_input() {
  boost::asio::posix::stream_descriptor input(asyncio::loop::running().context(), ::dup(0));
  co_await input.async_wait(boost::asio::posix::stream_descriptor::wait_read, boost::asio::use_awaitable);
}

awaitable<void> waits() {
  auto sleeper = asyncio::create_task(asyncio::sleep(1h), "sleeper");
  co_await asyncio::yield();
  say("ready");
  co_await line_of_input();
  sleeper.cancel();
}

awaitable<void> blocks() {
  co_await asyncio::yield();
  say("ready");
  char byte = 0;
  [[maybe_unused]] auto const got = ::read(0, &byte, 1);
}

awaitable<void> waits_quietly(std::promise<void>& begun) {
  begun.set_value();
  co_await line_of_input();
}

void threads() {
  std::promise<void> begun;
  std::thread other([&] { asyncio::run(waits_quietly(begun), asyncio::run_options().name("first")); });
  begun.get_future().wait();
  asyncio::run(waits(), asyncio::run_options().name("second"));
  other.join();
}

awaitable<void> stubborn() {
  bool cancelled = false;
  try {
    say("ready");
    co_await asyncio::sleep_forever();
  } catch (asyncio::cancelled_error const&) {
    cancelled = true;
  }
  if (cancelled) say("cleaning");
  co_await asyncio::sleep(24h);
}

awaitable<void> leaves_somebody_behind() {
  asyncio::create_task(stubborn(), "left");
  co_await asyncio::sleep(1ms);
}

void after() {
  asyncio::run(asyncio::yield());
  say("ready");
  for (;;) ::pause();
}

void own() {
  std::signal(SIGUSR1, [](int) { [[maybe_unused]] auto const written = ::write(1, "mine\n", 5); });
  asyncio::run(waits());
}

std::map<std::string, void (*)()> const cases{
    {"waits", [] { asyncio::run(waits()); }},
    {"option", [] { asyncio::run(waits(), asyncio::run_options().dump_signal(true)); }},
    {"blocks", [] { asyncio::run(blocks()); }},
    {"threads", threads},
    {"stubborn", [] { asyncio::run(stubborn()); }},
    {"leftover", [] { asyncio::run(leaves_somebody_behind()); }},
    {"after", after},
    {"own", own},
};

}  // namespace

int main(int argc, char** argv) try {
  auto const found = argc > 1 ? cases.find(argv[1]) : cases.end();
  if (found == cases.end()) return 2;
  found->second();
  say("ended");
} catch (asyncio::keyboard_interrupt const&) {
  return 130;
}
