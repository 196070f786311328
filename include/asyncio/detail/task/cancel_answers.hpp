// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Detects tasks that swallow a cancellation because an Asio operation threw it as an error.
#pragma once

#include <asyncio/detail/task/task_loop.hpp>

#include <unordered_map>

namespace asyncio::detail {

/// Asio's operations report a cancellation as an error that `catch (std::exception const&)` catches, or pass its code
/// to as_tuple. A task that then continues is reported in a warning. It would block the end of `run` forever. A cleanup
/// that waits looks the same at first, so at the end of `run`:
/// - such a task is granted a few waits of limited total duration;
/// - after that each wait is cancelled, and even Asio's operations throw cancelled_error, which is no std::exception;
/// - a task that repeatedly swallows even that is given up.
/// Tasks that caught a cancelled_error and continued are not handled, as in asyncio.
class cancel_answers final : private ready_node {
 public:
  cancel_answers() = default;
  cancel_answers(cancel_answers const&) = delete;
  cancel_answers& operator=(cancel_answers const&) = delete;

  /// An Asio operation has ended, or is ending, with its own error because that task was cancelled.
  void answered(task_base& task) noexcept;
  /// Whether its next cancellation must be reported as cancelled_error.
  [[nodiscard]] bool insists_on(task_base& task) const noexcept;
  /// The task, which has a cancellation request, begins a wait (null: in Asio). Afterwards must_cancel() tells whether
  /// the wait is to be cancelled.
  void waits(task_base& task, wait_node const* where) noexcept;
  /// All cancellation requests of the task were withdrawn.
  void taken_back(task_base& task) noexcept;
  void ended(task_base& task) noexcept;

  /// `run` is ending and cancels all tasks.
  void begin_last(task_loop& home) noexcept;
  /// Whether there are tasks that will never end, and the others have had time to end.
  [[nodiscard]] bool given_up() const noexcept { return given_up_ && patience_ == 0; }

 private:
  struct record {
    bool answered = false;
    bool insists = false;
    bool warned = false;
    unsigned count = 0;  // waits since then, and ticks of the clock
  };

  /// A tick of the clock.
  void run() override;
  void abandon() noexcept override {}
  void count(task_base& task, record& r) noexcept;
  void expect_end() noexcept;

  std::unordered_map<task_base*, record> records_;
  task_loop* ending_ = nullptr;
  int patience_ = 4;  // ticks left after a task was given up
  bool given_up_ = false;
};

}  // namespace asyncio::detail
