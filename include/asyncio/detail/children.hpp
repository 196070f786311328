/// @file
/// Structured children: tasks that end before the call that started them returns. Under gather and task groups.
#pragma once

#include <asyncio/detail/operation.hpp>
#include <asyncio/detail/task_state.hpp>
#include <asyncio/task.hpp>

#include <ranges>
#include <vector>

namespace asyncio::detail {

/// The tasks of one structured call. Its waiter learns of the end, or of the first failure, one pass later, as through
/// the future of asyncio's gather.
class children final : public task_owner, public ready_node {
 public:
  enum class on_failure { cancel_siblings, carry_on };

  children(kernel& home, on_failure policy) noexcept : home_(home), policy_(policy) {}
  children(children const&) = delete;
  children& operator=(children const&) = delete;
  ~children();

  /// Starts a child. An awaitable that is refused counts as a child that failed.
  template <class T>
  task<T> spawn(awaitable<T> body, source_location where) {
    try {
      task<T> child = make_task(home_, std::move(body), where);
      adopt(*child.ref().get());
      return child;
    } catch (...) {
      fail(std::current_exception());
      return {};
    }
  }

  /// Starts a child per element; what the range itself throws counts as a child that failed.
  template <class R, class T>
  void spawn_range(R bodies, std::vector<task<T>>& tasks, source_location where) {
    try {
      if constexpr (std::ranges::sized_range<R>) tasks.reserve(static_cast<std::size_t>(std::ranges::size(bodies)));
      for (auto&& body : bodies) tasks.push_back(spawn(to_awaitable(std::move(body)), where));
    } catch (...) {
      fail(std::current_exception());
    }
  }

  /// `co_await group.wait()`: until every child has ended; then throws the first failure, or cancelled_error.
  class wait_operation;
  [[nodiscard]] wait_operation wait() noexcept;

  void child_finished(task_base& child) noexcept override;
  void run() override;
  void abandon() noexcept override {}

 private:
  void adopt(task_base& child);
  void fail(std::exception_ptr e) noexcept;
  void cancel_all(std::string_view message);
  void wake_waiter_later() noexcept;

  kernel& home_;
  on_failure policy_;
  list<task_base, child_tag> running_;
  std::exception_ptr failure_;   // of the first child that did not succeed
  bool child_cancelled_ = false;  // ... it was cancelled
  std::string cancel_message_;
  bool cancel_requested_ = false;
  bool cancel_wins_ = false;  // the waiter was cancelled after the failure
  wait_operation* waiter_ = nullptr;
};

class children::wait_operation final : public wait_node, public operation<wait_operation, void> {
 public:
  explicit wait_operation(children& group) noexcept : group_(group) {}
  wait_operation(wait_operation&& other) noexcept : group_(other.group_) {}

  bool cancel_wait() override;
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::gather, 0, {}, &group_}; }
  void finish();

 private:
  friend class children;
  bool arm() override;
  void disarm() noexcept override { group_.waiter_ = nullptr; }
  children& group_;
};

inline children::wait_operation children::wait() noexcept { return wait_operation(*this); }

}  // namespace asyncio::detail
