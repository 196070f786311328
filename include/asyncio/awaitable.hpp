/// @file
/// The vocabulary: coroutines are Boost.Asio's, durations are std::chrono's.
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

/// A coroutine: `async def` in Python. An alias of `boost::asio::awaitable<T>`, never a type of its own.
///
/// It runs once. Functions of this library that take one throw invalid_state when it was awaited or moved from before; a
/// second `co_await std::move(aw)` itself is Asio's, which does not look, and ends the program (`aw.valid()` tells).
template <class T = void>
using awaitable = boost::asio::awaitable<T>;

/// Every delay and every timeout; any other `std::chrono::duration` converts to it.
using duration = std::chrono::steady_clock::duration;

/// An instant of a loop's clock.
using time_point = std::chrono::steady_clock::time_point;

/// A value or the exception that took its place; `.value()` rethrows it. What `gather(return_exceptions, ...)` returns.
template <class T>
using result = boost::system::result<T, std::exception_ptr>;

/// Where a task was created. (`std::source_location` is missing on clang 14.)
using source_location = boost::source_location;

namespace detail {

/// The base of every operation object, so that concepts can recognise them without their definition.
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

/// What every function of this library that takes an awaitable accepts: `awaitable<T>` and the operations of this library.
template <class A>
concept awaitable_like = requires { typename detail::await_result<std::remove_cvref_t<A>>::type; };

/// What `co_await` gives for an `awaitable_like` type.
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

/// `void` cannot be stored: a monostate takes its place in tuples and variants.
template <class T>
using nonvoid_t = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

}  // namespace detail
}  // namespace asyncio
