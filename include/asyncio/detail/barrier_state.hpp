/// @file
/// The rounds of a barrier.
#pragma once

#include <asyncio/detail/kernel.hpp>
#include <asyncio/detail/list.hpp>

#include <cstddef>
#include <cstdint>

namespace asyncio {

/// What a barrier does now.
enum class barrier_phase : std::uint8_t {
  filling,    ///< It waits for its parties.
  draining,   ///< All have come; not all of them have run on. Who comes now waits for the next round.
  resetting,  ///< It was reset; not all whose round was ended have run on. Who comes now waits for the next round.
  broken,     ///< It was aborted: waiting fails until it is reset.
};

namespace detail {

/// asyncio's rules. It knows no loop: whoever owns it queues the nodes that it gives out.
///
/// A party belongs to the round from `arrive` until it runs on and says `leave`; until then even a cancelled one counts.
/// What becomes of it is asked then: a round can still be ended by a reset or an abort after it was complete.
class barrier_state {
 public:
  explicit barrier_state(std::size_t parties) noexcept : parties_(parties) {}

  enum class arrival : std::uint8_t {
    last,        ///< The round is complete with it: it runs on, and complete_round() gives out the others.
    waits,       ///< It waits for the others.
    turned_away  ///< The barrier is broken.
  };
  /// Whether a newcomer takes part in the present round; if not it waits at the entrance: enqueue().
  [[nodiscard]] bool admits() const noexcept { return phase_ == barrier_phase::filling || phase_ == barrier_phase::broken; }
  void enqueue(ready_node& newcomer) noexcept { entrance_.push_back(newcomer); }
  /// A party comes; only if admits(). One that waits leaves the list of waiters by unlink().
  [[nodiscard]] arrival arrive(ready_node& party) noexcept;
  /// Gives out the other parties of a complete round, in the order in which they came: their place is their index.
  void complete_round(list<ready_node>& others) noexcept { others.splice_back(inside_); }

  /// A party runs on. @return whether that begins a round: then who waits at the entrance is added to `newcomers`, to try
  /// again in a turn of his own.
  void leave(list<ready_node>& newcomers) noexcept;
  /// Whether the round of a party that runs on was ended before its time.
  [[nodiscard]] bool round_broken() const noexcept {
    return phase_ == barrier_phase::broken || phase_ == barrier_phase::resetting;
  }

  /// Gives out all who wait: the parties of the present round and who stands at the entrance.
  void abort(list<ready_node>& parties, list<ready_node>& newcomers) noexcept;
  void reset(list<ready_node>& parties) noexcept;

  [[nodiscard]] barrier_phase phase() const noexcept { return phase_; }
  [[nodiscard]] std::size_t parties() const noexcept { return parties_; }
  /// How many parties the present round still needs or, when it is over, has not let go yet.
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
