/// @file
/// Cancels of tasks that are suspended in an Asio operation, from the request until something was thrown.
#pragma once

#include <asyncio/detail/asio_hook.hpp>

#include <cstdint>
#include <exception>
#include <string_view>
#include <unordered_map>

namespace asyncio::detail {

class worker;

/// Asio ends an operation that can be cancelled with operation_aborted. That is not enough for a cancel that is never
/// lost: an operation may not be cancellable (`post`), or it may be over while its handler is still queued. Therefore a
/// cancelled_error is also planted in the suspended coroutine, where Asio keeps what an operation throws:
/// - the operation ends with an error of its own, operation_aborted above all: that replaces the planted one;
/// - it ends with a value: the planted error is thrown at this very await, as in asyncio;
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

 private:
  struct planting {
    frame_base* frame;
    std::exception_ptr error;
    std::uint64_t number;
  };
  void after_what_was_queued(worker& w, std::uint64_t number);

  std::unordered_map<worker*, planting> plantings_;
  std::uint64_t last_number_ = 0;
};

}  // namespace asyncio::detail
