/// @file
/// The first of several wins: folly's `collectAny`, `collectAnyWithoutException`, and asyncio's `staggered_race`.
#pragma once

#include <asyncio/detail/contest.hpp>
#include <asyncio/detail/ranges.hpp>
#include <asyncio/detail/time_limit.hpp>
#include <asyncio/detail/way_home.hpp>
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

  /// What the winner gave; empty when nobody won. A monostate for `void`.
  std::optional<detail::nonvoid_t<T>> value;
  /// Its place in the range.
  std::optional<std::size_t> winner;
  /// One for each that was started, in that order: null for the winner, a cancelled_error for one that was cancelled.
  std::vector<std::exception_ptr> exceptions;
};

namespace detail {

/// Takes what the winner gave, or throws what it threw.
template <class Variant, std::size_t I = 0, class... T>
Variant prize_of(std::tuple<task<T>...> const& tasks, task_base const* winner) {
  if constexpr (I + 1 < sizeof...(T)) {
    if (std::get<I>(tasks).ref().get() != winner) return prize_of<Variant, I + 1>(tasks, winner);
  }
  return Variant(std::in_place_index<I>, take_value(std::get<I>(tasks)));
}

template <class... T>
awaitable<std::variant<nonvoid_t<T>...>> race_pack(contest::won_by rule, source_location where, awaitable<T>... body) {
  kernel* home = current_kernel;
  if (home == nullptr) home = co_await loop_of_coroutine();
  contest group(*home, rule);
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
awaitable<T> race_range(contest::won_by rule, source_location where, R bodies) {
  kernel* home = current_kernel;
  if (home == nullptr) home = co_await loop_of_coroutine();
  contest group(*home, rule);
  std::vector<task<T>> tasks;
  group.spawn_range(std::move(bodies), tasks, where);
  co_await group.wait();
  if (tasks.empty()) throw_nobody_races(rule == contest::won_by::success ? "asyncio::race_success" : "asyncio::race");
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
  kernel* home = current_kernel;
  if (home == nullptr) home = co_await loop_of_coroutine();
  staggered_contest<T, R> group(*home, std::move(bodies), head_start, where);
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

/// What an element of race_staggered's range gives: an awaitable, or a function that returns one.
template <class E>
struct contestant {};
template <awaitable_like E>
struct contestant<E> {
  using type = await_result_t<E>;
};
template <class E>
requires(!awaitable_like<E> && std::invocable<E&> && awaitable_like<std::invoke_result_t<E&>>) struct contestant<E> {
  using type = await_result_t<std::invoke_result_t<E&>>;
};
template <class R>
using contestant_t = typename contestant<element_of<R>>::type;

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

/// Runs the awaitables concurrently until the first of them ends, in whatever way. The others are cancelled and awaited:
/// nothing outlives the call; what they give or throw is dropped, their cancel is never reported as an error. An item, permit
/// or the like that one of the others was handed and has not come for goes back; one that has not begun by then never begins.
/// @param aw at least one; they start in the order of the arguments, in the next pass, each as a task of its own.
/// @return what the winner gave, at the place of its argument: `index()` tells which one. A monostate for `void`.
/// @throws the very exception the winner threw; cancelled_error when the winner was cancelled from outside.
/// **Cancellation**: cancels them all and waits for them, then throws cancelled_error; a winner's value is lost then.
/// **Checkpoint**: always. **Threads**: the loop's. **Cost**: one allocation each besides its frame.
/// **Example**: `auto first = co_await asyncio::race(read(socket), asyncio::sleep(5s)); if (first.index() == 1) ...`
template <awaitable_like A, ASYNCIO_DETAIL_TYPES>
requires(detail::given<ASYNCIO_DETAIL_NAMES>::awaitables)
    [[nodiscard("co_await it")]] auto race(A&& aw, ASYNCIO_DETAIL_PARAMETERS,
                                           source_location where = BOOST_CURRENT_LOCATION)
        -> awaitable<detail::given_results<detail::race_result, A, ASYNCIO_DETAIL_NAMES>> {
  detail::require_contestants<A, ASYNCIO_DETAIL_NAMES>();
  auto const pack = [&](auto&&... all) {
    return detail::race_pack<await_result_t<decltype(all)>...>(detail::contest::won_by::the_end, where,
                                                               detail::to_awaitable(std::move(all))...);
  };
  return detail::given<A, ASYNCIO_DETAIL_NAMES>::pass(pack, std::forward<A>(aw), ASYNCIO_DETAIL_FORWARDED);
}
/// @cond internal: more of them
template <awaitable_like... A>
requires(sizeof...(A) > detail::most_arguments + 1)
    [[nodiscard("co_await it")]] awaitable<detail::race_result<await_result_t<A>...>> race(A&&... aw) {
  detail::require_contestants<A...>();
  return detail::race_pack<await_result_t<A>...>(detail::contest::won_by::the_end, detail::unknown_place,
                                                 detail::to_awaitable(std::move(aw))...);
}
/// @endcond
/// The same for a range, which is moved from. @return what the winner gave. @throws value_error for an empty range.
template <detail::awaitable_range R>
[[nodiscard("co_await it")]] awaitable<await_result_t<detail::element_of<R>>> race(
    R&& range, source_location where = BOOST_CURRENT_LOCATION) {
  return detail::race_range<await_result_t<detail::element_of<R>>>(detail::contest::won_by::the_end, where,
                                                                           detail::own_range(std::forward<R>(range)));
}

/// Runs the awaitables concurrently until the first of them *succeeds*; everything else as for `race`.
/// @return what the winner gave. @throws exception_group when all have failed: their exceptions in the order of the
/// arguments, a cancelled_error for one that was cancelled from outside. Conformance: XJ11.
/// **Cancellation**, **Checkpoint**, **Threads**, **Cost**: as for `race`.
/// **Example**: `auto page = co_await asyncio::race_success(mirrors | std::views::transform(fetch));`
template <awaitable_like A, ASYNCIO_DETAIL_TYPES>
requires(detail::given<ASYNCIO_DETAIL_NAMES>::awaitables)
    [[nodiscard("co_await it")]] auto race_success(A&& aw, ASYNCIO_DETAIL_PARAMETERS,
                                                   source_location where = BOOST_CURRENT_LOCATION)
        -> awaitable<detail::given_results<detail::race_result, A, ASYNCIO_DETAIL_NAMES>> {
  detail::require_contestants<A, ASYNCIO_DETAIL_NAMES>();
  auto const pack = [&](auto&&... all) {
    return detail::race_pack<await_result_t<decltype(all)>...>(detail::contest::won_by::success, where,
                                                               detail::to_awaitable(std::move(all))...);
  };
  return detail::given<A, ASYNCIO_DETAIL_NAMES>::pass(pack, std::forward<A>(aw), ASYNCIO_DETAIL_FORWARDED);
}
/// @cond internal: more of them
template <awaitable_like... A>
requires(sizeof...(A) > detail::most_arguments + 1)
    [[nodiscard("co_await it")]] awaitable<detail::race_result<await_result_t<A>...>> race_success(A&&... aw) {
  detail::require_contestants<A...>();
  return detail::race_pack<await_result_t<A>...>(detail::contest::won_by::success, detail::unknown_place,
                                                 detail::to_awaitable(std::move(aw))...);
}
/// @endcond
/// The same for a range. @throws value_error for an empty range.
template <detail::awaitable_range R>
[[nodiscard("co_await it")]] awaitable<await_result_t<detail::element_of<R>>> race_success(
    R&& range, source_location where = BOOST_CURRENT_LOCATION) {
  return detail::race_range<await_result_t<detail::element_of<R>>>(detail::contest::won_by::success, where,
                                                                           detail::own_range(std::forward<R>(range)));
}

/// `staggered_race(coro_fns, delay)`, happy eyeballs: starts the first; starts each next one when the one before it has
/// failed or has run for `delay`, whichever is first, until one succeeds. The others are cancelled and awaited.
/// @param range functions without arguments that return an awaitable (called when it is their turn), or awaitables; a
/// lazy range is pulled when it is the next one's turn. @param delay any chrono duration; `std::nullopt`: only a failure
/// starts the next.
/// @return the winner's value and place, and what the others threw; for an empty range an empty result.
/// @throws cancelled_error when cancelled, value_error (at once) for a NaN; never what a contestant threw.
/// **Cancellation**: each cancel reaches those that run; all have ended before cancelled_error is thrown.
/// **Checkpoint**: only if the range is not empty. **Threads**: the loop's. **Cost**: as for `race`. Conformance: SR1-SR6.
/// **Example**: `auto r = co_await asyncio::race_staggered(addresses | std::views::transform(connect), 250ms);`
template <detail::input_range R>
[[nodiscard("co_await it")]] awaitable<staggered_result<detail::contestant_t<R>>> race_staggered(
    R&& range, detail::time_limit delay, source_location where = BOOST_CURRENT_LOCATION) {
  return detail::race_staggered_range<detail::contestant_t<R>>(where, detail::own_elements(std::forward<R>(range)),
                                                               delay);
}

/// @cond internal: one sentence instead of a page for the classic mistakes
template <class... A>
requires((!awaitable_like<A> && !detail::awaitable_range<A>) ||
         ...) auto race(A&&...) {
  static_assert(
      detail::always_false<A...>,
      "asyncio::race takes coroutines that were called, race(f(1), g()), or one range of them that is not const; "
      "for tasks that live on use wait(tasks, first_completed)");
  return detail::mistake();
}
template <class... A>
requires((!awaitable_like<A> && !detail::awaitable_range<A>) ||
         ...) auto race_success(A&&...) {
  static_assert(
      detail::always_false<A...>,
      "asyncio::race_success takes coroutines that were called, race_success(f(1), g()), or one range of them that "
      "is not const");
  return detail::mistake();
}
/// @endcond

}  // namespace asyncio
