// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The hook by which the test kit stops or cancels a run between two steps.
#pragma once

namespace asyncio::detail {

class task_base;

/// Called between the steps of a loop; costs nothing when not installed.
class step_observer {
 public:
  /// `main` has been launched.
  virtual void begin(task_base& main) = 0;
  /// Called before each step. Exceptions it throws leave `run`.
  virtual void before_step() = 0;
  /// Whether `run` must destroy the loop immediately, without cancelling and awaiting the remaining tasks.
  [[nodiscard]] virtual bool stopped() const noexcept = 0;
  /// Called when nothing can run but tasks are left. @return whether it has made something ready.
  virtual bool stuck() = 0;

 protected:
  ~step_observer() = default;
};

}  // namespace asyncio::detail
