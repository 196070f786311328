// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE random
#include "random_vectors.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <iterator>
#include <memory>
#include <numbers>
#include <random>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <vector>

#include <asyncio/error.hpp>

namespace {

namespace rnd = asyncio::random;
using namespace std::string_view_literals;
using random_cases::int64_max;
using random_cases::int64_min;
using random_cases::range;
using random_cases::uint64_max;
using rnd::generator;

#include "random_vectors.inc"

/// Whether this machine computes exp, log, sin … to the same last bit as the one that recorded the numbers.
bool has_the_recording_machines_libm() {
#if defined(__x86_64__) && defined(__GLIBC__)
  return __builtin_cpu_supports("fma") != 0;  // glibc picks other code where there is none
#else
  return false;
#endif
}

bool agree(std::uint64_t drawn, std::uint64_t expected) {
  if (drawn == expected) return true;
  auto const a = std::bit_cast<double>(drawn);
  auto const b = std::bit_cast<double>(expected);
  return !has_the_recording_machines_libm() && std::abs(a - b) <= 1e-12 * std::abs(b);
}

/// Expects a value_error whose text has all the `parts`, and that the generator is as it was.
template <class Call>
void refuses(Call call, std::initializer_list<std::string_view> parts) {
  generator r(1);
  r.gauss();
  generator const before = r;
  BOOST_CHECK_EXCEPTION(call(r), asyncio::value_error, [&](asyncio::value_error const& error) {
    for (std::string_view const part : parts)
      if (std::string_view(error.what()).find(part) == std::string_view::npos) {
        BOOST_TEST_MESSAGE("'" << part << "' is not in: " << error.what());
        return false;
      }
    return true;
  });
  BOOST_TEST((r == before));
}

/// Makes `r` the current generator: that of a loop which runs.
class current_generator {
 public:
  explicit current_generator(generator& r) : r_(r) { loop_.random() = r; }
  ~current_generator() { r_ = loop_.random(); }
  current_generator(current_generator const&) = delete;
  current_generator& operator=(current_generator const&) = delete;

 private:
  generator& r_;
  boost::asio::io_context context_;
  asyncio::loop& loop_ = asyncio::loop::of(context_);
  asyncio::detail::loop_core::entry running_{loop_.core()};
};

// ---- CPython's numbers ----

BOOST_AUTO_TEST_CASE(every_function_draws_what_cpython_drew_for_every_recorded_seed) {
  static_assert(std::size(recorded) >= 200);
  static_assert(std::size(recorded_names) == std::size(random_cases::cases));
  for (std::size_t i = 0; i < std::size(recorded_names); ++i) {
    auto const& each = random_cases::cases[i];
    BOOST_TEST(std::string_view(each.name) == recorded_names[i]);
    for (auto const& row : recorded) {
      generator r(row.magnitude);
      if (row.negative) r.seed(static_cast<std::int64_t>(0 - row.magnitude));
      auto const drawn = each.draw(r);
      bool const equal = each.libm ? agree(random_cases::bits(drawn.back()), row.numbers[i])
                                   : random_cases::digest(drawn) == row.numbers[i];
      BOOST_TEST(equal, each.name << " differs for the seed " << (row.negative ? "-" : "") << row.magnitude);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_numbers_of_python_s_tutorials_come_out) {
  generator r(42);
  BOOST_TEST(r.random() == 0.6394267984578837);
  BOOST_TEST(r.random() == 0.025010755222666936);
  r.seed(42);
  BOOST_TEST(r.randint(1, 100) == 82);
  BOOST_TEST(r.randint(1, 100) == 15);
  r.seed(1);
  BOOST_TEST(r.random() == 0.13436424411240122);
  r.seed(0);
  std::vector numbers{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  r.shuffle(numbers);
  BOOST_TEST(numbers == (std::vector{7, 8, 1, 5, 3, 4, 2, 0, 9, 6}), boost::test_tools::per_element());
}

// ---- seeds and state ----

BOOST_AUTO_TEST_CASE(a_seed_may_be_of_any_integer_type) {
  generator const r(7);
  BOOST_TEST((generator(7U) == r));
  BOOST_TEST((generator(std::int8_t{7}) == r));
  BOOST_TEST((generator(std::uint64_t{7}) == r));
  BOOST_TEST((generator('\a') == r));
  BOOST_TEST((generator(8) != r));
  static_assert(!std::is_constructible_v<generator, double>);
  static_assert(!std::is_constructible_v<generator, bool>);
  static_assert(!std::is_constructible_v<generator, char const*>);
  static_assert(!std::is_convertible_v<int, generator>);
}

BOOST_AUTO_TEST_CASE(a_negative_seed_gives_the_numbers_of_its_absolute_value) {
  BOOST_TEST((generator(-5) == generator(5)));
  BOOST_TEST((generator(std::int8_t{-128}) == generator(128)));
  BOOST_TEST((generator(int64_min) == generator(std::uint64_t{1} << 63)));
  BOOST_TEST((generator(-1) != generator(uint64_max)));
}

BOOST_AUTO_TEST_CASE(a_generator_without_a_seed_is_seeded_by_the_operating_system) {
  generator a;
  generator b;
  BOOST_TEST((a != b));
  b = a;
  a.seed();
  BOOST_TEST((a != b));
}

BOOST_AUTO_TEST_CASE(seeding_forgets_the_second_gauss_value) {
  generator r(9);
  double const first = r.gauss();
  double const second = r.gauss();
  r.seed(9);
  BOOST_TEST(r.gauss() == first);
  r.seed(9);
  BOOST_TEST(r.gauss() == first);
  BOOST_TEST(r.gauss() == second);
  BOOST_TEST(first != second);
}

BOOST_AUTO_TEST_CASE(a_copy_goes_on_with_the_same_numbers_and_the_same_second_gauss_value) {
  generator r(11);
  r.gauss();
  generator const state = r.getstate();
  BOOST_TEST((state == r));
  double const second = r.gauss();
  double const next = r.random();
  BOOST_TEST((state != r));
  generator copy = state;
  BOOST_TEST(copy.gauss() == second);
  BOOST_TEST(copy.random() == next);
  r.setstate(state);
  BOOST_TEST(r.gauss() == second);
  static_assert(std::is_trivially_copyable_v<generator>);
}

BOOST_AUTO_TEST_CASE(it_drives_the_algorithms_and_distributions_of_the_standard_library) {
  static_assert(std::uniform_random_bit_generator<generator>);
  static_assert(generator::min() == 0 && generator::max() == 4294967295U);
  generator r(5489);
  BOOST_TEST(r() == generator(5489).getrandbits(32));
  std::vector x{1, 2, 3, 4, 5};
  std::shuffle(x.begin(), x.end(), r);
  BOOST_TEST(std::is_permutation(x.begin(), x.end(), std::array{1, 2, 3, 4, 5}.begin()));
  BOOST_TEST(std::uniform_int_distribution<int>(3, 4)(r) / 3 == 1);
}

// ---- types ----

BOOST_AUTO_TEST_CASE(an_integer_comes_back_in_the_type_of_the_bounds) {
  generator r(1);
  static_assert(std::is_same_v<decltype(r.randint(1, 6)), int>);
  static_assert(std::is_same_v<decltype(r.randint('a', 'z')), char>);
  static_assert(std::is_same_v<decltype(r.randint(1, 6L)), long>);
  static_assert(std::is_same_v<decltype(r.randint(1U, std::size_t{6})), std::size_t>);
  static_assert(std::is_same_v<decltype(r.randint(0, std::size_t{6})), std::int64_t>);
  static_assert(std::is_same_v<decltype(r.randrange(std::uint8_t{6})), std::uint8_t>);
  static_assert(std::is_same_v<decltype(r.randrange(0U, 6U, -1)), unsigned>);
  static_assert(
      !std::is_invocable_v<decltype([](auto a) -> decltype(generator().randint(a, a)) { return a; }), double>);
  char const letter = r.randint('a', 'z');
  BOOST_TEST((letter >= 'a' && letter <= 'z'));
}

BOOST_AUTO_TEST_CASE(both_bounds_of_randint_are_drawn) {
  generator r(1);
  std::set<int> seen;
  for (int i = 0; i < 5000; ++i) seen.insert(r.randint(std::int8_t{-128}, std::int8_t{127}));
  BOOST_TEST(seen.size() == 256U);
  BOOST_TEST(*seen.begin() == -128);
  BOOST_TEST(*seen.rbegin() == 127);
}

BOOST_AUTO_TEST_CASE(a_choice_from_a_variable_is_a_reference_and_from_a_temporary_a_value) {
  generator r(1);
  std::vector<std::string> names{"ada", "bjarne"};
  r.choice(names) = "guido";
  BOOST_TEST(std::count(names.begin(), names.end(), "guido") == 1);
  static_assert(std::is_same_v<decltype(r.choice(names)), std::string&>);
  static_assert(std::is_same_v<decltype(r.choice(std::as_const(names))), std::string const&>);
  static_assert(std::is_same_v<decltype(r.choice(std::vector<std::string>{"x"})), std::string>);
  BOOST_TEST(r.choice(std::vector<std::string>{"x"}) == "x");
}

BOOST_AUTO_TEST_CASE(every_kind_of_sequence_gives_the_same_choice) {
  int const array[] = {3, 1, 4, 1, 5, 9, 2, 6};
  std::vector<int> const vector(std::begin(array), std::end(array));
  std::deque<int> const deque(vector.begin(), vector.end());
  int const expected = generator(8).choice(vector);
  BOOST_TEST(generator(8).choice(array) == expected);
  BOOST_TEST(generator(8).choice(deque) == expected);
  BOOST_TEST(generator(8).choice(std::span(array)) == expected);
  BOOST_TEST(generator(8).choice("31415926"sv) == '0' + expected);
  BOOST_TEST(generator(8).choice(std::string("31415926")) == '0' + expected);
  BOOST_TEST(generator(8).sample(array, 8) == generator(8).sample(deque, 8), boost::test_tools::per_element());
  BOOST_TEST(generator(8).choice(std::vector<bool>(8, true)) == true);
}

BOOST_AUTO_TEST_CASE(a_string_literal_and_a_set_are_no_sequences) {
  static_assert(!rnd::detail::sequence<char const(&)[4]>);
  static_assert(!rnd::detail::sequence<std::set<int>>);
  static_assert(!rnd::detail::shuffleable<std::vector<int> const&>);
  static_assert(!rnd::detail::shuffleable<range>);
  static_assert(rnd::detail::shuffleable<std::span<int>>);
}

BOOST_AUTO_TEST_CASE(shuffle_moves_what_cannot_be_copied_and_swaps_bits) {
  std::vector<std::unique_ptr<int>> pointers;
  for (int i = 0; i < 10; ++i) pointers.push_back(std::make_unique<int>(i));
  auto numbers = random_cases::list(10);
  generator(4).shuffle(pointers);
  generator(4).shuffle(std::span(numbers));
  BOOST_TEST(
      std::equal(numbers.begin(), numbers.end(), pointers.begin(), [](auto n, auto const& p) { return n == *p; }));

  std::vector<bool> bits(100, false);
  std::fill_n(bits.begin(), 30, true);
  generator(4).shuffle(bits);
  BOOST_TEST(std::count(bits.begin(), bits.end(), true) == 30);
  BOOST_TEST(std::count(bits.begin(), bits.begin() + 30, true) < 30);
}

BOOST_AUTO_TEST_CASE(a_sample_has_every_index_at_most_once) {
  generator r(6);
  for (int n = 1; n < 120; n += 2)
    for (int k = 0; k <= n; k += 3) {
      auto const sample = r.sample(range(n), k);
      BOOST_TEST(std::set(sample.begin(), sample.end()).size() == static_cast<std::size_t>(k));
    }
}

// ---- errors ----

BOOST_AUTO_TEST_CASE(bounds_in_the_wrong_order_are_refused_with_the_right_order) {
  refuses([](generator& r) { r.randint(6, 1); }, {"randint(6, 1)", "write randint(1, 6)"});
  refuses([](generator& r) { r.randint(6U, 1U); }, {"randint(6, 1)", "write randint(1, 6)"});
  refuses([](generator& r) { r.randint(-1, uint64_max); }, {"18446744073709551615", "std::int64_t"});
}

BOOST_AUTO_TEST_CASE(an_empty_range_and_a_step_of_zero_are_refused) {
  refuses([](generator& r) { r.randrange(0); }, {"randrange(0, 0, 1)", "empty", "stop must be above start"});
  refuses([](generator& r) { r.randrange(-7); }, {"randrange(0, -7, 1)", "empty"});
  refuses([](generator& r) { r.randrange(5, 5); }, {"randrange(5, 5, 1)", "empty"});
  refuses([](generator& r) { r.randrange(5U, 5U, -1); }, {"randrange(5, 5, -1)", "stop must be below start"});
  refuses([](generator& r) { r.randrange(1, 9, -2); }, {"randrange(1, 9, -2)", "stop must be below start"});
  refuses([](generator& r) { r.randrange(1, 9, 0); }, {"randrange(1, 9, 0)", "the step is 0"});
  refuses([](generator& r) { r.randrange(1, 9, uint64_max); }, {"18446744073709551615", "std::int64_t"});
}

BOOST_AUTO_TEST_CASE(more_bits_than_fit_and_negative_sizes_are_refused) {
  refuses([](generator& r) { r.getrandbits(-1); }, {"getrandbits(-1)", "negative", "0 to 64"});
  refuses([](generator& r) { r.getrandbits(65); }, {"getrandbits(65)", "0 to 64", "randbytes"});
  refuses([](generator& r) { r.randbytes(-1); }, {"randbytes(-1)", "negative"});
}

BOOST_AUTO_TEST_CASE(drawing_from_nothing_is_refused) {
  std::vector<int> const nothing;
  refuses([&](generator& r) { r.choice(nothing); }, {"choice()", "empty"});
  refuses([&](generator& r) { (void)r.choices(nothing, 1); }, {"choices()", "empty"});
  refuses([&](generator& r) { (void)r.choices(nothing, 1, std::vector<int>{}); }, {"choices()", "empty"});
  refuses([&](generator& r) { (void)r.choices(nothing, 0, std::vector<double>{}); }, {"choices()", "empty"});
  refuses([&](generator& r) { (void)r.sample(nothing, 0, std::vector<int>{}); }, {"sample()", "empty"});
  BOOST_TEST(generator(1).choices(nothing, 0).empty());
  BOOST_TEST(generator(1).choices(std::array{1}, -3).empty());
  BOOST_TEST(generator(1).sample(nothing, 0).empty());
}

BOOST_AUTO_TEST_CASE(choices_takes_its_weights_and_its_count_in_either_order) {
  std::array const weights{1, 2, 3};
  BOOST_TEST(generator(7).choices(range(3), weights, 5) == generator(7).choices(range(3), 5, weights));
  rnd::seed(7);
  BOOST_TEST(rnd::choices(range(3), weights, 5) == generator(7).choices(range(3), weights, 5));
}

BOOST_AUTO_TEST_CASE(a_sample_larger_than_the_population_is_refused) {
  refuses([](generator& r) { (void)r.sample(range(5), 6); }, {"sample()", "k = 6", "5 elements", "use choices"});
  refuses([](generator& r) { (void)r.sample(range(5), -1); }, {"sample()", "k = -1", "negative"});
  refuses([](generator& r) { (void)r.sample(range(2), 4, std::array{1, 2}); }, {"k = 4", "3 elements"});
  refuses([](generator& r) { (void)r.sample(range(2), 1, std::array{1}); }, {"1 counts for 2 elements"});
  refuses([](generator& r) { (void)r.sample(range(2), 1, std::array{0, 0}); }, {"all counts are 0"});
  refuses([](generator& r) { (void)r.sample(range(2), 1, std::array{3, -1}); }, {"-1 is one of the counts"});
  refuses([](generator& r) { (void)r.sample(range(2), 1, std::array{int64_max, std::int64_t{1}}); }, {"exceeds 2**63"});
}

BOOST_AUTO_TEST_CASE(weights_that_give_no_probabilities_are_refused) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  auto const with = [](auto weights) { return [=](generator& r) { (void)r.choices(range(2), 3, weights); }; };
  auto const with_totals = [](std::array<double, 2> totals) {
    return [=](generator& r) { (void)r.choices(range(2), 3, rnd::cum_weights(totals)); };
  };
  refuses(with(std::array{1.0}), {"choices()", "1 weights for 2 elements", "one for each"});
  refuses(with(std::array{1, 2, 3}), {"3 weights for 2 elements"});
  refuses(with(std::array{0.0, 0.0}), {"total of the weights is 0", "above 0"});
  refuses(with(std::array{0, 0}), {"total of the weights is 0"});
  refuses(with(std::array{1.0, inf}), {"total of the weights is inf", "finite"});
  refuses(with(std::array{1.0, std::nan("")}), {"total of the weights is nan"});
  refuses(with(std::array{1e308, 1e308}), {"total of the weights is inf"});
  refuses(with(std::array{2.0, -0.5}), {"-0.5 is one of the weights", "not be negative"});
  refuses(with(std::array{-2, 5}), {"-2 is one of the weights"});
  refuses(with(std::array{int64_max, int64_max}), {"total of the weights exceeds 2**63 - 1"});
  refuses(with(std::array{uint64_max, uint64_max}), {"18446744073709551615"});
  refuses(with_totals({0.0, 0.0}), {"total of the weights is 0"});
  refuses(with_totals({0.0, inf}), {"total of the weights is inf"});
  refuses(
      [](generator& r) {
        (void)r.choices(range(3), 3, rnd::cum_weights(std::array{1.0, 2.0}));
      },
      {"2 cumulative weights for 3 elements"});
}

BOOST_AUTO_TEST_CASE(parameters_that_no_distribution_has_are_refused) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  double const nan = std::nan("");
  refuses([](generator& r) { r.expovariate(0); }, {"expovariate(0)", "1 / mean"});
  refuses([](generator& r) { r.paretovariate(0); }, {"paretovariate(0)", "alpha cannot be 0"});
  refuses([](generator& r) { r.weibullvariate(1, 0); }, {"weibullvariate(1, 0)", "beta cannot be 0"});
  refuses([=](generator& r) { r.vonmisesvariate(0, nan); }, {"vonmisesvariate(0, nan)", "kappa is not a number"});
  for (double const bad : {0.0, -1.0, inf, nan, 1e308}) {
    refuses([=](generator& r) { r.gammavariate(bad, 1); }, {"gammavariate(", "above 0", "finite"});
    refuses([=](generator& r) { r.betavariate(bad, 1); }, {"betavariate(", "above 0 and finite"});
    refuses([=](generator& r) { r.betavariate(1, bad); }, {"betavariate(", "above 0 and finite"});
  }
  refuses([](generator& r) { r.gammavariate(0.5, 0); }, {"gammavariate(0.5, 0)", "beta must be above 0"});
  refuses([](generator& r) { r.gammavariate(0.5, -0.25); }, {"gammavariate(0.5, -0.25)", "beta must be above 0"});
}

BOOST_AUTO_TEST_CASE(a_value_too_large_for_a_double_is_an_error_as_in_python) {
  generator r(1);
  BOOST_CHECK_THROW(r.lognormvariate(1e6, 1), asyncio::value_error);
  BOOST_CHECK_THROW(r.paretovariate(1e-9), asyncio::value_error);
  BOOST_CHECK_THROW(r.weibullvariate(1, -1e-9), asyncio::value_error);
  BOOST_TEST(std::isinf(r.lognormvariate(std::numeric_limits<double>::infinity(), 1)));
}

// ---- ranges of the distributions ----

BOOST_AUTO_TEST_CASE(the_draws_lie_where_the_documentation_says) {
  generator r(10);
  double sum = 0.0;
  for (int i = 0; i < 4000; ++i) {
    double const u = r.random();
    BOOST_TEST((u >= 0.0 && u < 1.0));
    double const beta = r.betavariate(0.3, 0.2);
    BOOST_TEST((beta >= 0.0 && beta <= 1.0));
    for (double const kappa : {0.0, 0.5, 1e9, 1e300}) {
      double const angle = r.vonmisesvariate(3.0, kappa);
      BOOST_TEST((angle >= 0.0 && angle < 6.2831853071795865));
    }
    BOOST_TEST(r.paretovariate(2.0) >= 1.0);
    BOOST_TEST(r.getrandbits(3) < 8U);
    sum += r.gauss(2.0, 1.0);
  }
  BOOST_TEST(sum / 4000 == 2.0, boost::test_tools::tolerance(0.03));
}

// ---- the current generator ----

BOOST_AUTO_TEST_CASE(the_free_functions_use_the_current_generator_and_draw_the_same_numbers) {
  generator current(0);
  generator r(77);
  current_generator const guard(current);
  rnd::seed(77);
  BOOST_TEST((rnd::getstate() == r));

  std::vector<int> population{5, 6, 7, 8, 9};
  auto other = population;
  auto const same = [](auto const& a, auto const& b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); };
  BOOST_TEST(rnd::random() == r.random());
  BOOST_TEST(rnd::uniform(1, 2) == r.uniform(1, 2));
  BOOST_TEST(rnd::getrandbits(40) == r.getrandbits(40));
  BOOST_TEST(same(rnd::randbytes(5), r.randbytes(5)));
  BOOST_TEST(rnd::randint(1, 6) == r.randint(1, 6));
  BOOST_TEST(rnd::randrange(10) == r.randrange(10));
  BOOST_TEST(rnd::randrange(10, 20) == r.randrange(10, 20));
  BOOST_TEST(rnd::randrange(10, 0, -2) == r.randrange(10, 0, -2));
  BOOST_TEST(rnd::choice(population) == r.choice(population));
  BOOST_TEST(same(rnd::choices(population, 3), r.choices(population, 3)));
  BOOST_TEST(same(rnd::choices(population, 3, population), r.choices(population, 3, population)));
  rnd::shuffle(population);
  r.shuffle(other);
  BOOST_TEST(same(population, other));
  BOOST_TEST(same(rnd::sample(population, 2), r.sample(population, 2)));
  BOOST_TEST(same(rnd::sample(population, 2, population), r.sample(population, 2, population)));
  BOOST_TEST(rnd::gauss() == r.gauss());
  BOOST_TEST(rnd::normalvariate() == r.normalvariate());
  BOOST_TEST(rnd::lognormvariate(0, 1) == r.lognormvariate(0, 1));
  BOOST_TEST(rnd::expovariate(1) == r.expovariate(1));
  BOOST_TEST(rnd::triangular() == r.triangular());
  BOOST_TEST(rnd::triangular(0, 1, 0.25) == r.triangular(0, 1, 0.25));
  BOOST_TEST(rnd::gammavariate(2, 1) == r.gammavariate(2, 1));
  BOOST_TEST(rnd::betavariate(2, 1) == r.betavariate(2, 1));
  BOOST_TEST(rnd::vonmisesvariate(0, 1e-6) ==
             2 * std::numbers::pi * r.random());  // so flat that every angle is as likely
  BOOST_TEST(rnd::vonmisesvariate(2, 1) == r.vonmisesvariate(2, 1));
  BOOST_TEST(rnd::paretovariate(2) == r.paretovariate(2));
  BOOST_TEST(rnd::weibullvariate(2, 1) == r.weibullvariate(2, 1));
  BOOST_TEST((rnd::getstate() == r));
  rnd::setstate(generator(5));
  BOOST_TEST((rnd::getstate() == generator(5)));
  rnd::seed();
  BOOST_TEST((rnd::getstate() != generator(5)));
}

BOOST_AUTO_TEST_CASE(outside_of_a_loop_every_thread_has_a_generator_of_its_own) {
  rnd::seed(1);
  double elsewhere = 0.0;
  double elsewhere_unseeded = 0.0;
  std::thread([&] {
    elsewhere_unseeded = rnd::random();
    rnd::seed(1);
    elsewhere = rnd::random();
  }).join();
  BOOST_TEST(rnd::random() == elsewhere);
  BOOST_TEST(elsewhere != elsewhere_unseeded);
}

BOOST_AUTO_TEST_CASE(a_loop_has_a_generator_of_its_own_while_it_runs) {
  rnd::seed(1);
  double const first = rnd::random();
  generator outer(2);
  generator inner(3);
  {
    current_generator const outside(outer);
    generator* const of_outer = &rnd::detail::current();
    {
      current_generator const inside(inner);
      BOOST_TEST((rnd::detail::current() == generator(3)));
      BOOST_TEST(&rnd::detail::current() != of_outer);
    }
    BOOST_TEST(&rnd::detail::current() == of_outer);
  }
  rnd::seed(1);
  BOOST_TEST(rnd::random() == first);
  BOOST_TEST((outer == generator(2)));
}

BOOST_AUTO_TEST_CASE(the_example_of_the_documentation_works) {
  std::vector<std::string> const deck{"ten", "jack", "queen", "king", "ace", "joker"};
  asyncio::random::generator dice(2024);
  int const pips = dice.randint(1, 6);
  std::vector<std::string> hand = dice.sample(deck, 5);
  BOOST_TEST((pips >= 1 && pips <= 6));
  BOOST_TEST(hand.size() == 5U);
}

}  // namespace
