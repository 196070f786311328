// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The parameter type of functions with a timeout: any chrono duration, a point in time, or nothing.
#pragma once

#include <asyncio/clock.hpp>

#include <chrono>
#include <optional>

namespace asyncio::detail {

/// How long something may take. A duration is measured from the start of the work; zero or less is already expired.
class time_limit {
 public:
  /// No limit.
  time_limit() = default;
  /// Throws value_error for NaN.
  template <class Rep, class Period>
  time_limit(std::chrono::duration<Rep, Period> span)  // NOLINT: any duration is a limit
      : kind_(kind::span), value_(to_duration(span, "asyncio: a timeout")) {}
  time_limit(std::nullopt_t) noexcept {}  // NOLINT: no limit
  template <class Rep, class Period>
  time_limit(std::optional<std::chrono::duration<Rep, Period>> span)  // NOLINT: as above
      : time_limit(span ? time_limit(*span) : time_limit(std::nullopt)) {}

  /// A limit at a time of the loop's clock; empty: none.
  static time_limit at(std::optional<time_point> when) noexcept {
    time_limit limit(std::nullopt);
    if (!when) return limit;
    limit.kind_ = kind::instant;
    limit.value_ = when->time_since_epoch();
    return limit;
  }

  /// Whether it is a duration of zero or less.
  [[nodiscard]] bool over() const noexcept { return kind_ == kind::span && value_ <= duration::zero(); }

  /// Whether it has expired, for work that starts now.
  template <class Clock>
  [[nodiscard]] bool due(Clock const& home) const noexcept {
    return over() || (kind_ == kind::instant && time_point(value_) <= home.now());
  }

  /// The deadline, for work that starts now.
  template <class Clock>
  [[nodiscard]] std::optional<time_point> from_now(Clock const& home) const noexcept {
    switch (kind_) {
      case kind::span: return add_saturated(home.now(), value_);
      case kind::instant: return time_point(value_);
      case kind::none: break;
    }
    return std::nullopt;
  }

 private:
  enum class kind : unsigned char { none, span, instant };
  kind kind_ = kind::none;
  duration value_{};
};

}  // namespace asyncio::detail
