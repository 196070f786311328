// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Python's `random`: the same generator and algorithms, hence the same numbers for the same seed.
#pragma once

#include <asyncio/detail/random/sequences.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace asyncio::random {

/// `cum_weights=c` of Python's `choices`: running totals as non-decreasing doubles. They are not copied.
/// Example: `random::choices(colours, 6, random::cum_weights(totals))`.
struct cum_weights {
  explicit cum_weights(std::span<double const> running_totals) noexcept : totals(running_totals) {}
  std::span<double const> totals;
};

namespace detail {
inline cum_weights copy_numbers(cum_weights c) { return c; }
}  // namespace detail

/// Python's `random.Random`: the Mersenne Twister MT19937 and CPython 3.11's algorithms on top of it.
///
/// With the same integer seed every member returns bit for bit what CPython returns (tests: random_test.cpp recorded,
/// random_live.py live). Also a UniformRandomBitGenerator of 32-bit words, so it drives `std::shuffle` and `<random>`.
/// A copy continues the same sequence independently, as with Python's getstate and setstate.
/// **Throws** `value_error` for invalid arguments, naming them; the generator is then unchanged.
/// **Threads**: distinct objects are safe, a shared one is not.
/// **Cost**: 2.5 KB; a draw is O(1) and does not allocate unless stated otherwise.
/// **Example**:
/// ```
/// asyncio::random::generator dice(2024);
/// int const pips = dice.randint(1, 6);
/// std::vector<std::string> hand = dice.sample(deck, 5);
/// ```
class generator {
 public:
  using result_type = std::uint32_t;

  /// `random.Random()`: seeded from the operating system. @throws std::system_error if it provides no entropy.
  generator() { seed(); }
  /// `random.Random(n)`: seeded with any integer of up to 64 bits.
  explicit generator(detail::integer auto n) noexcept { seed(n); }

  /// `random.seed()`: reseeds with 256 bits from the operating system. @throws std::system_error as above.
  void seed();
  /// `random.seed(n)`: reseeds with `n`; as in Python `-n` gives the same numbers as `n`. Discards gauss's spare value.
  void seed(detail::integer auto n) noexcept {
    auto const magnitude = static_cast<std::uint64_t>(n);
    start_from(n < 0 ? std::uint64_t{0} - magnitude : magnitude);
  }
  /// `random.getstate()`. @return a copy, 2.5 KB.
  generator getstate() const noexcept { return *this; }
  /// `random.setstate(state)`: continues with the numbers of `state`.
  void setstate(generator const& state) noexcept { *this = state; }
  /// Whether both will generate the same numbers forever.
  friend bool operator==(generator const&, generator const&) noexcept = default;

  static constexpr result_type min() noexcept { return 0; }
  static constexpr result_type max() noexcept { return std::numeric_limits<result_type>::max(); }
  /// The next 32-bit word of the Mersenne Twister, `random.getrandbits(32)`.
  result_type operator()() noexcept;

  /// `random.random()`. @return a double in [0, 1) with 53 random bits.
  double random() noexcept;
  /// `random.uniform(a, b)`. @return a + (b - a) * random().
  double uniform(double a, double b) noexcept;
  /// `random.getrandbits(k)`. @return an integer below 2**k. @throws value_error unless 0 <= k <= 64.
  std::uint64_t getrandbits(detail::integer auto k) { return bits(detail::to_int64(k)); }
  /// `random.randbytes(n)`: allocates the result. @throws value_error if n < 0.
  std::vector<std::byte> randbytes(detail::integer auto n) { return bytes(detail::to_int64(n)); }

  /// `random.randint(a, b)`. @return an integer N, a <= N <= b, all equally likely. @throws value_error if a > b.
  template <detail::integer A, detail::integer B>
  detail::common_int<A, B> randint(A a, B b) {
    using wide = detail::widest<detail::common_int<A, B>>;
    return static_cast<detail::common_int<A, B>>(between(detail::widen<wide>(a), detail::widen<wide>(b)));
  }
  /// `random.randrange(stop)`. @return an integer N, 0 <= N < stop. @throws value_error if stop <= 0.
  template <detail::integer I>
  I randrange(I stop) {
    return randrange(I{0}, stop, 1);
  }
  /// `random.randrange(start, stop, step)`. @return an element of Python's range(start, stop, step).
  /// @throws value_error if that range is empty or step is 0.
  template <detail::integer A, detail::integer B>
  detail::common_int<A, B> randrange(A start, B stop, detail::integer auto step) {
    using wide = detail::widest<detail::common_int<A, B>>;
    return static_cast<detail::common_int<A, B>>(
        from_range(detail::widen<wide>(start), detail::widen<wide>(stop), detail::to_int64(step)));
  }
  /// `random.randrange(start, stop)`. @return an integer N, start <= N < stop. @throws value_error if start >= stop.
  template <detail::integer A, detail::integer B>
  detail::common_int<A, B> randrange(A start, B stop) {
    return randrange(start, stop, 1);
  }

  /// `random.choice(seq)`. @return a reference to an element, a copy of a temporary's. @throws value_error if empty.
  template <detail::sequence R>
  detail::element_t<R> choice(R&& seq) {
    return *detail::at(seq, choice_index(std::size(seq)));
  }
  /// `random.choices(population, k=k)`: k draws with replacement, none if k < 0 as in Python. @return copies.
  /// @throws value_error if the population is empty. **Cost**: O(k), allocates the result and k indices.
  template <detail::sequence R>
  [[nodiscard("the draws are the result")]] detail::values<R> choices(R&& population, detail::integer auto k) {
    return detail::take(population, choices_indices(std::size(population), detail::to_int64(k)));
  }
  /// `random.choices(population, weights, k=k)`, or with `cum_weights(c)` instead: an element of weight 2 is twice as
  /// likely as one of weight 1. **Cost**: O(n + k log n), copies the weights; with cum_weights O(k log n).
  /// @throws value_error unless there is one weight per element, or if one is negative, or their total is 0, inf or
  /// nan.
  template <detail::sequence R, detail::weights W>
  [[nodiscard("the draws are the result")]] detail::values<R> choices(R&& population, detail::integer auto k,
                                                                      W&& weights) {
    auto const indices = choices_indices(std::size(population), detail::to_int64(k), detail::copy_numbers(weights));
    return detail::take(population, indices);
  }
  /// The same in Python's argument order: `choices(population, weights, k)`.
  template <detail::sequence R, detail::weights W>
  [[nodiscard("the draws are the result")]] detail::values<R> choices(R&& population, W&& weights,
                                                                      detail::integer auto k) {
    return choices(population, k, weights);
  }
  /// `random.shuffle(x)`: permutes `x` in place. **Cost**: O(n) swaps.
  template <detail::shuffleable R>
  void shuffle(R&& x) {
    for (auto i = static_cast<std::uint64_t>(std::size(x)); i-- > 1;)
      if (std::uint64_t const j = up_to(i); j != i) std::ranges::swap(*detail::at(x, i), *detail::at(x, j));
  }
  /// `random.sample(population, k)`: k different elements in the order drawn. @return copies.
  /// @throws value_error unless 0 <= k <= size. **Cost**: O(k) time and memory, however large the population.
  template <detail::sequence R>
  [[nodiscard("the sample is the result")]] detail::values<R> sample(R&& population, detail::integer auto k) {
    return detail::take(population, sample_indices(std::size(population), detail::to_int64(k)));
  }
  /// `random.sample(population, k, counts=counts)`: as if each element occurred in the population `counts[i]` times.
  /// @throws value_error also unless there is one count per element, or if one is negative, or their total is 0.
  template <detail::sequence R, detail::counts C>
  [[nodiscard("the sample is the result")]] detail::values<R> sample(R&& population, detail::integer auto k,
                                                                     C&& counts) {
    auto const indices = sample_indices(std::size(population), detail::to_int64(k), detail::copy_numbers(counts));
    return detail::take(population, indices);
  }

  /// `random.gauss(mu, sigma)`: normal distribution. Draws two values at once and keeps one for the next call.
  double gauss(double mu = 0.0, double sigma = 1.0) noexcept;
  /// `random.normalvariate(mu, sigma)`: normal distribution by another algorithm that keeps no spare value.
  double normalvariate(double mu = 0.0, double sigma = 1.0) noexcept;
  /// `random.lognormvariate(mu, sigma)`: exp of a normalvariate. @throws value_error on overflow.
  double lognormvariate(double mu, double sigma);
  /// `random.expovariate(lambd)`: exponential distribution of mean 1 / lambd. @throws value_error if lambd is 0.
  double expovariate(double lambd);
  /// `random.triangular(low, high)`: triangular distribution with its mode in the middle.
  double triangular(double low = 0.0, double high = 1.0) noexcept;
  /// `random.triangular(low, high, mode)`. @return low if low == high. As in Python, low <= mode <= high is not
  /// checked.
  double triangular(double low, double high, double mode) noexcept;
  /// `random.gammavariate(alpha, beta)`: mean alpha * beta. @throws value_error unless both are > 0, alpha finite.
  double gammavariate(double alpha, double beta);
  /// `random.betavariate(alpha, beta)`. @return a double in [0, 1]. @throws value_error unless both are > 0 and finite.
  double betavariate(double alpha, double beta);
  /// `random.vonmisesvariate(mu, kappa)`: an angle in [0, 2 pi) around mu. @throws value_error if kappa is nan.
  double vonmisesvariate(double mu, double kappa);
  /// `random.paretovariate(alpha)`. @return a double >= 1. @throws value_error if alpha is 0 or on overflow.
  double paretovariate(double alpha);
  /// `random.weibullvariate(alpha, beta)`: scale alpha, shape beta. @throws value_error if beta is 0 or on overflow.
  double weibullvariate(double alpha, double beta);

 private:
  void start_from(std::uint64_t magnitude) noexcept;
  void start_from(std::span<std::uint32_t const> key) noexcept;
  void refill() noexcept;
  std::uint64_t up_to(std::uint64_t last) noexcept;
  std::uint64_t bits(std::int64_t k);
  std::vector<std::byte> bytes(std::int64_t n);
  std::int64_t between(std::int64_t a, std::int64_t b);
  std::uint64_t between(std::uint64_t a, std::uint64_t b);
  std::int64_t from_range(std::int64_t start, std::int64_t stop, std::int64_t step);
  std::uint64_t from_range(std::uint64_t start, std::uint64_t stop, std::int64_t step);
  std::uint64_t choice_index(std::uint64_t size);
  std::vector<std::uint64_t> choices_indices(std::uint64_t size, std::int64_t k);
  std::vector<std::uint64_t> choices_indices(std::uint64_t size, std::int64_t k, std::vector<double> weights);
  std::vector<std::uint64_t> choices_indices(std::uint64_t size, std::int64_t k, std::vector<std::int64_t> weights);
  std::vector<std::uint64_t> choices_indices(std::uint64_t size, std::int64_t k, cum_weights c);
  std::vector<std::uint64_t> sample_indices(std::uint64_t size, std::int64_t k);
  std::vector<std::uint64_t> sample_indices(std::uint64_t size, std::int64_t k, std::vector<std::int64_t> counts);

  std::array<std::uint32_t, 624> words_;
  std::uint32_t next_word_;
  bool has_spare_gauss_;
  double spare_gauss_;
};

namespace detail {

/// The generator of the free functions. @throws std::system_error if the thread's own generator cannot be seeded.
generator& current();

}  // namespace detail

/// @name Python's module-level functions
/// Each calls the member of the same name of the current generator: the running loop's (`run_options::seed`,
/// ASYNCIO_SEED), or outside a loop this thread's own, seeded from the operating system on first use.
/// **Threads**: safe, every thread has its own current generator. **Cost**: one additional thread_local access.
/// **Example**: `int const pips = asyncio::random::randint(1, 6);`
/// @{
inline void seed() { detail::current().seed(); }
void seed(detail::integer auto n) { detail::current().seed(n); }
inline generator getstate() { return detail::current(); }
inline void setstate(generator const& state) { detail::current() = state; }
inline double random() { return detail::current().random(); }
inline double uniform(double a, double b) { return detail::current().uniform(a, b); }
std::uint64_t getrandbits(detail::integer auto k) { return detail::current().getrandbits(k); }
std::vector<std::byte> randbytes(detail::integer auto n) { return detail::current().randbytes(n); }
template <detail::integer A, detail::integer B>
detail::common_int<A, B> randint(A a, B b) {
  return detail::current().randint(a, b);
}
template <detail::integer I>
I randrange(I stop) {
  return detail::current().randrange(stop);
}
template <detail::integer A, detail::integer B>
detail::common_int<A, B> randrange(A start, B stop) {
  return detail::current().randrange(start, stop);
}
template <detail::integer A, detail::integer B>
detail::common_int<A, B> randrange(A start, B stop, detail::integer auto step) {
  return detail::current().randrange(start, stop, step);
}
/// @cond internal: a short compile error for the classic mistake
template <std::size_t N>
char choice(char const (&)[N]) {
  static_assert(
      N == 0,
      "asyncio::random: a string literal is not a sequence of its letters, it ends with a zero; write \"abc\"sv");
  return {};
}
/// @endcond
template <detail::sequence R>
detail::element_t<R> choice(R&& seq) {
  return detail::current().choice(std::forward<R>(seq));
}
template <detail::sequence R>
[[nodiscard("the draws are the result")]] detail::values<R> choices(R&& population, detail::integer auto k) {
  return detail::current().choices(population, k);
}
template <detail::sequence R, detail::weights W>
[[nodiscard("the draws are the result")]] detail::values<R> choices(R&& population, detail::integer auto k,
                                                                    W&& weights) {
  return detail::current().choices(population, k, weights);
}
template <detail::sequence R, detail::weights W>
[[nodiscard("the draws are the result")]] detail::values<R> choices(R&& population, W&& weights,
                                                                    detail::integer auto k) {
  return detail::current().choices(population, k, weights);
}
template <detail::shuffleable R>
void shuffle(R&& x) {
  detail::current().shuffle(x);
}
template <detail::sequence R>
[[nodiscard("the sample is the result")]] detail::values<R> sample(R&& population, detail::integer auto k) {
  return detail::current().sample(population, k);
}
template <detail::sequence R, detail::counts C>
[[nodiscard("the sample is the result")]] detail::values<R> sample(R&& population, detail::integer auto k, C&& counts) {
  return detail::current().sample(population, k, counts);
}
inline double gauss(double mu = 0.0, double sigma = 1.0) { return detail::current().gauss(mu, sigma); }
inline double normalvariate(double mu = 0.0, double sigma = 1.0) { return detail::current().normalvariate(mu, sigma); }
inline double lognormvariate(double mu, double sigma) { return detail::current().lognormvariate(mu, sigma); }
inline double expovariate(double lambd) { return detail::current().expovariate(lambd); }
inline double triangular(double low = 0.0, double high = 1.0) { return detail::current().triangular(low, high); }
inline double triangular(double low, double high, double mode) { return detail::current().triangular(low, high, mode); }
inline double gammavariate(double alpha, double beta) { return detail::current().gammavariate(alpha, beta); }
inline double betavariate(double alpha, double beta) { return detail::current().betavariate(alpha, beta); }
inline double vonmisesvariate(double mu, double kappa) { return detail::current().vonmisesvariate(mu, kappa); }
inline double paretovariate(double alpha) { return detail::current().paretovariate(alpha); }
inline double weibullvariate(double alpha, double beta) { return detail::current().weibullvariate(alpha, beta); }
/// @}

}  // namespace asyncio::random
