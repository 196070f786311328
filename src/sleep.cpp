// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/sleep.hpp>

namespace asyncio::detail {

bool sleep_operation::arm() {
  bool const now = has_flag(relative) ? until_ == time_point() : until_ <= home().now();
  if (now) {
    set_flag(over | gave_way);
    take_turn();
    return false;
  }
  if (has_flag(relative)) until_ = add_saturated(home().now(), until_.time_since_epoch());
  if (until_ != time_point::max()) home().add_timer(*this, until_);
  return false;
}

void sleep_operation::disarm() noexcept { home().remove_timer(*this); }

void sleep_operation::expired(loop_core& home) noexcept {
  // The timer's turn comes first and the sleeper's in the next pass, so that a callback with the same deadline runs
  // before the sleeper.
  prefetch_task();
  ready_node::expired(home);
}

void sleep_operation::run() {
  if (!has_flag(over) && waiting()) {
    set_flag(over);
    complete();
    return;
  }
  wait_node::run();
}

bool sleep_operation::cancel_wait() {
  if (!waiting()) return false;
  home().remove_timer(*this);
  unlink();  // its timer may be in the ready queue
  complete_cancelled();
  return true;
}

wait_info sleep_operation::describe() const noexcept {
  if (until_ == time_point::max()) return {wait_kind::forever, 0, {}, nullptr};
  return {wait_kind::sleep, 0, until_, nullptr};
}

bool yield_operation::arm() {
  take_turn();
  return false;
}

}  // namespace asyncio::detail
