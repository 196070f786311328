// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/event.hpp>

namespace asyncio::detail {

bool event_operation::arm() {
  check_same_loop(state_->waiters(), *this, "asyncio::event::wait");
  state_->enqueue(*this);
  return false;
}

bool event_operation::cancel_wait() {
  if (!waiting()) return false;
  unlink();
  complete_cancelled();
  return true;
}

}  // namespace asyncio::detail
