// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// A rendezvous for a fixed number of coroutines: `asyncio.Barrier`.
#pragma once

#include <asyncio/detail/sync/barrier_state.hpp>
#include <asyncio/detail/task/operation.hpp>

#include <cstddef>
#include <cstdint>

namespace asyncio {

class barrier;

namespace detail {

/// `co_await barrier.wait()`.
class barrier_operation final : public wait_node, public operation<barrier_operation, std::size_t> {
 public:
  explicit barrier_operation(barrier& owner) noexcept : owner_(&owner) {}
  barrier_operation(barrier_operation&& other) noexcept : wait_node(std::move(other)), owner_(other.owner_) {}

  /// The round is complete or was broken; `index` is this party's index in it.
  void let_go(std::size_t index) noexcept;
  /// It waited for the next round and may try again.
  void retry() noexcept;
  /// The barrier was destroyed.
  void orphaned() noexcept;

  bool cancel_wait() override;
  [[nodiscard]] bool served() const noexcept override { return stage_ != stage::entrance && stage_ != stage::inside; }
  void run() override;
  void abandon() noexcept override;
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::event, 0, {}, owner_}; }
  std::size_t finish();

 private:
  enum class stage : std::uint8_t {
    none,      ///< Not started, or about to resume.
    entrance,  ///< Waiting for the next round.
    retry,     ///< In the ready queue, to try again.
    inside,    ///< Waiting for the other parties.
  };

  bool arm() override;
  void disarm() noexcept override { unlink(); }
  bool arrive();
  void leave() noexcept;

  barrier* owner_;
  std::size_t index_ = 0;
  stage stage_ = stage::none;
  bool counted_ = false;  // as a party of the current round
};

/// An operation that is already complete, for callers that await it as in Python.
class done_operation final : public wait_node, public operation<done_operation, void> {
 public:
  done_operation() noexcept { need_not_be_awaited(); }
  done_operation(done_operation&& other) noexcept : wait_node(std::move(other)) {}
  bool ready() noexcept { return true; }
  bool cancel_wait() override { return false; }
  [[nodiscard]] wait_info describe() const noexcept override { return {}; }
  void finish() {}

 private:
  bool arm() override { return true; }
  void disarm() noexcept override {}
};

}  // namespace detail

/// The result of `barrier::statistics`.
struct barrier_statistics {
  barrier_phase phase = barrier_phase::filling;  ///< The current phase.
  std::size_t parties = 0;                       ///< How many parties complete a round.
  std::size_t tasks_waiting = 0;                 ///< How many coroutines wait, for this round or the next.
};

/// `asyncio.Barrier`: `wait` returns to all callers once `parties` coroutines wait; then the next round begins. It must
/// outlive its waiters.
/// **Threads**: the loop's. Coroutines of two loops cannot wait at one barrier.
/// Conformance: BA1-BA8, XL5.
class barrier {
 public:
  /// `asyncio.Barrier(parties)`. @throws value_error unless `parties` is 1 or more. Conformance: BA1.
  explicit barrier(std::ptrdiff_t parties);
  barrier(barrier const&) = delete;
  barrier& operator=(barrier const&) = delete;
  /// Destroying it with waiters is a bug: they get invalid_state.
  ~barrier() {
    if (!state_.inside().empty() || !state_.entrance().empty()) [[unlikely]]
      orphan_waiters();
  }

  /// `await barrier.wait()`: waits until `parties()` coroutines wait. The last to arrive continues without suspending.
  /// Until all parties of a round have resumed, newcomers wait for the next round.
  /// @return the index of the caller in its round, 0 for the first to arrive. Indices are unique, so one party can do
  /// work that must be done once. @throws broken_barrier when the barrier is aborted before or during the wait, or
  /// reset during it; cancelled_error when cancelled; invalid_state when coroutines of another loop wait.
  /// **Cancellation**: leaves the round. Safe: the barrier is not broken and waits for one more party. A cancellation
  /// after the round is complete ends only this wait. **Checkpoint**: unless it is the last to arrive. **Threads**: the
  /// loop's.
  /// **Cost**: no allocation; O(1), O(parties) for the last to arrive.
  /// **Example**: `if (co_await b.wait() == 0) publish();` Conformance: BA1-BA5.
  [[nodiscard("co_await it")]] detail::barrier_operation wait() noexcept { return detail::barrier_operation(*this); }

  /// `await barrier.reset()`: waiters get broken_barrier, then a new round begins, even after an abort.
  /// It takes effect before the call returns; the result may be awaited, as in Python, and never suspends.
  /// **Checkpoint**: never. **Cost**: O(waiting). Conformance: BA6, BA7.
  detail::done_operation reset();
  /// `await barrier.abort()`: current waiters, and all that arrive before a reset, get broken_barrier. The result may
  /// be awaited, as for `reset`. **Checkpoint**: never. **Cost**: O(waiting). Conformance: BA8.
  detail::done_operation abort();

  /// `barrier.parties`.
  [[nodiscard]] std::size_t parties() const noexcept { return state_.parties(); }
  /// `barrier.n_waiting`: how many have arrived for the current round; 0 when it is complete or broken.
  /// Conformance: BA3.
  [[nodiscard]] std::size_t n_waiting() const noexcept {
    return state_.phase() == barrier_phase::filling ? state_.count() : 0;
  }
  /// `barrier.broken`: whether it was aborted and not reset.
  [[nodiscard]] bool broken() const noexcept { return state_.phase() == barrier_phase::broken; }
  /// The current phase and the number of waiters. **Cost**: O(waiting). Conformance: BA3, XL5.
  [[nodiscard]] barrier_statistics statistics() const noexcept { return {state_.phase(), parties(), state_.waiting()}; }

 private:
  friend class detail::barrier_operation;

  void orphan_waiters() noexcept;

  detail::barrier_state state_;
};

}  // namespace asyncio
