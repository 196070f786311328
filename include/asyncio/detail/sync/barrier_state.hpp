// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The rounds of a barrier.
#pragma once

#include <asyncio/detail/base/list.hpp>
#include <asyncio/detail/task/task_loop.hpp>

#include <cstddef>
#include <cstdint>

namespace asyncio {

/// The phase of a barrier.
enum class barrier_phase : std::uint8_t {
  filling,    ///< Waiting for parties.
  draining,   ///< All have arrived but not all have resumed. Newcomers wait for the next round.
  resetting,  ///< Reset, but not all parties of the broken round have resumed. Newcomers wait for the next round.
  broken,     ///< Aborted: waiting fails until it is reset.
};

namespace detail {

/// Implements asyncio's rules. Independent of a loop: the owner queues the nodes that it returns.
///
/// A party belongs to the round from `arrive` until it resumes and calls `leave`; until then even a cancelled one
/// counts. Its outcome is determined then: a reset or an abort can still break a round after it was complete.
class barrier_state {
 public:
  explicit barrier_state(std::size_t parties) noexcept : parties_(parties) {}

  enum class arrival : std::uint8_t {
    last,        ///< It completes the round: it continues, and complete_round() returns the others.
    waits,       ///< It waits for the others.
    turned_away  ///< The barrier is broken.
  };
  /// Whether a newcomer joins the current round; if not it waits for the next one: enqueue().
  [[nodiscard]] bool admits() const noexcept {
    return phase_ == barrier_phase::filling || phase_ == barrier_phase::broken;
  }
  void enqueue(ready_node& newcomer) noexcept { entrance_.push_back(newcomer); }
  /// A party arrives; only if admits(). One that waits leaves the list of waiters by unlink().
  [[nodiscard]] arrival arrive(ready_node& party) noexcept;
  /// Moves the other parties of a complete round to `others`, in order of arrival, which is their index.
  void complete_round(list<ready_node>& others) noexcept { others.splice_back(inside_); }

  /// A party resumes. If that starts a new round, adds the waiting newcomers to `newcomers`, to try again in separate
  /// turns.
  void leave(list<ready_node>& newcomers) noexcept;
  /// Whether the round of a resuming party was broken.
  [[nodiscard]] bool round_broken() const noexcept {
    return phase_ == barrier_phase::broken || phase_ == barrier_phase::resetting;
  }

  /// Moves out all waiters: the parties of the current round and the newcomers.
  void abort(list<ready_node>& parties, list<ready_node>& newcomers) noexcept;
  void reset(list<ready_node>& parties) noexcept;

  [[nodiscard]] barrier_phase phase() const noexcept { return phase_; }
  [[nodiscard]] std::size_t parties() const noexcept { return parties_; }
  /// The number of parties in the current round that have not left yet.
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] list<ready_node>& inside() noexcept { return inside_; }
  [[nodiscard]] list<ready_node>& entrance() noexcept { return entrance_; }
  [[nodiscard]] std::size_t waiting() const noexcept { return inside_.size() + entrance_.size(); }

 private:
  std::size_t parties_;
  std::size_t count_ = 0;
  list<ready_node> inside_;
  list<ready_node> entrance_;
  barrier_phase phase_ = barrier_phase::filling;
};

}  // namespace detail
}  // namespace asyncio
