// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Tasks in completion order, one for each request. Used by as_completed and task_set.
#pragma once

#include <asyncio/detail/base/time_limit.hpp>
#include <asyncio/detail/gather/task_watch.hpp>
#include <asyncio/detail/loop/deadline_timer.hpp>
#include <asyncio/detail/task/operation.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>

namespace asyncio::detail {

struct asker_tag {};

/// Delivers tasks to waiters in FIFO order. Shared by its owner and its waiters.
class completion_queue : public task_watch, private deadline_timer::target {
 public:
  class next;

  /// `who` begins the error messages; tasks that have not ended after `limit` are too late.
  explicit completion_queue(char const* who, time_limit const& limit = {}) : who_(who), limit_(limit) {}
  virtual ~completion_queue();

  /// Called when the loop is known: by the owner, else by the first waiter.
  void begin(task_loop& home);
  /// Whether `here` is the loop of the tasks. Adopts it if there was none before, or if that one and its tasks are
  /// gone.
  [[nodiscard]] bool belongs_to(task_loop& here);
  /// The loop for a new task: the running one or, if it is already known, also from outside a loop. Throws value_error
  /// in another loop.
  [[nodiscard]] task_loop& loop_for_task(char const* who);

  /// Adds a task, which may have already ended.
  void add(task_ref t);
  /// The number of undelivered tasks, finished or not.
  [[nodiscard]] std::size_t size() const noexcept { return ended_.size() + watched(); }
  [[nodiscard]] std::size_t ended() const noexcept { return ended_.size(); }
  /// Removes a finished task.
  [[nodiscard]] task_ref take_ended() noexcept;
  void cancel_all(std::string_view message);
  /// Drops all tasks, including finished ones.
  void forget() noexcept;

 protected:
  /// Creates the initial tasks.
  virtual void make_tasks(task_loop&) {}
  void task_ended(task_ref t) override;

 private:
  void time_up() override;
  void serve() noexcept;

  char const* who_;
  time_limit limit_;
  task_loop* home_ = nullptr;  // may dangle
  std::uint32_t home_serial_ = 0;
  std::deque<task_ref> ended_;  // null represents a task that was too late
  list<next, asker_tag> askers_;
  deadline_timer timer_{*this};
};

/// The type-independent part of `next()` and `join_next()`.
class completion_queue::next : public wait_node, public list_node<asker_tag> {
 public:
  bool cancel_wait() override;
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::gather, 0, {}, from_.get()}; }
  void visit_awaited(task_visitor& v) override {
    from_->for_each_watched([&](task_base& t) { v.awaited(t); });
  }
  /// For completion_queue: delivers a task.
  void give(task_ref t) noexcept {
    given_ = std::move(t);
    full_ = true;
  }

 protected:
  explicit next(std::shared_ptr<completion_queue> from) noexcept : from_(std::move(from)) {}
  next(next&& other) noexcept : wait_node(std::move(other)), from_(std::move(other.from_)) {}
  ~next() = default;

  /// The delivered task, or none at the end. Throws timeout_error for one that was too late.
  [[nodiscard]] task_ref take();

 private:
  bool arm() override;
  void disarm() noexcept override;

  std::shared_ptr<completion_queue> from_;
  task_ref given_;
  bool full_ = false;
};

template <class Handle>
class next_operation final : public completion_queue::next,
                             public operation<next_operation<Handle>, std::optional<Handle>> {
 public:
  explicit next_operation(std::shared_ptr<completion_queue> from) noexcept : next(std::move(from)) {}
  next_operation(next_operation&&) noexcept = default;

  std::optional<Handle> finish() {
    task_ref t = take();
    if (t.get() == nullptr) return std::nullopt;
    return Handle(std::move(t));
  }
};

}  // namespace asyncio::detail
