// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/random/failure.hpp>
#include <asyncio/random.hpp>

#include <sys/random.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <string>
#include <system_error>
#include <unordered_set>

// The numbers match CPython's only if every operation rounds as written: no reassociation, no fused a * b + c. CMake
// compiles this file with -ffp-contract=off, as gcc fuses by default where the target supports it.
#if defined(__FAST_MATH__)
#error "asyncio: compile src/random/*.cpp without -ffast-math, or its numbers are not CPython's."
#endif

namespace asyncio::random {

using detail::fail;
using detail::text;

namespace {

constexpr std::size_t state_size = 624;

// A literal, since a compiler may fold log differently from CPython's C library at run time.
constexpr double log_of_4 = 0x1.62e42fefa39efp+0;

/// Python's bisect with CPython's exact steps, so that even unsorted totals give the same index.
template <class Total, class Value>
std::uint64_t bisect(std::span<Total const> totals, Value value, std::uint64_t high) {
  std::uint64_t low = 0;
  while (low < high) {
    std::uint64_t const middle = low + (high - low) / 2;
    if (value < totals[middle])
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

std::vector<std::uint64_t> draw_weighted(generator& from, std::span<double const> totals, double total,
                                         std::int64_t k) {
  if (!(total > 0.0) || std::isinf(total))
    fail("choices",
         "the total of the weights is " + text(total) + "; give at least one weight above 0 and only finite ones");
  std::vector<std::uint64_t> indices;
  indices.reserve(static_cast<std::size_t>(std::max<std::int64_t>(k, 0)));
  for (; k > 0; --k) indices.push_back(bisect(totals, from.random() * total, totals.size() - 1));
  return indices;
}

void check_sizes(char const* function, char const* what, std::uint64_t size, std::uint64_t numbers) {
  if (size == 0) fail(function, "the population is empty; check that it has elements before you draw");
  if (size != numbers)
    fail(function,
         "there are " + text(numbers) + " " + what + " for " + text(size) + " elements; give one for each element");
}

/// Running totals of integers, exact as in Python.
std::vector<std::int64_t> sum_up(char const* function, char const* what, std::vector<std::int64_t> numbers) {
  std::int64_t total = 0;
  for (std::int64_t& number : numbers) {
    if (number < 0) fail(function, text(number) + " is one of the " + what + "; they must not be negative");
    if (number > std::numeric_limits<std::int64_t>::max() - total)
      fail(function, std::string("the total of the ") + what + " exceeds 2**63 - 1; scale them down");
    number = total += number;
  }
  return numbers;
}

/// The smallest double not below `value`: a double is less than the result exactly if it is less than `value`.
double round_up(std::int64_t value) {
  auto const nearest = static_cast<double>(value);
  if (nearest < 0x1p63 && static_cast<std::int64_t>(nearest) < value) return std::nextafter(nearest, 0x1p64);
  return nearest;
}

template <class Int>
std::uint64_t distance(Int from, Int to) {
  return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
}
template <class Int>
Int advance(Int start, std::uint64_t by) {
  return static_cast<Int>(static_cast<std::uint64_t>(start) + by);
}

}  // namespace

// ---- the Mersenne Twister MT19937 (Matsumoto, Nishimura 1998; seeding of 2002) ----

void generator::seed() {
  std::array<std::uint32_t, 8> key{};  // from the system call: std::random_device takes 0.2 ms where it uses RDSEED
  if (::getentropy(key.data(), sizeof key) != 0) throw std::system_error(errno, std::generic_category(), "getentropy");
  start_from(key);
}

void generator::start_from(std::uint64_t magnitude) noexcept {
  std::array const key{static_cast<std::uint32_t>(magnitude), static_cast<std::uint32_t>(magnitude >> 32)};
  start_from(std::span(key).first(key[1] == 0 ? 1 : 2));
}

void generator::start_from(std::span<std::uint32_t const> key) noexcept {
  auto const mixed = [this](std::size_t i) { return words_[i - 1] ^ (words_[i - 1] >> 30); };
  auto const wrap = [this](std::size_t i) {
    if (i < state_size) return i;
    words_[0] = words_[state_size - 1];
    return std::size_t{1};
  };
  words_[0] = 19650218;
  for (std::size_t i = 1; i < state_size; ++i) words_[i] = 1812433253U * mixed(i) + static_cast<std::uint32_t>(i);

  std::size_t i = 1;
  std::size_t j = 0;
  for (std::size_t round = std::max(state_size, key.size()); round > 0; --round) {
    words_[i] = (words_[i] ^ (mixed(i) * 1664525U)) + key[j] + static_cast<std::uint32_t>(j);
    i = wrap(i + 1);
    j = (j + 1) % key.size();
  }
  for (std::size_t round = state_size - 1; round > 0; --round) {
    words_[i] = (words_[i] ^ (mixed(i) * 1566083941U)) - static_cast<std::uint32_t>(i);
    i = wrap(i + 1);
  }
  words_[0] = 0x80000000U;
  next_word_ = state_size;
  has_spare_gauss_ = false;
  spare_gauss_ = 0.0;
}

void generator::refill() noexcept {
  constexpr std::size_t shift = 397;
  auto const twist = [this](std::size_t i, std::size_t next, std::size_t far) {
    std::uint32_t const joined = (words_[i] & 0x80000000U) | (words_[next] & 0x7fffffffU);
    words_[i] = words_[far] ^ (joined >> 1) ^ ((joined & 1U) * 0x9908b0dfU);
  };
  for (std::size_t i = 0; i < state_size - shift; ++i) twist(i, i + 1, i + shift);
  for (std::size_t i = state_size - shift; i < state_size - 1; ++i) twist(i, i + 1, i + shift - state_size);
  twist(state_size - 1, 0, shift - 1);
  next_word_ = 0;
}

generator::result_type generator::operator()() noexcept {
  if (next_word_ == state_size) refill();
  std::uint32_t word = words_[next_word_++];
  word ^= word >> 11;
  word ^= (word << 7) & 0x9d2c5680U;
  word ^= (word << 15) & 0xefc60000U;
  return word ^ (word >> 18);
}

double generator::random() noexcept {
  auto const high = static_cast<double>((*this)() >> 5);
  auto const low = static_cast<double>((*this)() >> 6);
  return (high * 0x1p26 + low) * 0x1p-53;
}

// ---- integers ----

std::uint64_t generator::bits(std::int64_t k) {
  if (k < 0) fail("getrandbits", "the number of bits is negative; ask for 0 to 64", k);
  if (k > 64) fail("getrandbits", "a std::uint64_t holds 64 bits; ask for 0 to 64, or use randbytes", k);
  if (k == 0) return 0;
  if (k <= 32) return (*this)() >> (32 - k);
  std::uint64_t const low = (*this)();
  std::uint64_t const high = (*this)() >> (64 - k);
  return high << 32 | low;
}

std::vector<std::byte> generator::bytes(std::int64_t n) {
  if (n < 0) fail("randbytes", "the number of bytes is negative; ask for 0 or more", n);
  std::vector<std::byte> result(static_cast<std::size_t>(n));
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < result.size(); ++i, word >>= 8) {
    if (i % 4 == 0) {
      word = (*this)();
      if (std::size_t const left = result.size() - i; left < 4) word >>= 32 - 8 * left;
    }
    result[i] = static_cast<std::byte>(word & 0xffU);
  }
  return result;
}

/// CPython's _randbelow(last + 1): draws as many bits as last + 1 has until they are small enough.
std::uint64_t generator::up_to(std::uint64_t last) noexcept {
  bool const needs_65_bits = last == std::numeric_limits<std::uint64_t>::max();
  auto const width = needs_65_bits ? 64 : std::bit_width(last + 1);
  for (;;) {
    std::uint64_t drawn = width <= 32 ? (*this)() >> (32 - width) : (*this)();
    if (width > 32) drawn |= std::uint64_t{(*this)() >> (64 - width)} << 32;
    bool const too_large = needs_65_bits ? (*this)() >> 31 != 0 : drawn > last;
    if (!too_large) return drawn;
  }
}

namespace {

template <class Int>
std::uint64_t last_of_closed_range(Int a, Int b) {
  if (a > b) fail("randint", "the lower bound comes first; write randint(" + text(b) + ", " + text(a) + ")", a, b);
  return distance(a, b);
}

/// Index of the last element of Python's range(start, stop, step).
template <class Int>
std::uint64_t last_of_range(Int start, Int stop, std::int64_t step) {
  if (step == 0) fail("randrange", "the step is 0; give a positive or a negative one", start, stop, step);
  if (step > 0 ? start >= stop : start <= stop)
    fail("randrange",
         std::string("the range is empty; with this step stop must be ") + (step > 0 ? "above" : "below") + " start",
         start, stop, step);
  return step > 0 ? (distance(start, stop) - 1) / distance<std::int64_t>(0, step)
                  : (distance(stop, start) - 1) / distance<std::int64_t>(step, 0);
}

}  // namespace

std::int64_t generator::between(std::int64_t a, std::int64_t b) {
  return advance(a, up_to(last_of_closed_range(a, b)));
}
std::uint64_t generator::between(std::uint64_t a, std::uint64_t b) {
  return advance(a, up_to(last_of_closed_range(a, b)));
}

std::int64_t generator::from_range(std::int64_t start, std::int64_t stop, std::int64_t step) {
  return advance(start, static_cast<std::uint64_t>(step) * up_to(last_of_range(start, stop, step)));
}
std::uint64_t generator::from_range(std::uint64_t start, std::uint64_t stop, std::int64_t step) {
  return advance(start, static_cast<std::uint64_t>(step) * up_to(last_of_range(start, stop, step)));
}

// ---- sequences ----

std::uint64_t generator::choice_index(std::uint64_t size) {
  if (size == 0) fail("choice", "the sequence is empty; check that it has elements before you choose");
  return up_to(size - 1);
}

std::vector<std::uint64_t> generator::choices_indices(std::uint64_t size, std::int64_t k) {
  if (size == 0 && k > 0) check_sizes("choices", "", size, 0);
  std::vector<std::uint64_t> indices;
  indices.reserve(static_cast<std::size_t>(std::max<std::int64_t>(k, 0)));
  auto const width = static_cast<double>(size);
  for (; k > 0; --k) indices.push_back(static_cast<std::uint64_t>(std::floor(random() * width)));
  return indices;
}

std::vector<std::uint64_t> generator::choices_indices(std::uint64_t size, std::int64_t k, std::vector<double> weights) {
  check_sizes("choices", "weights", size, weights.size());
  double total = 0.0;
  for (double& weight : weights) {
    if (weight < 0.0) fail("choices", text(weight) + " is one of the weights; they must not be negative");
    weight = total += weight;
  }
  return draw_weighted(*this, weights, total, k);
}

std::vector<std::uint64_t> generator::choices_indices(std::uint64_t size, std::int64_t k,
                                                      std::vector<std::int64_t> weights) {
  check_sizes("choices", "weights", size, weights.size());
  weights = sum_up("choices", "weights", std::move(weights));
  std::vector<double> totals(weights.size());
  std::transform(weights.begin(), weights.end(), totals.begin(), round_up);
  return draw_weighted(*this, totals, static_cast<double>(weights.back()), k);
}

std::vector<std::uint64_t> generator::choices_indices(std::uint64_t size, std::int64_t k, cum_weights c) {
  check_sizes("choices", "cumulative weights", size, c.totals.size());
  return draw_weighted(*this, c.totals, c.totals.back(), k);
}

std::vector<std::uint64_t> generator::sample_indices(std::uint64_t size, std::int64_t k) {
  if (k < 0) fail("sample", "k = " + text(k) + " is negative; ask for 0 or more elements");
  auto const wanted = static_cast<std::uint64_t>(k);
  if (wanted > size)
    fail("sample",
         "k = " + text(k) + " is more than the " + text(size) + " elements; use choices to draw with replacement");

  // CPython's choice of the algorithm, since each draws different numbers: a set of k indices or a pool of all.
  double set_size = 21.0;
  if (wanted > 5) set_size += std::exp2(2.0 * std::ceil(std::log(static_cast<double>(wanted) * 3.0) / log_of_4));
  std::vector<std::uint64_t> indices;
  indices.reserve(static_cast<std::size_t>(wanted));
  if (static_cast<double>(size) <= set_size) {
    std::vector<std::uint64_t> pool(static_cast<std::size_t>(size));
    for (std::uint64_t i = 0; i < size; ++i) pool[i] = i;
    for (std::uint64_t left = size; left > size - wanted; --left) {
      std::uint64_t const drawn = up_to(left - 1);
      indices.push_back(pool[drawn]);
      pool[drawn] = pool[left - 1];
    }
  } else {
    std::unordered_set<std::uint64_t> selected(static_cast<std::size_t>(wanted));
    while (indices.size() < wanted)
      if (std::uint64_t const drawn = up_to(size - 1); selected.insert(drawn).second) indices.push_back(drawn);
  }
  return indices;
}

std::vector<std::uint64_t> generator::sample_indices(std::uint64_t size, std::int64_t k,
                                                     std::vector<std::int64_t> counts) {
  check_sizes("sample", "counts", size, counts.size());
  counts = sum_up("sample", "counts", std::move(counts));
  std::int64_t const total = counts.back();
  if (total == 0) fail("sample", "all counts are 0; give at least one above 0");
  std::vector<std::uint64_t> indices = sample_indices(static_cast<std::uint64_t>(total), k);
  for (std::uint64_t& index : indices)
    index = bisect(std::span<std::int64_t const>(counts), static_cast<std::int64_t>(index), size - 1);
  return indices;
}

// ---- real-valued distributions ----

namespace detail {

void throw_too_large(std::uint64_t value) {
  throw value_error(
      "asyncio::random: " + std::to_string(value) +
      " exceeds 2**63 - 1; counts, steps, weights and bounds of mixed signedness must fit a std::int64_t");
}

}  // namespace detail
}  // namespace asyncio::random
