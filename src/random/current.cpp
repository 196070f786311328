// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The generator used by the free functions of asyncio::random.
#include <asyncio/detail/base/process_state.hpp>
#include <asyncio/detail/random/loop_generator.hpp>
#include <asyncio/loop.hpp>

#include <optional>
#include <system_error>

namespace asyncio::random::detail {

namespace {

thread_local std::optional<generator> of_thread;

/// Reseeds in the child of a fork, as CPython does: its thread would otherwise repeat the parent's numbers.
void at_fork(asyncio::detail::fork_point p) noexcept {
  if (p != asyncio::detail::fork_point::in_child) return;
  try {
    if (of_thread) of_thread->seed();
  } catch (std::system_error const&) {
    // No entropy: the parent's numbers are better than none.
  }
}

[[maybe_unused]] asyncio::detail::fork_hook const told_of_forks{asyncio::detail::fork_order::numbers, at_fork};

}  // namespace

generator& current() {
  if (asyncio::detail::loop_core* const l = asyncio::detail::current_core)
    return l->part<asyncio::detail::loop_generator>().numbers();
  if (!of_thread) of_thread.emplace();
  return *of_thread;
}

}  // namespace asyncio::random::detail

namespace asyncio {

random::generator& loop::random() { return loop_.part<detail::loop_generator>().numbers(); }

}  // namespace asyncio
