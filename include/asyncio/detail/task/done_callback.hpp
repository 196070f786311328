// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The callbacks registered by `add_done_callback` of tasks and futures.
#pragma once

#include <asyncio/detail/task/task_loop.hpp>
#include <asyncio/loop.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace asyncio::detail {

/// First one of the waiters of a task or future, then queued; destroyed after the call.
class done_callback : public ready_node {
 public:
  explicit done_callback(task_loop& home);
  /// For remove_done_callback: unique in the process.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

  void run() override;
  void abandon() noexcept override { delete this; }

 protected:
  virtual ~done_callback() = default;
  virtual void call() = 0;
  /// Describes its task or future, to report an exception it throws.
  virtual void describe(exception_context& what) const = 0;
  friend class callback_index;

 private:
  task_loop& home_;
  std::uint64_t number_;
  context_slot context_;
};

/// Maps numbers to the callbacks among the waiters of a pending task or future. Created on the first removal of one of
/// many: until then callbacks have no further cost.
class callback_index {
 public:
  /// Call after a callback was added to the waiters.
  static void added(std::unique_ptr<callback_index>& index, done_callback& cb) noexcept;
  /// Removes a callback that was not called yet from `waiters`. @return the number removed: 0 or 1.
  static std::size_t remove(std::unique_ptr<callback_index>& index, list<ready_node>& waiters, std::uint64_t number);

 private:
  std::unordered_map<std::uint64_t, done_callback*> known_;
};

}  // namespace asyncio::detail
