// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Structured children: tasks that end before the call that started them returns. Used by gather and race.
#pragma once

#include <asyncio/detail/task/operation.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/task.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace asyncio::detail {

/// The tasks of one structured call. Its waiter resumes one pass after the end, or after the first failure, as with the
/// future of asyncio's gather. Children are spawned, or pulled from a derived class in the pass after the wait began.
class child_group : public task_owner, public ready_node {
 public:
  enum class on_failure : std::uint8_t { cancel_siblings, carry_on };

  /// `who` begins the error message for a rejected awaitable.
  child_group(task_loop& home, on_failure policy, char const* who) noexcept : home_(home), who_(who), policy_(policy) {
    deadline_.when = effective_deadline(home.current_task());
  }
  child_group(child_group const&) = delete;
  child_group& operator=(child_group const&) = delete;
  virtual ~child_group();

  /// Starts a child in the next pass. A rejected awaitable ends the whole call with the error.
  template <class T>
  task<T> spawn(awaitable<T> body, source_location where) {
    try {
      task<T> child = make_task(home_, std::move(body), where, who_);
      adopt(*child.ref().get(), task_base::start_mode::queued);
      return child;
    } catch (...) {
      refuse(std::current_exception());
      return {};
    }
  }

  /// `co_await group.wait()`: waits until every child has ended; then throws the first failure, or cancelled_error.
  class wait_operation;
  [[nodiscard]] wait_operation wait() noexcept;

  void child_finished(task_base& child) noexcept override;
  void run() override;
  void abandon() noexcept override {}
  [[nodiscard]] bool goes_first() const noexcept override { return true; }

 protected:
  [[nodiscard]] task_loop& home() noexcept { return home_; }
  [[nodiscard]] char const* who() const noexcept { return who_; }
  [[nodiscard]] bool stopped() const noexcept { return creation_ == creation::stopped; }
  [[nodiscard]] std::size_t running_count() const noexcept { return count_; }
  /// Whether a child has failed or was cancelled.
  [[nodiscard]] bool failed() const noexcept { return failure_ || child_cancelled_; }
  /// Decides the call: starts no more children, and cancels and awaits the running ones.
  void stop() noexcept;
  /// The same, and the call throws `e`.
  void refuse(std::exception_ptr e) noexcept;
  /// Call when there may be room for another child.
  void pull_soon() noexcept;
  void adopt(task_base& child, task_base::start_mode mode);

  /// Whether there are more children to create ...
  virtual bool has_more() { return false; }
  /// ... and whether the next may be created now.
  [[nodiscard]] virtual bool has_room() const noexcept { return true; }
  /// Creates and adopts the next child. @return null if there is no room, none is left (none_left()), or creating it
  /// has stopped the call.
  virtual task_base* make_next() { return none_left(); }
  /// All children have been created.
  task_base* none_left() noexcept {
    if (!stopped()) creation_ = creation::exhausted;
    return nullptr;
  }
  virtual void child_succeeded(task_base&) {}
  virtual void child_not_succeeded(task_base&) {}

 private:
  // What is known of a call, in three independent respects:
  //
  //                    | creation         | siblings     | cancelled_by_caller
  //   at first         | goes_on          | run          | none
  //   none_left()      | exhausted        |              |
  //   a child fails*   |                  | (turn below) |                        * if policy is cancel_siblings
  //   stop, refuse     | stopped          | to_be_ended  |
  //   its own turn**   | stopped          | ended        |                        ** after a failure* or to_be_ended
  //   caller cancelled | stopped          | ended        | before_failure, or after_failure if that was reported
  //
  // The call ends when no child runs and creation does not go on; then the caller's cancellation, unless it came before
  // a failure, goes before the failure.
  enum class creation : std::uint8_t { goes_on, exhausted, stopped };
  enum class siblings : std::uint8_t { run, to_be_ended, ended };
  enum class caller_cancel : std::uint8_t { none, before_failure, after_failure };

  /// In its turn in the ready queue, creates and starts as many children as allowed.
  class puller final : public start_source {
   public:
    explicit puller(child_group& group) noexcept : group_(group) {}
    void run() override;
    void abandon() noexcept override {}
    task_base* next() noexcept override;
    [[nodiscard]] bool pulling() const noexcept { return pulling_; }

   private:
    child_group& group_;
    bool pulling_ = false;
  };

  /// The turn that reports the end of all children to the waiter. This object's own turn, which reports the first
  /// failure, may still be pending when the last child ends.
  class end_turn final : public ready_node {
   public:
    explicit end_turn(child_group& group) noexcept : group_(group) {}
    void run() override { group_.wake_waiter(); }
    void abandon() noexcept override {}

   private:
    child_group& group_;
  };

  /// The call is decided, so what a child takes from now on would be lost. Children are cancelled in this object's
  /// turn; those that would resume before that, because their wait has already succeeded, are cancelled here, including
  /// those in nested calls. `all`: also those that only yielded or have not started.
  void cancel_those_served(bool all) noexcept;
  /// A cancellation came while children were being created: the next one counts as cancelled before its start.
  void never_enter();
  [[nodiscard]] bool ended() const noexcept { return count_ == 0 && creation_ != creation::goes_on; }
  void wake_waiter() noexcept;
  /// Queues the turn of the end, if all have ended.
  void end_later() noexcept;
  /// Queues the turn of the first failure, or of whatever else decides the call.
  void decide_later() noexcept;

  task_loop& home_;
  char const* who_;
  deadline_scope deadline_;  // in force for the call, and thus for its children
  list<task_base, child_tag> running_;
  std::size_t count_ = 0;
  puller puller_{*this};
  end_turn end_turn_{*this};
  task_base* caller_ = nullptr;  // children are created on behalf of the waiting task
  context_slot* caller_context_ = nullptr;
  context_slot own_context_;    // outside any task: its context
  std::exception_ptr failure_;  // of the first child that failed
  std::exception_ptr refused_;
  std::string cancel_message_;
  wait_operation* waiter_ = nullptr;
  on_failure policy_;
  creation creation_ = creation::goes_on;
  siblings siblings_ = siblings::run;
  caller_cancel cancelled_by_caller_ = caller_cancel::none;
  bool child_cancelled_ = false;  // the first child that did not succeed was cancelled
  bool failure_seen_ = false;     // the failure is reported to the waiter, like the result of gather's future
  bool ending_ = false;           // the turn of the end is queued, or was
};

class child_group::wait_operation final : public wait_node, public operation<wait_operation, void> {
 public:
  explicit wait_operation(child_group& group) noexcept : group_(group) {}
  wait_operation(wait_operation&& other) noexcept : wait_node(std::move(other)), group_(other.group_) {}

  bool cancel_wait() override;
  [[nodiscard]] child_group* awaited_children() noexcept override { return &group_; }
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::gather, 0, {}, &group_}; }
  void visit_awaited(task_visitor& v) override {
    group_.running_.for_each([&](task_base& t) { v.awaited(t); });
  }
  void finish();

 private:
  friend class child_group;
  bool arm() override;
  void disarm() noexcept override;
  child_group& group_;
};

inline child_group::wait_operation child_group::wait() noexcept { return wait_operation(*this); }

}  // namespace asyncio::detail
