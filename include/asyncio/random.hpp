/// @file
/// Python's `random`: the same generator and algorithms, so the same numbers for the same seed.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace asyncio::random {

/// `cum_weights=c` of Python's `choices`: running totals as doubles that never decrease. They are not copied.
/// Example: `random::choices(colours, 6, random::cum_weights(totals))`.
struct cum_weights {
  explicit cum_weights(std::span<double const> running_totals) noexcept : totals(running_totals) {}
  std::span<double const> totals;
};

namespace detail {

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
/// A sequence whose elements may be swapped: not a const one.
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
/// A reference into a range that outlives the call, a copy of an element of one that does not.
template <class R>
using element_t = std::conditional_t<std::is_lvalue_reference_v<R>, std::iter_reference_t<iterator_t<R>>, value_t<R>>;
/// What a sum of weights is kept in: integers are summed exactly, as in Python.
template <class R>
using weight_t = std::conditional_t<std::floating_point<value_t<R>>, double, std::int64_t>;
/// Operands of the same signedness keep their common type, mixed ones meet in 64 bits with a sign (and are checked).
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
inline cum_weights copy_numbers(cum_weights c) { return c; }
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

}  // namespace detail

/// Python's `random.Random`: the Mersenne Twister MT19937 and CPython 3.11's algorithms on top of it.
///
/// With the same integer seed every member returns bit for bit what CPython returns (tests: random_test.cpp recorded,
/// random_live.py live). Also a UniformRandomBitGenerator of 32-bit words, so it drives `std::shuffle` and `<random>`.
/// A copy goes on with the same numbers, independently: that is Python's getstate and setstate.
/// **Throws** `value_error` for bad arguments, naming them; the generator is then as it was.
/// **Threads**: distinct objects are safe, a shared one is not.
/// **Cost**: 2.5 KB; a draw is O(1) and allocates nothing where not said otherwise.
/// **Example**:
/// ```
/// asyncio::random::generator dice(2024);
/// int const pips = dice.randint(1, 6);
/// std::vector<std::string> hand = dice.sample(deck, 5);
/// ```
class generator {
 public:
  using result_type = std::uint32_t;

  /// `random.Random()`: seeded from the operating system. @throws std::system_error if it gives no entropy.
  generator() { seed(); }
  /// `random.Random(n)`: seeded with any integer of up to 64 bits.
  explicit generator(detail::integer auto n) noexcept { seed(n); }

  /// `random.seed()`: starts again from 256 bits of the operating system. @throws std::system_error as above.
  void seed();
  /// `random.seed(n)`: starts again from `n`; as in Python `-n` gives the numbers of `n`. Forgets gauss's spare value.
  void seed(detail::integer auto n) noexcept {
    auto const magnitude = static_cast<std::uint64_t>(n);
    start_from(n < 0 ? std::uint64_t{0} - magnitude : magnitude);
  }
  /// `random.getstate()`. @return a copy, 2.5 KB.
  generator getstate() const noexcept { return *this; }
  /// `random.setstate(state)`: from here on the numbers that `state` would give.
  void setstate(generator const& state) noexcept { *this = state; }
  /// Whether both will give the same numbers for ever.
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
  /// `random.randbytes(n)`: allocates them. @throws value_error if n < 0.
  std::vector<std::byte> randbytes(detail::integer auto n) { return bytes(detail::to_int64(n)); }

  /// `random.randint(a, b)`. @return an integer N, a <= N <= b, every one equally likely. @throws value_error if a > b.
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
  /// @throws value_error if there is nothing to draw from. **Cost**: O(k), allocates the result and k indices.
  template <detail::sequence R>
  [[nodiscard("the draws are the result")]] detail::values<R> choices(R&& population, detail::integer auto k) {
    return detail::take(population, choices_indices(std::size(population), detail::to_int64(k)));
  }
  /// `random.choices(population, weights, k=k)`, or with `cum_weights(c)` in their place: an element of weight 2 is
  /// twice as likely as one of weight 1. **Cost**: O(n + k log n), copies the weights; with cum_weights O(k log n).
  /// @throws value_error if the weights are not one for each element, one is negative, or their total is 0, inf or nan.
  template <detail::sequence R, detail::weights W>
  [[nodiscard("the draws are the result")]] detail::values<R> choices(R&& population, detail::integer auto k,
                                                                      W&& weights) {
    auto const indices = choices_indices(std::size(population), detail::to_int64(k), detail::copy_numbers(weights));
    return detail::take(population, indices);
  }
  /// The same in Python's own order of arguments: `choices(population, weights, k)`.
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
  /// `random.sample(population, k, counts=counts)`: as if each element stood in the population `counts[i]` times.
  /// @throws value_error also if the counts are not one for each element, one is negative, or their total is 0.
  template <detail::sequence R, detail::counts C>
  [[nodiscard("the sample is the result")]] detail::values<R> sample(R&& population, detail::integer auto k,
                                                                     C&& counts) {
    auto const indices = sample_indices(std::size(population), detail::to_int64(k), detail::copy_numbers(counts));
    return detail::take(population, indices);
  }

  /// `random.gauss(mu, sigma)`: normal distribution. Draws two values at once and keeps one for the next call.
  double gauss(double mu = 0.0, double sigma = 1.0) noexcept;
  /// `random.normalvariate(mu, sigma)`: normal distribution, another algorithm, nothing kept.
  double normalvariate(double mu = 0.0, double sigma = 1.0) noexcept;
  /// `random.lognormvariate(mu, sigma)`: exp of a normalvariate. @throws value_error on overflow.
  double lognormvariate(double mu, double sigma);
  /// `random.expovariate(lambd)`: exponential distribution of mean 1 / lambd. @throws value_error if lambd is 0.
  double expovariate(double lambd);
  /// `random.triangular(low, high)`: triangular distribution with its mode in the middle.
  double triangular(double low = 0.0, double high = 1.0) noexcept;
  /// `random.triangular(low, high, mode)`. @return low if low == high. As in Python nobody checks low <= mode <= high.
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

/// Makes `next` this thread's current generator while a loop runs. @return the one before, null if there was none.
generator* exchange_current(generator* next) noexcept;
/// The generator of the free functions. @throws std::system_error if the thread's own one cannot be seeded.
generator& current();
/// In the child of a fork, whose thread else had the numbers of its parent: what CPython does there.
void seed_again() noexcept;

}  // namespace detail

/// @name Python's module-level functions
/// Each is the member of the same name of the current generator: the running loop's one (`run_options::seed`,
/// ASYNCIO_SEED), outside of a loop this thread's own one, seeded from the operating system at first use.
/// **Threads**: safe, every thread has its own current generator. **Cost**: one look at a thread_local more.
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
/// @cond internal: one sentence instead of a page for the classic mistake
template <std::size_t N>
char choice(char const (&)[N]) {
  static_assert(N == 0, "asyncio::random: a string literal is not a sequence of its letters, it ends with a zero; write \"abc\"sv");
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
