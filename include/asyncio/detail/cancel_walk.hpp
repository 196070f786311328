/// @file
/// One request to cancel, on its way through the tasks that wait for other tasks.
#pragma once

#include <asyncio/detail/kernel.hpp>
#include <asyncio/detail/task_state.hpp>
#include <asyncio/detail/wait_node.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace asyncio::detail {

/// Cancels tasks, and the tasks those wait for, in the order in which asyncio's cancel() does by calling itself; but each
/// task once, however many ways lead to it, and without a stack. Those still to come are linked through their own
/// ready_node, which a task needs only before its start and after its end: it takes no memory, and a task that ends
/// meanwhile is out of the list.
class cancel_walk {
 public:
  /// The text is copied: what is cancelled may run foreign code, which may end whoever has it.
  cancel_walk(kernel& home, std::string_view message) noexcept;
  cancel_walk(cancel_walk const&) = delete;
  cancel_walk& operator=(cancel_walk const&) = delete;
  ~cancel_walk();

  /// Comes next, after those that were added since the last visit. @return false when it has ended.
  bool add(task_base& t);
  /// Visits all, and those that they add.
  void run();

 private:
  friend class passed_cancel;
  void visit(task_base& t);

  kernel& home_;
  cancel_walk* outer_;  // foreign code may ask for a cancel in the middle of another one
  std::uint32_t number_;
  wait_node const* waiting_ = nullptr;  // what the visited task waits in
  bool ring_ = false;                   // ... is waited for by what it waits for
  list<ready_node> added_;
  list<ready_node> todo_;
  std::string message_;
};

/// For the cancel_wait() of a wait for tasks: the walk that has come to it, or, if the request begins here, a new one.
class passed_cancel {
 public:
  explicit passed_cancel(wait_node const& from) noexcept;

  /// @return false when the task has ended.
  bool add(task_base& t) { return walk_->add(t); }
  /// A task that was added is cancelled once more, as it was given once more.
  void add_again(task_base& t) {
    if (!t.done()) t.note_cancel(walk_->message_);
  }
  /// Whether one of them waits for this wait. There the ring has to be cut.
  [[nodiscard]] bool closes_ring() const noexcept { return walk_->ring_; }
  /// Last, because it may run foreign code.
  void go() {
    if (own_) own_->run();
  }

 private:
  std::optional<cancel_walk> own_;
  cancel_walk* walk_;
};

}  // namespace asyncio::detail
