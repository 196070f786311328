// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Hooks `co_await operation` into Asio's coroutines.
///
/// Why not the public `void(std::exception_ptr, T)`: on Boost 1.81 `co_await` does not accept it (asio issue 1205), it
/// needs a default-constructible T, it always suspends, and it throws every cancellation through an exception_ptr. The
/// partial specialisation below is selected by a private signature type that Asio's own specialisations cannot match.
/// The members it uses are the same from Asio 1.26 (Boost 1.81) to 1.36 (1.89).
#pragma once

#include <asyncio/config.hpp>
#include <asyncio/detail/asio/suspended_thread.hpp>
#include <asyncio/detail/base/callable.hpp>

#include <boost/asio/async_result.hpp>

#include <type_traits>
#include <utility>

namespace asyncio::detail {

/// The completion signature of an operation that is awaited by `co_await`: `Op` has `bool begin(frame_base&)`, which
/// returns whether the coroutine has to wait, and `finish()`, which returns the result. It may have `bool ready()`: if
/// that returns true, begin() is not called. Such an operation also has wait_node's members for this case.
template <class Op>
struct await_signature {};

/// The signature of an operation awaited as an lvalue, which is an error.
struct lvalue_signature {};

/// The signature of an uncalled coroutine function, a number or a pointer, which are errors too. Asio up to Boost 1.81
/// converts them to bool, the argument of `this_coro::throw_if_cancelled`.
struct uncalled_signature {};
struct value_signature {};

template <class F>
inline constexpr bool gives_awaitable = false;
template <class T, class Executor, class... Args>
inline constexpr bool gives_awaitable<boost::asio::awaitable<T, Executor>(Args...)> = true;
template <class T, class Executor, class... Args>
inline constexpr bool gives_awaitable<boost::asio::awaitable<T, Executor>(Args...) noexcept> = true;

/// Functions, pointers to them, numbers and other pointers.
template <class Op>
concept never_awaitable = std::is_scalar_v<std::decay_t<Op>> && !std::is_member_pointer_v<std::decay_t<Op>>;

template <class Op>
using mistaken_signature =
    std::conditional_t<gives_awaitable<std::remove_pointer_t<std::decay_t<Op>>>, uncalled_signature, value_signature>;

}  // namespace asyncio::detail

namespace boost::asio {

template <asyncio::detail::never_awaitable Op>
struct is_async_operation<Op> : std::true_type {};
template <asyncio::detail::never_awaitable Op>
struct completion_signature_of<Op> {
  using type = asyncio::detail::mistaken_signature<Op>;
};

}  // namespace boost::asio

namespace boost::asio::detail {

/// `co_await source`, where `source` is the operation or what it is constructed from.
template <class Op, class Source>
class awaitable_async_op<asyncio::detail::await_signature<Op>, Source, any_io_executor> {
 public:
  template <class... Location>  // newer versions of Asio pass one for handler tracking
  awaitable_async_op(Source&& source, awaitable_frame_base<any_io_executor>*, Location const&...)
      : op_(operation_in(source)) {}

  [[nodiscard]] bool await_ready() noexcept {
    if constexpr (requires(Op & op) { op.ready(); }) {
      return Op::in_step() && op_.ready();
    } else {
      return false;
    }
  }
  template <class T>
  [[nodiscard]] bool await_suspend(coroutine_handle<awaitable_frame<T, any_io_executor>> awaiting) noexcept {
    if constexpr (requires(Op & op) { op.ready(); }) {
      return op_.begin(awaiting.promise(), &Op::template ready_of<Op>);
    } else {
      return op_.begin(awaiting.promise());
    }
  }
  decltype(auto) await_resume() { return op_.finish(); }

 private:
  static decltype(auto) operation_in(Source& source) noexcept {
    if constexpr (std::is_same_v<Op, Source>) {
      return (source);
    } else {
      return std::move(source);
    }
  }
  // The operation is a temporary of the same full-expression, so a reference suffices.
  std::conditional_t<std::is_same_v<Op, Source>, Op&, Op> op_;
};

/// What Asio would wrap an lvalue in; it must not move from the operation.
template <class Op>
class awaitable_async_op<asyncio::detail::lvalue_signature, Op, any_io_executor> {
 public:
  static_assert(
      asyncio::detail::always_false<Op>,
      "asyncio: co_await takes an rvalue: a task that has a name is awaited by co_await t.join(), a future by "
      "co_await f.wait(), an operation by co_await std::move(op)");
  awaitable_async_op(Op const&, awaitable_frame_base<any_io_executor>*) noexcept;
  [[nodiscard]] bool await_ready() const noexcept;
  void await_suspend(detail::coroutine_handle<void>) const noexcept;
  typename Op::value_type await_resume() const;
};

/// The same for types that can never be awaited.
template <class Op>
class awaitable_async_op<asyncio::detail::uncalled_signature, Op, any_io_executor> {
 public:
  static_assert(asyncio::detail::always_false<Op>,
                "asyncio: co_await takes a coroutine that was called: co_await f(x), not co_await f");
  awaitable_async_op(Op, awaitable_frame_base<any_io_executor>*) noexcept;
  [[nodiscard]] bool await_ready() const noexcept;
  void await_suspend(detail::coroutine_handle<void>) const noexcept;
  asyncio::detail::anything await_resume() const;
};
template <class Op>
class awaitable_async_op<asyncio::detail::value_signature, Op, any_io_executor> {
 public:
  static_assert(
      asyncio::detail::always_false<Op>,
      "asyncio: co_await takes a coroutine that was called, or an operation; a number or a pointer is neither");
  awaitable_async_op(Op, awaitable_frame_base<any_io_executor>*) noexcept;
  [[nodiscard]] bool await_ready() const noexcept;
  void await_suspend(detail::coroutine_handle<void>) const noexcept;
  asyncio::detail::anything await_resume() const;
};

}  // namespace boost::asio::detail

namespace asyncio::detail {

/// Asio uses these two types to query the signature of an operation before awaiting it.
using operation_probe = boost::asio::detail::async_operation_probe;
using operation_probe_result = boost::asio::detail::async_operation_probe_result;
using signature_probe = boost::asio::detail::completion_signature_probe;
template <class Op>
using signature_probe_result = boost::asio::detail::completion_signature_probe_result<await_signature<Op>>;
using lvalue_probe_result = boost::asio::detail::completion_signature_probe_result<lvalue_signature>;

}  // namespace asyncio::detail
