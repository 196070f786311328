// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Three mirrors are asked at once and the first answer wins; the connections to the others are closed at that moment.
#include <asyncio/asyncio.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <iostream>
#include <list>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::use_awaitable;
using asio::ip::tcp;

asyncio::awaitable<void> serve(tcp::acceptor& acceptor, asyncio::duration delay) {
  tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
  co_await asyncio::sleep(delay);
  co_await asio::async_write(socket, asio::buffer("the page\n", 9), use_awaitable);
}

asyncio::awaitable<std::string> fetch(std::string mirror, tcp::endpoint server) {
  try {
    tcp::socket socket(co_await asio::this_coro::executor);
    co_await socket.async_connect(server, use_awaitable);
    std::string page;
    co_await asio::async_read_until(socket, asio::dynamic_buffer(page), '\n', use_awaitable);
    co_return mirror + " sent " + page;
  } catch (boost::system::system_error const&) {
    std::cout << mirror << " was too slow\n";
    throw;
  }
}

asyncio::awaitable<void> main_() {
  std::list<tcp::acceptor> acceptors;
  asyncio::task_set<> servers;
  std::vector<asyncio::awaitable<std::string>> downloads;
  for (auto [mirror, delay] : {std::pair("paris", 300ms), std::pair("oslo", 100ms), std::pair("rome", 200ms)}) {
    auto& acceptor =
        acceptors.emplace_back(co_await asio::this_coro::executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    servers.create_task(serve(acceptor, delay));
    downloads.push_back(fetch(mirror, acceptor.local_endpoint()));
  }
  std::cout << co_await asyncio::race(std::move(downloads));
  co_await servers.shutdown();
}

int main() { return asyncio::main(main_()); }
