/// @file
/// Cleanup that may wait: `try: ... finally: await cleanup()`, which C++ has no word for.
#pragma once

#include <asyncio/detail/call_stack.hpp>
#include <asyncio/detail/way_home.hpp>
#include <asyncio/task.hpp>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace asyncio {

namespace detail {

/// The cleanup, which runs as a task: cancels of the task it belongs to cannot reach it, its own timeouts do.
/// `co_await` waits for its end; @return whether a cancel came meanwhile.
class cleanup_operation final : public wait_node, public operation<cleanup_operation, bool> {
 public:
  explicit cleanup_operation(task_ref cleanup) noexcept : cleanup_(std::move(cleanup)) { set_flag(throws_nothing); }
  cleanup_operation(cleanup_operation&& other) noexcept : wait_node(std::move(other)), cleanup_(std::move(other.cleanup_)) { set_flag(throws_nothing); }

  bool cancel_wait() override {
    cancel_came_ = true;
    return true;
  }
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::join, cleanup_.get()->id(), {}, nullptr}; }
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
[[nodiscard]] task<void> start_cleanup(kernel& home, awaitable<void> cleanup, source_location where);

/// What goes on after the cleanup: throws its exception, else the body's, else a cancel that came meanwhile. `owner` is
/// the task it belongs to, null in a coroutine that is not a task's; it gets the cancel later if something else is thrown.
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
  kernel& home = kernel::of(co_await boost::asio::this_coro::executor);
  if (!home.in_thread()) [[unlikely]] co_await come_home();
  task<void> const work = start_cleanup(home, std::move(cleanup), where);
  // In a stack that is not a task's, Asio would throw the cancel that was delivered again instead of waiting.
  bool const throws = co_await boost::asio::this_coro::throw_if_cancelled();
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  bool const cancel_came = co_await cleanup_operation(work.ref());
  co_await boost::asio::this_coro::throw_if_cancelled(throws);
  end_cleanup(work, std::move(failure), cancel_came, task_of_stack(stack));
  if constexpr (!std::is_void_v<T>) co_return std::move(*value);
}

}  // namespace detail

/// `try: body  finally: cleanup`: awaits `body`, then `cleanup` whether the body returned, threw or was cancelled; then the
/// body's value or exception goes on. @param body what may fail. @param cleanup what must happen; it may wait.
/// @return what the body returns. @throws what the cleanup throws, else what the body throws; invalid_state for an
/// awaitable that is empty.
/// **Cancellation**: before and in the body: cancels the body. The cleanup is shielded, from that cancel and from any that
/// comes while it runs: such a one is thrown when the cleanup has ended, or at the next await if an exception is under way.
/// As in Python, a task that is cancelled before its first step enters neither. **Checkpoint**: those of the body and the
/// cleanup. **Threads**: the loop's. **Cost**: the cleanup runs as a task, which all_tasks() does not list; it begins at
/// once, and what it does to context variables is seen afterwards.
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
/// @cond internal: one sentence instead of a page for the classic mistakes
template <class A, class C>
requires(!awaitable_like<A> || !detail::cleanup_like<C>) auto finally(A&&, C&&) {
  static_assert(detail::always_false<A>,
                "asyncio::finally takes two coroutines that were called, the second one without a result: "
                "finally(work(x), clean_up(y)); for a task finally(t.join(), clean_up(y))");
  return detail::mistake();
}
/// @endcond

}  // namespace asyncio
