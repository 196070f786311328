// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// A result that is set later: `asyncio.Future`.
#pragma once

#include <asyncio/detail/sync/future_state.hpp>
#include <asyncio/detail/task/done_callback.hpp>
#include <asyncio/detail/task/operation.hpp>
#include <asyncio/loop.hpp>

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace asyncio {

template <class T = void>
class future;

namespace detail {

template <class T>
using future_ref = boost::intrusive_ptr<future_state<T>>;

/// `co_await f.wait()`.
template <class T>
class future_operation final : public wait_node, public operation<future_operation<T>, T> {
 public:
  explicit future_operation(future_ref<T> awaited) noexcept : awaited_(std::move(awaited)) {}
  future_operation(future_operation&& other) noexcept
      : wait_node(std::move(other)), awaited_(std::move(other.awaited_)) {}

  [[nodiscard]] bool skip_wait() noexcept { return awaited_ && awaited_->done() && awaited_first_time(); }
  bool cancel_wait() override { return awaited_->cancel_wait(*this); }
  [[nodiscard]] bool served() const noexcept override { return awaited_->done(); }
  [[nodiscard]] wait_info describe() const noexcept override { return {wait_kind::future, 0, {}, awaited_.get()}; }
  T finish() {
    check_outcome();
    check_target(awaited_->cancelled());
    return awaited_->take();
  }

 private:
  bool arm() override { return awaited_->arm(*this, home()); }
  void disarm() noexcept override { unlink(); }
  future_ref<T> awaited_;
};

/// Registers `call(state)`, to be called once on the loop when `state` is done. @return the number of the callback.
std::uint64_t add_done_callback(future_base& state, std::function<void(future_base&)> call);
/// Removes a callback that was not called yet. @return the number removed: 0 or 1.
std::size_t remove_done_callback(future_base& state, std::uint64_t number);

[[noreturn]] void throw_no_future(char const* who);

}  // namespace detail

/// A result that is set later and that any coroutine may wait for: `asyncio.Future`. A handle; copies share one future.
///
/// An exception that was set but never retrieved, by an await, `result()`, `exception()` or `cancel()`, is reported to
/// the loop's exception handler when the last handle is destroyed. A future that never completes is not reported.
/// Conformance: T23-T26.
/// **Threads**: the thread of its loop. **Cost**: one allocation. T may be void and move-only.
template <class T>
class future {
 public:
  using value_type = T;

  /// `loop.create_future()`: a pending future of the running loop. @throws no_running_loop. Conformance: F1.
  explicit future(source_location where = BOOST_CURRENT_LOCATION)
      : future(detail::task_loop::running("asyncio::future").owner(), where) {}
  /// The same for a given loop, which need not run yet.
  explicit future(loop& home, source_location where = BOOST_CURRENT_LOCATION)
      : state_(new detail::future_state<T>(home.core(), where), false) {}  // created with one reference

  /// `Future.done()`: whether it has a result or an exception or was cancelled.
  [[nodiscard]] bool done() const { return state("asyncio::future::done").done(); }
  /// `Future.cancelled()`.
  [[nodiscard]] bool cancelled() const { return state("asyncio::future::cancelled").cancelled(); }

  /// `Future.set_result(value)`: waiters resume in the next pass, in FIFO order.
  /// @throws invalid_state if it is already done. Conformance: F2, F3, F5.
  template <class V = T>
  requires(!std::is_void_v<T> && std::convertible_to<V, T>) void set_result(V&& value) {
    state("asyncio::future::set_result").set(std::forward<V>(value));
  }
  void set_result() requires std::is_void_v<T> { state("asyncio::future::set_result").set(); }
  /// `Future.set_exception(e)`: an await throws it, the same object each time.
  /// @throws invalid_state if it is already done, value_error for a null pointer. Conformance: F3, F11.
  void set_exception(std::exception_ptr e) { state("asyncio::future::set_exception").fail(std::move(e)); }
  template <std::derived_from<std::exception> E>
  void set_exception(E e) {
    set_exception(std::make_exception_ptr(std::move(e)));
  }
  /// `Future.cancel(msg)`: waiters get cancelled_error. @return false if it is already done. Conformance: F2, F3.
  bool cancel(std::string_view message = {}) { return state("asyncio::future::cancel").cancel(message); }

  /// `Future.result()`. @throws its exception; cancelled_error when it was cancelled; invalid_state when it is not
  /// done, or when a move-only result was moved out by an await. Conformance: F2-F4.
  [[nodiscard]] std::add_lvalue_reference_t<T const> result() const requires(!std::is_void_v<T>) {
    state("asyncio::future::result").require_done("asyncio::future::result");
    return state_->value();
  }
  void result() const requires std::is_void_v<T> {
    state("asyncio::future::result").require_done("asyncio::future::result");
    state_->rethrow_failure();
  }
  /// `Future.exception()`: null for a result. @throws cancelled_error when it was cancelled; invalid_state when it is
  /// not done. Conformance: F4.
  [[nodiscard]] std::exception_ptr exception() const {
    state("asyncio::future::exception").require_done("asyncio::future::exception");
    return state_->exception();
  }

  /// `await future`: waits until it is done and returns the result. Any number of coroutines may wait; each gets a
  /// copy, but a move-only result is moved to the first.
  /// @throws the exception that was set; cancelled_error when it or the caller was cancelled; invalid_state in another
  /// loop.
  /// **Cancellation**: also cancels the future, as in asyncio, and thus all its waiters; a result that was already set
  /// is not lost. `shield(f.wait())` avoids this.
  /// **Checkpoint**: only if it is not done. **Threads**: the loop's. **Cost**: no allocation.
  /// **Example**: `int answer = co_await f.wait();` Conformance: F10, C6, C7, T10.
  [[nodiscard("co_await it")]] detail::future_operation<T> wait() const {
    (void)state("asyncio::future::wait");
    return detail::future_operation<T>(state_);
  }

  /// `Future.add_done_callback(fn)`: schedules `fn(future)` on the loop when it is done, in order of registration;
  /// soon, if it is already done. An exception it throws goes to the exception handler. It is dropped with the last
  /// handle.
  /// @return a number for `remove_done_callback`. Conformance: F5, F8, F9.
  std::uint64_t add_done_callback(std::function<void(future)> fn) {
    return detail::add_done_callback(state("asyncio::future::add_done_callback"),
                                     [f = std::move(fn)](detail::future_base& done) {
                                       f(future(detail::future_ref<T>(static_cast<detail::future_state<T>*>(&done))));
                                     });
  }
  /// `Future.remove_done_callback(fn)`. @return how many were removed: 1, or 0 if it was already called or removed.
  /// Conformance: F6, F7.
  std::size_t remove_done_callback(std::uint64_t callback) {
    return detail::remove_done_callback(state("asyncio::future::remove_done_callback"), callback);
  }

  /// @cond internal: explains how a future is awaited
  detail::operation_probe_result operator()(detail::operation_probe) const&;
  detail::lvalue_probe_result operator()(detail::signature_probe) const&;
  /// @endcond

  friend bool operator==(future const& a, future const& b) noexcept { return a.state_ == b.state_; }

 private:
  explicit future(detail::future_ref<T> state) noexcept : state_(std::move(state)) {}
  [[nodiscard]] detail::future_state<T>& state(char const* who) const {
    if (!state_) detail::throw_no_future(who);
    return *state_;
  }

  detail::future_ref<T> state_;
};

}  // namespace asyncio
