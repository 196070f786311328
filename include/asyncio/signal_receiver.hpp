/// @file
/// Signals one by one: Trio's `open_signal_receiver`.
#pragma once

#include <asyncio/detail/operation.hpp>
#include <asyncio/detail/signal_hub.hpp>

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
/// A signal that comes again before it was taken counts once. Several of them come in the order in which they did, so
/// none can keep the others away. What handled a signal before does so again at the end, and a signal that nobody took
/// is then sent again, to that. A receiver made while another one or a handler has the signal goes before.
/// In virtual time nothing waits for signals: see loop::add_signal_handler. Conformance: XT6. **Threads**: the loop's.
class signal_receiver final : private detail::signal_sink {
 public:
  /// @param first, rest SIGTERM, ... @throws no_running_loop; value_error for a number that is no signal; invalid_state
  /// for SIGKILL and SIGSTOP, and while another loop handles one of them.
  template <std::same_as<int>... Rest>
  explicit signal_receiver(int first, Rest... rest) {
    int const numbers[] = {first, rest...};
    connect(numbers);
  }
  signal_receiver(signal_receiver const&) = delete;
  signal_receiver& operator=(signal_receiver const&) = delete;
  ~signal_receiver();

  /// Waits for the next signal. @return its number. @throws cancelled_error; invalid_state when another coroutine waits
  /// already, when the receiver goes away meanwhile, and in another loop.
  /// **Cancellation**: nothing is lost. **Checkpoint**: only if none has come. **Cost**: no allocation.
  [[nodiscard("co_await it")]] detail::signal_wait next();

 private:
  friend class detail::signal_wait;
  void connect(std::span<int const> numbers);
  void signalled(int number, int count) override;
  void disconnected(int number, bool unseen) noexcept override;
  void note(int number) noexcept;

  detail::kernel* home_ = nullptr;
  detail::signal_wait* reader_ = nullptr;
  std::vector<int> numbers_;  // of those that are connected
  std::vector<int> unread_;   // in the order in which they came; it never grows beyond what was reserved
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
