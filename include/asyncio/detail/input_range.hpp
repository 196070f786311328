/// @file
/// Ranges: what is used of <ranges>, which alone costs a tenth of a second to include.
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

/// A container, an array, a view: what a range-based `for` takes through its members `begin` and `end`. Those of a single-pass
/// range are called once.
template <class R>
concept input_range = std::input_iterator<iterator_of<R>> && requires(R& r) {
  { std::end(r) } -> std::sentinel_for<iterator_of<R>>;
};

/// Makes room for the elements of a range that knows how many it has.
template <class C, class R>
void reserve_for(C& into, R& range) {
  if constexpr (requires { std::size(range); }) into.reserve(static_cast<std::size_t>(std::size(range)));
}

}  // namespace asyncio::detail
