// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/error.hpp>
#include <asyncio/semaphore.hpp>

namespace asyncio {

semaphore::semaphore(std::ptrdiff_t value, std::ptrdiff_t bound) : permits_(value), bound_(bound) {
  if (value < 0)
    throw value_error("asyncio::semaphore: the initial value is negative; it is a number of permits, 0 or more");
}

void semaphore::release_to_next() {
  if (permits_.free() >= bound_)
    throw value_error(
        "asyncio::bounded_semaphore::release: it has all its permits already; release once for each acquire (a guard "
        "does it "
        "by itself), or use a semaphore");
  detail::check_waker(permits_.waiters(), "asyncio::semaphore::release");
  permits_.put();
  detail::hand_to_first(permits_);
}

}  // namespace asyncio
