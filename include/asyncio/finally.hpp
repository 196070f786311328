// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Cleanup that may wait: `try: ... finally: await cleanup()`, which C++ has no syntax for.
#pragma once

#include <asyncio/detail/task/own_task.hpp>
#include <asyncio/detail/task/way_home.hpp>
#include <asyncio/task.hpp>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace asyncio {

namespace detail {

/// The cleanup, which runs as a task: cancellations of the task it belongs to do not reach it, its own timeouts do.
/// `co_await` waits for its end; @return whether a cancellation was requested meanwhile.
class cleanup_operation final : public wait_node, public operation<cleanup_operation, bool> {
 public:
  explicit cleanup_operation(task_ref cleanup) noexcept : cleanup_(std::move(cleanup)) { set_flag(throws_nothing); }
  cleanup_operation(cleanup_operation&& other) noexcept
      : wait_node(std::move(other)), cleanup_(std::move(other.cleanup_)) {
    set_flag(throws_nothing);
  }

  bool cancel_wait() override {
    cancel_came_ = true;
    return true;
  }
  [[nodiscard]] wait_info describe() const noexcept override {
    return {wait_kind::join, cleanup_.get()->id(), {}, nullptr};
  }
  void visit_awaited(task_visitor& v) override { v.awaited(*cleanup_.get()); }
  bool finish() noexcept { return cancel_came_; }

 private:
  bool arm() override;
  void disarm() noexcept override {}
  task_ref cleanup_;
  bool cancel_came_ = false;
};

template <class C>
concept cleanup_like = awaitable_like<C> && std::is_void_v<await_result_t<C>>;

/// Runs the cleanup up to its first wait, in the context of the calling coroutine.
[[nodiscard]] task<void> start_cleanup(task_loop& home, awaitable<void> cleanup, source_location where);

/// Completes `finally`: throws the cleanup's exception, else the body's, else the cancellation that came meanwhile.
/// `owner` is the task it belongs to, null outside any task; it is cancelled later if something else is thrown.
void end_cleanup(task<void> const& cleanup, std::exception_ptr body_failure, bool cancel_came, task_base* owner);

template <class T>
awaitable<T> run_finally(awaitable<T> body, awaitable<void> cleanup, source_location where) {
  std::exception_ptr failure;
  std::optional<nonvoid_t<T>> value;
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(body);
    } else {
      T result = co_await std::move(body);
      value.emplace(std::move(result));
    }
  } catch (...) {
    failure = std::current_exception();
  }
  boost::asio::cancellation_state const stack = co_await boost::asio::this_coro::cancellation_state;
  task_loop& home = task_loop::of(co_await boost::asio::this_coro::executor);
  if (!home.in_thread()) [[unlikely]]
    co_await come_home();
  task<void> const work = start_cleanup(home, std::move(cleanup), where);
  // Outside any task, Asio would throw the delivered cancellation again instead of waiting.
  bool const throws = co_await boost::asio::this_coro::throw_if_cancelled();
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  bool const cancel_came = co_await cleanup_operation(work.ref());
  co_await boost::asio::this_coro::throw_if_cancelled(throws);
  end_cleanup(work, std::move(failure), cancel_came, task_of_stack(stack));
  if constexpr (!std::is_void_v<T>) co_return std::move(*value);
}

}  // namespace detail

/// `try: body  finally: cleanup`: awaits `body`, then `cleanup` whether the body returned, threw or was cancelled; then
/// returns the body's value or rethrows its exception. @param body the work that may fail. @param cleanup always runs;
/// it may wait.
/// @return what the body returns. @throws what the cleanup throws, else what the body throws; invalid_state for an
/// empty awaitable.
/// **Cancellation**: before and in the body: cancels the body. The cleanup is shielded from that cancellation and from
/// any that comes while it runs: the latter is thrown when the cleanup has ended, or at the next await if another
/// exception propagates. As in Python, a task that is cancelled before its first step enters neither. **Checkpoint**:
/// those of the body and the cleanup. **Threads**: the loop's. **Cost**: the cleanup runs as a task, which all_tasks()
/// does not list; it starts immediately, and its changes to context variables remain visible.
/// **Example**: `co_await asyncio::finally(work(connection), close(connection));`
template <awaitable_like A, detail::cleanup_like C>
[[nodiscard("co_await it")]] awaitable<await_result_t<A>> finally(A&& body, C&& cleanup,
                                                                  source_location where = BOOST_CURRENT_LOCATION) {
  detail::require_taken_over<A>();
  detail::require_taken_over<C>();
  awaitable<await_result_t<A>> work = detail::to_awaitable(std::move(body));
  awaitable<void> last = detail::to_awaitable(std::move(cleanup));
  if (!work.valid() || !last.valid()) detail::throw_empty_awaitable("asyncio::finally");
  return detail::run_finally<await_result_t<A>>(std::move(work), std::move(last), where);
}
/// @cond internal: a short compile error for the classic mistakes
template <class A, class C>
requires(!awaitable_like<A> || !detail::cleanup_like<C>) auto finally(A&&, C&&) {
  static_assert(detail::always_false<A>,
                "asyncio::finally takes two coroutines that were called, the second one without a result: "
                "finally(work(x), clean_up(y)); for a task finally(t.join(), clean_up(y))");
  return detail::mistake();
}
/// @endcond

}  // namespace asyncio
