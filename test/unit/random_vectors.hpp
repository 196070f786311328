// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The cases of random_record.py in C++: random_test.cpp compares them with recorded numbers, random_live.cpp prints
/// them.
#pragma once

#include <asyncio/random.hpp>

#include <bit>
#include <compare>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <numeric>
#include <string>
#include <variant>
#include <vector>

namespace random_cases {

using asyncio::random::cum_weights;
using asyncio::random::generator;
using value = std::variant<double, std::int64_t, std::uint64_t>;
using values = std::vector<value>;

constexpr auto int64_min = std::numeric_limits<std::int64_t>::min();
constexpr auto int64_max = std::numeric_limits<std::int64_t>::max();
constexpr auto uint64_max = std::numeric_limits<std::uint64_t>::max();

/// Python's range(n): a population that is not stored.
class range {
 public:
  class iterator {
   public:
    using difference_type = std::int64_t;
    using value_type = std::int64_t;
    using reference = std::int64_t;
    using iterator_category = std::random_access_iterator_tag;
    explicit iterator(std::int64_t at = 0) : at_(at) {}
    std::int64_t operator*() const { return at_; }
    std::int64_t operator[](std::int64_t n) const { return at_ + n; }
    iterator& operator++() { return *this += 1; }
    iterator& operator--() { return *this += -1; }
    iterator operator++(int) { return iterator(at_++); }
    iterator operator--(int) { return iterator(at_--); }
    iterator& operator+=(std::int64_t n) { return at_ += n, *this; }
    iterator& operator-=(std::int64_t n) { return at_ -= n, *this; }
    friend iterator operator+(iterator i, std::int64_t n) { return i += n; }
    friend iterator operator+(std::int64_t n, iterator i) { return i += n; }
    friend iterator operator-(iterator i, std::int64_t n) { return i -= n; }
    friend std::int64_t operator-(iterator a, iterator b) { return a.at_ - b.at_; }
    friend auto operator<=>(iterator, iterator) = default;

   private:
    std::int64_t at_;
  };
  explicit range(std::int64_t n) : n_(n) {}
  [[nodiscard]] iterator begin() const { return iterator(0); }
  [[nodiscard]] iterator end() const { return iterator(n_); }
  [[nodiscard]] std::uint64_t size() const { return static_cast<std::uint64_t>(n_); }

 private:
  std::int64_t n_;
};

inline std::vector<std::int64_t> list(std::int64_t n) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(n));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

inline void append(values& to, std::vector<std::int64_t> const& from) { to.insert(to.end(), from.begin(), from.end()); }

template <class Draw>
values repeat(int times, Draw draw) {
  values result;
  for (int i = 0; i < times; ++i) result.emplace_back(draw());
  return result;
}

template <class Item>
values sample_all(generator& r, std::initializer_list<std::pair<std::int64_t, Item>> sizes) {
  values result;
  for (auto const& [n, k] : sizes) append(result, r.sample(range(n), k));
  return result;
}

inline values integers_wide(generator& r) {
  values result;
  for (int i = 0; i < 4; ++i) result.emplace_back(r.randint(int64_min, int64_max));
  for (int i = 0; i < 4; ++i) result.emplace_back(r.randint(0U, uint64_max));
  for (int i = 0; i < 3; ++i) result.emplace_back(r.randint(std::uint64_t{1} << 63, uint64_max));
  for (int i = 0; i < 3; ++i) result.emplace_back(std::uint64_t{r.randint(0U, 4294967295U)});
  for (int i = 0; i < 3; ++i) result.emplace_back(r.randint(0, std::int64_t{1} << 32));
  for (int i = 0; i < 3; ++i)
    result.emplace_back(r.randint(std::int64_t{-1000000000000000}, std::uint64_t{1000000000000000}));
  for (int i = 0; i < 3; ++i) result.emplace_back(r.randint(-1, int64_max - 1));
  return result;
}

inline values shuffled(generator& r, std::initializer_list<std::int64_t> sizes) {
  values result;
  for (std::int64_t const n : sizes) {
    auto x = list(n);
    r.shuffle(x);
    append(result, x);
  }
  return result;
}

inline values interplay(generator& r) {
  auto x = list(9);
  values result;
  result.emplace_back(r.gauss());
  result.emplace_back(r.random());
  result.emplace_back(r.gauss());
  result.emplace_back(r.choice(x));
  result.emplace_back(r.gauss(5.0, 2.0));
  result.emplace_back(r.normalvariate());
  r.shuffle(x);
  append(result, x);
  result.emplace_back(std::int64_t{r.randint(1, 100)});
  result.emplace_back(r.gauss(-1.0, 3.0));
  result.emplace_back(r.gauss());
  return result;
}

struct named_case {
  char const* name;
  bool libm;  // the last bits depend on the C library's exp, log, sin …
  values (*draw)(generator&);
};

// Braces evaluate from left to right, so that every list below is in Python's order.
inline named_case const cases[] = {
    {"words", false, [](generator& r) { return repeat(700, [&] { return std::uint64_t{r()}; }); }},
    {"random", false, [](generator& r) { return repeat(10, [&] { return r.random(); }); }},
    {"uniform", false,
     [](generator& r) {
       return values{r.uniform(-2.5, 7.25), r.uniform(3, 1), r.uniform(0, 0), r.uniform(1e300, -1e300),
                     r.uniform(0.1, 0.7)};
     }},
    {"getrandbits", false,
     [](generator& r) { return repeat(65, [&, k = 0]() mutable { return r.getrandbits(k++); }); }},
    {"randbytes", false,
     [](generator& r) {
       values result;
       for (int n = 0; n < 14; ++n)
         for (std::byte const byte : r.randbytes(n)) result.emplace_back(std::to_integer<std::uint64_t>(byte));
       return result;
     }},
    {"randint", false,
     [](generator& r) {
       values result = repeat(10, [&] { return std::int64_t{r.randint(1, 6)}; });
       result.emplace_back(std::int64_t{r.randint(5, 5)});
       for (int i = 0; i < 5; ++i) result.emplace_back(std::int64_t{r.randint(static_cast<signed char>(-3), short{3})});
       for (int i = 0; i < 5; ++i) result.emplace_back(std::uint64_t{r.randint(0U, 1U)});
       return result;
     }},
    {"randint_wide", false, integers_wide},
    {"randrange_stop", false,
     [](generator& r) {
       return values{std::int64_t{r.randrange(1)},    std::int64_t{r.randrange(2)},       std::int64_t{r.randrange(10)},
                     std::int64_t{r.randrange(1000)}, r.randrange(std::int64_t{1} << 33), r.randrange(int64_max),
                     r.randrange(uint64_max)};
     }},
    {"randrange_start_stop", false,
     [](generator& r) {
       return values{std::int64_t{r.randrange(3, 4)}, std::int64_t{r.randrange(-5, 5)},
                     std::int64_t{r.randrange(100, 1000)}, r.randrange(int64_min, int64_max),
                     r.randrange(0U, uint64_max)};
     }},
    {"randrange_step", false,
     [](generator& r) {
       return values{std::int64_t{r.randrange(0, 100, 7)},
                     std::int64_t{r.randrange(10, -10, -3)},
                     std::int64_t{r.randrange(-5, 1000000007, 13U)},
                     std::int64_t{r.randrange(0, 1, 5)},
                     std::int64_t{r.randrange(10, 9, -1)},
                     r.randrange(int64_min, int64_max, int64_max),
                     r.randrange(int64_max, int64_min, int64_min),
                     r.randrange(0U, uint64_max, 3),
                     r.randrange(uint64_max, 0U, -7),
                     r.randrange(int64_max, int64_min, -1)};
     }},
    {"choice", false,
     [](generator& r) {
       auto const ten = list(10);
       return values{r.choice(ten),
                     r.choice(list(10)),
                     r.choice(range(10)),
                     r.choice(range(1)),
                     r.choice(list(2)),
                     r.choice(list(1000)),
                     r.choice(range(std::int64_t{1} << 62))};
     }},
    {"choices", false,
     [](generator& r) {
       values result;
       append(result, r.choices(list(7), 10));
       append(result, r.choices(list(5), 0U));
       append(result, r.choices(range(std::int64_t{1} << 53), 3));
       return result;
     }},
    {"choices_integers", false,
     [](generator& r) {
       values result;
       append(result, r.choices(list(5), 10, std::vector{1, 0, 5, 2, 10}));
       append(result, r.choices(list(4), 6,
                                std::vector<std::uint64_t>{std::uint64_t{1} << 62, (std::uint64_t{1} << 61) + 1, 3,
                                                           (std::uint64_t{1} << 53) + 1}));
       return result;
     }},
    {"choices_floats", false,
     [](generator& r) {
       values result;
       append(result, r.choices(list(5), 10, std::vector{0.1, 0.2, 0.3, 2.5, 0.0}));
       return result;
     }},
    {"choices_totals", false,
     [](generator& r) {
       values result;
       append(result, r.choices(list(4), 10, cum_weights(std::vector{0.5, 0.5, 3.25, 10.0})));
       return result;
     }},
    {"shuffle", false,
     [](generator& r) {
       return shuffled(r, {0, 1, 2, 10, 100, 700});
     }},
    {"sample_pool", false,
     [](generator& r) {
       return sample_all<int>(r, {{10, 3}, {10, 10}, {21, 5}, {100, 30}, {85, 6}, {20, 0}, {1, 1}});
     }},
    {"sample_set", false,
     [](generator& r) {
       return sample_all<std::size_t>(
           r, {{22, 5}, {86, 6}, {1000, 5}, {1000000000, 10}, {std::int64_t{1} << 62, 20}, {5000, 100}});
     }},
    {"sample_counts", false,
     [](generator& r) {
       std::vector<std::int64_t> const tens{10, 20, 30, 40};
       values result;
       append(result, r.sample(tens, 5, std::vector{4, 0, 2, 7}));
       append(result, r.sample(tens, 13, std::vector<std::size_t>{4, 0, 2, 7}));
       append(result, r.sample(std::vector<std::int64_t>{7, 8, 9}, 12, std::vector{1000000000L, 5L, 1000000000000L}));
       return result;
     }},
    {"triangular", false,
     [](generator& r) {
       return values{r.triangular(),        r.triangular(),        r.triangular(-1, 5),   r.triangular(-1, 5),
                     r.triangular(2, 8, 3), r.triangular(2, 8, 3), r.triangular(2, 8, 3), r.triangular(0, 1, 0),
                     r.triangular(0, 1, 1), r.triangular(4, 4, 4), r.triangular(0, 1, 2)};
     }},
    {"gauss", true, [](generator& r) { return repeat(5, [&] { return r.gauss(); }); }},
    {"gauss_scaled", true, [](generator& r) { return repeat(4, [&] { return r.gauss(10, 0.5); }); }},
    {"normalvariate", true,
     [](generator& r) {
       values result = repeat(5, [&] { return r.normalvariate(); });
       result.emplace_back(r.normalvariate(-3.0, 2.5));
       return result;
     }},
    {"lognormvariate", true, [](generator& r) { return repeat(4, [&] { return r.lognormvariate(0.5, 0.25); }); }},
    {"expovariate", true,
     [](generator& r) {
       return values{r.expovariate(1.5), r.expovariate(1.5), r.expovariate(-2.0), r.expovariate(0.001)};
     }},
    {"gammavariate", true,
     [](generator& r) {
       values result = repeat(5, [&] { return r.gammavariate(9.5, 0.5); });
       result.emplace_back(r.gammavariate(1.001, 2.0));
       return result;
     }},
    {"gammavariate_one", true, [](generator& r) { return repeat(3, [&] { return r.gammavariate(1, 2); }); }},
    {"gammavariate_small", true,
     [](generator& r) {
       return values{r.gammavariate(0.01, 2.0), r.gammavariate(0.3, 2.0), r.gammavariate(0.3, 2.0),
                     r.gammavariate(0.999, 2.0), r.gammavariate(0.3, 2.0)};
     }},
    {"betavariate", true, [](generator& r) { return repeat(4, [&] { return r.betavariate(2, 3); }); }},
    {"betavariate_small", true,
     [](generator& r) {
       return values{r.betavariate(1, 4), r.betavariate(0.001, 0.5), r.betavariate(0.5, 0.5)};
     }},
    {"vonmisesvariate", true, [](generator& r) { return repeat(5, [&] { return r.vonmisesvariate(0, 4); }); }},
    {"vonmisesvariate_flat", true,
     [](generator& r) {
       return values{r.vonmisesvariate(3, 0), r.vonmisesvariate(1, -1), r.vonmisesvariate(1, 2e-6),
                     r.vonmisesvariate(-1, 0.001)};
     }},
    {"vonmisesvariate_sharp", true,
     [](generator& r) {
       return values{r.vonmisesvariate(2, 1e5), r.vonmisesvariate(-20, 50)};
     }},
    {"paretovariate", true,
     [](generator& r) {
       return values{r.paretovariate(3), r.paretovariate(0.5), r.paretovariate(3), r.paretovariate(1.25)};
     }},
    {"weibullvariate", true,
     [](generator& r) {
       return values{r.weibullvariate(1, 1.5), r.weibullvariate(2, 0.5), r.weibullvariate(1.5, 2.5)};
     }},
    {"interplay", true, interplay},
};

inline std::uint64_t bits(value const& drawn) {
  if (double const* number = std::get_if<double>(&drawn)) return std::bit_cast<std::uint64_t>(*number);
  if (std::int64_t const* number = std::get_if<std::int64_t>(&drawn)) return static_cast<std::uint64_t>(*number);
  return std::get<std::uint64_t>(drawn);
}

/// FNV-1a of the values' 64 bits, lowest byte first.
inline std::uint64_t digest(values const& drawn) {
  std::uint64_t result = 0xcbf29ce484222325;
  for (value const& each : drawn)
    for (int shift = 0; shift < 64; shift += 8) result = (result ^ (bits(each) >> shift & 0xff)) * 0x100000001b3;
  return result;
}

/// The value as Python prints it: `str` of an integer, `float.hex` of a double.
inline std::string text(value const& drawn) {
  if (std::int64_t const* number = std::get_if<std::int64_t>(&drawn)) return std::to_string(*number);
  if (std::uint64_t const* number = std::get_if<std::uint64_t>(&drawn)) return std::to_string(*number);
  double const number = std::get<double>(drawn);
  char digits[40];
  std::snprintf(digits, sizeof digits, number == 0.0 ? "%.1a" : "%.13a", number);
  return digits;
}

}  // namespace random_cases
