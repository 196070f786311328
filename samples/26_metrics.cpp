// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// What runs, in numbers for Prometheus: `26_metrics 9464` serves them until Ctrl-C; without a port it asks itself and ends.
#include <asyncio/asyncio.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <iostream>
#include <string>

using namespace std::chrono_literals;
namespace http = boost::beast::http;
using boost::asio::use_awaitable;
using boost::asio::ip::tcp;

std::string metrics() {
  asyncio::loop_statistics now = asyncio::loop::running().statistics();
  return "asyncio_tasks_alive " + std::to_string(now.alive) + "\nasyncio_tasks_created_total " +
         std::to_string(now.created) + "\nasyncio_tasks_finished_total " + std::to_string(now.finished) + "\n";
}

asyncio::awaitable<void> answer(tcp::socket socket) {
  boost::beast::flat_buffer buffer;
  http::request<http::empty_body> request;
  co_await asyncio::timeout(5s, http::async_read(socket, buffer, request, use_awaitable));
  http::response<http::string_body> reply(http::status::ok, request.version(), metrics());
  reply.set(http::field::content_type, "text/plain; version=0.0.4");
  reply.prepare_payload();
  co_await http::async_write(socket, reply, use_awaitable);
}

asyncio::awaitable<void> serve(tcp::acceptor acceptor) {
  for (;;) asyncio::create_task(answer(co_await acceptor.async_accept(use_awaitable)));
}

asyncio::awaitable<std::string> scrape(tcp::endpoint server) {
  tcp::socket socket(co_await boost::asio::this_coro::executor);
  co_await socket.async_connect(server, use_awaitable);
  co_await http::async_write(socket, http::request<http::empty_body>(http::verb::get, "/metrics", 11), use_awaitable);
  boost::beast::flat_buffer buffer;
  http::response<http::string_body> reply;
  co_await http::async_read(socket, buffer, reply, use_awaitable);
  co_return reply.body();
}

asyncio::awaitable<void> main_(unsigned short port) {
  tcp::acceptor acceptor(co_await boost::asio::this_coro::executor, {boost::asio::ip::address_v4::loopback(), port});
  tcp::endpoint address = acceptor.local_endpoint();
  asyncio::create_task(serve(std::move(acceptor)), "server");
  for (int i = 1; i <= 5; ++i) asyncio::create_task(asyncio::sleep(i * 1s), "job");
  if (port != 0) co_await asyncio::sleep_forever();
  co_await asyncio::sleep(2500ms);
  std::cout << co_await scrape(address);
}

int main(int argc, char** argv) {
  return asyncio::main(main_(argc > 1 ? static_cast<unsigned short>(std::stoi(argv[1])) : 0));
}
