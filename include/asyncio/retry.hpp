// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Trying again what failed, after a while.
#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/detail/base/callable.hpp>
#include <asyncio/detail/base/exception_in.hpp>
#include <asyncio/error.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

namespace asyncio {

/// How often and when `retry` tries again: `retry_policy().attempts(8).first_delay(50ms)`. The delays grow by a factor,
/// and part of each is random, so that clients that failed together do not come back together.
class retry_policy {
 public:
  /// How many calls there are at most, the first one included. Default: 5. @throws value_error for 0.
  retry_policy& attempts(std::size_t n);
  /// The delay before the second attempt. Default: 100 ms. @throws value_error if negative.
  retry_policy& first_delay(duration d);
  /// No delay is longer. Default: 30 s. @throws value_error if negative.
  retry_policy& max_delay(duration d);
  /// By what each delay exceeds the one before. Default: 2. @throws value_error below 1.
  retry_policy& factor(double by);
  /// Which share of a delay is random: 0 none, 1 all of it. Default: 0.5, so that a delay of 1 s takes 0.5 s to 1 s.
  /// @throws value_error outside of 0 to 1.
  retry_policy& jitter(double share);
  /// Which failures are worth another attempt. Default: every one.
  retry_policy& retry_if(std::function<bool(std::exception_ptr const&)> decide);
  /// Only those that a `catch (E const&)` for one of these types would catch.
  template <class... E>
  requires(sizeof...(E) > 0) retry_policy& only() {
    return retry_if([](std::exception_ptr const& e) { return ((detail::exception_in<E>(e) != nullptr) || ...); });
  }

  /// The longest delay before the attempt after `failed` of them.
  [[nodiscard]] duration longest_delay(std::size_t failed) const noexcept;
  /// The shortest one: less by the random share.
  [[nodiscard]] duration shortest_delay(std::size_t failed) const noexcept;
  /// Whether there is another attempt after `failed` of them, the last with `e`.
  [[nodiscard]] bool wants_more(std::size_t failed, std::exception_ptr const& e) const;

 private:
  std::size_t attempts_ = 5;
  duration first_ = std::chrono::milliseconds(100);
  duration longest_ = std::chrono::seconds(30);
  double factor_ = 2;
  double jitter_ = 0.5;
  std::function<bool(std::exception_ptr const&)> decide_;
};

namespace detail {

/// Sleeps until the next attempt, or throws `e` if there is none.
awaitable<void> before_next_attempt(retry_policy const& policy, std::size_t failed, std::exception_ptr e);

template <class T, class F, class... Args>
awaitable<T> run_attempts(retry_policy policy, F fn, Args... args) {
  for (std::size_t failed = 1;; ++failed) {
    std::exception_ptr failure;
    try {
      auto attempt = std::invoke(fn, Args(args)...);
      if constexpr (std::is_void_v<T>) {
        co_await std::move(attempt);
        co_return;
      } else {
        co_return co_await std::move(attempt);
      }
    } catch (cancelled_error const&) {
      throw;
    } catch (keyboard_interrupt const&) {
      throw;
    } catch (...) {
      failure = std::current_exception();
    }
    co_await before_next_attempt(policy, failed, std::move(failure));
  }
}

}  // namespace detail

/// Calls `fn(args...)` until it succeeds: tenacity's `@retry`, with delays that grow exponentially and are partly random.
/// @param policy how often, and after which delays. @param fn a coroutine function. @param args stored with the
/// coroutine; each attempt gets copies.
/// @return what the first successful attempt returns. @throws what the last attempt threw; cancelled_error and
/// keyboard_interrupt at once.
/// **Cancellation**: ends the attempt or the delay. **Checkpoint**: those of `fn`, and each delay. **Threads**: the
/// loop's, from whose generator and clock the delays come: tests are repeatable and take no time. **Cost**: two
/// coroutine frames. **Example**: `auto page = co_await asyncio::retry(asyncio::retry_policy().attempts(3), fetch, url);`
template <class F, class... Args>
requires detail::coroutine_function<F, Args...>
[[nodiscard("co_await it")]] auto retry(retry_policy policy, F&& fn, Args&&... args) {
  detail::refuse_capturing_temporary<F>();
  using value = await_result_t<std::invoke_result_t<std::decay_t<F>&, std::decay_t<Args>...>>;
  return detail::run_attempts<value, std::decay_t<F>, std::decay_t<Args>...>(std::move(policy), std::forward<F>(fn),
                                                                             std::forward<Args>(args)...);
}
/// @cond internal: a short compile error for the classic mistakes
template <class F, class... Args>
requires(!detail::coroutine_function<F, Args...>) auto retry(retry_policy, F&&, Args&&...) {
  static_assert(!awaitable_like<F>,
                "asyncio::retry takes a coroutine function that is not called yet, and its arguments: retry(policy, "
                "fetch, url), not retry(policy, fetch(url)); a coroutine runs only once");
  if constexpr (!awaitable_like<F>) detail::require_coroutine_function<F, Args...>();
  return detail::mistake();
}
/// @endcond

}  // namespace asyncio
