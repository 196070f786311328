// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Whole programs that end with `return asyncio::main(...)`: main_test.py says what they print and return.
#include <asyncio/asyncio.hpp>

#include <boost/asio/error.hpp>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string>

using namespace std::chrono_literals;
using asyncio::awaitable;

namespace {

awaitable<int> fetch(bool fails) {
  co_await asyncio::yield();
  if (fails) throw std::runtime_error("no route to host");
  co_return 1;
}

awaitable<void> crawl() {
  auto page = asyncio::create_task(fetch(true), "fetch");
  co_await page.join();
}

awaitable<void> until_cancelled() {
  try {
    co_await asyncio::sleep_forever();
  } catch (asyncio::cancelled_error const&) {
    std::cout << "cleaned up\n";
    throw;
  }
}

awaitable<int> main_(std::string what) {
  std::cout << "begins\n";  // not flushed
  auto const left = asyncio::create_task(until_cancelled(), "left");
  co_await asyncio::yield();
  if (what == "returns") co_return 3;
  if (what == "awaits") co_await asyncio::create_task(crawl(), "crawl");
  if (what == "two_wait") {
    auto page = asyncio::create_task(fetch(true), "fetch");
    auto const wait = [](asyncio::task<int> t) -> awaitable<void> { (void)co_await t.join(); };
    auto first = asyncio::create_task(wait(page), "first");
    auto second = asyncio::create_task(wait(page), "second");
    co_await asyncio::wait(first, second);
    (void)second.exception();
    co_await first.join();
  }
  if (what == "gathers") co_await asyncio::gather(fetch(false), fetch(true));
  if (what == "group")
    co_await asyncio::with_task_group([](asyncio::task_group& g) {
      g.create_task(fetch(true), "one");
      g.create_task(fetch(true), "two");
    });
  if (what == "eof") throw boost::system::system_error(boost::asio::error::eof, "read");
  if (what == "an_int") throw 7;
  if (what == "cancelled") asyncio::current_task().cancel("enough");
  if (what == "interrupted") std::raise(SIGINT);
  if (what == "forgotten") {
    (void)asyncio::create_task(crawl(), "crawl");
    for (int i = 0; i < 10; ++i) co_await asyncio::yield();  // it fails in the meantime
    co_return 0;
  }
  co_await asyncio::sleep_forever();
  co_return 0;
}

awaitable<void> says_nothing() { co_return; }

}  // namespace

int main(int argc, char** argv) {
  std::string const what = argc > 1 ? argv[1] : "";
  if (what == "void") return asyncio::main(says_nothing());
  if (what == "stuck")
    return asyncio::main(asyncio::sleep_forever(), asyncio::run_options().clock(asyncio::clock_kind::virtual_));
  if (what == "empty") return asyncio::main(awaitable<void>());
  return asyncio::main(main_, what);
}
