// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Cancellation of tasks that are suspended in an Asio operation, from the request until an exception is thrown.
#pragma once

#include <asyncio/detail/asio/asio_hook.hpp>
#include <asyncio/detail/asio/asio_queue.hpp>
#include <asyncio/detail/asio/cancellation_cell.hpp>
#include <asyncio/detail/task/cancel_answers.hpp>
#include <asyncio/detail/task/carrier.hpp>

#include <cstdint>
#include <memory>
#include <string_view>

namespace asyncio::detail {

/// An error planted in a suspended coroutine, and its fate.
struct planting {
  planting(entry_frame* s, frame_base* f, carrier& w) noexcept : stack(s), frame(f), on(&w) {}
  entry_frame* stack;  // null: no longer of interest
  frame_base* frame;
  carrier* on;
  bool displaced = false;  // the planted error will not be thrown
  bool emitted = false;
  slot_mark told;  // marks the handler that received the cancellation
};

/// The state of Asio's queue at a moment when no handler runs.
enum class calm : std::uint8_t {
  quiet,  ///< Asio has no handler queued.
  noisy,  ///< There are always handlers queued, but older ones have run.
  none    ///< The context was stopped.
};

/// Asio ends a cancellable operation with operation_aborted. This does not guarantee that a cancellation is never lost:
/// an operation may not be cancellable (`post`), or may be complete while its handler is still queued. Therefore a
/// cancelled_error is also planted in the suspended coroutine, where Asio stores the exception of an operation:
/// - the operation ends with operation_aborted: that replaces the planted error;
/// - it ends with a value or another error, because it was already complete: the planted error is thrown at this
///   await, as in asyncio;
/// - it is really being aborted: the planted error is removed as soon as that is certain, so that `as_tuple` gets the
///   error code.
/// An operation that is awaited without `use_awaitable` has no coroutine. Then the planted error is not thrown, and the
/// cancellation is delivered at the next wait.
///
/// The handler that a completed operation leaves in the cancellation slot stays there until its completion handler has
/// run, and may refer to a destroyed object. So a cancellation is emitted only at a quiet point, when Asio has no
/// handler queued: then a slot's handler belongs to an operation in progress. Usually that is the case at the time of
/// the request. A composed operation may be in a step that cannot be cancelled: when its next step installs a handler
/// in the slot, the cancellation is emitted again.
class raw_cancels {
 public:
  explicit raw_cancels(asio_queue const& queue) : queue_(queue) {}

  /// At the next quiet point, cancels the operation in which the carrier's task is suspended. @return false if it is
  /// not suspended in one.
  bool send(carrier& w, std::string_view message);
  /// After a step of the carrier. @return whether the cancellation was not seen and still has to be delivered.
  [[nodiscard]] bool unseen_after_step(carrier& w) noexcept;
  /// Drops a cancellation that was not thrown yet.
  void take_back(carrier& w) noexcept;
  /// The tasks that received a cancellation as an error of an operation.
  [[nodiscard]] cancel_answers& answers() noexcept { return answers_; }
  /// The loop is being destroyed.
  void forget_all() noexcept;

  [[nodiscard]] bool is_quiet(std::uint64_t moment) const { return queue_.is_quiet(moment); }
  /// Whether there are cancellations to emit.
  [[nodiscard]] bool due() const noexcept { return !due_.empty(); }
  /// Whether a task has not yet resumed after its cancellation was emitted.
  [[nodiscard]] bool unanswered() const noexcept { return !told_.empty(); }
  /// Call after handlers have run that may be steps of operations with an emitted cancellation.
  void look_again() noexcept;
  /// Emits what is due now. `calm_down()` lets Asio run queued handlers: the effects of one cancellation may end the
  /// next operation.
  template <class CalmDown>
  void emit_due(CalmDown calm_down) {
    queue_.forget();
    telling_.splice_back(due_);
    while (!telling_.empty()) {
      calm const c = calm_down();
      if (c == calm::none) break;
      if (!telling_.empty()) tell(telling_.pop_front(), c);
    }
  }
  /// Call after emit_due(), even if it has thrown: requeues what it has left.
  void keep_rest() noexcept { due_.splice_back(telling_); }

 private:
  class planted_error;

  static void plant(carrier& w, entry_frame& stack, std::string_view message);
  static bool pull_out(planting& p) noexcept;
  static bool resumed(carrier& w) noexcept;
  static bool in_new_step(carrier& w) noexcept;
  void tell(carrier& w, calm c);
  void takes(planting& p) noexcept;
  void takes_later(std::shared_ptr<planting> const& p) noexcept;
  void make_due(carrier& w) noexcept;
  static void erase(carrier& w) noexcept;

  cancel_answers answers_;
  asio_queue queue_;
  // All carriers with a cancellation in flight, each in one of these lists.
  list<carrier, cancel_tag> due_;
  list<carrier, cancel_tag> telling_;
  list<carrier, cancel_tag> told_;
};

}  // namespace asyncio::detail
