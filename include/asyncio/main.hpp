// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The whole of a program's `main()`: what Python does around `asyncio.run(main())`.
#pragma once

#include <asyncio/detail/base/callable.hpp>
#include <asyncio/run.hpp>

#include <concepts>
#include <functional>
#include <utility>

namespace asyncio {

namespace detail {

/// Runs, prints the exception that ended it. `start` returns main's task; `exit_code` takes its result.
int run_program(run_options options, std::function<any_task(runner&)> const& start,
                std::function<int(any_task const&)> const& exit_code) noexcept;

template <class A>
concept program = awaitable_like<A> &&
    (std::is_void_v<await_result_t<A>> || std::convertible_to<await_result_t<A>, int>);

}  // namespace detail

/// `asyncio.run(main())` as the last line of a program: runs `body` and returns the exit code of the process.
/// @param body the coroutine; what it returns is the exit code, 0 for `void`. @param options as for `run`.
/// @return main's result; 1 if an exception ended it, which is then printed to standard error, after standard output was
/// flushed: its type and text, a group as a tree, the task it comes from, where that was created and which tasks awaited
/// it; 130, as a shell expects, after Ctrl-C has cancelled main, whose cleanup has run. Never throws.
/// **Cancellation**: by Ctrl-C, as in `run`. **Threads**: the main thread, for Ctrl-C. **Cost**: as `run`.
/// **Example**: `int main() { return asyncio::main(main_()); }`
template <detail::program A>
[[nodiscard("it is the exit code")]] int main(A body, run_options options = {},
                                              source_location where = BOOST_CURRENT_LOCATION) noexcept {
  using value = await_result_t<A>;
  return detail::run_program(
      std::move(options), [&](runner& r) -> any_task { return r.start(detail::to_awaitable(std::move(body)), where); },
      [](any_task const& t) -> int {
        if constexpr (std::is_void_v<value>) {
          t.ref().get()->rethrow_failure();
          return 0;
        } else {
          return static_cast<int>(static_cast<detail::task_state<value>&>(*t.ref().get()).take(true));
        }
      });
}

/// @cond internal
namespace detail {
template <class F, class... Args>
int main_call(source_location where, F&& fn, Args&&... args) {
  return main(call_and_keep<std::decay_t<F>, std::decay_t<Args>...>(std::forward<F>(fn), std::forward<Args>(args)...),
              {}, where);
}
}  // namespace detail
/// @endcond

/// The same for a coroutine function: calls `fn(args...)`, which are kept until the end.
/// **Example**: `return asyncio::main(serve, argc, argv);`
template <class F, ASYNCIO_DETAIL_TYPES>
requires(!awaitable_like<F> && detail::given<ASYNCIO_DETAIL_NAMES>::template called_by<F>)
    [[nodiscard("it is the exit code")]] int main(F&& fn, ASYNCIO_DETAIL_PARAMETERS,
                                                  source_location where = BOOST_CURRENT_LOCATION) {
  auto const call = [&](auto&&... args) {
    return detail::main_call(where, std::forward<F>(fn), std::forward<decltype(args)>(args)...);
  };
  return detail::given<ASYNCIO_DETAIL_NAMES>::pass(call, ASYNCIO_DETAIL_FORWARDED);
}
/// @cond internal: longer argument lists
template <class F, class... Args>
requires(!awaitable_like<F> && detail::coroutine_function<F, Args...> &&
         sizeof...(Args) > detail::most_arguments) int main(F&& fn, Args&&... args) {
  return detail::main_call(detail::unknown_place, std::forward<F>(fn), std::forward<Args>(args)...);
}
/// @endcond
/// @cond internal: a short compile error for the classic mistakes
template <class A>
requires(awaitable_like<A> && !detail::program<A>) int main(A&&, run_options = {}) {
  static_assert(detail::always_false<A>, "asyncio::main takes a coroutine that returns void or an int, the exit code");
  return 1;
}
template <class F, class... Args>
requires(!awaitable_like<F> && !detail::coroutine_function<F, Args...>) int main(F&&, Args&&...) {
  static_assert(detail::always_false<F>,
                "asyncio::main takes a coroutine, asyncio::main(main_()), or a coroutine function with its arguments, "
                "asyncio::main(main_, argc, argv)");
  return 1;
}
/// @endcond

}  // namespace asyncio
