// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include "text.hpp"

#include <asyncio/error.hpp>
#include <asyncio/exception_group.hpp>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string_view>

namespace differential {

namespace {

template <class Range, class Show>
std::string joined(Range const& all, Show show_one) {
  std::string text;
  for (auto const& each : all) {
    if (!text.empty()) text += ", ";
    text += show_one(each);
  }
  return text;
}

}  // namespace

program_error::program_error(value const& kind) : text_("error:" + show(kind)) {}

std::string show(value const& v) {
  switch (v.kind()) {
    case boost::json::kind::null: return "none";
    case boost::json::kind::bool_: return v.get_bool() ? "true" : "false";
    case boost::json::kind::int64: return std::to_string(v.get_int64());
    case boost::json::kind::uint64: return std::to_string(v.get_uint64());
    case boost::json::kind::double_: return python_float(v.get_double());
    case boost::json::kind::string: return std::string(v.get_string());
    case boost::json::kind::array: return "[" + joined(v.get_array(), show) + "]";
    case boost::json::kind::object: break;
  }
  return "{" +
         joined(v.get_object(),
                [](auto const& member) { return std::string(member.key()) + ": " + show(member.value()); }) +
         "}";
}

std::string show_error(std::exception_ptr const& e) {
  try {
    std::rethrow_exception(e);
  } catch (program_error const& error) {
    return error.what();
  } catch (python_error const& error) {
    return error.what();
  } catch (asyncio::cancelled_error const&) {
    return "cancelled";
  } catch (asyncio::timeout_error const&) {
    return "timeout";
  } catch (asyncio::broken_barrier const&) {
    return "broken_barrier";
  } catch (asyncio::exception_group const& group) {
    return "group[" + joined(group.exceptions(), show_error) + "]";
  } catch (asyncio::value_error const&) {
    return "ValueError";
  } catch (asyncio::invalid_state const&) {
    return "RuntimeError";
  } catch (std::exception const& error) {
    return std::string("unexpected: ") + error.what();
  }
}

bool catches(caught_by kind, std::exception_ptr const& e) {
  if (kind == caught_by::nothing) return false;
  try {
    std::rethrow_exception(e);
  } catch (asyncio::cancelled_error const&) {
    return kind == caught_by::any || kind == caught_by::cancelled;
  } catch (asyncio::timeout_error const&) {
    return kind == caught_by::any || kind == caught_by::timeout;
  } catch (asyncio::exception_group const&) {
    return kind == caught_by::any || kind == caught_by::group;
  } catch (program_error const&) {
    return kind == caught_by::any || kind == caught_by::error;
  } catch (...) {
    return kind == caught_by::any;
  }
}

std::string python_float(double x) {
  if (std::isnan(x)) return "nan";
  if (std::isinf(x)) return x < 0 ? "-inf" : "inf";
  // The shortest digits that give x again, as d.ddde[+-]xx.
  char buffer[40];
  auto const end = std::to_chars(buffer, buffer + sizeof buffer, x, std::chars_format::scientific).ptr;
  std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  std::string result;
  if (text.front() == '-') {
    result = "-";
    text.remove_prefix(1);
  }
  std::size_t const e = text.find('e');
  int exponent = 0;
  std::from_chars(text.data() + e + (text[e + 1] == '+' ? 2 : 1), end, exponent);
  std::string digits(1, text[0]);
  if (e > 2) digits += text.substr(2, e - 2);
  auto const count = static_cast<int>(digits.size());
  if (exponent < -4 || exponent >= 16) {
    result += digits[0];
    if (count > 1) result += "." + digits.substr(1);
    return result + std::string(text.substr(e));
  }
  if (exponent < 0) return result + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  if (count <= exponent + 1)
    return result + digits + std::string(static_cast<std::size_t>(exponent + 1 - count), '0') + ".0";
  return result + digits.insert(static_cast<std::size_t>(exponent + 1), ".");
}

std::string python_hex(double x) {
  if (std::isnan(x)) return "nan";
  std::string const sign = std::signbit(x) ? "-" : "";
  if (std::isinf(x)) return sign + "inf";
  if (x == 0) return sign + "0x0.0p+0";
  auto const bits = std::bit_cast<std::uint64_t>(x);
  auto const fraction = bits & ((std::uint64_t{1} << 52) - 1);
  auto const biased = static_cast<int>(bits >> 52 & 0x7ff);
  bool const normal = biased != 0;
  char text[40];
  std::snprintf(text, sizeof text, "0x%d.%013llxp%+d", normal ? 1 : 0, static_cast<unsigned long long>(fraction),
                normal ? biased - 1023 : -1022);
  return sign + text;
}

std::string nine_digits(double x) {
  char text[40];
  std::snprintf(text, sizeof text, "%.9g", x);
  return text;
}

}  // namespace differential
