/// @file
/// Entering a loop from other threads at any time: Trio's `TrioToken`.
#pragma once

#include <asyncio/loop.hpp>

#include <memory>
#include <utility>

namespace asyncio {

/// Names a loop and outlives it: `auto token = loop::running().token();` given to a thread that may still be there when
/// the loop has ended. **Threads**: any; distinct copies are independent. Conformance: XT5.
class loop_token {
 public:
  /// `TrioToken.run_sync_soon(fn)`: what `loop::call_soon_threadsafe` does. @throws invalid_state when the loop has ended.
  template <std::invocable F>
  callback_handle call_soon(F fn) const {
    auto* const cb = new detail::threadsafe_callback_of<F>(home_, std::move(fn));
    callback_handle handle(cb);
    cb->schedule_from_any_thread(mail_, "asyncio::loop_token::call_soon");
    return handle;
  }
  /// Whether the loop has ended; when it says no, that may change at any moment.
  [[nodiscard]] bool ended() const noexcept;
  /// Whether both name the same loop.
  friend bool operator==(loop_token const& a, loop_token const& b) noexcept { return a.mail_ == b.mail_; }

  /// @cond internal
  explicit loop_token(detail::kernel& home) noexcept : home_(&home), mail_(home.mail()) {}
  [[nodiscard]] std::shared_ptr<detail::mailbox> const& mail() const noexcept { return mail_; }
  /// @endcond

 private:
  detail::kernel* home_;  // only the loop itself follows it
  std::shared_ptr<detail::mailbox> mail_;
};

}  // namespace asyncio
