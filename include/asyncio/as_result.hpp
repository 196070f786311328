// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The outcome of an await as a value: what `gather(return_exceptions=True)` does for one.
#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/detail/base/callable.hpp>
#include <asyncio/error.hpp>

#include <exception>
#include <type_traits>
#include <utility>

namespace asyncio {

namespace detail {

template <class T, class A>
awaitable<result<T>> outcome_as_result(A aw) {
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(aw);
      co_return result<T>();
    } else {
      co_return result<T>(co_await std::move(aw));
    }
  } catch (cancelled_error const&) {
    throw;
  } catch (keyboard_interrupt const&) {
    throw;
  } catch (...) {
    co_return result<T>(std::current_exception());
  }
}

}  // namespace detail

/// Awaits `aw` in the calling task and returns its value or its exception, for code that decides by the outcome.
/// @param aw a coroutine or an operation. @return the value or the exception; `value()` throws the latter.
/// @throws cancelled_error and keyboard_interrupt, which are not outcomes but requests to end.
/// **Cancellation**: cancels `aw`. **Checkpoint**: those of `aw`. **Threads**: the loop's. **Cost**: a coroutine frame.
/// **Example**: `if (auto page = co_await asyncio::as_result(fetch(url))) use(*page);`
template <awaitable_like A>
[[nodiscard("co_await it")]] awaitable<result<await_result_t<A>>> as_result(A&& aw) {
  detail::require_taken_over<A>();
  return detail::outcome_as_result<await_result_t<A>>(std::move(aw));
}

}  // namespace asyncio
