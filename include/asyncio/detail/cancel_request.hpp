/// @file
/// A cancel of a task that ends a part of it only: told apart from the cancels that others ask for.
#pragma once

#include <asyncio/detail/task_state.hpp>

namespace asyncio::detail {

/// Under timeouts and cancellation tokens. Made when the part of the task begins.
class cancel_request {
 public:
  explicit cancel_request(task_base& task) noexcept : task_(task), cancelling_before_(task.cancelling()) {}

  [[nodiscard]] task_base& task() const noexcept { return task_; }
  /// Cancels the task. Once.
  void make() {
    other_cancel_pending_ = task_.must_cancel();
    task_.cancel({});
  }
  /// The part has ended after make(). @return whether a cancel that ends it was asked for by this request and nobody else.
  [[nodiscard]] bool take_back() noexcept {
    if (task_.uncancel() > cancelling_before_) return false;
    // A cancel that the part ended too early to notice must not hit what comes after it.
    if (!other_cancel_pending_) task_.drop_cancel();
    return true;
  }

 private:
  task_base& task_;
  int cancelling_before_;
  bool other_cancel_pending_ = false;
};

}  // namespace asyncio::detail
