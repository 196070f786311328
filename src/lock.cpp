// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/error.hpp>
#include <asyncio/lock.hpp>

namespace asyncio {

void lock::release_to_next() {
  if (!locked())
    throw invalid_state(
        "asyncio::lock::release: the lock is not held. The guard that acquire() gives releases by itself, at the "
        "latest "
        "when it is destroyed; to release by hand, tell it by guard.release()");
  detail::check_waker(permits_.waiters(), "asyncio::lock::release");
  permits_.put();
  detail::hand_to_first(permits_);
}

}  // namespace asyncio
