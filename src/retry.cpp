// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/random_delay.hpp>
#include <asyncio/retry.hpp>

#include <algorithm>

namespace asyncio {

namespace {

duration checked(duration d, char const* what) {
  if (d < duration::zero()) detail::throw_negative(what);
  return d;
}

}  // namespace

retry_policy& retry_policy::attempts(std::size_t n) {
  if (n == 0) throw value_error("asyncio::retry_policy::attempts: 0 attempts; the first call counts as one");
  attempts_ = n;
  return *this;
}

retry_policy& retry_policy::first_delay(duration d) {
  first_ = checked(d, "asyncio::retry_policy::first_delay");
  return *this;
}

retry_policy& retry_policy::max_delay(duration d) {
  longest_ = checked(d, "asyncio::retry_policy::max_delay");
  return *this;
}

retry_policy& retry_policy::factor(double by) {
  if (!(by >= 1)) throw value_error("asyncio::retry_policy::factor: below 1; delays do not get shorter, 1 keeps them");
  factor_ = by;
  return *this;
}

retry_policy& retry_policy::jitter(double share) {
  if (!(share >= 0 && share <= 1))
    throw value_error("asyncio::retry_policy::jitter: outside of 0 to 1; it is the share of a delay that is random");
  jitter_ = share;
  return *this;
}

retry_policy& retry_policy::retry_if(std::function<bool(std::exception_ptr const&)> decide) {
  decide_ = std::move(decide);
  return *this;
}

duration retry_policy::longest_delay(std::size_t failed) const noexcept {
  double const limit = static_cast<double>(longest_.count());
  double delay = std::min(static_cast<double>(first_.count()), limit);
  for (std::size_t i = 1; i < failed && delay < limit && factor_ > 1; ++i) delay = std::min(delay * factor_, limit);
  return delay >= limit ? longest_ : duration(static_cast<duration::rep>(delay));
}

duration retry_policy::shortest_delay(std::size_t failed) const noexcept {
  duration const longest = longest_delay(failed);
  double const whole = static_cast<double>(longest.count());  // may be rounded up to more than a duration holds
  double const random = whole * jitter_;
  return random >= whole ? duration::zero() : longest - duration(static_cast<duration::rep>(random));
}

bool retry_policy::wants_more(std::size_t failed, std::exception_ptr const& e) const {
  return failed < attempts_ && (!decide_ || decide_(e));
}

namespace detail {

awaitable<void> before_next_attempt(retry_policy const& policy, std::size_t failed, std::exception_ptr e) {
  if (!policy.wants_more(failed, e)) std::rethrow_exception(std::move(e));
  co_await random_delay(policy.shortest_delay(failed), policy.longest_delay(failed));
}

}  // namespace detail
}  // namespace asyncio
