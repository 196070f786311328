// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// A cancellation that ends only a part of a task, distinguished from cancellations requested by others.
#pragma once

#include <asyncio/detail/task/task_state.hpp>

namespace asyncio::detail {

/// Used by timeouts and cancellation tokens. Constructed when that part of the task begins.
class cancel_request {
 public:
  explicit cancel_request(task_base& task) noexcept : task_(task), cancelling_before_(task.cancelling()) {}

  [[nodiscard]] task_base& task() const noexcept { return task_; }
  /// Cancels the task. Call once.
  void make() {
    other_cancel_pending_ = task_.must_cancel();
    task_.cancel({});
  }
  /// The part has ended after make(). @return whether the cancellation that ends it was requested by this object alone.
  [[nodiscard]] bool take_back() noexcept {
    if (task_.uncancel() > cancelling_before_) return false;
    // A cancellation that came too late for the part must not affect the code after it.
    if (!other_cancel_pending_) task_.drop_cancel();
    return true;
  }

 private:
  task_base& task_;
  int cancelling_before_;
  bool other_cancel_pending_ = false;
};

}  // namespace asyncio::detail
