/// @file
/// One word that ends much: tokio's `CancellationToken`.
#pragma once

#include <asyncio/detail/call_stack.hpp>
#include <asyncio/detail/cancel_request.hpp>
#include <asyncio/detail/operation.hpp>
#include <asyncio/detail/token_state.hpp>
#include <asyncio/detail/way_home.hpp>
#include <asyncio/timeout.hpp>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

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

/// Cancels what a task does from here on, in its own coroutine stack, when a token is cancelled: until leave().
class token_scope final : private ready_node {
 public:
  token_scope(task_base& task, std::shared_ptr<token_state> token);
  ~token_scope() { (void)leave(); }

  /// @return whether a cancel that ends the body now was asked for by the token and nobody else.
  bool leave() noexcept;
  /// The same in a handler of the exception that ends the body: whether it is the token's cancel.
  [[nodiscard]] bool claims_exception();
  /// The same for an exception that was kept until the coroutine was home.
  [[nodiscard]] bool claims(std::exception_ptr const& failure);
  /// Whether this is the thread of the loop: the body may have ended in another one.
  [[nodiscard]] bool at_home() const noexcept { return home_.in_thread(); }

 private:
  void run() override;
  void abandon() noexcept override {}

  kernel& home_;
  cancel_request request_;
  token_link link_{*this};
  bool made_ = false;
  bool left_ = false;
};

template <class A>
awaitable<in_time_t<A>> run_until_token(std::shared_ptr<token_state> token, A body, source_location where) {
  boost::asio::cancellation_state const stack = co_await boost::asio::this_coro::cancellation_state;
  task_base* const task = task_of_stack(stack);
  if (task == nullptr) {
    kernel& home = *co_await loop_of_coroutine();
    if (task_of_stack(stack) != nullptr) co_return co_await run_until_token(std::move(token), std::move(body), where);
    co_return co_await run_as_child(home, run_until_token(std::move(token), std::move(body), where), where);
  }
  if (token->is_cancelled()) co_return in_time_t<A>();
  token_scope scope(*task, std::move(token));
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

}  // namespace detail

class cancellation_guard;

/// tokio's `CancellationToken`: a word that any thread may say, once, to all who listen: the tasks that wait for it, the work that
/// runs until then, the tokens below it. asyncio has nothing like it; an Event cannot be set from other threads, has no
/// children, and does not end what others do.
///
/// A handle: copies are the same token, and it lives as long as any of them, as a token below it, or as a wait.
/// **Threads**: any may call `cancel`, `is_cancelled`, `child_token`, `stop_token`, and copy a token, also several at a time;
/// an object is assigned and destroyed by one. Waiting belongs to a loop, and several loops may wait for one token.
/// **Example**: `asyncio::cancellation_token stop; auto t = asyncio::create_task(serve(stop.child_token())); stop.cancel();`
/// Conformance: XJ3.
class cancellation_token {
 public:
  /// A token that nothing is above. **Cost**: two allocations.
  cancellation_token() : state_(std::make_shared<detail::token_state>()) {}
  // Moving copies: there is no empty token.
  cancellation_token(cancellation_token const&) noexcept = default;
  cancellation_token& operator=(cancellation_token const&) noexcept = default;
  ~cancellation_token() = default;

  /// `token.child_token()`: a token that is cancelled with this one, and not the other way round. Below a cancelled token it
  /// is cancelled from the start. **Cost**: one allocation.
  [[nodiscard]] cancellation_token child_token() const {
    return cancellation_token(std::make_shared<detail::token_state>(state_));
  }

  /// `token.cancel()`: from now on this token and all below are cancelled, for ever. Then all who listen are told: coroutines in
  /// a turn of their loop, the ones who came first before the others; callbacks of a `std::stop_token` inside the call.
  /// @return whether this call did it; false when it was cancelled before. **Checkpoint**: never.
  /// **Threads**: any, not in a signal handler of the operating system. **Cost**: O(listeners and tokens below).
  bool cancel() const noexcept { return state_->cancel(); }
  /// `token.is_cancelled()`.
  [[nodiscard]] bool is_cancelled() const noexcept { return state_->is_cancelled(); }

  /// `token.cancelled().await`: returns when the token is cancelled, at once if it is.
  /// @throws cancelled_error when the *task* is cancelled; the token is not an exception.
  /// **Cancellation**: ends the wait. Safe: the token stays as it is. **Checkpoint**: only if the token is not cancelled.
  /// **Threads**: the loop's. **Cost**: no allocation. Virtual time does not wait for other threads: where only they would
  /// cancel the token, and nothing else can go on, it ends with deadlock_error.
  /// **Example**: `co_await asyncio::race(serve(), stop.cancelled());`
  [[nodiscard("co_await it")]] detail::token_operation cancelled() const noexcept { return detail::token_operation(state_); }

  /// `token.run_until_cancelled(future).await`: runs an awaitable in the calling task, and cancels it when the token is
  /// cancelled; like `move_on_after` with a token in the place of the time. Under a token that is cancelled it does not begin.
  /// @return the value, or nothing when the token ended it; for `void` whether it finished. Also the value of one that finished
  /// in spite of the cancel. @throws what it throws, also after the cancel; cancelled_error when the task is cancelled.
  /// **Cancellation**: cancels it, and is never confused with the token's. **Checkpoint**: those of the awaitable.
  /// **Threads**: the loop's. **Cost**: one coroutine frame; a task of its own in a coroutine that is not a task's.
  /// **Example**: `if (!co_await stop.run_until_cancelled(serve(socket))) co_await say_goodbye(socket);`
  template <awaitable_like A>
  [[nodiscard("co_await it")]] awaitable<detail::in_time_t<A>> run_until_cancelled(
      A&& aw, source_location where = BOOST_CURRENT_LOCATION) const {
    detail::require_taken_over<A>();
    detail::require_unused(aw, "asyncio::cancellation_token::run_until_cancelled");
    return detail::run_until_token(state_, std::move(aw), where);
  }
  /// @cond internal: one sentence instead of a page for the classic mistake
  template <class A>
    requires(!awaitable_like<A>)
  auto run_until_cancelled(A&&) const {
    static_assert(detail::always_false<A>,
                  "asyncio::cancellation_token::run_until_cancelled takes a coroutine that was called: "
                  "token.run_until_cancelled(f(x)); for a task token.run_until_cancelled(t.join())");
    return detail::mistake();
  }
  /// @endcond

  /// `token.drop_guard()`: cancels the token when it goes out of scope.
  [[nodiscard("cancels the token at once when it is dropped")]] cancellation_guard drop_guard() const;

  /// The same word for code that knows only the standard library: a function of `to_thread`, a `std::condition_variable_any`.
  /// It does not keep the token: give it the one of a token that somebody has. For the other direction,
  /// `std::stop_callback callback(stop, [token] { token.cancel(); });`. **Cost**: an allocation the first time.
  [[nodiscard]] std::stop_token stop_token() const { return state_->stopped(); }

  /// Whether both are the same token.
  friend bool operator==(cancellation_token const& a, cancellation_token const& b) noexcept { return a.state_ == b.state_; }

 private:
  explicit cancellation_token(std::shared_ptr<detail::token_state> state) noexcept : state_(std::move(state)) {}
  std::shared_ptr<detail::token_state> state_;
};

/// tokio's `DropGuard`: cancels its token at the end of a scope, however that ends. Movable. **Threads**: any, one at a time.
class [[nodiscard("cancels the token at once when it is dropped")]] cancellation_guard {
 public:
  explicit cancellation_guard(cancellation_token token) noexcept : token_(std::move(token)) {}
  cancellation_guard(cancellation_guard&& other) noexcept : token_(std::exchange(other.token_, std::nullopt)) {}
  cancellation_guard& operator=(cancellation_guard&&) = delete;
  ~cancellation_guard() {
    if (token_) token_->cancel();
  }

  /// `guard.disarm()`: the token is left alone. @throws invalid_state when the guard was moved from or disarmed before.
  cancellation_token disarm();

 private:
  std::optional<cancellation_token> token_;
};

inline cancellation_guard cancellation_token::drop_guard() const { return cancellation_guard(*this); }

}  // namespace asyncio
