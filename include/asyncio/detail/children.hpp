/// @file
/// Structured children: tasks that end before the call that started them returns. Under gather and task groups.
#pragma once

#include <asyncio/detail/operation.hpp>
#include <asyncio/detail/task_state.hpp>
#include <asyncio/task.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace asyncio::detail {

/// The tasks of one structured call. Its waiter learns of the end, or of the first failure, one pass later, as through
/// the future of asyncio's gather. Children are spawned, or pulled from a derived class in the pass after the wait began.
class children : public task_owner, public ready_node {
 public:
  enum class on_failure : std::uint8_t { cancel_siblings, carry_on };

  /// `who` starts the sentence for an awaitable that is refused.
  children(kernel& home, on_failure policy, char const* who) noexcept : home_(home), who_(who), policy_(policy) {
    deadline_.when = effective_deadline(home.current_task());
  }
  children(children const&) = delete;
  children& operator=(children const&) = delete;
  virtual ~children();

  /// Starts a child in the next pass. An awaitable that is refused ends the whole call with the reason.
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

  /// `co_await group.wait()`: until every child has ended; then throws the first failure, or cancelled_error.
  class wait_operation;
  [[nodiscard]] wait_operation wait() noexcept;

  void child_finished(task_base& child) noexcept override;
  void run() override;
  void abandon() noexcept override {}
  [[nodiscard]] bool goes_first() const noexcept override { return true; }

 protected:
  [[nodiscard]] kernel& home() noexcept { return home_; }
  [[nodiscard]] char const* who() const noexcept { return who_; }
  [[nodiscard]] bool stopped() const noexcept { return stopped_; }
  [[nodiscard]] std::size_t running_count() const noexcept { return count_; }
  /// Whether a child has not succeeded.
  [[nodiscard]] bool failed() const noexcept { return failure_ || child_cancelled_; }
  /// The call is decided: no more children; those that run are cancelled and awaited.
  void stop() noexcept;
  /// The same, and the call throws `e`.
  void refuse(std::exception_ptr e) noexcept;
  /// There may be room now.
  void pull_soon() noexcept;
  void adopt(task_base& child, task_base::start_mode mode);

  /// Whether there is a child that was not made yet ...
  virtual bool has_more() { return false; }
  /// ... and may be made now.
  [[nodiscard]] virtual bool has_room() const noexcept { return true; }
  /// Makes and adopts it. @return null: there is no room, or it is none_left(), or the call was stopped by what made it.
  virtual task_base* make_next() { return none_left(); }
  /// All children are made.
  task_base* none_left() noexcept {
    exhausted_ = true;
    return nullptr;
  }
  virtual void child_succeeded(task_base&) {}
  virtual void child_not_succeeded(task_base&) {}

 private:
  /// Its turn in the ready queue: makes and starts as many children as there are and may be.
  class puller final : public start_source {
   public:
    explicit puller(children& group) noexcept : group_(group) {}
    void run() override;
    void abandon() noexcept override {}
    task_base* next() noexcept override;
    [[nodiscard]] bool pulling() const noexcept { return pulling_; }

   private:
    children& group_;
    bool pulling_ = false;
  };

  /// The turn in which the waiter learns that all have ended. The one of the first failure, which is that of this object,
  /// may still be to come when the last child ends.
  class end_turn final : public ready_node {
   public:
    explicit end_turn(children& group) noexcept : group_(group) {}
    void run() override { group_.wake_waiter(); }
    void abandon() noexcept override {}

   private:
    children& group_;
  };

  /// The call is decided: what a child takes from now on is lost. The others get their cancel when this has its turn; those
  /// who would go on before that, because what they wait for has happened already, get it here, also in calls that a child
  /// waits for. `all`: and those that only gave way or have not begun.
  void cancel_those_served(bool all) noexcept;
  /// A cancel came while the children were made: the next one counts as one that was cancelled before it was entered.
  void never_enter();
  [[nodiscard]] bool ended() const noexcept { return count_ == 0 && (exhausted_ || stopped_); }
  void wake_waiter() noexcept;
  /// Gives the end its turn, if this is the end.
  void end_later() noexcept;
  /// Gives the first failure, or whatever else decides the call, its turn.
  void decide_later() noexcept;

  kernel& home_;
  char const* who_;
  deadline_scope deadline_;  // in force for the call, hence for the children
  list<task_base, child_tag> running_;
  std::size_t count_ = 0;
  puller puller_{*this};
  end_turn end_turn_{*this};
  task_base* caller_ = nullptr;  // children are made in the name of the task that waits for them
  context_slot* caller_context_ = nullptr;
  context_slot own_context_;  // ... if it is one
  std::exception_ptr failure_;  // of the first child that did not succeed
  std::exception_ptr refused_;
  std::string cancel_message_;
  wait_operation* waiter_ = nullptr;
  on_failure policy_;
  bool child_cancelled_ = false;  // the first child that did not succeed was cancelled
  bool cancel_requested_ = false;
  bool failure_seen_ = false;  // the waiter is to learn of the failure, as of a gather's future that is done
  bool cancel_wins_ = false;   // the waiter was cancelled after that
  bool exhausted_ = false;    // no more children to make
  bool stopped_ = false;      // ... or none wanted
  bool ending_ = false;       // the end has got its turn
  bool decided_ = false;      // by stop() or refuse(): the others are to be cancelled
  bool siblings_cancelled_ = false;
};

class children::wait_operation final : public wait_node, public operation<wait_operation, void> {
 public:
  explicit wait_operation(children& group) noexcept : group_(group) {}
  wait_operation(wait_operation&& other) noexcept : wait_node(std::move(other)), group_(other.group_) {}

  bool cancel_wait() override;
  [[nodiscard]] children* awaited_children() noexcept override { return &group_; }
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::gather, 0, {}, &group_}; }
  void visit_awaited(task_visitor& v) override {
    group_.running_.for_each([&](task_base& t) { v.awaited(t); });
  }
  void finish();

 private:
  friend class children;
  bool arm() override;
  void disarm() noexcept override;
  children& group_;
};

inline children::wait_operation children::wait() noexcept { return wait_operation(*this); }

}  // namespace asyncio::detail
