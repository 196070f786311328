// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Up to twelve arguments of any types followed by the caller's source location: a default argument cannot follow a
/// pack.
///
/// A function declares `template <ASYNCIO_DETAIL_TYPES>`, takes `ASYNCIO_DETAIL_PARAMETERS` and then
/// `source_location where = BOOST_CURRENT_LOCATION`. Omitted arguments are `absent`, and `given<ASYNCIO_DETAIL_NAMES>`
/// is the pack of the others. An overload with a pack takes longer lists, without a source location.
#pragma once

#include <asyncio/awaitable.hpp>
#include <asyncio/detail/base/callable.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace asyncio::detail {

/// Represents an omitted argument. A global object: a temporary would occupy space in the frame of every calling
/// coroutine.
struct no_argument {};
inline constexpr no_argument nothing_given{};
using absent = no_argument const&;

inline constexpr std::size_t most_arguments = 12;
/// The source location used by overloads with longer lists.
inline constexpr source_location unknown_place("unknown", 0, "", 0);

/// The arguments that were passed.
template <class... A>
class arguments {
 public:
  static constexpr bool awaitables = (awaitable_like<A> && ...);
  template <class F>
  static constexpr bool called_by = coroutine_function<F, A...>;
  template <class Object, class F>
  static constexpr bool called_after = coroutine_function_of<Object, F, A...>;
  template <class Object, class F>
  static constexpr bool body_after = body_of<Object, F, A...>;

  /// Calls `fn` with these; placeholders are ignored.
  template <class Fn>
  static decltype(auto) pass(Fn&& fn, A&&... a, ...) {
    return std::forward<Fn>(fn)(std::forward<A>(a)...);
  }
};

template <class List, class... A>
struct leading_arguments {
  using type = List;
};
template <class... Given, class A, class... Rest>
struct leading_arguments<arguments<Given...>, A, Rest...> : leading_arguments<arguments<Given..., A>, Rest...> {};
template <class... Given, class... Rest>
struct leading_arguments<arguments<Given...>, absent, Rest...> {
  using type = arguments<Given...>;
};

template <class... A>
using given = typename leading_arguments<arguments<>, A...>::type;

template <template <class...> class To, class List>
struct results_of {};
template <template <class...> class To, awaitable_like... A>
struct results_of<To, arguments<A...>> {
  using type = To<await_result_t<A>...>;
};

/// `To` of the `co_await` result of each.
template <template <class...> class To, class... A>
using given_results = typename results_of<To, given<A...>>::type;

}  // namespace asyncio::detail

#define ASYNCIO_DETAIL_TYPES                                                                                        \
  class A1 = ::asyncio::detail::absent, class A2 = ::asyncio::detail::absent, class A3 = ::asyncio::detail::absent, \
        class A4 = ::asyncio::detail::absent, class A5 = ::asyncio::detail::absent,                                 \
        class A6 = ::asyncio::detail::absent, class A7 = ::asyncio::detail::absent,                                 \
        class A8 = ::asyncio::detail::absent, class A9 = ::asyncio::detail::absent,                                 \
        class A10 = ::asyncio::detail::absent, class A11 = ::asyncio::detail::absent,                               \
        class A12 = ::asyncio::detail::absent
#define ASYNCIO_DETAIL_NAMES A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12
#define ASYNCIO_DETAIL_PARAMETERS                                                              \
  A1 &&a1 = ::asyncio::detail::nothing_given, A2 &&a2 = ::asyncio::detail::nothing_given,      \
     A3 &&a3 = ::asyncio::detail::nothing_given, A4 &&a4 = ::asyncio::detail::nothing_given,   \
     A5 &&a5 = ::asyncio::detail::nothing_given, A6 &&a6 = ::asyncio::detail::nothing_given,   \
     A7 &&a7 = ::asyncio::detail::nothing_given, A8 &&a8 = ::asyncio::detail::nothing_given,   \
     A9 &&a9 = ::asyncio::detail::nothing_given, A10 &&a10 = ::asyncio::detail::nothing_given, \
     A11 &&a11 = ::asyncio::detail::nothing_given, A12 &&a12 = ::asyncio::detail::nothing_given
#define ASYNCIO_DETAIL_FORWARDED                                                                                      \
  std::forward<A1>(a1), std::forward<A2>(a2), std::forward<A3>(a3), std::forward<A4>(a4), std::forward<A5>(a5),       \
      std::forward<A6>(a6), std::forward<A7>(a7), std::forward<A8>(a8), std::forward<A9>(a9), std::forward<A10>(a10), \
      std::forward<A11>(a11), std::forward<A12>(a12)
