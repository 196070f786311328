// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Included before everything else where the mutants are built: a mutant is in effect when the environment says its number.
#pragma once

#include <cstdlib>
#include <type_traits>

namespace mutation {

inline int const active = [] {
  char const* number = std::getenv("MUTANT");
  return number != nullptr ? std::atoi(number) : 0;
}();

constexpr bool on(int number) {
  if (std::is_constant_evaluated()) {
    return false;
  }
  return number == active;
}

// `a == b` is written `a == place<N>() == b`: so precedence stays what it was and neither operand need be known.
template <int Number>
struct place {};

template <int Number, class T>
struct left {
  T const& value;
};

#define MUTATION_BINARY(usual, mutated)                                            \
  template <int Number, class A>                                                   \
  constexpr left<Number, A> operator usual(A const& a, place<Number> /*here*/) {   \
    return {a};                                                                    \
  }                                                                                \
  template <int Number, class A, class B>                                          \
  constexpr auto operator usual(left<Number, A> a, B const& b) requires requires { \
    a.value usual b;                                                               \
    a.value mutated b;                                                             \
  }                                                                                \
  { return on(Number) ? (a.value mutated b) : (a.value usual b); }

MUTATION_BINARY(==, !=)
MUTATION_BINARY(!=, ==)
MUTATION_BINARY(<, <=)
MUTATION_BINARY(<=, <)
MUTATION_BINARY(>, >=)
MUTATION_BINARY(>=, >)
MUTATION_BINARY(+, -)
MUTATION_BINARY(-, +)

#undef MUTATION_BINARY

}  // namespace mutation
