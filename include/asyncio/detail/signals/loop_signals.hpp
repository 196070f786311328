// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The signals handled by one loop.
#pragma once

#include <asyncio/detail/loop/loop_part.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace asyncio::detail {

class loop_core;
class wake_pipe;

/// Receives signals in the loop's thread, not in a signal handler.
class signal_sink {
 public:
  virtual void signalled(int number, int count) = 0;
  /// The loop is ending. `unseen`: whether the signal was received but signalled() was not called.
  virtual void disconnected(int number, bool unseen) noexcept = 0;

 protected:
  ~signal_sink() = default;
};

/// A signal may have several sinks in a loop, one of them a handler; the latest one receives it. When the last sink is
/// removed the former action is restored.
class loop_signals final : public loop_part, public poll_hook {
 public:
  using loop_type = loop_core;
  explicit loop_signals(loop_core& home);
  loop_signals(loop_signals const&) = delete;
  loop_signals& operator=(loop_signals const&) = delete;
  ~loop_signals() override { clear(); }

  /// Sets the loop's handler, replacing the previous one.
  void set_handler(int number, std::function<void()> fn);
  /// @return whether there was one.
  bool remove_handler(int number);

  void add(int number, signal_sink& sink, char const* who);
  /// @return whether the signal was received for this sink and signalled() was not called yet.
  bool remove(int number, signal_sink& sink) noexcept;

  /// Passes received signals to the sinks.
  void dispatch();
  void poll(bool idle) override;
  void loop_ended() noexcept override { clear(); }
  /// In the child of a fork that had abandoned the loop, claims the loop's signals again.
  void carried_on(bool left_behind) noexcept override;

 private:
  class handler;
  struct entry {
    int number;
    std::vector<signal_sink*> sinks;  // the last one is in force
    std::shared_ptr<handler> own;
  };
  void woken();
  /// Removes all sinks.
  void clear() noexcept;
  using entries = std::vector<entry>;

  entry& claim(int number, char const* who);
  entries::iterator find(int number) noexcept;
  void drop_if_unused(entries::iterator e) noexcept;

  loop_core& home_;
  entries entries_;
  std::shared_ptr<wake_pipe> pipe_;
};

}  // namespace asyncio::detail
