/// @file
/// A flag to wait for: `asyncio.Event`.
#pragma once

#include <asyncio/detail/gate.hpp>
#include <asyncio/detail/operation.hpp>
#include <asyncio/detail/waiters.hpp>

#include <cstddef>

namespace asyncio {

class event;

namespace detail {

/// `co_await event.wait()`.
class event_operation final : public wait_node, public operation<event_operation, void> {
 public:
  event_operation(event& owner, gate& state) noexcept : owner_(&owner), gate_(&state) {}
  event_operation(event_operation&& other) noexcept : wait_node(std::move(other)), owner_(other.owner_), gate_(other.gate_) {}

  bool ready() noexcept { return gate_->is_open() && awaited_first_time(); }
  bool cancel_wait() override;
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::event, 0, {}, owner_}; }
  void finish() { check_outcome(); }

 private:
  bool arm() override;
  void disarm() noexcept override { unlink(); }

  event* owner_;
  gate* gate_;
};

}  // namespace detail

/// What `event::statistics` tells.
struct event_statistics {
  std::size_t tasks_waiting = 0;  ///< How many coroutines wait for it.
};

/// `asyncio.Event`: a flag that is clear at first. `wait` returns when it is set, `set` wakes all who wait.
/// It must outlive those who wait for it.
/// **Threads**: the loop's. Coroutines of two loops cannot wait for one event.
/// Conformance: EV1, EV2, XL5.
class event {
 public:
  /// `asyncio.Event()`: clear.
  event() noexcept = default;
  event(event const&) = delete;
  event& operator=(event const&) = delete;
  /// Those who still wait get invalid_state; that is a mistake of the program.
  ~event() {
    if (!gate_.waiters().empty()) [[unlikely]] detail::fail_all(gate_.waiters(), "asyncio::event");
  }

  /// `event.set()`: sets the flag and queues all who wait, in the order in which they came. They return from `wait` even if
  /// the flag is cleared before they run. **Checkpoint**: never. **Cost**: O(waiting). Conformance: EV1, EV2.
  void set() {
    detail::check_waker(gate_.waiters(), "asyncio::event::set");
    detail::list<detail::ready_node> woken;
    gate_.open(woken);
    detail::complete_all(woken);
  }
  /// `event.clear()`: from now on `wait` waits again. Conformance: EV2.
  void clear() noexcept { gate_.close(); }
  /// `event.is_set()`.
  [[nodiscard]] bool is_set() const noexcept { return gate_.is_open(); }

  /// `await event.wait()`: returns when the flag is set, at once if it is. (Python returns True, always.)
  /// @throws cancelled_error when cancelled, invalid_state when coroutines of another loop wait for the event.
  /// **Cancellation**: ends the wait. Safe: the event stays as it is, nothing is lost. **Checkpoint**: only if it is not
  /// set. **Threads**: the loop's. **Cost**: no allocation, O(1).
  /// **Example**: `co_await connected.wait();` Conformance: EV1, EV2.
  [[nodiscard("co_await it")]] detail::event_operation wait() noexcept { return {*this, gate_}; }

  /// How many coroutines wait. **Cost**: O(waiting). Conformance: XL5.
  [[nodiscard]] event_statistics statistics() const noexcept { return {gate_.waiters().size()}; }

 private:
  detail::gate gate_;
};

}  // namespace asyncio
