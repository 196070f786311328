/// @file
/// Cancels of tasks that are suspended in an Asio operation, from the request until something was thrown.
#pragma once

#include <asyncio/detail/asio_answers.hpp>
#include <asyncio/detail/asio_hook.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>

namespace asyncio::detail {

class worker;

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
class raw_cancels {
 public:
  /// Cancels the operation that the worker's task is suspended in. @return false when the task lets no cancel through now.
  bool send(worker& w, std::string_view message);
  /// After a step of the worker. @return whether nobody has seen the cancel: it still has to be delivered.
  [[nodiscard]] bool settle(worker& w) noexcept;
  /// Forgets a cancel that was not thrown yet.
  void take_back(worker& w) noexcept;
  /// Who was told of a cancel by an operation.
  [[nodiscard]] asio_answers& answers() noexcept { return answers_; }
  /// The loop is being destroyed.
  void forget_all() noexcept;

 private:
  class planted_error;
  /// A planted error and what became of it.
  struct planting {
    entry_frame* stack;  // null: nobody wants to know any more
    frame_base* frame;
    worker* on;
    std::uint64_t number;
    bool displaced = false;  // nobody will see it
  };
  using plantings = std::unordered_map<worker*, std::shared_ptr<planting>>;

  void plant(worker& w, entry_frame* stack, std::string_view message);
  static bool pull_out(planting& p) noexcept;
  void erase(plantings::iterator where, worker& w) noexcept;
  void after_what_was_queued(worker& w, std::uint64_t number);

  plantings plantings_;
  asio_answers answers_;
  std::uint64_t last_number_ = 0;
};

}  // namespace asyncio::detail
