// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE error
#include <asyncio/error.hpp>

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <string>
#include <type_traits>

namespace {

template <class E>
constexpr bool is_error = std::is_base_of_v<asyncio::error, E>&& std::is_base_of_v<std::exception, E>;

}  // namespace

BOOST_AUTO_TEST_CASE(misuse_has_one_base) {
  static_assert(is_error<asyncio::value_error>);
  static_assert(is_error<asyncio::invalid_state>);
  static_assert(is_error<asyncio::no_running_loop>);
  static_assert(is_error<asyncio::loop_already_running>);
  static_assert(is_error<asyncio::deadlock_error>);
  static_assert(is_error<asyncio::keyboard_interrupt>);
  BOOST_CHECK_THROW(throw asyncio::value_error("x"), asyncio::error);
  BOOST_CHECK_THROW(throw asyncio::invalid_state("x"), asyncio::error);
  BOOST_TEST(std::string(asyncio::value_error("who: what; how").what()) == "who: what; how");
}

BOOST_AUTO_TEST_CASE(a_cancelled_error_is_no_std_exception_so_that_a_handler_for_errors_does_not_take_it) {
  static_assert(!std::is_base_of_v<std::exception, asyncio::cancelled_error>);
  static_assert(std::has_virtual_destructor_v<asyncio::cancelled_error>);
  static_assert(std::is_nothrow_copy_constructible_v<asyncio::cancelled_error>);
  bool passed_by = false;
  try {
    try {
      throw asyncio::cancelled_error("shut down");
    } catch (std::exception const&) {}
  } catch (asyncio::cancelled_error const& e) {
    passed_by = e.message() == "shut down";
  }
  BOOST_TEST(passed_by);
}

BOOST_AUTO_TEST_CASE(a_cancelled_error_has_the_code_that_asio_has_for_it) {
  asyncio::cancelled_error const e;
  BOOST_TEST((e.code() == boost::asio::error::operation_aborted));
  BOOST_TEST((e.code() == boost::system::errc::operation_canceled));
  BOOST_TEST(e.message().empty());
  BOOST_TEST(std::string(e.what()) == "the task was cancelled");
}

BOOST_AUTO_TEST_CASE(a_cancelled_error_keeps_its_message_in_copies) {
  asyncio::cancelled_error copy;
  {
    asyncio::cancelled_error const e("shut down");
    BOOST_TEST(e.message() == "shut down");
    BOOST_TEST(std::string(e.what()) == "shut down");
    copy = e;
  }
  BOOST_TEST(copy.message() == "shut down");
  static_assert(std::is_nothrow_copy_constructible_v<asyncio::keyboard_interrupt>);
}

BOOST_AUTO_TEST_CASE(a_timeout_error_is_a_system_error_with_timed_out) {
  static_assert(std::is_base_of_v<boost::system::system_error, asyncio::timeout_error>);
  asyncio::timeout_error const e;
  BOOST_TEST((e.code() == boost::system::errc::timed_out));
  BOOST_TEST((e.code() == make_error_condition(boost::system::errc::timed_out)));
  BOOST_TEST(std::string(e.what()).find("the time is up") == 0u);
}

BOOST_AUTO_TEST_CASE(the_internal_throw_gives_a_cancelled_error_with_and_without_text) {
  auto message_of = [](std::string_view text) {
    try {
      asyncio::detail::throw_cancelled(text);
    } catch (asyncio::cancelled_error const& e) {
      return std::string(e.message());
    }
  };
  BOOST_TEST(message_of("why") == "why");
  BOOST_TEST(message_of("") == "");
}

BOOST_AUTO_TEST_CASE(a_cancelled_error_is_described_by_its_message) {
  auto const text = [](auto e) { return asyncio::detail::text_of(std::make_exception_ptr(std::move(e))); };
  BOOST_TEST(text(asyncio::cancelled_error()) == "the task was cancelled");
  BOOST_TEST(text(asyncio::cancelled_error("shut down")) == "shut down");
  BOOST_TEST(text(std::runtime_error("boom")) == "boom");
  BOOST_TEST(text(1) == "an exception that is not a std::exception");
}

BOOST_AUTO_TEST_CASE(a_keyboard_interrupt_says_what_happened) {
  BOOST_TEST(std::string(asyncio::keyboard_interrupt().what()) == "asyncio: interrupted by SIGINT (Ctrl-C)");
}
