// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/error.hpp>

#include <boost/asio/error.hpp>
#include <boost/core/demangle.hpp>

#include <typeinfo>

#if __has_include(<cxxabi.h>)
#include <cxxabi.h>
#endif

namespace asyncio {

queue_empty::queue_empty()
    : error("asyncio::queue::get_nowait: the queue is empty; co_await get() waits for an item") {}

queue_full::queue_full() : error("asyncio::queue::put_nowait: the queue is full; co_await put() waits for a place") {}

queue_shut_down::queue_shut_down() : error("asyncio::queue: the queue was shut down") {}

cancelled_error::cancelled_error(std::string_view message) : message_(std::string(message)) {}

cancelled_error::~cancelled_error() = default;

boost::system::error_code cancelled_error::code() const noexcept { return boost::asio::error::operation_aborted; }

char const* cancelled_error::what() const noexcept {
  return message().empty() ? "the task was cancelled" : message_.what();
}

timeout_error::timeout_error()
    : system_error(boost::system::error_code(boost::system::errc::timed_out, boost::system::generic_category()),
                   "the time is up") {}

namespace detail {

void throw_cancelled(std::string_view message) {
  if (!message.empty()) throw cancelled_error(message);
  // Constructing the text is expensive; copying it only counts references.
  static cancelled_error const& plain =
      *new cancelled_error;  // never destroyed: destructors of static objects may cancel
  throw plain;
}

std::exception_ptr cancelled_exception(std::string_view message) {
  if (!message.empty()) return std::make_exception_ptr(cancelled_error(message));
  static std::exception_ptr const& plain = *new std::exception_ptr(std::make_exception_ptr(cancelled_error()));
  return plain;
}

void throw_aborted() {
  throw boost::system::system_error(boost::system::error_code(boost::asio::error::operation_aborted),
                                    "the wait was cancelled");
}

namespace {

/// what() without the place in Asio that it names, which is some hundred characters long.
std::string text_of_code(boost::system::system_error const& e) {
  std::string text = e.what();
  if (!e.code().has_location()) return text;
  std::size_t const place = text.rfind(std::string(" at ") + e.code().location().file_name());
  if (place == std::string::npos) return text;
  text.resize(place);
  return text + ']';
}

}  // namespace

std::string text_of(std::exception_ptr const& e) {
  try {
    std::rethrow_exception(e);
  } catch (boost::system::system_error const& x) {
    return text_of_code(x);
  } catch (std::exception const& x) {
    return x.what();
  } catch (cancelled_error const& x) {
    return x.what();
  } catch (...) {
    return "an exception that is not a std::exception";
  }
}

std::string type_of(std::exception_ptr const& e) {
  try {
    std::rethrow_exception(e);
  } catch (...) {
#if __has_include(<cxxabi.h>)
    if (std::type_info const* const type = abi::__cxa_current_exception_type())
      return boost::core::demangle(type->name());
#endif
    return "an exception";
  }
}

}  // namespace detail
}  // namespace asyncio
