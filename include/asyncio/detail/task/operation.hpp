// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The base of operation objects, returned by `sleep`, `yield`, `task::join` ...
#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/detail/task/wait_node.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/system_executor.hpp>

namespace asyncio::detail {

template <class T>
struct operation_signature {
  using type = void(std::exception_ptr, T);
};
template <>
struct operation_signature<void> {
  using type = void(std::exception_ptr);
};

/// The executor of the running loop. Throws no_running_loop.
[[nodiscard]] boost::asio::any_io_executor running_executor();

/// The running loop's executor, else the token's.
template <class Token>
boost::asio::any_io_executor loop_executor(Token const& token) {
  using own = typename boost::asio::associated_executor<Token>::type;
  if constexpr (!std::is_same_v<own, boost::asio::system_executor> &&
                std::is_convertible_v<own, boost::asio::any_io_executor>) {
    if (task_loop::running_or_null() == nullptr) return boost::asio::get_associated_executor(token);
  }
  return running_executor();
}

/// An asynchronous operation of this library with result `T`. `Derived` is a `wait_node` with a member `T finish()`. It
/// may have a member `bool ready() noexcept`: if that returns true the coroutine does not suspend.
///
/// `co_await`ed as an rvalue it costs no coroutine frame and no allocation; it converts to `awaitable<T>`; with any
/// other completion token it is started on the running loop.
template <class Derived, class T>
class operation : public operation_tag {
 public:
  using value_type = T;

  operation() = default;

  /// The operation as a coroutine, for code that wants an `awaitable<T>`.
  [[nodiscard("an awaitable does nothing until it is awaited")]] awaitable<T> as_awaitable() && {
    return run_in_coroutine(std::move(self()));
  }
  operator awaitable<T>() && { return std::move(*this).as_awaitable(); }  // NOLINT: implicit by contract

  /// `co_await operation`: see asio_hook.
  operation_probe_result operator()(operation_probe) &&;
  signature_probe_result<Derived> operator()(signature_probe) &&;
  operation_probe_result operator()(operation_probe) const&;  // only to diagnose an lvalue
  lvalue_probe_result operator()(signature_probe) const&;

  /// Starts the operation with a completion token: `sleep(1s)(asio::use_future)`.
  template <boost::asio::completion_token_for<typename operation_signature<T>::type> Token>
  auto operator()(Token&& token) && {
    auto const executor = loop_executor(token);
    return boost::asio::co_spawn(executor, std::move(*this).as_awaitable(), std::forward<Token>(token));
  }

 protected:
  ~operation() = default;

 private:
  [[nodiscard]] Derived& self() noexcept { return static_cast<Derived&>(*this); }
  static awaitable<T> run_in_coroutine(Derived op) { co_return co_await std::move(op); }
};

}  // namespace asyncio::detail
