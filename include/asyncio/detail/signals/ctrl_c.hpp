// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Handling Ctrl-C during run().
#pragma once

#include <asyncio/detail/loop/loop_part.hpp>

#include <boost/asio/io_context.hpp>

#include <memory>

namespace asyncio::detail {

class loop_core;
class wake_pipe;

/// Handles SIGINT (and SIGTERM) in the main thread if the default action is in force, and restores it afterwards. A
/// loop's signal handler takes precedence until it is removed. A signal wakes the context. If a second signal arrives
/// before the first was noticed (the loop is stuck in a step) the default action ends the process.
/// Conformance: R12-R16.
class ctrl_c final : public poll_hook {
 public:
  ctrl_c(loop_core& home, bool on_sigint, bool on_sigterm, bool wake_context);
  ctrl_c(ctrl_c const&) = delete;
  ctrl_c& operator=(ctrl_c const&) = delete;
  ~ctrl_c();

  /// The number of signals since the last call.
  [[nodiscard]] int take() noexcept;
  /// The same, without resetting the count.
  [[nodiscard]] int pending() const noexcept;
  /// Stops waiting in the context, so that its remaining work can be counted.
  void pause();
  void resume();
  void poll(bool idle) override;

 private:
  loop_core& home_;
  std::shared_ptr<wake_pipe> pipe_;
  bool sigint_ = false;
  bool sigterm_ = false;
};

}  // namespace asyncio::detail
