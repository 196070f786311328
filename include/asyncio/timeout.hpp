// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Time limits: `asyncio.timeout`, `asyncio.timeout_at`, `asyncio.wait_for`, Trio's `move_on_after`.
#pragma once

#include <asyncio/detail/base/time_limit.hpp>
#include <asyncio/detail/gather/scoped_run.hpp>
#include <asyncio/detail/task/cancel_request.hpp>
#include <asyncio/shield.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace asyncio {

/// `asyncio.Timeout`: the argument of the body of `with_timeout`; it lives as long as that call.
/// **Threads**: the loop's. Any of its tasks may call the members, not only the limited one.
class timeout_scope {
 public:
  timeout_scope(timeout_scope const&) = delete;
  timeout_scope& operator=(timeout_scope const&) = delete;

  /// `Timeout.when()`: the deadline on the loop's clock; empty if there is none. Conformance: TO1, TO3.
  [[nodiscard]] std::optional<time_point> when() const noexcept;
  /// `Timeout.reschedule(when)`: moves the deadline; `std::nullopt` removes it, a time in the past expires immediately.
  /// @throws invalid_state, naming the state, if the deadline has cancelled the body or the body has ended.
  /// **Cost**: O(log timers). Conformance: TO13, TO14.
  void reschedule(std::optional<time_point> when) { move(detail::time_limit::at(when)); }
  /// The same, relative to now. @throws value_error for NaN.
  template <class Rep, class Period>
  void reschedule(std::chrono::duration<Rep, Period> from_now) {
    move(detail::time_limit(from_now));
  }
  /// `Timeout.expired()`: whether the deadline has passed and cancelled the body, even if the body then returned a
  /// value or failed otherwise. Conformance: TO1, TO3, XS5.
  [[nodiscard]] bool expired() const noexcept { return state_ == state::expiring || state_ == state::expired; }

  /// `repr(timeout)`: `<Timeout [active] when=12.5>`, `<Timeout [expired]>`. Conformance: TO16.
  friend std::string to_string(timeout_scope const& scope);

  /// @cond internal
  /// Limits the code that `task` runs in its own coroutine stack, until leave() or the end of the scope.
  timeout_scope(detail::task_base& task, detail::time_limit limit);
  ~timeout_scope() { leave(); }
  /// Ends the limit. @return whether the cancellation that ends the body was requested by the deadline alone.
  bool leave() noexcept;
  /// The same, inside a handler of the exception that ends the body.
  [[nodiscard]] bool claims_exception();
  /// The same for an exception that was stored until the coroutine was back in its loop.
  [[nodiscard]] bool claims(std::exception_ptr const& failure);
  /// Whether this is the loop's thread: the body may have ended in another one.
  [[nodiscard]] bool at_home() const noexcept { return home_.in_thread(); }
  /// @endcond

 private:
  enum class state : std::uint8_t { active, expiring, expired, finished };

  /// Like the handle of `loop.call_at`: the deadline queues it, and it cancels the task in a separate turn.
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

  detail::task_loop& home_;
  detail::cancel_request request_;
  alarm alarm_{*this};
  detail::deadline_scope deadline_;
  state state_ = state::active;
  bool limited_ = false;
};

namespace detail {

/// In a handler: throws timeout_error with the handled exception nested in it.
[[noreturn]] void throw_timeout();
/// The same with a stored exception.
[[noreturn]] void throw_timeout(std::exception_ptr const& failure);

class timeout_limits {
 public:
  using scope = timeout_scope;
  static constexpr bool throws = true;
  explicit timeout_limits(time_limit limit) noexcept : limit_(limit) {}
  void begin(task_loop& home) { limit_ = time_limit::at(limit_.from_now(home)); }
  [[nodiscard]] time_limit take() const noexcept { return limit_; }
  [[noreturn]] static void fail() { throw_timeout(); }
  [[noreturn]] static void fail(std::exception_ptr const& failure) { throw_timeout(failure); }

 private:
  time_limit limit_;
};

/// The same, but without an exception on expiry.
class move_on_limits : public timeout_limits {
 public:
  static constexpr bool throws = false;
  using timeout_limits::timeout_limits;
  [[nodiscard]] static bool over() noexcept { return false; }
  static void fail() noexcept {}
  static void fail(std::exception_ptr const&) noexcept {}
};

template <class A>
awaitable<await_result_t<A>> run_timeout(time_limit limit, A body, source_location where) {
  using result = await_result_t<A>;
  return run_in_scope<result, result>(timeout_limits(limit), given_body<A>(std::move(body)), where);
}

template <class A>
awaitable<in_time_t<await_result_t<A>>> run_move_on(time_limit limit, A body, source_location where) {
  using result = await_result_t<A>;
  return run_in_scope<in_time_t<result>, result>(move_on_limits(limit), given_body<A>(std::move(body)), where);
}

/// The body of with_timeout.
template <class F, class... Args>
class scope_body {
 public:
  explicit scope_body(F fn, Args... args) : fn_(std::move(fn)), args_(std::move(args)...) {}
  auto operator()(timeout_scope& scope) {
    return std::apply([&](Args&... args) { return std::invoke(fn_, scope, std::move(args)...); }, args_);
  }

 private:
  F fn_;
  std::tuple<Args...> args_;
};

template <class F, class... Args>
auto call_with_timeout(source_location where, time_limit limit, F&& fn, Args&&... args) {
  using body = scope_body<std::decay_t<F>, std::decay_t<Args>...>;
  using result = await_result_t<std::invoke_result_t<std::decay_t<F>&, timeout_scope&, std::decay_t<Args>...>>;
  return run_in_scope<result, result>(timeout_limits(limit), body(std::forward<F>(fn), std::forward<Args>(args)...),
                                      where);
}

/// `wait_for` with an expired limit: a coroutine that has not started never does.
template <class T>
awaitable<T> run_too_late(awaitable<T>) {
  co_await yield();
  throw timeout_error();
}

/// Waits for the end of a task, whatever its outcome. A cancellation ends only the wait.
class end_operation final : public wait_node, public operation<end_operation, void> {
 public:
  explicit end_operation(task_ref target) noexcept : target_(std::move(target)) {}
  end_operation(end_operation&& other) noexcept : wait_node(std::move(other)), target_(std::move(other.target_)) {}

  bool cancel_wait() override;
  [[nodiscard]] wait_info describe() const noexcept override {
    return {wait_kind::join, target_.get()->id(), {}, nullptr};
  }
  void finish() { check_outcome(); }

 private:
  bool arm() override { return join_arm(*target_.get(), relay_, waiter(), home()); }
  void disarm() noexcept override { relay_.unlink(); }
  task_ref target_;
  shield_relay relay_{*this};
};

/// The same for a task, which is cancelled.
template <class T>
awaitable<T> run_cancel_and_join(task<T> t) {
  if (!t.done()) {
    t.cancel();
    co_await end_operation(t.ref());
    try {
      co_return co_await t.join();
    } catch (...) {  // Asio's error if the caller is not a task
      if (t.cancelled()) throw_timeout();
      throw;
    }
  }
  co_return co_await t.join();
}

}  // namespace detail

/// `async with asyncio.timeout(delay): ...` around an awaitable: cancels it on expiry, waits for its end, and then
/// throws timeout_error. It runs in the calling task, as part of it, so a cancellation of the task is not confused with
/// the timeout, and nested timeouts are told apart.
/// @param limit any chrono duration, measured from the first step; zero or less expires at the body's first wait (a
/// body that never waits finishes); `std::nullopt`: no limit. @param aw the work to limit. @return what it returns,
/// even if it suppressed the cancellation (an Asio operation with `as_tuple` does: it returns the error code).
/// @throws timeout_error, with the cancellation nested in it; what the body throws; value_error for NaN (immediately).
/// **Cancellation**: cancels the body. What the body had received by then is lost.
/// **Checkpoint**: those of the body. **Threads**: the loop's. **Cost**: one coroutine frame, one timer, no exception
/// unless it expires; a separate task when called outside any task.
/// **Example**: `int n = co_await asyncio::timeout(5s, read(socket));` Conformance: TO1-TO12, XS15.
template <awaitable_like A>
[[nodiscard("co_await it")]] awaitable<await_result_t<A>> timeout(detail::time_limit limit, A&& aw,
                                                                  source_location where = BOOST_CURRENT_LOCATION) {
  detail::require_taken_over<A>();
  detail::require_unused(aw, "asyncio::timeout");
  return detail::run_timeout(limit, std::move(aw), where);
}

/// `asyncio.timeout_at(when)`: the same with a time on the loop's clock; `std::nullopt`: no limit.
template <awaitable_like A>
[[nodiscard("co_await it")]] awaitable<await_result_t<A>> timeout_at(std::optional<time_point> when, A&& aw,
                                                                     source_location where = BOOST_CURRENT_LOCATION) {
  detail::require_taken_over<A>();
  detail::require_unused(aw, "asyncio::timeout_at");
  return detail::run_timeout(detail::time_limit::at(when), std::move(aw), where);
}

/// `async with asyncio.timeout(delay) as scope: ...`: the same for a body that inspects or moves its deadline.
/// @param fn a coroutine function `fn(timeout_scope&, args...)`. @param args stored with the coroutine, and passed as
/// rvalues.
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
/// @cond internal: longer argument lists
template <class F, class... Args>
requires(detail::coroutine_function_of<timeout_scope, F, Args...> && sizeof...(Args) > detail::most_arguments)
    [[nodiscard("co_await it")]] auto with_timeout(detail::time_limit limit, F&& fn, Args&&... args) {
  detail::refuse_capturing_temporary<F>();
  return detail::call_with_timeout(detail::unknown_place, limit, std::forward<F>(fn), std::forward<Args>(args)...);
}
/// @endcond

/// Trio's `move_on_after(delay)`: like `timeout`, but without an exception on expiry.
/// @return the value, or nothing on expiry; for `void` whether the body finished. Conformance: XS5, XS14.
template <awaitable_like A>
[[nodiscard("co_await it")]] awaitable<detail::in_time_t<await_result_t<A>>> move_on_after(
    detail::time_limit limit, A&& aw, source_location where = BOOST_CURRENT_LOCATION) {
  detail::require_taken_over<A>();
  detail::require_unused(aw, "asyncio::move_on_after");
  return detail::run_move_on(limit, std::move(aw), where);
}
/// The same with a time on the loop's clock.
template <awaitable_like A>
[[nodiscard("co_await it")]] awaitable<detail::in_time_t<await_result_t<A>>> move_on_at(
    std::optional<time_point> when, A&& aw, source_location where = BOOST_CURRENT_LOCATION) {
  detail::require_taken_over<A>();
  detail::require_unused(aw, "asyncio::move_on_at");
  return detail::run_move_on(detail::time_limit::at(when), std::move(aw), where);
}

/// `asyncio.wait_for(coro, timeout)`: `timeout(limit, aw)`, but with a limit of zero or less a coroutine is not even
/// started; an operation (`sleep`, `future::wait` ...) still succeeds if it need not wait. Conformance: WF1-WF9.
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

/// `asyncio.wait_for(task, timeout)`: joins a task; on expiry the task is cancelled, and timeout_error is thrown when
/// it has ended. If the task returns a value or fails despite the cancellation, that value or exception is passed on.
/// **Cancellation**: also cancels the task and waits for its end; `wait_for(shield(t), limit)` keeps it running. With a
/// limit of zero or less the task has already been cancelled, and a cancellation ends the wait immediately.
template <class T>
[[nodiscard("co_await it")]] awaitable<T> wait_for(task<T> t, detail::time_limit limit,
                                                   source_location where = BOOST_CURRENT_LOCATION) {
  if (limit.over()) return detail::run_cancel_and_join(std::move(t));
  return detail::run_timeout(limit, t.join(), where);
}

/// @cond internal: a short compile error for the classic mistakes
template <class L, class A>
requires(!std::convertible_to<L, detail::time_limit> || !awaitable_like<A>) auto timeout(L&&, A&&) {
  static_assert(detail::always_false<A>,
                "asyncio::timeout takes the limit, then a coroutine that was called: timeout(5s, f(x)); for a task "
                "timeout(5s, t.join()), for a callable with_timeout(5s, f, args...)");
  return detail::mistake();
}
template <class F, class... Args>
requires(!detail::coroutine_function_of<timeout_scope, F, Args...>) auto with_timeout(detail::time_limit, F&&,
                                                                                      Args&&...) {
  detail::require_coroutine_function_of<timeout_scope, F, Args...>();
  return detail::mistake();
}
template <class L, class A>
requires(!std::convertible_to<L, detail::time_limit> || !awaitable_like<A>) auto move_on_after(L&&, A&&) {
  static_assert(
      detail::always_false<A>,
      "asyncio::move_on_after takes the limit, then a coroutine that was called: move_on_after(5s, f(x)); for a "
      "task move_on_after(5s, t.join())");
  return detail::mistake();
}
template <class A, class L>
requires(!awaitable_like<A> && !std::derived_from<std::remove_cvref_t<A>, any_task>) ||
    (!std::convertible_to<L, detail::time_limit>)auto wait_for(A&&, L&&) {
  static_assert(detail::always_false<A>,
                "asyncio::wait_for takes a task or a coroutine that was called, then the limit: wait_for(f(x), 5s)");
  return detail::mistake();
}
/// @endcond

/// Trio's `current_effective_deadline()`: the earliest deadline in force for the current task, for code that passes on
/// its time limit (to a socket, a server). Children of a structured call such as `gather` inherit the deadline of the
/// call; tasks of `shield` and `create_task` start without one.
/// @return `time_point::max()` if there is none; a time in the past if one has expired. Conformance: XS13.
[[nodiscard]] time_point current_effective_deadline() noexcept;

}  // namespace asyncio
