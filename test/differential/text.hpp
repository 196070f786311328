// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// How values and errors look in a log: as in the reference, hence Python's spelling of numbers.
#pragma once

#include "program.hpp"

#include <exception>
#include <string>

namespace differential {

/// `raise K`.
class program_error : public std::exception {
 public:
  explicit program_error(value const& kind);
  [[nodiscard]] char const* what() const noexcept override { return text_.what(); }

 private:
  std::runtime_error text_;
};

/// An exception of Python's that the library has no counterpart of. The text is the name of the class.
class python_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

[[nodiscard]] std::string show(value const& v);
[[nodiscard]] std::string show_error(std::exception_ptr const& e);

/// Whether `except kind` catches it.
[[nodiscard]] bool catches(caught_by kind, std::exception_ptr const& e);

/// Python's `repr` of a float.
[[nodiscard]] std::string python_float(double x);
/// Python's `float.hex`.
[[nodiscard]] std::string python_hex(double x);
/// `"%.9g" % x`.
[[nodiscard]] std::string nine_digits(double x);

}  // namespace differential
