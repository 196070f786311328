// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Running a body in the calling task, in a scope that may end it: a timeout, a cancellation token.
#pragma once

#include <asyncio/detail/gather/child_group.hpp>
#include <asyncio/detail/task/own_task.hpp>
#include <asyncio/detail/task/way_home.hpp>
#include <asyncio/task.hpp>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace asyncio::detail {

template <class T>
struct in_time {
  using type = std::optional<T>;
};
template <>
struct in_time<void> {
  using type = bool;
};
/// The result of a body that may be ended without an exception: its value, if any.
template <class T>
using in_time_t = typename in_time<T>::type;

/// Rejects a coroutine that was moved from or already awaited.
template <class A>
void require_unused(A const& aw, char const* who) {
  if constexpr (std::is_same_v<A, awaitable<await_result_t<A>>>) {
    if (!aw.valid()) throw_empty_awaitable(who);
  }
}

/// Runs a coroutine as a structured child of a coroutine outside any task.
template <class T>
awaitable<T> run_as_child(task_loop& home, awaitable<T> body, source_location where) {
  child_group group(home, child_group::on_failure::cancel_siblings, by_create_task);  // the callers have checked
  task<T> const child = group.spawn(std::move(body), where);
  co_await group.wait();
  if constexpr (!std::is_void_v<T>) co_return child.typed().take(true);
}

/// The body of a scope that does not use the scope object.
template <class A>
class given_body {
 public:
  explicit given_body(A&& aw) noexcept : aw_(std::move(aw)) {}
  template <class Scope>
  A&& operator()(Scope&) noexcept {
    return std::move(aw_);
  }

 private:
  A aw_;
};

/// Runs `body(scope)`, which returns a `T`, in the calling task. `Limits` defines the scope:
/// - `scope`, constructed from (task, limits.take()): has leave(), claims_exception(), claims(exception), at_home();
/// - `begin(loop)`: the time starts now, although the scope is entered later;
/// - `over()`: the body must not start; `fail(exception)`: throws if the scope has ended the body, else returns.
template <class R, class T, class Limits, class Body>
awaitable<R> run_in_scope(Limits limits, Body body, source_location where) {
  boost::asio::cancellation_state const stack = co_await boost::asio::this_coro::cancellation_state;
  task_base* const task = task_of_stack(stack);
  if (task == nullptr) {
    task_loop& home = *co_await loop_of_coroutine();
    if (task_of_stack(stack) != nullptr)
      co_return co_await run_in_scope<R, T>(std::move(limits), std::move(body), where);
    limits.begin(home);
    co_return co_await run_as_child(home, run_in_scope<R, T>(std::move(limits), std::move(body), where), where);
  }
  if constexpr (!Limits::throws)
    if (limits.over()) co_return R();
  typename Limits::scope scope(*task, limits.take());
  std::exception_ptr elsewhere;  // thrown by the body in another thread
  try {
    auto&& aw = body(scope);
    if constexpr (std::is_void_v<T>) {
      co_await std::move(aw);
      if (!scope.at_home()) [[unlikely]]
        co_await come_home();
      if constexpr (std::is_void_v<R>) {
        co_return;
      } else {
        co_return true;
      }
    } else {
      T result = co_await std::move(aw);
      if (!scope.at_home()) [[unlikely]]
        co_await come_home();
      co_return std::forward<T>(result);
    }
  } catch (...) {
    if (!scope.at_home()) {
      elsewhere = std::current_exception();
    } else if (!scope.claims_exception()) {
      throw;
    } else {
      limits.fail();
    }
  }
  if (elsewhere) [[unlikely]] {
    co_await come_home();
    if (!scope.claims(elsewhere)) std::rethrow_exception(elsewhere);
    limits.fail(elsewhere);
  }
  if constexpr (!Limits::throws) co_return R();
}

}  // namespace asyncio::detail
