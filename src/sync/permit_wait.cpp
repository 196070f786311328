// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/sync/permit_wait.hpp>

namespace asyncio::detail {

bool permit_wait::arm() {
  check_same_loop(permits_->waiters(), *this, who_);
  permits_->enqueue(*this);
  return false;
}

bool permit_wait::cancel_wait() {
  if (!waiting()) return false;  // it already has the permit, and returns it in its turn
  unlink();
  complete_cancelled();
  return true;
}

void permit_wait::give_back() noexcept {
  if (!std::exchange(granted_, false)) return;
  permits_->decline();
  hand_out(*permits_);
}

void permit_wait::abandon() noexcept {
  give_back();
  wait_node::abandon();
}

}  // namespace asyncio::detail
