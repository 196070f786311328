// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// A flag to wait for: `asyncio.Event`.
#pragma once

#include <asyncio/detail/sync/event_state.hpp>
#include <asyncio/detail/sync/waiters.hpp>
#include <asyncio/detail/task/operation.hpp>

#include <cstddef>

namespace asyncio {

class event;

namespace detail {

/// `co_await event.wait()`.
class event_operation final : public wait_node, public operation<event_operation, void> {
 public:
  event_operation(event& owner, event_state& state) noexcept : owner_(&owner), state_(&state) {}
  event_operation(event_operation&& other) noexcept
      : wait_node(std::move(other)), owner_(other.owner_), state_(other.state_) {}

  bool ready() noexcept { return state_->is_open() && awaited_first_time(); }
  bool cancel_wait() override;
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::event, 0, {}, owner_}; }
  void finish() { check_outcome(); }

 private:
  bool arm() override;
  void disarm() noexcept override { unlink(); }

  event* owner_;
  event_state* state_;
};

}  // namespace detail

/// The result of `event::statistics`.
struct event_statistics {
  std::size_t tasks_waiting = 0;  ///< How many coroutines wait for it.
};

/// `asyncio.Event`: a flag that is initially clear. `wait` returns when it is set; `set` wakes all waiters.
/// It must outlive its waiters.
/// **Threads**: the loop's. Coroutines of two loops cannot wait for one event.
/// Conformance: EV1, EV2, XL5.
class event {
 public:
  /// `asyncio.Event()`: clear.
  event() noexcept = default;
  event(event const&) = delete;
  event& operator=(event const&) = delete;
  /// Destroying it with waiters is a bug: they get invalid_state.
  ~event() {
    if (!state_.waiters().empty()) [[unlikely]]
      detail::fail_all(state_.waiters(), "asyncio::event");
  }

  /// `event.set()`: sets the flag and queues all waiters in FIFO order. They return from `wait` even if the flag is
  /// cleared before they run. **Checkpoint**: never. **Cost**: O(waiting). Conformance: EV1, EV2.
  void set() {
    detail::check_waker(state_.waiters(), "asyncio::event::set");
    detail::list<detail::ready_node> woken;
    state_.open(woken);
    detail::complete_all(woken);
  }
  /// `event.clear()`: subsequent calls of `wait` wait again. Conformance: EV2.
  void clear() noexcept { state_.close(); }
  /// `event.is_set()`.
  [[nodiscard]] bool is_set() const noexcept { return state_.is_open(); }

  /// `await event.wait()`: returns when the flag is set, immediately if it already is. (Python always returns True.)
  /// @throws cancelled_error when cancelled, invalid_state when coroutines of another loop wait for the event.
  /// **Cancellation**: ends the wait. Safe: the event is unchanged, nothing is lost. **Checkpoint**: only if it is not
  /// set. **Threads**: the loop's. **Cost**: no allocation, O(1).
  /// **Example**: `co_await connected.wait();` Conformance: EV1, EV2.
  [[nodiscard("co_await it")]] detail::event_operation wait() noexcept { return {*this, state_}; }

  /// The number of waiters. **Cost**: O(waiting). Conformance: XL5.
  [[nodiscard]] event_statistics statistics() const noexcept { return {state_.waiters().size()}; }

 private:
  detail::event_state state_;
};

}  // namespace asyncio
