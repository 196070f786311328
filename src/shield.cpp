// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/shield.hpp>

namespace asyncio::detail {

// A task that fails without a waiter is reported like any other: when its last handle is destroyed, or at the end of
// the run. Until then the failure can be retrieved through a handle.
bool shield_cancel(shield_relay& relay, wait_node& waiter) {
  if (!waiter.waiting()) return false;
  relay.unlink();
  waiter.complete_cancelled();
  return true;
}

}  // namespace asyncio::detail
