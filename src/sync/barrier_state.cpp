// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/sync/barrier_state.hpp>

namespace asyncio::detail {

barrier_state::arrival barrier_state::arrive(ready_node& party) noexcept {
  if (phase_ == barrier_phase::broken) return arrival::turned_away;
  if (++count_ == parties_) {
    phase_ = barrier_phase::draining;
    return arrival::last;
  }
  inside_.push_back(party);
  return arrival::waits;
}

void barrier_state::leave(list<ready_node>& newcomers) noexcept {
  if (--count_ > 0) return;
  if (phase_ == barrier_phase::draining || phase_ == barrier_phase::resetting) phase_ = barrier_phase::filling;
  newcomers.splice_back(entrance_);
}

void barrier_state::abort(list<ready_node>& parties, list<ready_node>& newcomers) noexcept {
  phase_ = barrier_phase::broken;
  parties.splice_back(inside_);
  newcomers.splice_back(entrance_);
}

void barrier_state::reset(list<ready_node>& parties) noexcept {
  phase_ = count_ > 0 ? barrier_phase::resetting : barrier_phase::filling;
  parties.splice_back(inside_);
}

}  // namespace asyncio::detail
