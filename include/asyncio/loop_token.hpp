// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Entering a loop from other threads at any time: Trio's `TrioToken`.
#pragma once

#include <asyncio/loop.hpp>

#include <memory>
#include <utility>

namespace asyncio {

/// Refers to a loop and may outlive it: pass `auto token = loop::running().token();` to threads that may outlive the
/// loop. **Threads**: any; distinct copies are independent. Conformance: XT5.
class loop_token {
 public:
  /// `TrioToken.run_sync_soon(fn)`: same as `loop::call_soon_threadsafe`. @throws invalid_state when the loop has
  /// ended.
  template <std::invocable F>
  callback_handle call_soon(F fn) const {
    auto* const cb = new detail::threadsafe_callback_of<F>(home_, std::move(fn));
    callback_handle handle(cb);
    cb->schedule_from_any_thread(mail_, "asyncio::loop_token::call_soon");
    return handle;
  }
  /// Whether the loop has ended; a false result may be outdated at any moment.
  [[nodiscard]] bool ended() const noexcept;
  /// Whether both refer to the same loop.
  friend bool operator==(loop_token const& a, loop_token const& b) noexcept { return a.mail_ == b.mail_; }

  /// @cond internal
  explicit loop_token(detail::task_loop& home) noexcept : home_(&home), mail_(home.mail()) {}
  [[nodiscard]] std::shared_ptr<detail::mailbox> const& mail() const noexcept { return mail_; }
  /// @endcond

 private:
  detail::task_loop* home_;  // dereferenced only in the loop's thread
  std::shared_ptr<detail::mailbox> mail_;
};

}  // namespace asyncio
