// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// gather over existing tasks: as in asyncio, the first exception ends the gather but not the tasks.
#pragma once

#include <asyncio/detail/task/operation.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/task.hpp>

#include <memory>
#include <vector>

namespace asyncio::detail {

/// Waits for a set of tasks. Its state outlives it: tasks that end after the first exception still report to it, so
/// that their exceptions count as retrieved.
class gather_tasks {
 public:
  gather_tasks(task_loop& home, bool return_exceptions);
  gather_tasks(gather_tasks const&) = delete;
  gather_tasks& operator=(gather_tasks const&) = delete;
  ~gather_tasks();

  void add(any_task const& t);

  class wait_operation;
  [[nodiscard]] wait_operation wait() noexcept;

  /// The value of a task that has succeeded: a copy, or the value itself if it is not copyable.
  template <class T>
  static nonvoid_t<T> value(task<T> const& t) {
    if constexpr (std::is_void_v<T>) {
      t.result();
      return {};
    } else {
      return t.typed().take(false);
    }
  }

 private:
  struct shared;
  std::shared_ptr<shared> shared_;
};

class gather_tasks::wait_operation final : public wait_node, public operation<wait_operation, void> {
 public:
  explicit wait_operation(std::shared_ptr<shared> state) noexcept : shared_(std::move(state)) {}
  wait_operation(wait_operation&& other) noexcept : wait_node(std::move(other)), shared_(std::move(other.shared_)) {}

  bool cancel_wait() override;
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::gather, 0, {}, shared_.get()}; }
  void visit_awaited(task_visitor& v) override;
  void finish();

 private:
  bool arm() override;
  void disarm() noexcept override;
  std::shared_ptr<shared> shared_;
};

}  // namespace asyncio::detail
