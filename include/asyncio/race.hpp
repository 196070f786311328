// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Taking the first of several results: folly's `collectAny`, `collectAnyWithoutException`, and asyncio's
/// `staggered_race`.
#pragma once

#include <asyncio/detail/base/time_limit.hpp>
#include <asyncio/detail/gather/race_group.hpp>
#include <asyncio/detail/gather/ranges.hpp>
#include <asyncio/detail/task/way_home.hpp>
#include <asyncio/task.hpp>

#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace asyncio {

/// What `race_staggered` returns.
template <class T>
class staggered_result {
 public:
  staggered_result() = default;

  /// The winner's result; empty if there is no winner. A monostate for `void`.
  std::optional<detail::nonvoid_t<T>> value;
  /// The winner's index in the range.
  std::optional<std::size_t> winner;
  /// One per racer that was started, in that order: null for the winner, a cancelled_error for a cancelled racer.
  std::vector<std::exception_ptr> exceptions;
};

namespace detail {

/// Returns the winner's result, or throws its exception.
template <class Variant, std::size_t I = 0, class... T>
Variant prize_of(std::tuple<task<T>...> const& tasks, task_base const* winner) {
  if constexpr (I + 1 < sizeof...(T)) {
    if (std::get<I>(tasks).ref().get() != winner) return prize_of<Variant, I + 1>(tasks, winner);
  }
  return Variant(std::in_place_index<I>, take_value(std::get<I>(tasks)));
}

template <class... T>
awaitable<std::variant<nonvoid_t<T>...>> race_pack(race_group::won_by rule, source_location where,
                                                   awaitable<T>... body) {
  task_loop* home = task_loop::current();
  if (home == nullptr) home = co_await loop_of_coroutine();
  race_group group(*home, rule);
  std::tuple<task<T>...> tasks{group.spawn(std::move(body), where)...};
  co_await group.wait();
  if (group.winner() == nullptr) {
    std::vector<std::exception_ptr> failures;
    std::apply([&](task<T> const&... t) { (failures.push_back(failure_of(*t.ref().get())), ...); }, tasks);
    throw_all_failed(std::move(failures));
  }
  co_return prize_of<std::variant<nonvoid_t<T>...>>(tasks, group.winner());
}

template <class T, class R>
awaitable<T> race_range(race_group::won_by rule, source_location where, R bodies) {
  task_loop* home = task_loop::current();
  if (home == nullptr) home = co_await loop_of_coroutine();
  race_group group(*home, rule);
  std::vector<task<T>> tasks;
  group.spawn_range(std::move(bodies), tasks, where);
  co_await group.wait();
  if (tasks.empty())
    throw_nobody_races(rule == race_group::won_by::success ? "asyncio::race_success" : "asyncio::race");
  if (group.winner() == nullptr) {
    std::vector<std::exception_ptr> failures;
    for (task<T> const& t : tasks) failures.push_back(failure_of(*t.ref().get()));
    throw_all_failed(std::move(failures));
  }
  task<T> const winner(task_ref::share(*group.winner()));
  if constexpr (std::is_void_v<T>) {
    take_value(winner);
  } else {
    co_return take_value(winner);
  }
}

template <class T, class R>
awaitable<staggered_result<T>> race_staggered_range(source_location where, R bodies, time_limit head_start) {
  task_loop* home = task_loop::current();
  if (home == nullptr) home = co_await loop_of_coroutine();
  staggered_group<T, R> group(*home, std::move(bodies), head_start, where);
  co_await group.wait();
  staggered_result<T> r;
  for (task<T> const& t : group.started()) {
    if (t.ref().get() == group.winner()) {
      r.winner = r.exceptions.size();
      r.value.emplace(take_value(t));
      r.exceptions.emplace_back();
    } else {
      r.exceptions.push_back(failure_of(*t.ref().get()));
    }
  }
  co_return r;
}

template <class... T>
using race_result = std::variant<nonvoid_t<T>...>;

template <class... A>
constexpr void require_contestants() noexcept {
  static_assert(((!std::is_lvalue_reference_v<A> || std::is_same_v<A, absent>)&&...),
                "asyncio::race takes the coroutines over; give them as rvalues: race(f(), std::move(aw))");
}

/// An element of race_staggered's range: an awaitable, or a function that returns one.
template <class E>
struct racer {};
template <awaitable_like E>
struct racer<E> {
  using type = await_result_t<E>;
};
template <class E>
requires(!awaitable_like<E> && std::invocable<E&> && awaitable_like<std::invoke_result_t<E&>>) struct racer<E> {
  using type = await_result_t<std::invoke_result_t<E&>>;
};
template <class R>
using racer_t = typename racer<element_of<R>>::type;

template <class R>
auto own_elements(R&& range) {
  if constexpr (std::is_lvalue_reference_v<R> || std::is_array_v<R>) {
    std::vector<element_of<R>> owned;
    for (auto&& e : range) {
      if constexpr (awaitable_like<element_of<R>> || !std::is_lvalue_reference_v<R>) {
        owned.push_back(std::move(e));
      } else {
        owned.push_back(e);
      }
    }
    return owned;
  } else {
    return std::move(range);
  }
}

}  // namespace detail

/// Runs the awaitables concurrently until the first of them ends, in whatever way. The others are cancelled and
/// awaited: nothing outlives the call, and their results and exceptions are discarded, never reported. A queue item,
/// permit or the like that was granted to one of the others goes back; one that has not started by then never starts.
/// @param aw at least one; they start in argument order, in the next pass, each as a separate task.
/// @return the winner's result, in the alternative of its argument: see `index()`. A monostate for `void`.
/// @throws the winner's exception; cancelled_error when the winner was cancelled from outside.
/// **Cancellation**: cancels all and waits for them, then throws cancelled_error; a winner's value is then lost.
/// **Checkpoint**: always. **Threads**: the loop's. **Cost**: one allocation per awaitable besides its frame.
/// **Example**: `auto first = co_await asyncio::race(read(socket), asyncio::sleep(5s)); if (first.index() == 1) ...`
template <awaitable_like A, ASYNCIO_DETAIL_TYPES>
requires(detail::given<ASYNCIO_DETAIL_NAMES>::awaitables)
    [[nodiscard("co_await it")]] auto race(A&& aw, ASYNCIO_DETAIL_PARAMETERS,
                                           source_location where = BOOST_CURRENT_LOCATION)
        -> awaitable<detail::given_results<detail::race_result, A, ASYNCIO_DETAIL_NAMES>> {
  detail::require_contestants<A, ASYNCIO_DETAIL_NAMES>();
  auto const pack = [&](auto&&... all) {
    return detail::race_pack<await_result_t<decltype(all)>...>(detail::race_group::won_by::the_end, where,
                                                               detail::to_awaitable(std::move(all))...);
  };
  return detail::given<A, ASYNCIO_DETAIL_NAMES>::pass(pack, std::forward<A>(aw), ASYNCIO_DETAIL_FORWARDED);
}
/// @cond internal: longer argument lists
template <awaitable_like... A>
requires(sizeof...(A) > detail::most_arguments + 1)
    [[nodiscard("co_await it")]] awaitable<detail::race_result<await_result_t<A>...>> race(A&&... aw) {
  detail::require_contestants<A...>();
  return detail::race_pack<await_result_t<A>...>(detail::race_group::won_by::the_end, detail::unknown_place,
                                                 detail::to_awaitable(std::move(aw))...);
}
/// @endcond
/// The same for a range, which is moved from. @return the winner's result. @throws value_error for an empty range.
template <detail::awaitable_range R>
[[nodiscard("co_await it")]] awaitable<await_result_t<detail::element_of<R>>> race(
    R&& range, source_location where = BOOST_CURRENT_LOCATION) {
  return detail::race_range<await_result_t<detail::element_of<R>>>(detail::race_group::won_by::the_end, where,
                                                                   detail::own_range(std::forward<R>(range)));
}

/// Runs the awaitables concurrently until the first of them *succeeds*; otherwise like `race`.
/// @return the winner's result. @throws exception_group when all have failed: their exceptions in argument order, a
/// cancelled_error for one that was cancelled from outside. Conformance: XJ11.
/// **Cancellation**, **Checkpoint**, **Threads**, **Cost**: as for `race`.
/// **Example**: `auto page = co_await asyncio::race_success(mirrors | std::views::transform(fetch));`
template <awaitable_like A, ASYNCIO_DETAIL_TYPES>
requires(detail::given<ASYNCIO_DETAIL_NAMES>::awaitables)
    [[nodiscard("co_await it")]] auto race_success(A&& aw, ASYNCIO_DETAIL_PARAMETERS,
                                                   source_location where = BOOST_CURRENT_LOCATION)
        -> awaitable<detail::given_results<detail::race_result, A, ASYNCIO_DETAIL_NAMES>> {
  detail::require_contestants<A, ASYNCIO_DETAIL_NAMES>();
  auto const pack = [&](auto&&... all) {
    return detail::race_pack<await_result_t<decltype(all)>...>(detail::race_group::won_by::success, where,
                                                               detail::to_awaitable(std::move(all))...);
  };
  return detail::given<A, ASYNCIO_DETAIL_NAMES>::pass(pack, std::forward<A>(aw), ASYNCIO_DETAIL_FORWARDED);
}
/// @cond internal: longer argument lists
template <awaitable_like... A>
requires(sizeof...(A) > detail::most_arguments + 1)
    [[nodiscard("co_await it")]] awaitable<detail::race_result<await_result_t<A>...>> race_success(A&&... aw) {
  detail::require_contestants<A...>();
  return detail::race_pack<await_result_t<A>...>(detail::race_group::won_by::success, detail::unknown_place,
                                                 detail::to_awaitable(std::move(aw))...);
}
/// @endcond
/// The same for a range. @throws value_error for an empty range.
template <detail::awaitable_range R>
[[nodiscard("co_await it")]] awaitable<await_result_t<detail::element_of<R>>> race_success(
    R&& range, source_location where = BOOST_CURRENT_LOCATION) {
  return detail::race_range<await_result_t<detail::element_of<R>>>(detail::race_group::won_by::success, where,
                                                                   detail::own_range(std::forward<R>(range)));
}

/// `staggered_race(coro_fns, delay)`, happy eyeballs: starts the first, and each next one when its predecessor has
/// failed or has run for `delay`, whichever comes first, until one succeeds. The others are cancelled and awaited.
/// @param range functions without arguments that return an awaitable (called when it is their turn), or awaitables; a
/// lazy range is advanced when the next racer starts. @param delay any chrono duration; `std::nullopt`: only a failure
/// starts the next.
/// @return the winner's value and index, and the exceptions of the others; for an empty range an empty result.
/// @throws cancelled_error when cancelled, value_error (immediately) for a NaN; never a racer's exception.
/// **Cancellation**: each cancellation request reaches the running racers; all have ended before cancelled_error is
/// thrown.
/// **Checkpoint**: only if the range is not empty. **Threads**: the loop's. **Cost**: as for `race`.
/// Conformance: SR1-SR6.
/// **Example**: `auto r = co_await asyncio::race_staggered(addresses | std::views::transform(connect), 250ms);`
template <detail::input_range R>
[[nodiscard("co_await it")]] awaitable<staggered_result<detail::racer_t<R>>> race_staggered(
    R&& range, detail::time_limit delay, source_location where = BOOST_CURRENT_LOCATION) {
  return detail::race_staggered_range<detail::racer_t<R>>(where, detail::own_elements(std::forward<R>(range)), delay);
}

/// @cond internal: a short compile error for the classic mistakes
template <class... A>
requires((!awaitable_like<A> && !detail::awaitable_range<A>) || ...) auto race(A&&...) {
  static_assert(
      detail::always_false<A...>,
      "asyncio::race takes coroutines that were called, race(f(1), g()), or one range of them that is not const; "
      "for tasks that live on use wait(tasks, first_completed)");
  return detail::mistake();
}
template <class... A>
requires((!awaitable_like<A> && !detail::awaitable_range<A>) || ...) auto race_success(A&&...) {
  static_assert(
      detail::always_false<A...>,
      "asyncio::race_success takes coroutines that were called, race_success(f(1), g()), or one range of them that "
      "is not const");
  return detail::mistake();
}
/// @endcond

}  // namespace asyncio
