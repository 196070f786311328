// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Basic types: coroutines come from Boost.Asio, durations from std::chrono.
#pragma once

#include <asyncio/config.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <concepts>
#include <exception>
#include <type_traits>
#include <utility>
#include <variant>

namespace asyncio {

/// A coroutine: `async def` in Python. An alias of `boost::asio::awaitable<T>`, not a distinct type.
///
/// It runs once. Functions of this library throw invalid_state if it was already awaited or moved from. A second plain
/// `co_await std::move(aw)` is not checked by Asio and crashes the program; test with `aw.valid()`.
template <class T = void>
using awaitable = boost::asio::awaitable<T>;

/// The type of delays and timeouts; any other `std::chrono::duration` converts to it.
using duration = std::chrono::steady_clock::duration;

/// A point in time on a loop's clock.
using time_point = std::chrono::steady_clock::time_point;

/// A value or an exception; `.value()` rethrows the exception. What `gather(return_exceptions, ...)` returns.
template <class T>
using result = boost::system::result<T, std::exception_ptr>;

/// Where a task was created. (`std::source_location` is missing on clang 14.)
using source_location = boost::source_location;

namespace detail {

/// The base of every operation object, so that concepts recognise them while incomplete.
struct operation_tag {};

template <class A>
struct await_result;

template <class T>
struct await_result<boost::asio::awaitable<T>> {
  using type = T;
};

template <std::derived_from<operation_tag> Op>
struct await_result<Op> {
  using type = typename Op::value_type;
};

}  // namespace detail

/// Types accepted wherever this library takes an awaitable: `awaitable<T>` and the operations of this library.
template <class A>
concept awaitable_like = requires {
  typename detail::await_result<std::remove_cvref_t<A>>::type;
};

/// The result type of `co_await` on an `awaitable_like` type.
template <awaitable_like A>
using await_result_t = typename detail::await_result<std::remove_cvref_t<A>>::type;

namespace detail {

template <class T>
awaitable<T> to_awaitable(awaitable<T>&& aw) noexcept {
  return std::move(aw);
}

template <std::derived_from<operation_tag> Op>
awaitable<typename Op::value_type> to_awaitable(Op&& op) {
  return std::move(op).as_awaitable();
}

/// `T`, or monostate for `void`, which cannot be stored in tuples and variants.
template <class T>
using nonvoid_t = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

}  // namespace detail
}  // namespace asyncio
