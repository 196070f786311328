/// @file
/// The seam at which the test kit stops or cancels a run between two of its steps.
#pragma once

namespace asyncio::detail {

class task_base;

/// Told of every moment between two steps of a loop; without one a loop pays nothing.
class probe {
 public:
  /// `main` has been launched.
  virtual void begin(task_base& main) = 0;
  /// Another step is about to be made. What it throws leaves `run`.
  virtual void before_step() = 0;
  /// Whether `run` is to destroy the loop as it stands, without cancelling and awaiting what is left.
  [[nodiscard]] virtual bool stopped() const noexcept = 0;
  /// Nothing can run any more, and tasks are left. @return whether it has changed that.
  virtual bool stuck() = 0;

 protected:
  ~probe() = default;
};

}  // namespace asyncio::detail
