// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE json_text
#include <asyncio/detail/inspect/json_text.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

using namespace std::chrono_literals;

namespace {

template <class T>
std::string json(T const& value) {
  std::string text;
  asyncio::detail::append_json(text, value);
  return text;
}

std::string json(char const* text) { return json(std::string_view(text)); }

std::string microseconds(asyncio::duration d) {
  std::string text;
  asyncio::detail::append_microseconds(text, d);
  return text;
}

std::string quoted(std::string const& text) { return '"' + text + '"'; }

std::string const unknown = "\xef\xbf\xbd";  // U+FFFD

}  // namespace

BOOST_AUTO_TEST_CASE(text_stands_in_quotes_and_is_otherwise_as_it_was) {
  BOOST_TEST(json("") == quoted(""));
  BOOST_TEST(json(" a task's name ~") == quoted(" a task's name ~"));
}

BOOST_AUTO_TEST_CASE(what_json_or_html_would_misread_is_escaped) {
  BOOST_TEST(json("\"\\") == quoted(R"(\"\\)"));
  BOOST_TEST(json("\n\x1f\x7f") == quoted(R"(\u000a\u001f\u007f)"));
  BOOST_TEST(json(std::string_view("\0", 1)) == quoted(R"(\u0000)"));
  BOOST_TEST(json("</script>") == quoted(R"(\u003c/script>)"));
}

BOOST_AUTO_TEST_CASE(utf8_of_every_length_stays_up_to_the_ends_of_each_range) {
  for (char const* c : {"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
                        "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
    BOOST_TEST(json(c) == quoted(c));
  BOOST_TEST(json("a\xc3\xa4z") == quoted("a\xc3\xa4z"));
}

BOOST_AUTO_TEST_CASE(each_byte_that_is_not_utf8_is_replaced) {
  BOOST_TEST(json("\x80") == quoted(unknown));                                            // begins nothing
  BOOST_TEST(json("\xc1\xbf") == quoted(unknown + unknown));                              // overlong
  BOOST_TEST(json("\xe0\x9f\xbf") == quoted(unknown + unknown + unknown));                // overlong
  BOOST_TEST(json("\xed\xa0\x80") == quoted(unknown + unknown + unknown));                // a surrogate
  BOOST_TEST(json("\xf0\x8f\xbf\xbf") == quoted(unknown + unknown + unknown + unknown));  // overlong
  BOOST_TEST(json("\xf4\x90\x80\x80") == quoted(unknown + unknown + unknown + unknown));  // beyond the last one
  BOOST_TEST(json("\xf5\x80") == quoted(unknown + unknown));                              // no such character
  BOOST_TEST(json("\xc3") == quoted(unknown));                                            // cut off
  BOOST_TEST(json("\xe2\x82") == quoted(unknown + unknown));                              // cut off
  BOOST_TEST(json("\xc3z") == quoted(unknown + 'z'));                                     // what follows stays
}

BOOST_AUTO_TEST_CASE(numbers_are_written_in_full) {
  BOOST_TEST(json(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  BOOST_TEST(json(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
}

BOOST_AUTO_TEST_CASE(microseconds_have_three_decimals) {
  BOOST_TEST(microseconds(0ns) == "0.000");
  BOOST_TEST(microseconds(7ns) == "0.007");
  BOOST_TEST(microseconds(1234567ns) == "1234.567");
  BOOST_TEST(microseconds(1h) == "3600000000.000");
}

BOOST_AUTO_TEST_CASE(reports_of_one_program_do_not_write_over_one_another) {
  using asyncio::detail::report_path;
  BOOST_TEST(report_path("out/a.b/run.json") == "out/a.b/run.json");
  BOOST_TEST(report_path("out/a.b/run.json") == "out/a.b/run.2.json");
  BOOST_TEST(report_path("out/a.b/run.json") == "out/a.b/run.3.json");
  BOOST_TEST(report_path("out/a.b/run") == "out/a.b/run");
  BOOST_TEST(report_path("out/a.b/run") == "out/a.b/run.2");
}
