/// @file
/// Ctrl-C while run() is at work. Asio's signal_set is not used: its pending wait counts as work, which would hide a
/// deadlock from the virtual clock, it replaces handlers of the user's, and it cannot end a step that never yields.
#pragma once

#include <boost/asio/io_context.hpp>

#include <memory>

namespace asyncio::detail {

/// Installs handlers for SIGINT (and SIGTERM) in the main thread, where the default action is in force, and restores it.
/// A signal wakes the context. When a second signal comes while the first was not even noticed - the loop is stuck in a
/// step - the default action ends the process. Conformance: R12-R16.
class interrupts {
 public:
  interrupts(boost::asio::io_context& context, bool on_sigint, bool on_sigterm, bool wake_context);
  interrupts(interrupts const&) = delete;
  interrupts& operator=(interrupts const&) = delete;
  ~interrupts();

  /// How many signals have come since the last call.
  [[nodiscard]] int take() noexcept;
  /// ... without taking them.
  [[nodiscard]] int pending() const noexcept;
  /// Stops waiting in the context, so that its work can be counted.
  void pause();
  void resume();

 private:
  struct io;
  std::shared_ptr<io> io_;
  bool sigint_ = false;
  bool sigterm_ = false;
};

}  // namespace asyncio::detail
