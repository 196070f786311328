// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// expect: asyncio::create_task takes the io_context first: create_task(context, f())
#include <asyncio/asyncio.hpp>

#include <boost/asio/io_context.hpp>

asyncio::awaitable<int> square(int x) { co_return x * x; }

void mistake() {
  boost::asio::io_context context;
  asyncio::create_task(square(2), context);
}
