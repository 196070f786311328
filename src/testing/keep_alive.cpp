// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/testing/keep_alive.hpp>

#include <asyncio/error.hpp>

namespace asyncio::testing::detail {

namespace {
thread_local kept_alive* youngest = nullptr;
}

kept_alive::kept_alive() noexcept : outer_(std::exchange(youngest, this)) {}

kept_alive::~kept_alive() {
  while (!objects_.empty()) {
    auto const last = std::move(objects_.back());  // its destructor may add more
    objects_.pop_back();
  }
  youngest = outer_;
}

kept_alive& kept_alive::current() {
  if (youngest == nullptr) {
    throw invalid_state(
        "asyncio::testing::keep_alive: nothing keeps the object; call it in a coroutine that testing::run runs");
  }
  return *youngest;
}

}  // namespace asyncio::testing::detail
