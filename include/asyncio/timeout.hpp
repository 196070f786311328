/// @file
/// Limits in time: `asyncio.timeout`, `asyncio.timeout_at`, `asyncio.wait_for`, Trio's `move_on_after`.
#pragma once

#include <asyncio/detail/call_stack.hpp>
#include <asyncio/detail/cancel_request.hpp>
#include <asyncio/detail/children.hpp>
#include <asyncio/detail/time_limit.hpp>
#include <asyncio/detail/way_home.hpp>
#include <asyncio/shield.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace asyncio {

/// `asyncio.Timeout`: what the body of `with_timeout` is given; it exists as long as that call.
/// **Threads**: the loop's. Any of its tasks may call the members, not only the one that is limited.
class timeout_scope {
 public:
  timeout_scope(timeout_scope const&) = delete;
  timeout_scope& operator=(timeout_scope const&) = delete;

  /// `Timeout.when()`: the deadline, by the loop's clock; empty when there is none. Conformance: TO1, TO3.
  [[nodiscard]] std::optional<time_point> when() const noexcept;
  /// `Timeout.reschedule(when)`: moves the deadline; `std::nullopt` takes it away, an instant in the past is due at once.
  /// @throws invalid_state, naming the state, when the deadline has cancelled the body or the body has ended.
  /// **Cost**: O(log timers). Conformance: TO13, TO14.
  void reschedule(std::optional<time_point> when) { move(detail::time_limit::at(when)); }
  /// The same, counted from now. @throws value_error for NaN.
  template <class Rep, class Period>
  void reschedule(std::chrono::duration<Rep, Period> from_now) {
    move(detail::time_limit(from_now));
  }
  /// `Timeout.expired()`: whether the deadline has come and cancelled the body; also when the body then returned a value
  /// or failed in a way of its own. Conformance: TO1, TO3, XS5.
  [[nodiscard]] bool expired() const noexcept { return state_ == state::expiring || state_ == state::expired; }

  /// `repr(timeout)`: `<Timeout [active] when=12.5>`, `<Timeout [expired]>`. Conformance: TO16.
  friend std::string to_string(timeout_scope const& scope);

  /// @cond internal
  /// Limits what `task` does from here on, in its own coroutine stack, until leave() or the end of the scope.
  timeout_scope(detail::task_base& task, detail::time_limit limit);
  ~timeout_scope() { leave(); }
  /// Ends the limit. @return whether a cancel that ends the body now was asked for by the deadline and nobody else.
  bool leave() noexcept;
  /// The same in a handler of the exception that ends the body: whether it is the deadline's cancel.
  [[nodiscard]] bool claims_exception();
  /// The same for an exception that was kept until the coroutine was home.
  [[nodiscard]] bool claims(std::exception_ptr const& failure);
  /// Whether this is the thread of the loop: the body may have ended in another one.
  [[nodiscard]] bool at_home() const noexcept { return home_.in_thread(); }
  /// @endcond

 private:
  enum class state : std::uint8_t { active, expiring, expired, finished };

  /// Like the handle of `loop.call_at`: the deadline queues it, and it cancels the task in a turn of its own.
  class alarm final : public detail::ready_node {
   public:
    explicit alarm(timeout_scope& scope) noexcept : scope_(scope) {}
    void run() override { scope_.cancel_task(); }
    void abandon() noexcept override {}

   private:
    timeout_scope& scope_;
  };

  void move(detail::time_limit limit);
  void schedule(detail::time_limit limit);
  void cancel_task();
  [[nodiscard]] char const* state_name() const noexcept;

  detail::kernel& home_;
  detail::cancel_request request_;
  alarm alarm_{*this};
  detail::deadline_scope deadline_;
  state state_ = state::active;
  bool limited_ = false;
};

namespace detail {

/// In a handler: throws timeout_error; the exception that is being handled is nested in it.
[[noreturn]] void throw_timeout();
/// The same with an exception that was kept.
[[noreturn]] void throw_timeout(std::exception_ptr const& failure);

/// Refuses a coroutine that was moved from or awaited before.
template <class A>
void require_unused(A const& aw, char const* who) {
  if constexpr (std::is_same_v<A, awaitable<await_result_t<A>>>) {
    if (!aw.valid()) throw_empty_awaitable(who);
  }
}

/// Runs a coroutine as a structured child of one that is not a task.
template <class T>
awaitable<T> run_as_child(kernel& home, awaitable<T> body, source_location where) {
  children group(home, children::on_failure::cancel_siblings, by_create_task);  // the callers have looked
  task<T> const child = group.spawn(std::move(body), where);
  co_await group.wait();
  if constexpr (!std::is_void_v<T>) co_return child.typed().take(true);
}

template <class A>
awaitable<await_result_t<A>> run_timeout(time_limit limit, A body, source_location where) {
  boost::asio::cancellation_state const stack = co_await boost::asio::this_coro::cancellation_state;
  task_base* const task = task_of_stack(stack);
  if (task == nullptr) {
    kernel& home = *co_await loop_of_coroutine();
    if (task_of_stack(stack) != nullptr) co_return co_await run_timeout(limit, std::move(body), where);
    co_return co_await run_as_child(home, run_timeout(time_limit::at(limit.from_now(home)), std::move(body), where),
                                    where);
  }
  timeout_scope scope(*task, limit);
  std::exception_ptr elsewhere;  // what the body has thrown in another thread
  try {
    if constexpr (std::is_void_v<await_result_t<A>>) {
      co_await std::move(body);
      if (!scope.at_home()) [[unlikely]] co_await come_home();
      co_return;
    } else {
      await_result_t<A> result = co_await std::move(body);
      if (!scope.at_home()) [[unlikely]] co_await come_home();
      co_return std::forward<await_result_t<A>>(result);
    }
  } catch (...) {
    if (scope.at_home()) {
      if (scope.claims_exception()) throw_timeout();
      throw;
    }
    elsewhere = std::current_exception();
  }
  co_await come_home();
  if (scope.claims(elsewhere)) throw_timeout(elsewhere);
  std::rethrow_exception(elsewhere);
}

template <class R, class F, class... Args>
awaitable<R> run_with_timeout(source_location where, time_limit limit, F fn, Args... args) {
  boost::asio::cancellation_state const stack = co_await boost::asio::this_coro::cancellation_state;
  task_base* const task = task_of_stack(stack);
  if (task == nullptr) {
    kernel& home = *co_await loop_of_coroutine();
    if (task_of_stack(stack) != nullptr) co_return co_await run_with_timeout<R, F, Args...>(where, limit, std::move(fn), std::move(args)...);
    co_return co_await run_as_child(
        home,
        run_with_timeout<R, F, Args...>(where, time_limit::at(limit.from_now(home)), std::move(fn), std::move(args)...),
        where);
  }
  timeout_scope scope(*task, limit);
  std::exception_ptr elsewhere;  // what the body has thrown in another thread
  try {
    auto body = std::invoke(fn, scope, std::move(args)...);
    if constexpr (std::is_void_v<R>) {
      co_await std::move(body);
      if (!scope.at_home()) [[unlikely]] co_await come_home();
      co_return;
    } else {
      R result = co_await std::move(body);
      if (!scope.at_home()) [[unlikely]] co_await come_home();
      co_return std::forward<R>(result);
    }
  } catch (...) {
    if (scope.at_home()) {
      if (scope.claims_exception()) throw_timeout();
      throw;
    }
    elsewhere = std::current_exception();
  }
  co_await come_home();
  if (scope.claims(elsewhere)) throw_timeout(elsewhere);
  std::rethrow_exception(elsewhere);
}

template <class F, class... Args>
auto call_with_timeout(source_location where, time_limit limit, F&& fn, Args&&... args) {
  using result = await_result_t<std::invoke_result_t<std::decay_t<F>&, timeout_scope&, std::decay_t<Args>...>>;
  return run_with_timeout<result, std::decay_t<F>, std::decay_t<Args>...>(where, limit, std::forward<F>(fn),
                                                                          std::forward<Args>(args)...);
}

template <class T>
struct in_time {
  using type = std::optional<T>;
};
template <>
struct in_time<void> {
  using type = bool;
};
template <class A>
using in_time_t = typename in_time<await_result_t<A>>::type;

template <class A>
awaitable<in_time_t<A>> run_move_on(time_limit limit, A body, source_location where) {
  boost::asio::cancellation_state const stack = co_await boost::asio::this_coro::cancellation_state;
  task_base* const task = task_of_stack(stack);
  if (task == nullptr) {
    kernel& home = *co_await loop_of_coroutine();
    if (task_of_stack(stack) != nullptr) co_return co_await run_move_on(limit, std::move(body), where);
    co_return co_await run_as_child(home, run_move_on(time_limit::at(limit.from_now(home)), std::move(body), where),
                                    where);
  }
  timeout_scope scope(*task, limit);
  std::exception_ptr elsewhere;  // what the body has thrown in another thread
  try {
    if constexpr (std::is_void_v<await_result_t<A>>) {
      co_await std::move(body);
      if (!scope.at_home()) [[unlikely]] co_await come_home();
      co_return true;
    } else {
      await_result_t<A> result = co_await std::move(body);
      if (!scope.at_home()) [[unlikely]] co_await come_home();
      co_return std::forward<await_result_t<A>>(result);
    }
  } catch (...) {
    if (!scope.at_home()) {
      elsewhere = std::current_exception();
    } else if (!scope.claims_exception()) {
      throw;
    }
  }
  if (elsewhere) [[unlikely]] {
    co_await come_home();
    if (!scope.claims(elsewhere)) std::rethrow_exception(elsewhere);
  }
  co_return in_time_t<A>();
}

/// `wait_for` with a limit that is over: a coroutine that has not begun never does.
template <class T>
awaitable<T> run_too_late(awaitable<T>) {
  co_await yield();
  throw timeout_error();
}

/// Waits for the end of a task, whatever it is. A cancel ends only the wait.
class end_operation final : public wait_node, public operation<end_operation, void> {
 public:
  explicit end_operation(task_ref target) noexcept : target_(std::move(target)) {}
  end_operation(end_operation&& other) noexcept : wait_node(std::move(other)), target_(std::move(other.target_)) {}

  bool cancel_wait() override;
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::join, target_.get()->id(), {}, nullptr}; }
  void finish() { check_outcome(); }

 private:
  bool arm() override { return join_arm(*target_.get(), relay_, waiter(), home()); }
  void disarm() noexcept override { relay_.unlink(); }
  task_ref target_;
  shield_relay relay_{*this};
};

/// ... and a task is cancelled.
template <class T>
awaitable<T> run_cancel_and_join(task<T> t) {
  if (!t.done()) {
    t.cancel();
    co_await end_operation(t.ref());
    try {
      co_return co_await t.join();
    } catch (...) {  // Asio's error where the caller is no task
      if (t.cancelled()) throw_timeout();
      throw;
    }
  }
  co_return co_await t.join();
}

}  // namespace detail

/// `async with asyncio.timeout(delay): ...` around an awaitable: cancels it when the time is up, waits for its end, and
/// then throws timeout_error. It runs in the calling task, as part of it, so a cancel of the task is not confused with
/// the timeout and nested timeouts each claim their own.
/// @param limit any chrono duration from the first step on; zero or less is up at the body's first wait (a body that
/// never waits finishes); `std::nullopt`: no limit. @param aw what may take that long. @return what it returns, also when
/// it suppressed the cancel (an Asio operation with `as_tuple` does: it returns the error code).
/// @throws timeout_error, with the cancel nested in it; what the body throws; value_error for NaN (at once).
/// **Cancellation**: cancels the body. What the body had received when the time came up is lost with it.
/// **Checkpoint**: those of the body. **Threads**: the loop's. **Cost**: one coroutine frame, one timer, no exception
/// unless the time is up; a task of its own in a coroutine that is not a task's.
/// **Example**: `int n = co_await asyncio::timeout(5s, read(socket));` Conformance: TO1-TO12, XS15.
template <awaitable_like A>
[[nodiscard("co_await it")]] awaitable<await_result_t<A>> timeout(detail::time_limit limit, A&& aw,
                                                                  source_location where = BOOST_CURRENT_LOCATION) {
  detail::require_taken_over<A>();
  detail::require_unused(aw, "asyncio::timeout");
  return detail::run_timeout(limit, std::move(aw), where);
}

/// `asyncio.timeout_at(when)`: the same until an instant of the loop's clock; `std::nullopt`: no limit.
template <awaitable_like A>
[[nodiscard("co_await it")]] awaitable<await_result_t<A>> timeout_at(std::optional<time_point> when, A&& aw,
                                                                     source_location where = BOOST_CURRENT_LOCATION) {
  detail::require_taken_over<A>();
  detail::require_unused(aw, "asyncio::timeout_at");
  return detail::run_timeout(detail::time_limit::at(when), std::move(aw), where);
}

/// `async with asyncio.timeout(delay) as scope: ...`: the same for a body that looks at its deadline or moves it.
/// @param fn a coroutine function `fn(timeout_scope&, args...)`. @param args stored beside the coroutine, given as rvalues.
/// **Example**: `co_await asyncio::with_timeout(5s, download, url);` Conformance: TO1-TO16.
template <class F, ASYNCIO_DETAIL_TYPES>
requires(detail::given<ASYNCIO_DETAIL_NAMES>::template called_after<timeout_scope, F>)
    [[nodiscard("co_await it")]] auto with_timeout(detail::time_limit limit, F&& fn, ASYNCIO_DETAIL_PARAMETERS,
                                                   source_location where = BOOST_CURRENT_LOCATION) {
  detail::refuse_capturing_temporary<F>();
  auto const call = [&](auto&&... args) {
    return detail::call_with_timeout(where, limit, std::forward<F>(fn), std::forward<decltype(args)>(args)...);
  };
  return detail::given<ASYNCIO_DETAIL_NAMES>::pass(call, ASYNCIO_DETAIL_FORWARDED);
}
/// @cond internal: longer lists of arguments
template <class F, class... Args>
requires(detail::coroutine_function_of<timeout_scope, F, Args...> && sizeof...(Args) > detail::most_arguments)
    [[nodiscard("co_await it")]] auto with_timeout(detail::time_limit limit, F&& fn, Args&&... args) {
  detail::refuse_capturing_temporary<F>();
  return detail::call_with_timeout(detail::unknown_place, limit, std::forward<F>(fn), std::forward<Args>(args)...);
}
/// @endcond

/// Trio's `move_on_after(delay)`: like `timeout`, without an exception when the time is up.
/// @return the value, or nothing when the time was up; for `void` whether the body finished. Conformance: XS5, XS14.
template <awaitable_like A>
[[nodiscard("co_await it")]] awaitable<detail::in_time_t<A>> move_on_after(
    detail::time_limit limit, A&& aw, source_location where = BOOST_CURRENT_LOCATION) {
  detail::require_taken_over<A>();
  detail::require_unused(aw, "asyncio::move_on_after");
  return detail::run_move_on(limit, std::move(aw), where);
}
/// The same until an instant of the loop's clock.
template <awaitable_like A>
[[nodiscard("co_await it")]] awaitable<detail::in_time_t<A>> move_on_at(
    std::optional<time_point> when, A&& aw, source_location where = BOOST_CURRENT_LOCATION) {
  detail::require_taken_over<A>();
  detail::require_unused(aw, "asyncio::move_on_at");
  return detail::run_move_on(detail::time_limit::at(when), std::move(aw), where);
}

/// `asyncio.wait_for(coro, timeout)`: `timeout(limit, aw)`, but with a limit that is zero or less a coroutine is not even
/// begun; an operation (`sleep`, `future::wait` ...) still succeeds if it need not wait. Conformance: WF1-WF9.
template <awaitable_like A>
[[nodiscard("co_await it")]] awaitable<await_result_t<A>> wait_for(A&& aw, detail::time_limit limit,
                                                                   source_location where = BOOST_CURRENT_LOCATION) {
  detail::require_taken_over<A>();
  detail::require_unused(aw, "asyncio::wait_for");
  if constexpr (std::is_same_v<std::remove_reference_t<A>, awaitable<await_result_t<A>>>) {
    if (limit.over()) return detail::run_too_late(std::move(aw));
  }
  return detail::run_timeout(limit, std::move(aw), where);
}

/// `asyncio.wait_for(task, timeout)`: joins a task; when the time is up the task is cancelled, and timeout_error is thrown
/// when it has ended. A task that returns a value in spite of the cancel gives that value, one that fails its exception.
/// **Cancellation**: cancels the task as well and waits for its end; `wait_for(shield(t), limit)` lets it live. With a limit
/// of zero or less the task has been cancelled before, and a cancel ends the wait at once.
template <class T>
[[nodiscard("co_await it")]] awaitable<T> wait_for(task<T> t, detail::time_limit limit,
                                                   source_location where = BOOST_CURRENT_LOCATION) {
  if (limit.over()) return detail::run_cancel_and_join(std::move(t));
  return detail::run_timeout(limit, t.join(), where);
}

/// @cond internal: one sentence instead of a page for the classic mistakes
template <class L, class A>
  requires(!std::convertible_to<L, detail::time_limit> || !awaitable_like<A>)
auto timeout(L&&, A&&) {
  static_assert(detail::always_false<A>,
                "asyncio::timeout takes the limit, then a coroutine that was called: timeout(5s, f(x)); for a task "
                "timeout(5s, t.join()), for a callable with_timeout(5s, f, args...)");
  return detail::mistake();
}
template <class F, class... Args>
  requires(!detail::coroutine_function_of<timeout_scope, F, Args...>)
auto with_timeout(detail::time_limit, F&&, Args&&...) {
  detail::require_coroutine_function_of<timeout_scope, F, Args...>();
  return detail::mistake();
}
template <class L, class A>
  requires(!std::convertible_to<L, detail::time_limit> || !awaitable_like<A>)
auto move_on_after(L&&, A&&) {
  static_assert(detail::always_false<A>,
                "asyncio::move_on_after takes the limit, then a coroutine that was called: move_on_after(5s, f(x)); for a "
                "task move_on_after(5s, t.join())");
  return detail::mistake();
}
template <class A, class L>
  requires(!awaitable_like<A> && !std::derived_from<std::remove_cvref_t<A>, any_task>) ||
          (!std::convertible_to<L, detail::time_limit>)
auto wait_for(A&&, L&&) {
  static_assert(detail::always_false<A>,
                "asyncio::wait_for takes a task or a coroutine that was called, then the limit: wait_for(f(x), 5s)");
  return detail::mistake();
}
/// @endcond

/// Trio's `current_effective_deadline()`: the earliest deadline in force for the current task, for code that passes its
/// time limit on (to a socket, a server). Children of a structured call such as `gather` start with the one that was in
/// force for the call; `shield` and `create_task` start without.
/// @return `time_point::max()` when there is none; an instant in the past when one has expired. Conformance: XS13.
[[nodiscard]] time_point current_effective_deadline() noexcept;

}  // namespace asyncio
