// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/task/way_home.hpp>

#include <boost/asio/this_coro.hpp>

namespace asyncio::detail {

awaitable<void> come_home() { co_await way_home(); }

awaitable<task_loop*> loop_of_coroutine() {
  task_loop& home = task_loop::of(co_await boost::asio::this_coro::executor);
  if (!home.in_thread()) co_await way_home();
  co_return &home;
}

}  // namespace asyncio::detail
