// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// samples/01_hello_world.cpp on Asio alone: what bench/report compares its compile time and size with.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <iostream>

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<void> main_() {
  std::cout << "Hello\n";
  asio::steady_timer timer(co_await asio::this_coro::executor, 1s);
  co_await timer.async_wait(asio::use_awaitable);
  std::cout << "World\n";
}

int main() {
  asio::io_context context(1);
  asio::co_spawn(context, main_(), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  context.run();
}
