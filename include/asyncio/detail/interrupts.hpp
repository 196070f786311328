/// @file
/// Ctrl-C while run() is at work.
#pragma once

#include <boost/asio/io_context.hpp>

#include <memory>

namespace asyncio::detail {

class kernel;
class wake_pipe;

/// Handles SIGINT (and SIGTERM) in the main thread, where the default action is in force, and restores that. A handler
/// that the program gives a loop goes before; when it is removed, the signal comes here again. A signal wakes the context.
/// When a second signal comes while the first was not even noticed - the loop is stuck in a step - the default action ends
/// the process. Conformance: R12-R16.
class interrupts {
 public:
  interrupts(kernel& home, bool on_sigint, bool on_sigterm, bool wake_context);
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
  kernel& home_;
  std::shared_ptr<wake_pipe> pipe_;
  bool sigint_ = false;
  bool sigterm_ = false;
};

}  // namespace asyncio::detail
