// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The argument types of the templates of `asyncio::random`.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

namespace asyncio::random {
struct cum_weights;
}

namespace asyncio::random::detail {

template <class T>
concept integer = std::integral<T> && !std::same_as<std::remove_cv_t<T>, bool>;
template <class R>
concept not_a_literal = !std::is_same_v<std::remove_cvref_t<R>, char[sizeof(std::remove_cvref_t<R>)]>;
/// vector, array, deque, string, span … Not "abc", whose size would count the NUL: write "abc"sv.
template <class R>
concept sequence = not_a_literal<R> && requires(R& r) {
  { std::begin(r) } -> std::random_access_iterator;
  { std::size(r) } -> std::integral;
};
/// A sequence whose elements can be swapped: not const.
template <class R>
concept shuffleable = sequence<R> && requires(R& r) {
  std::ranges::swap(*std::begin(r), *std::begin(r));
};
template <class R>
concept numbers = requires(R& r) {
  std::end(r);
  requires std::is_arithmetic_v<std::iter_value_t<decltype(std::begin(r))>>;
};
template <class R>
concept weights = numbers<R> || std::same_as<std::remove_cvref_t<R>, cum_weights>;

template <class R>
using iterator_t = decltype(std::begin(std::declval<R&>()));
template <class R>
using value_t = std::iter_value_t<iterator_t<R>>;
template <class R>
concept counts = numbers<R> && std::integral<value_t<R>>;
template <class R>
using values = std::vector<value_t<R>>;
/// A reference into a range that outlives the call, otherwise a copy of the element.
template <class R>
using element_t = std::conditional_t<std::is_lvalue_reference_v<R>, std::iter_reference_t<iterator_t<R>>, value_t<R>>;
/// The type of a sum of weights: integers are summed exactly, as in Python.
template <class R>
using weight_t = std::conditional_t<std::floating_point<value_t<R>>, double, std::int64_t>;
/// Operands of the same signedness keep their common type, mixed ones use signed 64 bits (checked).
template <class A, class B>
using common_int = typename std::conditional_t<std::is_signed_v<A> == std::is_signed_v<B>, std::common_type<A, B>,
                                               std::type_identity<std::int64_t>>::type;
template <class I>
using widest = std::conditional_t<std::is_signed_v<I>, std::int64_t, std::uint64_t>;

[[noreturn]] void throw_too_large(std::uint64_t value);

template <std::integral I>
constexpr std::int64_t to_int64(I value) {
  if constexpr (!std::is_signed_v<I>)
    if (std::uint64_t{value} > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) throw_too_large(value);
  return static_cast<std::int64_t>(value);
}
template <class To, integer From>
constexpr To widen(From value) {
  if constexpr (std::is_signed_v<To>)
    return to_int64(value);
  else
    return value;
}
template <numbers R>
std::vector<weight_t<R>> copy_numbers(R& from) {
  std::vector<weight_t<R>> copy;
  for (value_t<R> const number : from)
    if constexpr (std::floating_point<value_t<R>>)
      copy.push_back(static_cast<double>(number));
    else
      copy.push_back(to_int64(number));
  return copy;
}
template <class R>
iterator_t<R> at(R& population, std::uint64_t index) {
  return std::begin(population) + static_cast<std::iter_difference_t<iterator_t<R>>>(index);
}
template <class R>
values<R> take(R& population, std::vector<std::uint64_t> const& indices) {
  values<R> taken;
  taken.reserve(indices.size());
  for (std::uint64_t const index : indices) taken.push_back(*at(population, index));
  return taken;
}

}  // namespace asyncio::random::detail
