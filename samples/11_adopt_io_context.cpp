// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The program makes and runs the io_context itself: tasks, Asio's sockets and timeouts share it.
#include <asyncio/asyncio.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <iostream>
#include <string>

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::use_awaitable;
using asio::ip::tcp;

asyncio::awaitable<void> echo(tcp::acceptor& acceptor) {
  tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
  std::string line;
  co_await asio::async_read_until(socket, asio::dynamic_buffer(line), '\n', use_awaitable);
  std::cout << "server received " << line;
  co_await asio::async_write(socket, asio::buffer(line), use_awaitable);
}

asyncio::awaitable<std::string> talk(tcp::endpoint server) {
  tcp::socket socket(co_await asio::this_coro::executor);
  co_await socket.async_connect(server, use_awaitable);
  std::string line = "hello\n";
  co_await asio::async_write(socket, asio::buffer(line), use_awaitable);
  line.clear();
  co_await asyncio::timeout(5s, asio::async_read_until(socket, asio::dynamic_buffer(line), '\n', use_awaitable));
  co_return line;
}

int main() {
  asio::io_context ctx;
  tcp::acceptor acceptor(ctx, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  auto server = asyncio::create_task(ctx, echo(acceptor));
  auto client = asyncio::create_task(ctx, talk(acceptor.local_endpoint()));
  ctx.run();
  std::cout << "client received " << client.result();
}
