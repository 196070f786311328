/// @file
/// Cancels of tasks that are suspended in an Asio operation, from the request until something was thrown.
#pragma once

#include <asyncio/detail/asio_answers.hpp>
#include <asyncio/detail/asio_hook.hpp>
#include <asyncio/detail/asio_queue.hpp>
#include <asyncio/detail/worker.hpp>

#include <cstdint>
#include <memory>
#include <string_view>

namespace asyncio::detail {

/// An error that was planted in a suspended coroutine, and what became of it.
struct planting {
  planting(entry_frame* s, frame_base* f, worker& w) noexcept : stack(s), frame(f), on(&w) {}
  entry_frame* stack;  // null: nobody wants to know any more
  frame_base* frame;
  worker* on;
  bool displaced = false;  // nobody will see it
  bool emitted = false;
  slot_mark told;  // on the handler that the cancel was emitted to
};

/// What can be said of a moment in which no handler runs.
enum class calm : std::uint8_t {
  quiet,  ///< Asio has no handler queued.
  noisy,  ///< There are always some, but those that were queued a while ago have run.
  none    ///< The context was stopped.
};

/// Asio ends an operation that can be cancelled with operation_aborted. That is not enough for a cancel that is never
/// lost: an operation may not be cancellable (`post`), or it may be over while its handler is still queued. Therefore a
/// cancelled_error is also planted in the suspended coroutine, where Asio keeps what an operation throws:
/// - the operation ends with operation_aborted: that replaces the planted one;
/// - it ends with a value or another error, because it was over when the cancel came: the planted error is thrown at this
///   very await, as in asyncio;
/// - it is really being aborted: the planted error is taken out again as soon as that is certain, so that `as_tuple` gets
///   the error code.
/// An operation that is awaited without `use_awaitable` has no coroutine of its own. Then nothing sees the planted error,
/// and the cancel goes to the next wait.
///
/// When an operation is over, what it has left in the cancellation slot stays there until its handler has run, and may name
/// an object that is gone. So a cancel is emitted only at a quiet point, when Asio has no handler queued: then whatever is in
/// a slot belongs to an operation in progress. Mostly that is so when the cancel is asked for. A composed operation may be in a step that takes no cancel: when it begins
/// another step, which it puts into the slot, the cancel is emitted again.
class raw_cancels {
 public:
  explicit raw_cancels(asio_queue const& queue) : queue_(queue) {}

  /// Cancels the operation that the worker's task is suspended in, at the next quiet point. @return false when it is not.
  bool send(worker& w, std::string_view message);
  /// After a step of the worker. @return whether nobody has seen the cancel: it still has to be delivered.
  [[nodiscard]] bool settle(worker& w) noexcept;
  /// Forgets a cancel that was not thrown yet.
  void take_back(worker& w) noexcept;
  /// Who was told of a cancel by an operation.
  [[nodiscard]] asio_answers& answers() noexcept { return answers_; }
  /// The loop is being destroyed.
  void forget_all() noexcept;

  [[nodiscard]] bool is_quiet(std::uint64_t moment) const { return queue_.is_quiet(moment); }
  /// Whether something is to be emitted.
  [[nodiscard]] bool due() const noexcept { return !due_.empty(); }
  /// Whether a task has not yet resumed after its cancel was emitted.
  [[nodiscard]] bool unanswered() const noexcept { return !told_.empty(); }
  /// Handlers have run that may have been steps of operations that were told of a cancel.
  void look_again() noexcept;
  /// Emits what is due now. `calm_down()` lets Asio run what is queued: what one cancel sets off may end the next operation.
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
  /// After emit_due(), also if that has thrown: what it has left is due.
  void keep_rest() noexcept { due_.splice_back(telling_); }

 private:
  class planted_error;

  static void plant(worker& w, entry_frame& stack, std::string_view message);
  static bool pull_out(planting& p) noexcept;
  static bool resumed(worker& w) noexcept;
  static bool in_new_step(worker& w) noexcept;
  void tell(worker& w, calm c);
  void takes(planting& p) noexcept;
  void takes_later(std::shared_ptr<planting> const& p) noexcept;
  void make_due(worker& w) noexcept;
  static void erase(worker& w) noexcept;

  asio_answers answers_;
  asio_queue queue_;
  // All workers with a cancel in flight, each in one of them.
  list<worker, cancel_tag> due_;
  list<worker, cancel_tag> telling_;
  list<worker, cancel_tag> told_;
};

}  // namespace asyncio::detail
