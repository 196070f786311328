// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The arguments of functions that take several awaitables or tasks, and access to their results.
#pragma once

#include <asyncio/detail/base/input_range.hpp>
#include <asyncio/task.hpp>

#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>
#include <vector>

namespace asyncio::detail {

template <class A>
struct is_task : std::false_type {};
template <class T>
struct is_task<task<T>> : std::true_type {};
template <class A>
concept task_handle = is_task<std::remove_cvref_t<A>>::value;
template <class A>
concept any_handle = task_handle<A> || std::is_same_v<std::remove_cvref_t<A>, any_task>;

template <class R>
concept task_range = input_range<R> && task_handle<element_of<R>>;
template <class R>
concept handle_range = input_range<R> && any_handle<element_of<R>>;
template <class R>
concept awaitable_source = input_range<R> && awaitable_like<element_of<R>>;
/// Awaitables are move-only.
template <class R>
concept awaitable_range =
    awaitable_source<R> && !std::is_const_v<std::remove_reference_t<std::iter_rvalue_reference_t<iterator_of<R>>>>;

/// T of a task<T>; any_task of any_task.
template <class Handle>
struct result_type {
  using type = typename Handle::value_type;
};
template <>
struct result_type<any_task> {
  using type = any_task;
};
template <class Handle>
using result_type_of = typename result_type<Handle>::type;

/// The corresponding handle type.
template <class T>
using handle_of = std::conditional_t<std::is_same_v<T, any_task>, any_task, task<T>>;

/// A range that outlives the call, or an array, is moved from immediately; any other is stored in the coroutine and
/// iterated there.
template <class R>
auto own_range(R&& range) {
  if constexpr (std::is_lvalue_reference_v<R> || std::is_array_v<R>) {
    std::vector<awaitable<await_result_t<element_of<R>>>> owned;
    reserve_for(owned, range);
    for (auto&& aw : range) owned.push_back(to_awaitable(std::move(aw)));
    return owned;
  } else {
    return std::move(range);
  }
}

template <class R>
auto copy_handles(R&& range) {
  std::vector<element_of<R>> handles;
  for (auto&& t : range) handles.push_back(std::forward<decltype(t)>(t));
  return handles;
}

/// Moves out the value of a child, which has no other user; throws its exception if it did not succeed.
template <class T>
nonvoid_t<T> take_value(task<T> const& t) {
  if constexpr (std::is_void_v<T>) {
    t.result();
    return {};
  } else {
    return t.typed().take(true);
  }
}

/// The tasks of the handles. Throws invalid_state for an empty handle.
template <class R>
std::vector<task_ref> refs_of(R&& range, char const* who) {
  std::vector<task_ref> refs;
  reserve_for(refs, range);
  for (auto&& t : range) {
    (void)t.state(who);
    refs.push_back(t.ref());
  }
  return refs;
}

}  // namespace asyncio::detail
