// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The loop's clock, replaceable by virtual time in tests.
#pragma once

#include <asyncio/awaitable.hpp>

#include <limits>

namespace asyncio {

/// The clock that `run` uses for its loop.
enum class clock_kind {
  real,     ///< `std::chrono::steady_clock`.
  virtual_  ///< Stands still while anything can run, then jumps to the next deadline.
};

/// The source of a loop's time. Distinct objects are independent; one object belongs to one thread.
class clock {
 public:
  clock() = default;
  clock(clock const&) = delete;
  clock& operator=(clock const&) = delete;
  virtual ~clock();

  /// The current time.
  [[nodiscard]] virtual time_point now() const noexcept = 0;
  /// Whether time passes only by jump_to.
  [[nodiscard]] virtual bool is_virtual() const noexcept = 0;
  /// Moves a virtual clock forward to `when`; no effect for a time in the past or on a real clock.
  virtual void jump_to(time_point when) noexcept = 0;
};

/// `time.monotonic()`: the default clock.
class real_clock final : public clock {
 public:
  [[nodiscard]] time_point now() const noexcept override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] bool is_virtual() const noexcept override { return false; }
  void jump_to(time_point) noexcept override {}
};

/// The clock for tests: starts at its epoch and moves only by `jump_to`, so runs are reproducible.
class virtual_clock final : public clock {
 public:
  [[nodiscard]] time_point now() const noexcept override { return now_; }
  [[nodiscard]] bool is_virtual() const noexcept override { return true; }
  void jump_to(time_point when) noexcept override {
    if (when > now_) now_ = when;
  }

 private:
  time_point now_{};
};

namespace detail {

/// Converts any chrono duration to the loop's, rounding up so that nothing fires early; values out of range saturate. A
/// floating-point value that equals a whole number of nanoseconds within its precision is converted to exactly that:
/// 0.035 s is 35 ms. Throws value_error for NaN, naming `what`.
template <class Rep, class Period>
duration to_duration(std::chrono::duration<Rep, Period> d, char const* what);

[[noreturn]] void throw_nan(char const* what);
[[noreturn]] void throw_negative(char const* what);

/// `when + d`, saturating at the largest time_point ("never") instead of overflowing.
constexpr time_point add_saturated(time_point when, duration d) noexcept {
  if (d > duration::zero() && when > time_point::max() - d) return time_point::max();
  if (d < duration::zero() && when < time_point::min() - d) return time_point::min();
  return when + d;
}

template <class Rep, class Period>
duration to_duration(std::chrono::duration<Rep, Period> d, char const* what) {
  if constexpr (std::is_same_v<std::chrono::duration<Rep, Period>, duration>) {
    return d;
  } else {
    if constexpr (std::is_floating_point_v<Rep>) {
      if (d != d) throw_nan(what);
    }
    using wide = std::chrono::duration<long double, duration::period>;
    auto const exact = std::chrono::duration_cast<wide>(d);
    if (exact >= wide(duration::max())) return duration::max();
    if (exact <= wide(duration::min())) return duration::min();
    if constexpr (std::is_floating_point_v<Rep>) {
      long double const count = exact.count();
      auto const nearest = static_cast<duration::rep>(count < 0 ? count - 0.5L : count + 0.5L);
      long double const above = count - static_cast<long double>(nearest);
      bool const is_whole = above <= (count < 0 ? -count : count) * std::numeric_limits<Rep>::epsilon();
      return duration(is_whole ? nearest : nearest + 1);
    } else {
      return std::chrono::ceil<duration>(d);
    }
  }
}

/// to_duration for functions that reject negative values with a value_error.
template <class Rep, class Period>
duration to_delay(std::chrono::duration<Rep, Period> d, char const* what) {
  duration const r = to_duration(d, what);
  if (r < duration::zero()) throw_negative(what);
  return r;
}

}  // namespace detail
/// A delay in seconds, as Python writes it: `asyncio.sleep(0.5)` is `asyncio::sleep(asyncio::seconds(0.5))`. @param s
/// seconds, at most some 292 years (more counts as that). @return whole nanoseconds, rounded up. @throws value_error for
/// NaN.
[[nodiscard]] inline duration seconds(double s) {
  return detail::to_duration(std::chrono::duration<double>(s), "asyncio::seconds");
}

}  // namespace asyncio
