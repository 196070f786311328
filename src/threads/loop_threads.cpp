// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/threads/loop_threads.hpp>
#include <asyncio/error.hpp>
#include <asyncio/loop.hpp>

namespace asyncio {

void loop::set_max_threads(std::size_t n) {
  if (n == 0) throw value_error("asyncio::loop::set_max_threads: at least one thread is needed, 0 was given");
  loop_.settings().max_threads = n;
  if (auto* const threads = loop_.find_part<detail::loop_threads>()) threads->pool().set_limit(n);
}

}  // namespace asyncio
