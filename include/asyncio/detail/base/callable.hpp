// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Compile-time checks of callables, each with an error message for the mistake it catches.
#pragma once

#include <asyncio/awaitable.hpp>

#include <concepts>
#include <string_view>
#include <type_traits>

namespace asyncio::detail {

template <class...>
inline constexpr bool always_false = false;

/// The result of a call that does not compile: every use of it is accepted, so that our message comes first and nearly
/// alone. The functions with such a message deduce their result, which makes the compiler instantiate them first.
struct anything {
  template <class T>
  operator T() const;  // NOLINT: intentionally implicit
  template <class Stream>
  friend Stream& operator<<(Stream& to, anything const&) {
    return to;
  }
};
awaitable<anything> mistake();

/// Whether F is a closure type, by g++'s naming; used only on the compiler with the bug.
template <class F>
constexpr bool is_closure() noexcept {
#if ASYNCIO_GCC12_COROUTINE_BUG
  return std::string_view(__PRETTY_FUNCTION__).find("<lambda") != std::string_view::npos;
#else
  return false;
#endif
}

/// Whether F is a function object that g++ 12.0-12.2 destroys twice if it is a temporary in a full-expression with a
/// co_await.
template <class F>
constexpr bool is_destroyed_twice() noexcept {
#if ASYNCIO_GCC12_COROUTINE_BUG
  return !std::is_lvalue_reference_v<F> && !std::is_trivially_destructible_v<F> &&
         (is_closure<F>() || std::is_aggregate_v<F>);
#else
  return false;
#endif
}

/// Rejects those: lambdas whose captures need a destructor, and aggregates with such members. A named one, passed as an
/// lvalue, is copied and safe.
template <class F>
constexpr void refuse_capturing_temporary() noexcept {
  static_assert(
      !is_destroyed_twice<F>(),
      "asyncio: g++ 12.0-12.2 destroys a temporary lambda with captures twice in a co_await expression, and an "
      "aggregate "
      "too; give it a name first and pass the name (auto f = [...]...; call(f)), or pass the captures as arguments: "
      "call(fn, args...)");
}

/// Whether F, called with copies of Args, returns something awaitable.
template <class F, class... Args>
concept coroutine_function = std::is_invocable_v < std::decay_t<F>
&, std::decay_t<Args>... > &&awaitable_like<std::invoke_result_t<std::decay_t<F>&, std::decay_t<Args>...>>;

template <class F, class... Args>
constexpr void require_coroutine_function() noexcept {
  refuse_capturing_temporary<F>();
  if constexpr (!std::is_invocable_v<std::decay_t<F>&, std::decay_t<Args>...>) {
    static_assert(always_false<F>,
                  "asyncio: the function cannot be called with these arguments (they are passed as rvalues "
                  "of their decayed types; use std::ref for a reference)");
  } else {
    static_assert(awaitable_like<std::invoke_result_t<std::decay_t<F>&, std::decay_t<Args>...>>,
                  "asyncio: the function must be a coroutine: it has to return asyncio::awaitable<T>");
  }
}

/// The same for a function whose first argument is a library object.
template <class Object, class F, class... Args>
concept coroutine_function_of = std::is_invocable_v < std::decay_t<F>
&, Object&,
    std::decay_t<Args>... > &&awaitable_like<std::invoke_result_t<std::decay_t<F>&, Object&, std::decay_t<Args>...>>;

/// The same, or a plain function that returns nothing.
template <class Object, class F, class... Args>
concept body_of = coroutine_function_of<Object, F, Args...> ||
    (std::is_invocable_v<std::decay_t<F>&, Object&, std::decay_t<Args>...>&&
         std::is_void_v<std::invoke_result_t<std::decay_t<F>&, Object&, std::decay_t<Args>...>>);

/// For functions that take a coroutine: rejects lvalues, since coroutines are moved, not copied.
template <class A>
constexpr void require_taken_over() noexcept {
  static_assert(!std::is_lvalue_reference_v<A>,
                "asyncio: this function takes the coroutine over; give it as an rvalue: f() or "
                "std::move(aw)");
}

/// The same for a function whose first argument is a library object passed as an lvalue: a scope, a group.
template <class Object, class F, class... Args>
constexpr void require_coroutine_function_of() noexcept {
  refuse_capturing_temporary<F>();
  if constexpr (!std::is_invocable_v<std::decay_t<F>&, Object&, std::decay_t<Args>...>) {
    static_assert(always_false<F>,
                  "asyncio: the function cannot be called with these arguments: first the scope or group as "
                  "a non-const reference, then the arguments as rvalues of their decayed types");
  } else {
    static_assert(awaitable_like<std::invoke_result_t<std::decay_t<F>&, Object&, std::decay_t<Args>...>>,
                  "asyncio: the function must be a coroutine: it has to return asyncio::awaitable<T>");
  }
}

}  // namespace asyncio::detail
