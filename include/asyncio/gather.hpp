// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Running awaitables concurrently and collecting all results: `asyncio.gather`.
#pragma once

#include <asyncio/detail/gather/child_group.hpp>
#include <asyncio/detail/gather/child_range.hpp>
#include <asyncio/detail/gather/gather_tasks.hpp>
#include <asyncio/detail/gather/ranges.hpp>
#include <asyncio/detail/task/way_home.hpp>
#include <asyncio/task.hpp>

#include <concepts>
#include <cstddef>
#include <iterator>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace asyncio {

namespace detail {
[[noreturn]] void throw_no_slot();
}

/// The type of `return_exceptions`.
struct return_exceptions_t {
  explicit return_exceptions_t() = default;
};
/// `gather(..., return_exceptions=True)`: every outcome as a `result<T>`; it throws only if the caller is cancelled.
inline constexpr return_exceptions_t return_exceptions{};

/// The maximum number of awaitables that `gather` runs at a time.
class limit {
 public:
  /// @throws value_error unless `n` is at least one.
  template <std::integral N>
  explicit limit(N n) : count_(static_cast<std::size_t>(n)) {
    if (std::cmp_less(n, 1)) detail::throw_no_slot();
  }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

 private:
  std::size_t count_;
};

namespace detail {

template <class... T>
using gather_result = typename std::conditional_t<(std::is_void_v<T> && ...), std::type_identity<void>,
                                                  std::type_identity<std::tuple<nonvoid_t<T>...>>>::type;
template <class... T>
using gather_outcomes = std::tuple<result<T>...>;
template <class T>
using gather_results =
    typename std::conditional_t<std::is_void_v<T>, std::type_identity<void>, std::type_identity<std::vector<T>>>::type;

template <class T>
result<T> take_result(task<T> const& t, bool sole_owner) {
  return outcome_of(static_cast<task_state<T>&>(t.state("asyncio::gather")), sole_owner);
}

/// The result of gather: with `Outcomes` (return_exceptions) every outcome, else the values.
template <bool Outcomes, class... T>
using pack_result = std::conditional_t<Outcomes, gather_outcomes<T...>, gather_result<T...>>;
template <bool Outcomes, class T>
using range_result = std::conditional_t<Outcomes, std::vector<result<T>>, gather_results<T>>;

template <bool Outcomes, class... T>
awaitable<pack_result<Outcomes, T...>> gather_pack(source_location where, awaitable<T>... body) {
  task_loop* home = task_loop::current();
  if (home == nullptr) home = co_await loop_of_coroutine();
  child_group group(*home, Outcomes ? child_group::on_failure::carry_on : child_group::on_failure::cancel_siblings,
                    "asyncio::gather");
  std::tuple<task<T>...> tasks{group.spawn(std::move(body), where)...};
  co_await group.wait();
  if constexpr (Outcomes) {
    co_return std::apply([](task<T> const&... t) { return gather_outcomes<T...>(take_result(t, true)...); }, tasks);
  } else if constexpr (!(std::is_void_v<T> && ...)) {
    co_return std::apply([](task<T> const&... t) { return std::tuple<nonvoid_t<T>...>(take_value(t)...); }, tasks);
  }
}

template <bool Outcomes, class T, class R>
awaitable<range_result<Outcomes, T>> gather_range(source_location where, R bodies, std::size_t limit) {
  task_loop* home = task_loop::current();
  if (home == nullptr) home = co_await loop_of_coroutine();
  child_range<T, R, Outcomes> group(*home, std::move(bodies), limit, where);
  co_await group.wait();
  co_return group.take();
}

template <bool Outcomes, class... T>
awaitable<pack_result<Outcomes, T...>> gather_task_pack(std::tuple<task<T>...> tasks) {
  task_loop* home = task_loop::current();
  if (home == nullptr) home = co_await loop_of_coroutine();
  gather_tasks all(*home, Outcomes);
  std::apply([&](task<T> const&... t) { (all.add(t), ...); }, tasks);
  co_await all.wait();
  if constexpr (Outcomes) {
    co_return std::apply([](task<T> const&... t) { return gather_outcomes<T...>(take_result(t, false)...); }, tasks);
  } else if constexpr (!(std::is_void_v<T> && ...)) {
    co_return std::apply([](task<T> const&... t) { return std::tuple<nonvoid_t<T>...>(gather_tasks::value(t)...); },
                         tasks);
  }
}

template <bool Outcomes, class T>
awaitable<range_result<Outcomes, T>> gather_task_range(std::vector<task<T>> tasks) {
  task_loop* home = task_loop::current();
  if (home == nullptr) home = co_await loop_of_coroutine();
  gather_tasks all(*home, Outcomes);
  for (task<T> const& t : tasks) all.add(t);
  co_await all.wait();
  if constexpr (Outcomes || !std::is_void_v<T>) {
    range_result<Outcomes, T> results;
    results.reserve(tasks.size());
    for (task<T> const& t : tasks) {
      if constexpr (Outcomes) {
        results.push_back(take_result(t, false));
      } else {
        results.push_back(gather_tasks::value(t));
      }
    }
    co_return results;
  }
}

template <class... A>
constexpr void require_rvalues() noexcept {
  static_assert(((!std::is_lvalue_reference_v<A> || std::is_same_v<A, absent>)&&...),
                "asyncio::gather takes the coroutines over; give them as rvalues: gather(f(), std::move(aw))");
}

template <class A>
concept gather_setting =
    std::is_same_v<std::remove_cvref_t<A>, return_exceptions_t> || std::is_same_v<std::remove_cvref_t<A>, limit>;

}  // namespace detail

/// `asyncio.gather(coro, ...)`: runs the awaitables concurrently, each as a separate task. They start in argument
/// order, in the next pass. @return a tuple of the results in that order; monostate for `void`, nothing at all if all
/// are `void`. Structured: when one fails or is cancelled, its siblings are cancelled and awaited, then its exception
/// is thrown. A queue item, permit or the like that was granted to a cancelled sibling goes back. Without arguments it
/// completes immediately.
/// **Cancellation**: cancels every child that has not ended and waits for them, then throws cancelled_error.
/// **Checkpoint**: only if there are children. **Threads**: the loop's. **Cost**: one allocation per child besides its
/// frame.
/// **Example**: `auto [a, b] = co_await asyncio::gather(square(2), square(3));` Conformance: G1, G2, G6, G8, G10, G14.
template <ASYNCIO_DETAIL_TYPES>
requires(detail::given<ASYNCIO_DETAIL_NAMES>::awaitables)
    [[nodiscard("co_await it")]] auto gather(ASYNCIO_DETAIL_PARAMETERS, source_location where = BOOST_CURRENT_LOCATION)
        -> awaitable<detail::given_results<detail::gather_result, ASYNCIO_DETAIL_NAMES>> {
  detail::require_rvalues<ASYNCIO_DETAIL_NAMES>();
  auto const pack = [&](auto&&... aw) {
    return detail::gather_pack<false, await_result_t<decltype(aw)>...>(where, detail::to_awaitable(std::move(aw))...);
  };
  return detail::given<ASYNCIO_DETAIL_NAMES>::pass(pack, ASYNCIO_DETAIL_FORWARDED);
}
/// @cond internal: longer argument lists
template <awaitable_like... A>
requires(sizeof...(A) > detail::most_arguments)
    [[nodiscard("co_await it")]] awaitable<detail::gather_result<await_result_t<A>...>> gather(A&&... aw) {
  detail::require_rvalues<A...>();
  return detail::gather_pack<false, await_result_t<A>...>(detail::unknown_place,
                                                          detail::to_awaitable(std::move(aw))...);
}
/// @endcond

/// The same for a range of awaitables, which is moved from; a lazy range is evaluated inside the call. @return a vector
/// in the order of the range; nothing for `void`. **Cost**: as above; children that never suspend share one allocation.
template <detail::awaitable_range R>
[[nodiscard("co_await it")]] awaitable<detail::gather_results<await_result_t<detail::element_of<R>>>> gather(
    R&& range, source_location where = BOOST_CURRENT_LOCATION) {
  return detail::gather_range<false, await_result_t<detail::element_of<R>>>(
      where, detail::own_range(std::forward<R>(range)), detail::no_limit);
}

/// `asyncio.gather(..., return_exceptions=True)`: waits for all, whatever their outcomes. @return each outcome as a
/// `result<T>`. A cancellation of the caller is still thrown, after all have ended. Conformance: G5, G7, G10.
template <ASYNCIO_DETAIL_TYPES>
requires(detail::given<ASYNCIO_DETAIL_NAMES>::awaitables)
    [[nodiscard("co_await it")]] auto gather(return_exceptions_t, ASYNCIO_DETAIL_PARAMETERS,
                                             source_location where = BOOST_CURRENT_LOCATION)
        -> awaitable<detail::given_results<detail::gather_outcomes, ASYNCIO_DETAIL_NAMES>> {
  detail::require_rvalues<ASYNCIO_DETAIL_NAMES>();
  auto const pack = [&](auto&&... aw) {
    return detail::gather_pack<true, await_result_t<decltype(aw)>...>(where, detail::to_awaitable(std::move(aw))...);
  };
  return detail::given<ASYNCIO_DETAIL_NAMES>::pass(pack, ASYNCIO_DETAIL_FORWARDED);
}
/// @cond internal: longer argument lists
template <awaitable_like... A>
requires(sizeof...(A) > detail::most_arguments)
    [[nodiscard("co_await it")]] awaitable<std::tuple<result<await_result_t<A>>...>> gather(return_exceptions_t,
                                                                                            A&&... aw) {
  detail::require_rvalues<A...>();
  return detail::gather_pack<true, await_result_t<A>...>(detail::unknown_place, detail::to_awaitable(std::move(aw))...);
}
/// @endcond
/// The same for a range.
template <detail::awaitable_range R>
[[nodiscard("co_await it")]] awaitable<std::vector<result<await_result_t<detail::element_of<R>>>>> gather(
    return_exceptions_t, R&& range, source_location where = BOOST_CURRENT_LOCATION) {
  return detail::gather_range<true, await_result_t<detail::element_of<R>>>(
      where, detail::own_range(std::forward<R>(range)), detail::no_limit);
}

/// `gather` with bounded concurrency, as with a semaphore around each coroutine: at most `n` awaitables run at a time.
/// @param at_most e.g. `limit(10)`. @param range moved from; a lazy range is advanced only when the next awaitable can
/// start, in the context of the caller. @return the results in the order of the range.
/// @throws the exception of the first that failed: then no more are started, and the running ones are cancelled and
/// awaited.
/// **Cancellation**, **Checkpoint**, **Threads**: as for `gather`. **Cost**: as for `gather`. Conformance: XJ11.
/// **Example**: `auto pages = co_await asyncio::gather(asyncio::limit(10), urls | std::views::transform(fetch));`
template <detail::awaitable_range R>
[[nodiscard("co_await it")]] awaitable<detail::gather_results<await_result_t<detail::element_of<R>>>> gather(
    limit at_most, R&& range, source_location where = BOOST_CURRENT_LOCATION) {
  return detail::gather_range<false, await_result_t<detail::element_of<R>>>(
      where, detail::own_range(std::forward<R>(range)), at_most.count());
}
/// The same with every outcome as a `result<T>`.
template <detail::awaitable_range R>
[[nodiscard("co_await it")]] awaitable<std::vector<result<await_result_t<detail::element_of<R>>>>> gather(
    return_exceptions_t, limit at_most, R&& range, source_location where = BOOST_CURRENT_LOCATION) {
  return detail::gather_range<true, await_result_t<detail::element_of<R>>>(
      where, detail::own_range(std::forward<R>(range)), at_most.count());
}
/// The same with the arguments swapped.
template <detail::awaitable_range R>
[[nodiscard("co_await it")]] auto gather(limit at_most, return_exceptions_t, R&& range,
                                         source_location where = BOOST_CURRENT_LOCATION) {
  return gather(return_exceptions, at_most, std::forward<R>(range), where);
}

/// `asyncio.gather(task, ...)`: for existing tasks, with asyncio's exact semantics: the first exception is thrown
/// immediately and the other tasks keep running; their later exceptions count as retrieved. A task may be passed twice.
/// **Cancellation**: cancels every task that has not ended; throws cancelled_error when all have. Conformance: G1-G11.
template <class... T>
requires(sizeof...(T) > 0)
    [[nodiscard("co_await it")]] awaitable<detail::gather_result<T...>> gather(task<T>... tasks) {
  return detail::gather_task_pack<false, T...>(std::tuple<task<T>...>(std::move(tasks)...));
}
/// The same for a range of task handles.
template <detail::task_range R>
[[nodiscard("co_await it")]] awaitable<detail::gather_results<typename detail::element_of<R>::value_type>> gather(
    R&& range) {
  return detail::gather_task_range<false>(detail::copy_handles(std::forward<R>(range)));
}
/// `return_exceptions` over tasks.
template <class... T>
requires(sizeof...(T) > 0)
    [[nodiscard("co_await it")]] awaitable<std::tuple<result<T>...>> gather(return_exceptions_t, task<T>... tasks) {
  return detail::gather_task_pack<true, T...>(std::tuple<task<T>...>(std::move(tasks)...));
}
/// `return_exceptions` over a range of task handles.
template <detail::task_range R>
[[nodiscard("co_await it")]] awaitable<std::vector<result<typename detail::element_of<R>::value_type>>> gather(
    return_exceptions_t, R&& range) {
  return detail::gather_task_range<true>(detail::copy_handles(std::forward<R>(range)));
}

/// @cond internal: a short compile error for the classic mistake
template <class... A>
requires((awaitable_like<A> || detail::task_handle<A> || detail::gather_setting<A>)&&...) &&
    (awaitable_like<A> || ...) && (detail::task_handle<A> || ...) auto gather(A&&...) {
  static_assert(detail::always_false<A...>,
                "asyncio::gather takes either coroutines or task handles; among coroutines a task "
                "is waited for by t.join()");
  return detail::mistake();
}
template <class... A>
requires(!(awaitable_like<A> || detail::task_handle<A> || detail::gather_setting<A> || detail::awaitable_source<A> ||
           detail::task_range<A>) ||
         ...) auto gather(A&&...) {
  static_assert(detail::always_false<A...>,
                "asyncio::gather takes coroutines that were called, gather(f(1), g()), or task "
                "handles, or one range of either");
  return detail::mistake();
}
template <class... A>
requires((detail::awaitable_source<A> && !detail::awaitable_range<A>) || ...) auto gather(A&&...) {
  static_assert(detail::always_false<A...>,
                "asyncio::gather takes the coroutines out of the range; it must not be const");
  return detail::mistake();
}
/// @endcond

}  // namespace asyncio
