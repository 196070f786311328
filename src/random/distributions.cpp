// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The real-valued distributions of the generator.
#include <asyncio/detail/random/failure.hpp>
#include <asyncio/random.hpp>

#include <cmath>
#include <string>

// The numbers match CPython's only if every operation rounds as written: no reassociation, no fused a * b + c. CMake
// compiles this file with -ffp-contract=off, as gcc fuses by default where the target supports it.
#if defined(__FAST_MATH__)
#error "asyncio: compile src/random/*.cpp without -ffast-math, or its numbers are not CPython's."
#endif

namespace asyncio::random {

using detail::fail;

namespace {

// Literals, since a compiler may fold exp and log differently from CPython's C library at run time.
constexpr double pi = 0x1.921fb54442d18p+1;
constexpr double tau = 0x1.921fb54442d18p+2;
constexpr double euler = 0x1.5bf0a8b145769p+1;
constexpr double nv_magic = 0x1.b72cd3f331398p+0;  // 4 * exp(-0.5) / sqrt(2.0)
constexpr double log_of_4 = 0x1.62e42fefa39efp+0;
constexpr double sg_magic = 0x1.40859baee748fp+1;  // 1 + log(4.5)

double exp_or_fail(double exponent, char const* function, double a, double b) {
  double const value = std::exp(exponent);
  if (std::isinf(value) && !std::isinf(exponent))
    fail(function, "the value drawn exceeds the largest double; use a smaller mu or sigma", a, b);
  return value;
}

/// Python's % for a positive divisor: the result has the divisor's sign.
double python_mod(double dividend, double divisor) {
  double const remainder = std::fmod(dividend, divisor);
  if (remainder == 0.0) return 0.0;
  return remainder < 0.0 ? remainder + divisor : remainder;
}

}  // namespace

double generator::uniform(double a, double b) noexcept { return a + (b - a) * random(); }

double generator::gauss(double mu, double sigma) noexcept {
  double z = std::exchange(spare_gauss_, 0.0);
  if (!std::exchange(has_spare_gauss_, false)) {
    double const angle = random() * tau;
    double const radius = std::sqrt(-2.0 * std::log(1.0 - random()));
    z = std::cos(angle) * radius;
    spare_gauss_ = std::sin(angle) * radius;
    has_spare_gauss_ = true;
  }
  return mu + z * sigma;
}

double generator::normalvariate(double mu, double sigma) noexcept {  // Kinderman and Monahan's ratio of uniforms
  for (;;) {
    double const u1 = random();
    double const u2 = 1.0 - random();
    double const z = nv_magic * (u1 - 0.5) / u2;
    if (z * z / 4.0 <= -std::log(u2)) return mu + z * sigma;
  }
}

double generator::lognormvariate(double mu, double sigma) {
  return exp_or_fail(normalvariate(mu, sigma), "lognormvariate", mu, sigma);
}

double generator::expovariate(double lambd) {
  if (lambd == 0.0) fail("expovariate", "lambd is 1 / mean and cannot be 0; give 1 / mean", lambd);
  return -std::log(1.0 - random()) / lambd;
}

double generator::triangular(double low, double high) noexcept {
  double const u = random();
  if (u > 0.5) return high + (low - high) * std::sqrt((1.0 - u) * 0.5);
  return low + (high - low) * std::sqrt(u * 0.5);
}

double generator::triangular(double low, double high, double mode) noexcept {
  double const u = random();
  if (high - low == 0.0) return low;
  double const c = (mode - low) / (high - low);
  if (u > c) return high + (low - high) * std::sqrt((1.0 - u) * (1.0 - c));
  return low + (high - low) * std::sqrt(u * c);
}

double generator::gammavariate(double alpha, double beta) {
  // CPython would loop forever for an infinite or nan alpha.
  if (!(alpha > 0.0) || std::isinf(2.0 * alpha) || beta <= 0.0)
    fail("gammavariate", "alpha and beta must be above 0, and alpha finite", alpha, beta);
  if (alpha == 1.0) return -std::log(1.0 - random()) * beta;
  if (alpha > 1.0) {  // R. C. H. Cheng, 1977
    double const a = std::sqrt(2.0 * alpha - 1.0);
    double const b = alpha - log_of_4;
    double const c = alpha + a;
    for (;;) {
      double const u1 = random();
      if (!(1e-7 < u1 && u1 < 0.9999999)) continue;
      double const u2 = 1.0 - random();
      double const v = std::log(u1 / (1.0 - u1)) / a;
      double const x = alpha * std::exp(v);
      double const z = u1 * u1 * u2;
      double const r = b + c * v - x;
      if (r + sg_magic - 4.5 * z >= 0.0 || r >= std::log(z)) return x * beta;
    }
  }
  for (;;) {  // algorithm GS of Kennedy and Gentle
    double const b = (euler + alpha) / euler;
    double const p = b * random();
    double const x = p <= 1.0 ? std::pow(p, 1.0 / alpha) : -std::log((b - p) / alpha);
    double const u = random();
    if (p > 1.0 ? u <= std::pow(x, alpha - 1.0) : u <= std::exp(-x)) return x * beta;
  }
}

double generator::betavariate(double alpha, double beta) {
  if (!(alpha > 0.0 && beta > 0.0) || std::isinf(2.0 * alpha) || std::isinf(2.0 * beta))
    fail("betavariate", "alpha and beta must be above 0 and finite", alpha, beta);
  double const y = gammavariate(alpha, 1.0);
  return y == 0.0 ? 0.0 : y / (y + gammavariate(beta, 1.0));
}

double generator::vonmisesvariate(double mu, double kappa) {  // Fisher, 1993
  if (std::isnan(kappa)) fail("vonmisesvariate", "kappa is not a number; give 0 or more", mu, kappa);
  if (kappa <= 1e-6) return tau * random();
  double const s = 0.5 / kappa;
  double const r = s + std::sqrt(1.0 + s * s);
  double z = 0.0;
  for (;;) {
    z = std::cos(pi * random());
    double const d = z / (r + z);
    double const u = random();
    if (u < 1.0 - d * d || u <= (1.0 - d) * std::exp(d)) break;
  }
  double const q = 1.0 / r;
  double const f = (q + z) / (1.0 + q * z);
  double const turn = std::acos(std::clamp(f, -1.0, 1.0));  // where rounding carries f past 1, CPython raises
  return python_mod(random() > 0.5 ? mu + turn : mu - turn, tau);
}

double generator::paretovariate(double alpha) {
  if (alpha == 0.0) fail("paretovariate", "the shape alpha cannot be 0; give one above 0", alpha);
  double const value = std::pow(1.0 - random(), -1.0 / alpha);
  if (std::isinf(value)) fail("paretovariate", "the value drawn exceeds the largest double; use a larger alpha", alpha);
  return value;
}

double generator::weibullvariate(double alpha, double beta) {
  if (beta == 0.0) fail("weibullvariate", "the shape beta cannot be 0; give one above 0", alpha, beta);
  double const value = std::pow(-std::log(1.0 - random()), 1.0 / beta);
  if (std::isinf(value))
    fail("weibullvariate", "the value drawn exceeds the largest double; use a larger beta", alpha, beta);
  return alpha * value;
}

}  // namespace asyncio::random
