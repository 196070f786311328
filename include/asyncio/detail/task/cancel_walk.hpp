// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Propagates one cancellation request through tasks that wait for other tasks.
#pragma once

#include <asyncio/detail/task/task_loop.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/detail/task/wait_node.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace asyncio::detail {

/// Cancels tasks, and the tasks they wait for, in the order of asyncio's recursive cancel(), but each task only once,
/// however many paths lead to it, and without recursion. Pending tasks are linked through their own ready_node, which a
/// task needs only before its start and after its end: this allocates nothing, and a task that ends meanwhile leaves
/// the list.
class cancel_walk {
 public:
  /// The text is copied: cancelling may run foreign code, which may destroy its owner.
  cancel_walk(task_loop& home, std::string_view message) noexcept;
  cancel_walk(cancel_walk const&) = delete;
  cancel_walk& operator=(cancel_walk const&) = delete;
  ~cancel_walk();

  /// Visits `t` next, after the tasks added since the last visit. @return false if it has ended.
  bool add(task_base& t);
  /// Visits all tasks, including those added meanwhile.
  void run();

 private:
  friend class passed_cancel;
  void visit(task_base& t);

  task_loop& home_;
  cancel_walk* outer_;  // foreign code may request a cancellation during another one
  std::uint32_t number_;
  wait_node const* waiting_ = nullptr;  // the wait of the visited task
  bool cycle_ = false;                  // the visited task is part of a cycle of waits
  list<ready_node> added_;
  list<ready_node> todo_;
  std::string message_;
};

/// For the cancel_wait() of a wait for tasks: the current walk, or a new one if the request starts here.
class passed_cancel {
 public:
  explicit passed_cancel(wait_node const& from) noexcept;

  /// @return false if the task has ended.
  bool add(task_base& t) { return walk_->add(t); }
  /// Cancels an added task once more, because it was passed more than once.
  void add_again(task_base& t) {
    if (!t.done()) t.note_cancel(walk_->message_);
  }
  /// Whether one of them waits for this wait, so that the cycle must be broken here.
  [[nodiscard]] bool closes_cycle() const noexcept { return walk_->cycle_; }
  /// Call it last: it may run foreign code.
  void go() {
    if (own_) own_->run();
  }

 private:
  std::optional<cancel_walk> own_;
  cancel_walk* walk_;
};

}  // namespace asyncio::detail
