// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Running blocking functions in threads: `asyncio.to_thread`.
#pragma once

#include <asyncio/detail/base/callable.hpp>
#include <asyncio/detail/task/operation.hpp>
#include <asyncio/detail/threads/thread_call.hpp>

#include <type_traits>
#include <utility>

namespace asyncio {

/// How `to_thread` handles cancellation: `to_thread(to_thread_options().abandon_on_cancel(false), read_all, file)`.
class to_thread_options {
 public:
  to_thread_options() = default;
  /// Whether a cancellation ends the wait while the function still runs, as in asyncio. When off, the wait continues
  /// until the function returns and yields its result; the cancellation is thrown at the next wait. Default: on.
  to_thread_options& abandon_on_cancel(bool on) {
    abandon_ = on;
    return *this;
  }

  /// @cond internal
  [[nodiscard]] bool abandons() const noexcept { return abandon_; }
  /// @endcond

 private:
  bool abandon_ = true;
};

namespace detail {

template <class R>
class to_thread_operation final : public thread_wait, public operation<to_thread_operation<R>, R> {
 public:
  to_thread_operation(thread_call_for<R>* adopted, bool abandons) noexcept
      : thread_wait(reference(adopted), abandons) {}
  to_thread_operation(to_thread_operation&& other) noexcept : thread_wait(std::move(other)) {}

  R finish() { return static_cast<thread_call_for<R>&>(*take_call()).take(); }
};

template <class F, class... Args>
concept thread_function = std::is_invocable_v < std::decay_t<F>
&, std::decay_t<Args>... > &&!awaitable_like<std::invoke_result_t<std::decay_t<F>&, std::decay_t<Args>...>>;

}  // namespace detail

/// `asyncio.to_thread(fn, *args)`: calls a blocking function in another thread, while the loop keeps running. The
/// threads belong to the loop: created on demand, at most 40 (`run_options::max_threads`), joined at the end of `run`.
/// A call waits for a free thread if all are busy. The function sees a copy of the caller's context variables.
/// @param fn a plain function, not a coroutine. @param args stored as copies, like `fn`, and passed as rvalues of their
/// decayed types; they are destroyed in the thread. @return what `fn` returns (a copy, if it is a reference).
/// @throws what `fn` throws; cancelled_error if the caller is cancelled; invalid_state if the loop is ending.
///
/// **Cancellation**: a function that has not started never does. A running one cannot be stopped: the wait ends
/// immediately, the function continues, and its result or exception is dropped, so it must not refer to locals of the
/// caller. It may check `thread_cancelled()`. `to_thread_options::abandon_on_cancel(false)` waits for it and loses
/// nothing.
/// **Checkpoint**: always. **Threads**: the loop's. **Cost**: one allocation; two passes of the ready queue; a thread,
/// if none is idle. In virtual time the clock stands still until the function has returned.
/// **Example**: `auto text = co_await asyncio::to_thread(read_file, "notes.txt");` Conformance: TH1-TH5, XT1-XT3.
template <class F, class... Args>
requires detail::thread_function<F, Args...>
[[nodiscard("co_await it")]] detail::to_thread_operation<detail::thread_result_t<F, Args...>> to_thread(
    to_thread_options options, F&& fn, Args&&... args) {
  detail::refuse_capturing_temporary<F>();
  return {new detail::thread_call_of<std::decay_t<F>, std::decay_t<Args>...>(std::forward<F>(fn),
                                                                             std::forward<Args>(args)...),
          options.abandons()};
}
/// The same with asyncio's cancellation behaviour.
template <class F, class... Args>
requires detail::thread_function<F, Args...>
[[nodiscard("co_await it")]] detail::to_thread_operation<detail::thread_result_t<F, Args...>> to_thread(
    F&& fn, Args&&... args) {
  return to_thread(to_thread_options(), std::forward<F>(fn), std::forward<Args>(args)...);
}
/// @cond internal: a short compile error for the classic mistake
template <class F, class... Args>
requires(!detail::thread_function<F, Args...> &&
         !std::is_same_v<std::remove_cvref_t<F>, to_thread_options>) auto to_thread(F&&, Args&&...) {
  if constexpr (awaitable_like<F>) {
    static_assert(detail::always_false<F>,
                  "asyncio::to_thread takes a function that is not called yet: to_thread(f, x); a "
                  "coroutine runs in the loop, so just co_await it");
  } else if constexpr (std::is_invocable_v<std::decay_t<F>&, std::decay_t<Args>...>) {
    static_assert(detail::always_false<F>,
                  "asyncio::to_thread calls a plain function in a thread; a coroutine runs in the loop: "
                  "co_await f(x), or create_task(f(x))");
  } else {
    static_assert(detail::always_false<F>,
                  "asyncio::to_thread takes a function and its arguments, to_thread(f, x) and not "
                  "to_thread(f(x)); they are passed as rvalues of their decayed types, use std::ref "
                  "for a reference");
  }
  return detail::mistake();
}
/// @endcond

/// In a function run by `to_thread`: whether its caller was cancelled, so its result is no longer needed.
/// @return false everywhere else. **Threads**: any. Conformance: XT3 (`from_thread.check_cancelled`).
[[nodiscard]] bool thread_cancelled() noexcept;
/// The same as an exception: @throws cancelled_error. It propagates to the caller's `co_await`, if that still waits.
void check_thread_cancelled();

}  // namespace asyncio
