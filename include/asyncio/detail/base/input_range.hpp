// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// A minimal replacement for <ranges>, which alone costs a tenth of a second to include.
#pragma once

#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>

namespace asyncio::detail {

template <class R>
using iterator_of = decltype(std::begin(std::declval<R&>()));
template <class R>
using element_of = std::iter_value_t<iterator_of<R>>;

/// A container, an array, a view: anything a range-based `for` iterates through members `begin` and `end`. Those of a
/// single-pass range are called once.
template <class R>
concept input_range = std::input_iterator<iterator_of<R>> && requires(R& r) {
  { std::end(r) } -> std::sentinel_for<iterator_of<R>>;
};

/// Reserves capacity for the elements of a sized range.
template <class C, class R>
void reserve_for(C& into, R& range) {
  if constexpr (requires { std::size(range); }) into.reserve(static_cast<std::size_t>(std::size(range)));
}

}  // namespace asyncio::detail
