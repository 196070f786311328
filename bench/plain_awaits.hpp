// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Rows that use nothing but asio::awaitable: the two implementations differ only in what runs them.
#pragma once

#include "bench.hpp"

#include <boost/asio/awaitable.hpp>

namespace bench::plain {

template <class T = void>
using awaitable = boost::asio::awaitable<T>;

inline awaitable<int> ready(int x) { co_return x; }

inline awaitable<int> descend(std::size_t depth) {
  if (depth == 0) co_return 0;
  co_return 1 + co_await descend(depth - 1);
}

inline awaitable<void> nested(benchmark::State& state, std::size_t) {
  measurement const counters(state, awaits);
  for (auto _ : state) benchmark::DoNotOptimize(co_await descend(awaits - 1));
}

inline awaitable<void> loop_ready(benchmark::State& state, std::size_t) {
  measurement const counters(state, 1);
  for (auto _ : state) benchmark::DoNotOptimize(co_await ready(1));
}

}  // namespace bench::plain
