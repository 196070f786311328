// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/testing/control.hpp>

#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/testing/sequencer.hpp>

#include <string>

namespace asyncio::testing {
namespace detail {

bool quiescence_operation::arm() {
  home().quiescence_waiters().push_back(*this);
  return false;
}

bool quiescence_operation::cancel_wait() {
  if (!waiting()) return false;
  static_cast<asyncio::detail::list_node<>&>(*this).unlink();
  complete_cancelled();
  return true;
}

bool threads_operation::arm() {
  if (!home().has_thread_work()) return true;
  home().thread_waiters().push_back(*this);
  return false;
}

bool threads_operation::cancel_wait() {
  if (!waiting()) return false;
  static_cast<asyncio::detail::list_node<>&>(*this).unlink();
  complete_cancelled();
  return true;
}

awaitable<void> advance_by(duration d) {
  asyncio::detail::task_loop& core = loop::running().core();
  if (!core.time_source().is_virtual())
    throw invalid_state(
        "asyncio::testing::advance: the loop's clock is real; only a virtual clock (asyncio::testing::run) can be "
        "advanced");
  time_point const target = asyncio::detail::add_saturated(core.now(), d);
  co_await wait_all_tasks_blocked();
  while (core.has_timers() && core.next_deadline() <= target) {
    core.time_source().jump_to(core.next_deadline());
    co_await wait_all_tasks_blocked();
  }
  core.time_source().jump_to(target);
}

}  // namespace detail

void sequencer::end_turn() noexcept {
  ++next_;
  if (auto const found = waiting_.find(next_); found != waiting_.end()) found->second->complete();
}

bool sequencer::turn_operation::arm() {
  if (position_ < sequencer_.next_)
    throw invalid_state("asyncio::testing::sequencer: turn " + std::to_string(position_) +
                        " is over; each turn is taken once");
  if (!sequencer_.waiting_.emplace(position_, this).second)
    throw invalid_state("asyncio::testing::sequencer: somebody else waits for turn " + std::to_string(position_));
  return position_ == sequencer_.next_;
}

bool sequencer::turn_operation::cancel_wait() {
  if (!waiting()) return false;
  complete_cancelled();
  return true;
}

void sequencer::turn_operation::disarm() noexcept { sequencer_.waiting_.erase(position_); }

sequencer::turn sequencer::turn_operation::finish() {
  if (auto const found = sequencer_.waiting_.find(position_);
      found != sequencer_.waiting_.end() && found->second == this)
    sequencer_.waiting_.erase(found);
  check_outcome();
  return turn(sequencer_);
}

}  // namespace asyncio::testing
