/// @file
/// Tasks that swallow a cancel because an operation of Asio has thrown it, as an error.
#pragma once

#include <asyncio/detail/kernel.hpp>

#include <unordered_map>

namespace asyncio::detail {

/// Asio's operations answer a cancel with an error that `catch (std::exception const&)` takes, or give its code to as_tuple.
/// A task that then goes on is told of in a warning. It would hang the end of `run` for ever. A cleanup that waits looks the
/// same at first, so there:
/// - such a task has some waits of its own, which may take a while together;
/// - from then on each wait is cancelled, and Asio's operations too throw cancelled_error, which is no std::exception;
/// - one that swallows even that again and again is given up.
/// Tasks that were thrown a cancelled_error and went on are left to themselves, as in asyncio.
class asio_answers final : private ready_node {
 public:
  asio_answers() = default;
  asio_answers(asio_answers const&) = delete;
  asio_answers& operator=(asio_answers const&) = delete;

  /// An operation of Asio has ended, or ends, with an error of its own because of a cancel of that task.
  void answered(task_base& task) noexcept;
  /// Whether no answer to its next cancel will do but cancelled_error.
  [[nodiscard]] bool insists_on(task_base& task) const noexcept;
  /// Somebody has asked for a cancel of the task and not taken it back, and it begins a wait; null: in Asio. Afterwards
  /// must_cancel() says whether the wait is to be cancelled.
  void waits(task_base& task, wait_node const* where) noexcept;
  /// All cancels of the task were taken back.
  void taken_back(task_base& task) noexcept;
  void ended(task_base& task) noexcept;

  /// `run` ends, and cancels all tasks.
  void begin_last(kernel& home) noexcept;
  /// Whether there are tasks that will never end, and the others have had time to.
  [[nodiscard]] bool given_up() const noexcept { return given_up_ && patience_ == 0; }

 private:
  struct record {
    bool answered = false;
    bool insists = false;
    bool warned = false;
    unsigned count = 0;  // waits since then, and turns of the clock
  };

  /// Some time has passed.
  void run() override;
  void abandon() noexcept override {}
  void count(task_base& task, record& r) noexcept;
  void expect_end() noexcept;

  std::unordered_map<task_base*, record> records_;
  kernel* ending_ = nullptr;
  int patience_ = 4;  // turns of the clock since a task was given up
  bool given_up_ = false;
};

}  // namespace asyncio::detail
