// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/barrier.hpp>
#include <asyncio/detail/base/exception_in.hpp>
#include <asyncio/detail/sync/waiters.hpp>
#include <asyncio/error.hpp>

#include <utility>

namespace asyncio {

namespace {

using nodes = detail::list<detail::ready_node>;

detail::barrier_operation& operation_of(detail::ready_node& node) {
  return static_cast<detail::barrier_operation&>(node);
}

/// Their position in the list is their index.
void let_go_all(nodes& parties) noexcept {
  for (std::size_t index = 0; !parties.empty(); ++index) operation_of(parties.pop_front()).let_go(index);
}

void retry_all(nodes& newcomers) noexcept {
  while (!newcomers.empty()) operation_of(newcomers.pop_front()).retry();
}

std::size_t checked_parties(std::ptrdiff_t parties) {
  if (parties < 1)
    throw value_error("asyncio::barrier: it needs at least one party; give the number of coroutines that meet");
  return static_cast<std::size_t>(parties);
}

}  // namespace

barrier::barrier(std::ptrdiff_t parties) : state_(checked_parties(parties)) {}

detail::done_operation barrier::reset() {
  detail::check_waker(state_.inside(), "asyncio::barrier::reset");
  nodes parties;
  state_.reset(parties);
  let_go_all(parties);
  return {};
}

detail::done_operation barrier::abort() {
  detail::check_waker(state_.inside(), "asyncio::barrier::abort");
  detail::check_waker(state_.entrance(), "asyncio::barrier::abort");
  nodes parties;
  nodes newcomers;
  state_.abort(parties, newcomers);
  let_go_all(parties);
  retry_all(newcomers);
  return {};
}

void barrier::orphan_waiters() noexcept {
  for (nodes* const waiters : {&state_.inside(), &state_.entrance()})
    while (!waiters->empty()) operation_of(waiters->pop_front()).orphaned();
}

namespace detail {

bool barrier_operation::arm() {
  for (nodes* const waiters : {&owner_->state_.inside(), &owner_->state_.entrance()})
    check_same_loop(*waiters, *this, "asyncio::barrier::wait");
  return arrive();
}

bool barrier_operation::arrive() {
  barrier_state& state = owner_->state_;
  if (!state.admits()) {
    state.enqueue(*this);
    stage_ = stage::entrance;
    return false;
  }
  stage_ = stage::none;
  switch (state.arrive(*this)) {
    case barrier_state::arrival::turned_away:
      set_failure(exception_from([] {
        return broken_barrier("asyncio::barrier::wait: the barrier was aborted; reset() makes it usable again");
      }));
      return true;
    case barrier_state::arrival::last: {
      counted_ = true;
      index_ = state.parties() - 1;
      nodes others;
      state.complete_round(others);
      let_go_all(others);
      return true;
    }
    case barrier_state::arrival::waits: break;
  }
  counted_ = true;
  stage_ = stage::inside;
  return false;
}

void barrier_operation::let_go(std::size_t index) noexcept {
  index_ = index;
  stage_ = stage::none;
  complete();
}

void barrier_operation::retry() noexcept {
  stage_ = stage::retry;
  home().push_ready(*this);
}

void barrier_operation::orphaned() noexcept {
  counted_ = false;
  stage_ = stage::none;
  complete(destroyed_while_waiting("asyncio::barrier"));
}

bool barrier_operation::cancel_wait() {
  if (stage_ != stage::entrance && stage_ != stage::inside) return false;
  unlink();
  stage_ = stage::none;
  complete_cancelled();  // as in asyncio, a party counts until it resumes
  return true;
}

void barrier_operation::run() {
  if (stage_ != stage::retry) return wait_node::run();
  stage_ = stage::none;
  if (take_cancel() || cancelled() || arrive()) run_now();
}

void barrier_operation::abandon() noexcept {
  leave();
  wait_node::abandon();
}

void barrier_operation::leave() noexcept {
  if (!std::exchange(counted_, false)) return;
  nodes newcomers;
  owner_->state_.leave(newcomers);
  retry_all(newcomers);
}

std::size_t barrier_operation::finish() {
  bool const broken = counted_ && owner_->state_.round_broken();
  leave();
  check_outcome();
  if (broken)
    throw broken_barrier("asyncio::barrier::wait: the barrier was aborted or reset before this coroutine ran on");
  return index_;
}

}  // namespace detail
}  // namespace asyncio
