/// @file
/// A meeting point for a fixed number of coroutines: `asyncio.Barrier`.
#pragma once

#include <asyncio/detail/barrier_state.hpp>
#include <asyncio/detail/operation.hpp>

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

  /// The round is complete or was ended; `index` is its place in it.
  void let_go(std::size_t index) noexcept;
  /// It waited at the entrance and may try again.
  void retry() noexcept;
  /// The barrier is gone.
  void orphaned() noexcept;

  bool cancel_wait() override;
  [[nodiscard]] bool served() const noexcept override { return stage_ != stage::entrance && stage_ != stage::inside; }
  void run() override;
  void abandon() noexcept override;
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::event, 0, {}, owner_}; }
  std::size_t finish();

 private:
  enum class stage : std::uint8_t {
    none,      ///< It has not begun, or it runs on when its turn comes.
    entrance,  ///< It waits for the next round.
    retry,     ///< In the ready queue: then it asks again.
    inside,    ///< It waits for the other parties.
  };

  bool arm() override;
  void disarm() noexcept override { unlink(); }
  bool arrive();
  void leave() noexcept;

  barrier* owner_;
  std::size_t index_ = 0;
  stage stage_ = stage::none;
  bool counted_ = false;  // as a party of the present round
};

/// What has been done already, for those who await it as in Python.
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

/// What `barrier::statistics` tells.
struct barrier_statistics {
  barrier_phase phase = barrier_phase::filling;  ///< What the barrier does now.
  std::size_t parties = 0;                       ///< How many make a round.
  std::size_t tasks_waiting = 0;                 ///< How many coroutines wait, for their round or for the next one.
};

/// `asyncio.Barrier`: `wait` returns when `parties` coroutines wait, to all of them; then the next round begins. It must
/// outlive those who wait at it.
/// **Threads**: the loop's. Coroutines of two loops cannot wait at one barrier.
/// Conformance: BA1-BA8, XL5.
class barrier {
 public:
  /// `asyncio.Barrier(parties)`. @throws value_error unless `parties` is 1 or more. Conformance: BA1.
  explicit barrier(std::ptrdiff_t parties);
  barrier(barrier const&) = delete;
  barrier& operator=(barrier const&) = delete;
  /// Those who still wait get invalid_state; that is a mistake of the program.
  ~barrier() {
    if (!state_.inside().empty() || !state_.entrance().empty()) [[unlikely]] orphan_waiters();
  }

  /// `await barrier.wait()`: waits until as many as the barrier has parties wait. The last one to come goes on at once. While
  /// those of a round have not all run on, newcomers wait for the next round.
  /// @return the index of the caller in its round, 0 for the first to come; each index once, so one of them can do what is
  /// to be done once. @throws broken_barrier when the barrier is aborted, before or while it waits, or reset meanwhile;
  /// cancelled_error when cancelled; invalid_state when coroutines of another loop wait.
  /// **Cancellation**: leaves the round. Safe: the barrier is not broken and waits for one more. A cancel that comes when the
  /// round is complete already ends only this wait. **Checkpoint**: only if it is not the last one. **Threads**: the loop's.
  /// **Cost**: no allocation; O(1), the last one O(parties).
  /// **Example**: `if (co_await b.wait() == 0) publish();` Conformance: BA1-BA5.
  [[nodiscard("co_await it")]] detail::barrier_operation wait() noexcept { return detail::barrier_operation(*this); }

  /// `await barrier.reset()`: those who wait get broken_barrier, then a new round begins, also after an abort.
  /// It is done when the call returns; what it returns may be awaited, as in Python, and never waits.
  /// **Checkpoint**: never. **Cost**: O(waiting). Conformance: BA6, BA7.
  detail::done_operation reset();
  /// `await barrier.abort()`: those who wait, and all who come until it is reset, get broken_barrier. Awaited or not, as
  /// `reset`. **Checkpoint**: never. **Cost**: O(waiting). Conformance: BA8.
  detail::done_operation abort();

  /// `barrier.parties`.
  [[nodiscard]] std::size_t parties() const noexcept { return state_.parties(); }
  /// `barrier.n_waiting`: how many have come for the present round; 0 when it is complete or was ended. Conformance: BA3.
  [[nodiscard]] std::size_t n_waiting() const noexcept {
    return state_.phase() == barrier_phase::filling ? state_.count() : 0;
  }
  /// `barrier.broken`: whether it was aborted and not reset.
  [[nodiscard]] bool broken() const noexcept { return state_.phase() == barrier_phase::broken; }
  /// What it does now and how many wait. **Cost**: O(waiting). Conformance: BA3, XL5.
  [[nodiscard]] barrier_statistics statistics() const noexcept { return {state_.phase(), parties(), state_.waiting()}; }

 private:
  friend class detail::barrier_operation;

  void orphan_waiters() noexcept;

  detail::barrier_state state_;
};

}  // namespace asyncio
