// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/loop/loop_core.hpp>
#include <asyncio/detail/loop/loop_registry.hpp>

#include <boost/asio/io_context.hpp>

#include <algorithm>

namespace asyncio::detail {

namespace {

// Before main(): a fork beside a thread that is about to make it would leave the child with half of it.
[[maybe_unused]] loop_registry const& made_in_time = loop_registry::get();

}  // namespace

loop_registry& loop_registry::get() noexcept {
  static loop_registry& only = *new loop_registry;
  return only;
}

void loop_registry::add(loop_core& l, std::uint32_t& serial) {
  std::lock_guard const lock(mutex_);
  loops_.push_back(&l);
  serial = last_serial_ = (last_serial_ + 1) & 0xff'ffff;
}

void loop_registry::add_again(loop_core& l) {
  std::lock_guard const lock(mutex_);
  if (std::find(loops_.begin(), loops_.end(), &l) == loops_.end()) loops_.push_back(&l);
}

void loop_registry::remove(loop_core& l) noexcept {
  std::lock_guard const lock(mutex_);
  std::erase(loops_, &l);
}

loop_core* loop_registry::find(loop_core* l, std::uint32_t serial, bool here) noexcept {
  std::lock_guard const lock(mutex_);
  bool const found = std::find(loops_.begin(), loops_.end(), l) != loops_.end() && l->serial() == serial &&
                     (!here || l->belongs_here());
  return found ? l : nullptr;
}

void loop_registry::for_each(std::function<void(loop_core&)> const& fn) {
  std::lock_guard const lock(mutex_);
  for (loop_core* const l : loops_) fn(*l);
}

loop_core* loop_registry::running_here() noexcept {
  std::lock_guard const lock(mutex_);
  for (loop_core* const l : loops_)
    if (l->context().get_executor().running_in_this_thread()) return l;
  return nullptr;
}

void loop_registry::at_fork(fork_point p) noexcept {
  if (p == fork_point::in_child) std::erase_if(loops_, [](loop_core* l) { return !l->survive_fork(); });
  lock_over_fork(mutex_, p);
}

}  // namespace asyncio::detail
