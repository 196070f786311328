// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The result of `acquire()`.
#pragma once

#include <asyncio/detail/sync/waiters.hpp>

#include <utility>

namespace asyncio::detail {

[[noreturn]] void refuse_empty_guard();

/// `async with lock:` as an object: releases what was acquired when destroyed. Movable, not copyable; an empty one
/// holds nothing. It must not outlive the primitive it holds. **Threads**: the loop's.
///
/// asyncio's `lock.release()` without a `with` is `guard.release()` (which gives up ownership and releases nothing) and
/// later the primitive's own `release()`.
template <class Primitive>
class [[nodiscard("what was acquired is released when this is destroyed: give it a name")]] guard {
 public:
  /// Holds nothing.
  guard() noexcept = default;
  guard(guard && other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
  guard& operator=(guard&& other) noexcept {
    guard taken(std::move(other));
    std::swap(held_, taken.held_);
    return *this;
  }
  /// Releases. Never throws: if it was already released, this is reported to the loop's exception handler.
  ~guard() {
    if (held_ != nullptr && !held_->quick_release()) put_back();
  }

  /// Releases now. @throws invalid_state if the guard is empty, or what the primitive's `release()` throws.
  void unlock() {
    if (held_ == nullptr) refuse_empty_guard();
    std::exchange(held_, nullptr)->release();
  }
  /// Gives up ownership without releasing, like `std::unique_lock::release`: the caller releases manually.
  /// @return what was held; null for an empty guard.
  Primitive* release() noexcept { return std::exchange(held_, nullptr); }
  /// Whether it holds something.
  [[nodiscard]] bool owns_lock() const noexcept { return held_ != nullptr; }
  [[nodiscard]] explicit operator bool() const noexcept { return held_ != nullptr; }

  /// @cond internal
  explicit guard(Primitive & held) noexcept : held_(&held) {}
  /// @endcond

 private:
  void put_back() noexcept {
    try {
      held_->release();
    } catch (...) {
      report_from_destructor("A guard found released what it was to release");
    }
  }

  Primitive* held_ = nullptr;
};

}  // namespace asyncio::detail
