/// @file
/// Running several things at once and taking all results: `asyncio.gather`.
#pragma once

#include <asyncio/detail/children.hpp>
#include <asyncio/detail/gather_tasks.hpp>
#include <asyncio/task.hpp>

#include <boost/asio/this_coro.hpp>

#include <concepts>
#include <cstddef>
#include <iterator>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace asyncio {

/// The type of `return_exceptions`.
struct return_exceptions_t {
  explicit return_exceptions_t() = default;
};
/// `gather(..., return_exceptions=True)`: every outcome as a `result<T>`; only a cancel of the caller throws.
inline constexpr return_exceptions_t return_exceptions{};

namespace detail {

template <class A>
struct is_task : std::false_type {};
template <class T>
struct is_task<task<T>> : std::true_type {};
template <class A>
concept task_handle = is_task<std::remove_cvref_t<A>>::value;

template <class R>
concept task_range = std::ranges::input_range<R> && task_handle<std::ranges::range_value_t<R>>;
template <class R>
concept awaitable_range = std::ranges::input_range<R> && awaitable_like<std::ranges::range_value_t<R>>;

template <class... T>
using gather_result =
    typename std::conditional_t<(std::is_void_v<T> && ...), std::type_identity<void>, std::type_identity<std::tuple<nonvoid_t<T>...>>>::type;
template <class T>
using gather_results = typename std::conditional_t<std::is_void_v<T>, std::type_identity<void>, std::type_identity<std::vector<T>>>::type;

/// The value of a child that is known to have succeeded.
template <class T>
nonvoid_t<T> take_value(task<T> const& t) {
  if constexpr (std::is_void_v<T>) {
    t.result();
    return {};
  } else {
    return t.typed().take(true);
  }
}

/// The outcome of a task that has ended, as a value.
template <class T>
result<T> take_result(task<T> const& t, bool sole_owner) {
  task_base& state = t.state("asyncio::gather");
  if (state.failed()) return state.take_notice();
  if (state.cancelled()) return std::make_exception_ptr(cancelled_error(state.cancel_message()));
  if constexpr (std::is_void_v<T>) {
    (void)sole_owner;
    return {};
  } else {
    return t.typed().take(sole_owner);
  }
}

template <class... T>
awaitable<gather_result<T...>> gather_pack(source_location where, awaitable<T>... body) {
  kernel* home = current_kernel;
  if (home == nullptr) home = &kernel::of(co_await boost::asio::this_coro::executor);
  children group(*home, children::on_failure::cancel_siblings);
  std::tuple<task<T>...> tasks{group.spawn(std::move(body), where)...};
  co_await group.wait();
  if constexpr (!(std::is_void_v<T> && ...)) {
    co_return std::apply(
        [](task<T> const&... t) { return std::tuple<nonvoid_t<T>...>(take_value(t)...); }, tasks);
  }
}

template <class... T>
awaitable<std::tuple<result<T>...>> gather_pack_outcomes(source_location where, awaitable<T>... body) {
  kernel* home = current_kernel;
  if (home == nullptr) home = &kernel::of(co_await boost::asio::this_coro::executor);
  children group(*home, children::on_failure::carry_on);
  std::tuple<task<T>...> tasks{group.spawn(std::move(body), where)...};
  co_await group.wait();
  co_return std::apply(
      [](task<T> const&... t) { return std::tuple<result<T>...>(take_result(t, true)...); }, tasks);
}

template <class T, class R>
awaitable<gather_results<T>> gather_range(source_location where, R bodies) {
  kernel* home = current_kernel;
  if (home == nullptr) home = &kernel::of(co_await boost::asio::this_coro::executor);
  children group(*home, children::on_failure::cancel_siblings);
  std::vector<task<T>> tasks;
  group.spawn_range(std::move(bodies), tasks, where);
  co_await group.wait();
  if constexpr (!std::is_void_v<T>) {
    std::vector<T> values;
    values.reserve(tasks.size());
    for (task<T>& t : tasks) values.push_back(take_value(t));
    co_return values;
  }
}

template <class T, class R>
awaitable<std::vector<result<T>>> gather_range_outcomes(source_location where, R bodies) {
  kernel* home = current_kernel;
  if (home == nullptr) home = &kernel::of(co_await boost::asio::this_coro::executor);
  children group(*home, children::on_failure::carry_on);
  std::vector<task<T>> tasks;
  group.spawn_range(std::move(bodies), tasks, where);
  co_await group.wait();
  std::vector<result<T>> outcomes;
  outcomes.reserve(tasks.size());
  for (task<T>& t : tasks) outcomes.push_back(take_result(t, true));
  co_return outcomes;
}

/// A range that outlives the call is moved from at once, any other is kept in the coroutine and pulled there.
template <class R>
auto own_range(R&& range) {
  if constexpr (std::is_lvalue_reference_v<R>) {
    std::vector<awaitable<await_result_t<std::ranges::range_value_t<R>>>> owned;
    if constexpr (std::ranges::sized_range<R>) owned.reserve(static_cast<std::size_t>(std::ranges::size(range)));
    for (auto&& aw : range) owned.push_back(to_awaitable(std::move(aw)));
    return owned;
  } else {
    return std::move(range);
  }
}

template <class... T>
awaitable<gather_result<T...>> gather_task_pack(std::tuple<task<T>...> tasks) {
  kernel* home = current_kernel;
  if (home == nullptr) home = &kernel::of(co_await boost::asio::this_coro::executor);
  gather_tasks all(*home, false);
  std::apply([&](task<T> const&... t) { (all.add(t), ...); }, tasks);
  co_await all.wait();
  if constexpr (!(std::is_void_v<T> && ...)) {
    co_return std::apply(
        [](task<T> const&... t) { return std::tuple<nonvoid_t<T>...>(gather_tasks::value(t)...); }, tasks);
  }
}

template <class... T>
awaitable<std::tuple<result<T>...>> gather_task_pack_outcomes(std::tuple<task<T>...> tasks) {
  kernel* home = current_kernel;
  if (home == nullptr) home = &kernel::of(co_await boost::asio::this_coro::executor);
  gather_tasks all(*home, true);
  std::apply([&](task<T> const&... t) { (all.add(t), ...); }, tasks);
  co_await all.wait();
  co_return std::apply(
      [](task<T> const&... t) { return std::tuple<result<T>...>(take_result(t, false)...); }, tasks);
}

template <class T>
awaitable<gather_results<T>> gather_task_range(std::vector<task<T>> tasks) {
  kernel* home = current_kernel;
  if (home == nullptr) home = &kernel::of(co_await boost::asio::this_coro::executor);
  gather_tasks all(*home, false);
  for (task<T> const& t : tasks) all.add(t);
  co_await all.wait();
  if constexpr (!std::is_void_v<T>) {
    std::vector<T> values;
    values.reserve(tasks.size());
    for (task<T> const& t : tasks) values.push_back(gather_tasks::value(t));
    co_return values;
  }
}

template <class T>
awaitable<std::vector<result<T>>> gather_task_range_outcomes(std::vector<task<T>> tasks) {
  kernel* home = current_kernel;
  if (home == nullptr) home = &kernel::of(co_await boost::asio::this_coro::executor);
  gather_tasks all(*home, true);
  for (task<T> const& t : tasks) all.add(t);
  co_await all.wait();
  std::vector<result<T>> outcomes;
  outcomes.reserve(tasks.size());
  for (task<T> const& t : tasks) outcomes.push_back(take_result(t, false));
  co_return outcomes;
}

template <class R>
auto copy_handles(R&& range) {
  std::vector<std::ranges::range_value_t<R>> handles;
  for (auto&& t : range) handles.push_back(std::forward<decltype(t)>(t));
  return handles;
}

}  // namespace detail

/// `asyncio.gather(coro, ...)`: runs the awaitables concurrently, each as a task of its own. They start in the order of the
/// arguments, in the next pass. @return a tuple of the results in that order; a monostate for `void`, nothing at all if
/// all are `void`. Structured: when one fails or is cancelled its siblings are cancelled and awaited, then that very
/// exception is thrown. No arguments: complete at once.
/// **Cancellation**: cancels every child that has not ended and waits for them, then throws cancelled_error.
/// **Checkpoint**: only if there are children. **Threads**: the loop's. **Cost**: one allocation a child besides its frame.
/// **Example**: `auto [a, b] = co_await asyncio::gather(square(2), square(3));` Conformance: G1, G2, G6, G8, G10, G14.
template <awaitable_like... A>
[[nodiscard("co_await it")]] awaitable<detail::gather_result<await_result_t<A>...>> gather(A... aw) {
  return detail::gather_pack<await_result_t<A>...>(BOOST_CURRENT_LOCATION, detail::to_awaitable(std::move(aw))...);
}

/// The same for a range of awaitables, moved from; a lazy one is pulled inside the call. @return a vector in the order of
/// the range; nothing for `void`.
template <detail::awaitable_range R>
[[nodiscard("co_await it")]] awaitable<detail::gather_results<await_result_t<std::ranges::range_value_t<R>>>> gather(
    R&& range, source_location where = BOOST_CURRENT_LOCATION) {
  return detail::gather_range<await_result_t<std::ranges::range_value_t<R>>>(where,
                                                                             detail::own_range(std::forward<R>(range)));
}

/// `asyncio.gather(..., return_exceptions=True)`: waits for all, whatever happens to them. @return each outcome as a
/// `result<T>`. A cancel of the caller is still thrown, after all have ended. Conformance: G5, G7, G10.
template <awaitable_like... A>
[[nodiscard("co_await it")]] awaitable<std::tuple<result<await_result_t<A>>...>> gather(return_exceptions_t, A... aw) {
  return detail::gather_pack_outcomes<await_result_t<A>...>(BOOST_CURRENT_LOCATION,
                                                            detail::to_awaitable(std::move(aw))...);
}
/// The same for a range.
template <detail::awaitable_range R>
[[nodiscard("co_await it")]] awaitable<std::vector<result<await_result_t<std::ranges::range_value_t<R>>>>> gather(
    return_exceptions_t, R&& range, source_location where = BOOST_CURRENT_LOCATION) {
  return detail::gather_range_outcomes<await_result_t<std::ranges::range_value_t<R>>>(
      where, detail::own_range(std::forward<R>(range)));
}

/// `asyncio.gather(task, ...)`: on tasks that live on, by asyncio's exact rules: the first exception is thrown at once and
/// the other tasks keep running; their later exceptions count as retrieved. The same task may be given twice.
/// **Cancellation**: cancels every task that has not ended; throws cancelled_error when all have. Conformance: G1-G11.
template <class... T>
  requires(sizeof...(T) > 0)
[[nodiscard("co_await it")]] awaitable<detail::gather_result<T...>> gather(task<T>... tasks) {
  return detail::gather_task_pack<T...>(std::tuple<task<T>...>(std::move(tasks)...));
}
/// The same for a range of task handles.
template <detail::task_range R>
[[nodiscard("co_await it")]] awaitable<detail::gather_results<typename std::ranges::range_value_t<R>::value_type>> gather(
    R&& range) {
  return detail::gather_task_range(detail::copy_handles(std::forward<R>(range)));
}
/// `return_exceptions` over tasks.
template <class... T>
  requires(sizeof...(T) > 0)
[[nodiscard("co_await it")]] awaitable<std::tuple<result<T>...>> gather(return_exceptions_t, task<T>... tasks) {
  return detail::gather_task_pack_outcomes<T...>(std::tuple<task<T>...>(std::move(tasks)...));
}
/// `return_exceptions` over a range of task handles.
template <detail::task_range R>
[[nodiscard("co_await it")]] awaitable<std::vector<result<typename std::ranges::range_value_t<R>::value_type>>> gather(
    return_exceptions_t, R&& range) {
  return detail::gather_task_range_outcomes(detail::copy_handles(std::forward<R>(range)));
}

}  // namespace asyncio
