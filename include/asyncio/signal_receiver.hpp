// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Receiving signals one by one: Trio's `open_signal_receiver`.
#pragma once

#include <asyncio/detail/signals/loop_signals.hpp>
#include <asyncio/detail/task/operation.hpp>

#include <concepts>
#include <span>
#include <vector>

namespace asyncio {

namespace detail {

class signal_wait;

}  // namespace detail

/// Receives signals of the process in a coroutine of the running loop, for as long as it exists:
/// `signal_receiver signals(SIGTERM, SIGHUP); int number = co_await signals.next();`
///
/// A signal that arrives again before it was taken counts once. Signals are delivered in order of arrival, so none can
/// starve the others. The destructor restores the previous handling, and resends signals that were not taken to it. A
/// new receiver takes precedence over existing receivers and handlers of the same signal.
/// In virtual time nothing waits for signals: see loop::add_signal_handler. Conformance: XT6. **Threads**: the loop's.
class signal_receiver final : private detail::signal_sink {
 public:
  /// @param first, rest SIGTERM, ... @throws no_running_loop; value_error for an invalid signal number; invalid_state
  /// for SIGKILL and SIGSTOP, and while another loop handles one of them.
  template <std::same_as<int>... Rest>
  explicit signal_receiver(int first, Rest... rest) {
    int const numbers[] = {first, rest...};
    connect(numbers);
  }
  signal_receiver(signal_receiver const&) = delete;
  signal_receiver& operator=(signal_receiver const&) = delete;
  ~signal_receiver();

  /// Waits for the next signal. @return its number. @throws cancelled_error; invalid_state when another coroutine
  /// already waits, when the receiver is destroyed meanwhile, and in another loop.
  /// **Cancellation**: nothing is lost. **Checkpoint**: only if none is pending. **Cost**: no allocation.
  [[nodiscard("co_await it")]] detail::signal_wait next();

 private:
  friend class detail::signal_wait;
  void connect(std::span<int const> numbers);
  void signalled(int number, int count) override;
  void disconnected(int number, bool unseen) noexcept override;
  void note(int number) noexcept;

  detail::task_loop* home_ = nullptr;
  detail::signal_wait* reader_ = nullptr;
  std::vector<int> numbers_;  // of the connected signals
  std::vector<int> unread_;   // in order of arrival; never exceeds the reserved capacity
};

namespace detail {

class signal_wait final : public wait_node, public operation<signal_wait, int> {
 public:
  explicit signal_wait(signal_receiver& r) noexcept : receiver_(&r) {}
  signal_wait(signal_wait&& other) noexcept : wait_node(std::move(other)), receiver_(other.receiver_) {}
  ~signal_wait() { leave(); }

  bool cancel_wait() override;
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::event, 0, {}, receiver_}; }
  int finish();

 private:
  friend class asyncio::signal_receiver;
  bool arm() override;
  void disarm() noexcept override { leave(); }
  void leave() noexcept;
  /// The receiver is being destroyed.
  void forsake() noexcept;

  signal_receiver* receiver_;
};

}  // namespace detail

inline detail::signal_wait signal_receiver::next() { return detail::signal_wait(*this); }

}  // namespace asyncio
