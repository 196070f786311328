// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Forcing an order between the tasks of a test.
#pragma once

#include <asyncio/detail/task/operation.hpp>

#include <map>
#include <utility>

namespace asyncio::testing {

/// Trio's Sequencer: `auto turn = co_await seq(2);` waits until turns 0 and 1 have ended; the turn ends with the scope
/// of `turn`. Conformance: XV10. **Threads**: the loop's.
class sequencer {
 public:
  /// A turn; the next one starts when it is destroyed.
  class [[nodiscard("the turn ends when this is destroyed")]] turn {
   public:
    explicit turn(sequencer & s) noexcept : sequencer_(&s) {}
    turn(turn && other) noexcept : sequencer_(std::exchange(other.sequencer_, nullptr)) {}
    turn& operator=(turn&&) = delete;
    ~turn() {
      if (sequencer_) sequencer_->end_turn();
    }

   private:
    sequencer* sequencer_;
  };

  class turn_operation;
  /// Waits for turn `position`, counted from 0. @throws invalid_state if another coroutine waits for the same turn or
  /// the turn is over. **Cancellation**: ends the wait; later turns then wait until another coroutine takes this one.
  [[nodiscard("co_await it")]] turn_operation operator()(unsigned position);

 private:
  void end_turn() noexcept;
  unsigned next_ = 0;
  std::map<unsigned, turn_operation*> waiting_;
};

class sequencer::turn_operation final : public asyncio::detail::wait_node,
                                        public asyncio::detail::operation<turn_operation, turn> {
 public:
  turn_operation(sequencer& s, unsigned position) noexcept : sequencer_(s), position_(position) {}
  turn_operation(turn_operation&& other) noexcept
      : wait_node(std::move(other)), sequencer_(other.sequencer_), position_(other.position_) {}

  bool cancel_wait() override;
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::event, 0, {}, &sequencer_}; }
  turn finish();

 private:
  bool arm() override;
  void disarm() noexcept override;
  sequencer& sequencer_;
  unsigned position_;
};

inline sequencer::turn_operation sequencer::operator()(unsigned position) { return {*this, position}; }

}  // namespace asyncio::testing
