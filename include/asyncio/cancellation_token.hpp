// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// A cancellation signal shared by tasks, loops and threads: tokio's `CancellationToken`.
#pragma once

#include <asyncio/detail/gather/scoped_run.hpp>
#include <asyncio/detail/sync/token_state.hpp>
#include <asyncio/detail/task/cancel_request.hpp>
#include <asyncio/detail/task/operation.hpp>
#include <asyncio/timeout.hpp>

#include <memory>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace asyncio {

namespace detail {

/// `co_await token.cancelled()`.
class token_operation final : public wait_node, public operation<token_operation, void> {
 public:
  explicit token_operation(std::shared_ptr<token_state> token) noexcept : token_(std::move(token)) {}
  token_operation(token_operation&& other) noexcept : wait_node(std::move(other)), token_(other.token_) {}

  bool ready() noexcept { return token_->is_cancelled() && awaited_first_time(); }
  bool cancel_wait() override;
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::event, 0, {}, token_.get()}; }
  void finish() { check_outcome(); }

 private:
  class turn final : public ready_node {
   public:
    explicit turn(token_operation& wait) noexcept : wait_(wait) {}
    void run() override { wait_.complete(); }
    void abandon() noexcept override {}

   private:
    token_operation& wait_;
  };

  bool arm() override;
  void disarm() noexcept override { link_.end(); }

  std::shared_ptr<token_state> token_;
  turn turn_{*this};
  token_link link_{turn_};
};

/// Until leave(): cancels the code that the task runs in its own coroutine stack when the token is cancelled.
class token_scope final : private ready_node {
 public:
  token_scope(task_base& task, std::shared_ptr<token_state> token);
  ~token_scope() { (void)leave(); }

  /// @return whether the cancellation that ends the body was requested by the token alone.
  bool leave() noexcept;
  /// The same, inside a handler of the exception that ends the body.
  [[nodiscard]] bool claims_exception();
  /// The same for an exception that was stored until the coroutine was back in its loop.
  [[nodiscard]] bool claims(std::exception_ptr const& failure);
  /// Whether this is the loop's thread: the body may have ended in another one.
  [[nodiscard]] bool at_home() const noexcept { return home_.in_thread(); }

 private:
  void run() override;
  void abandon() noexcept override {}

  task_loop& home_;
  cancel_request request_;
  token_link link_{*this};
  bool made_ = false;
  bool left_ = false;
};

class token_limits {
 public:
  using scope = token_scope;
  static constexpr bool throws = false;
  explicit token_limits(std::shared_ptr<token_state> token) noexcept : token_(std::move(token)) {}
  static void begin(task_loop&) noexcept {}
  [[nodiscard]] bool over() const { return token_->is_cancelled(); }
  [[nodiscard]] std::shared_ptr<token_state> take() noexcept { return std::move(token_); }
  static void fail() noexcept {}
  static void fail(std::exception_ptr const&) noexcept {}

 private:
  std::shared_ptr<token_state> token_;
};

template <class A>
awaitable<in_time_t<await_result_t<A>>> run_until_token(std::shared_ptr<token_state> token, A body,
                                                        source_location where) {
  using result = await_result_t<A>;
  return run_in_scope<in_time_t<result>, result>(token_limits(std::move(token)), given_body<A>(std::move(body)), where);
}

}  // namespace detail

class cancellation_guard;

/// tokio's `CancellationToken`: a one-time signal that any thread may send to all listeners: tasks that wait for it,
/// work that runs until then, and child tokens. asyncio has no equivalent: an Event cannot be set from other threads,
/// has no children, and cancels nothing.
///
/// A handle: copies share one token, which lives as long as any copy, child token or wait.
/// **Threads**: any may call `cancel`, `is_cancelled`, `child_token`, `stop_token`, and copy a token concurrently;
/// assigning and destroying one object needs exclusive access. Waiting belongs to a loop, and several loops may wait
/// for one token.
/// **Example**: `asyncio::cancellation_token stop; auto t = asyncio::create_task(serve(stop.child_token()));`
/// `stop.cancel();` Conformance: XJ3.
class cancellation_token {
 public:
  /// A token without a parent. **Cost**: two allocations.
  cancellation_token() : state_(std::make_shared<detail::token_state>()) {}
  // Moving copies: there is no empty token.
  cancellation_token(cancellation_token const&) noexcept = default;
  cancellation_token& operator=(cancellation_token const&) noexcept = default;
  ~cancellation_token() = default;

  /// `token.child_token()`: a token that is cancelled with this one, but not vice versa. The child of a cancelled token
  /// is cancelled from the start. **Cost**: one allocation.
  [[nodiscard]] cancellation_token child_token() const {
    return cancellation_token(std::make_shared<detail::token_state>(state_));
  }

  /// `token.cancel()`: permanently cancels this token and all its descendants. Then the listeners are notified:
  /// coroutines in a turn of their loop, in the order of registration; callbacks of a `std::stop_token` inside the
  /// call.
  /// @return whether this call cancelled the token; false if it was already cancelled. **Checkpoint**: never.
  /// **Threads**: any; not from an OS signal handler. **Cost**: O(listeners and descendants).
  bool cancel() const noexcept { return state_->cancel(); }
  /// `token.is_cancelled()`.
  [[nodiscard]] bool is_cancelled() const noexcept { return state_->is_cancelled(); }

  /// `token.cancelled().await`: returns when the token is cancelled, immediately if it already is.
  /// @throws cancelled_error when the *task* is cancelled; the token is not an exception.
  /// **Cancellation**: ends the wait. Safe: the token is unchanged. **Checkpoint**: only if the token is not cancelled.
  /// **Threads**: the loop's. **Cost**: no allocation. Virtual time does not wait for other threads: if only another
  /// thread could cancel the token and nothing else can run, the run ends with deadlock_error.
  /// **Example**: `co_await asyncio::race(serve(), stop.cancelled());`
  [[nodiscard("co_await it")]] detail::token_operation cancelled() const noexcept {
    return detail::token_operation(state_);
  }

  /// `token.run_until_cancelled(future).await`: runs an awaitable in the calling task, and cancels it when the token is
  /// cancelled; like `move_on_after` with a token instead of a deadline. If the token is already cancelled, the
  /// awaitable never starts.
  /// @return the value, or nothing when the token ended it; for `void` whether it finished. If it finishes despite the
  /// cancellation, its value is returned. @throws what it throws, even after the cancellation; cancelled_error when the
  /// task is cancelled.
  /// **Cancellation**: cancels the awaitable; never confused with the token's cancellation. **Checkpoint**: those of
  /// the awaitable.
  /// **Threads**: the loop's. **Cost**: one coroutine frame; a separate task when called outside any task.
  /// **Example**: `if (!co_await stop.run_until_cancelled(serve(socket))) co_await say_goodbye(socket);`
  template <awaitable_like A>
  [[nodiscard("co_await it")]] awaitable<detail::in_time_t<await_result_t<A>>> run_until_cancelled(
      A&& aw, source_location where = BOOST_CURRENT_LOCATION) const {
    detail::require_taken_over<A>();
    detail::require_unused(aw, "asyncio::cancellation_token::run_until_cancelled");
    return detail::run_until_token(state_, std::move(aw), where);
  }
  /// @cond internal: a short compile error for the classic mistake
  template <class A>
  requires(!awaitable_like<A>) auto run_until_cancelled(A&&) const {
    static_assert(detail::always_false<A>,
                  "asyncio::cancellation_token::run_until_cancelled takes a coroutine that was called: "
                  "token.run_until_cancelled(f(x)); for a task token.run_until_cancelled(t.join())");
    return detail::mistake();
  }
  /// @endcond

  /// `token.drop_guard()`: cancels the token when it goes out of scope.
  [[nodiscard("cancels the token at once when it is dropped")]] cancellation_guard drop_guard() const;

  /// The same signal for code that knows only the standard library: a function in `to_thread`, a
  /// `std::condition_variable_any`. It does not keep the token alive: keep a handle. For the opposite direction,
  /// `std::stop_callback callback(stop, [token] { token.cancel(); });`. **Cost**: one allocation on first use.
  [[nodiscard]] std::stop_token stop_token() const { return state_->stopped(); }

  /// Whether both are the same token.
  friend bool operator==(cancellation_token const& a, cancellation_token const& b) noexcept {
    return a.state_ == b.state_;
  }

 private:
  explicit cancellation_token(std::shared_ptr<detail::token_state> state) noexcept : state_(std::move(state)) {}
  std::shared_ptr<detail::token_state> state_;
};

/// tokio's `DropGuard`: cancels its token at the end of a scope, however it is left. Movable. **Threads**: any, one at
/// a time per guard.
class [[nodiscard("cancels the token at once when it is dropped")]] cancellation_guard {
 public:
  explicit cancellation_guard(cancellation_token token) noexcept : token_(std::move(token)) {}
  cancellation_guard(cancellation_guard && other) noexcept : token_(std::exchange(other.token_, std::nullopt)) {}
  cancellation_guard& operator=(cancellation_guard&&) = delete;
  ~cancellation_guard() {
    if (token_) token_->cancel();
  }

  /// `guard.disarm()`: the guard no longer cancels the token. @throws invalid_state when the guard was moved from or
  /// already disarmed.
  cancellation_token disarm();

 private:
  std::optional<cancellation_token> token_;
};

inline cancellation_guard cancellation_token::drop_guard() const { return cancellation_guard(*this); }

}  // namespace asyncio
