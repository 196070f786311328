// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE exception_group
#include <asyncio/error.hpp>
#include <asyncio/exception_group.hpp>

#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

using asyncio::exception_group;
using pointers = std::vector<std::exception_ptr>;

namespace {

struct local_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class E>
std::exception_ptr make(E e) {
  return std::make_exception_ptr(std::move(e));
}

std::exception_ptr runtime(char const* text) { return make(std::runtime_error(text)); }
std::exception_ptr logic(char const* text) { return make(std::logic_error(text)); }

exception_group group(std::string message, pointers members) { return {std::move(message), std::move(members)}; }

/// `message[a, b[c]]`
std::string shape(exception_group const& g) {
  std::string text(g.message());
  char separator = '[';
  for (std::exception_ptr const& e : g.exceptions()) {
    text += separator;
    separator = ',';
    try {
      std::rethrow_exception(e);
    } catch (exception_group const& inner) {
      text += shape(inner);
    } catch (std::exception const& x) {
      text += x.what();
    } catch (int n) {
      text += std::to_string(n);
    }
  }
  return text + ']';
}

std::string shape(std::optional<exception_group> const& g) { return g ? shape(*g) : "none"; }

exception_group nested() {
  return group("outer", {runtime("a"), make(group("inner", {logic("b"), runtime("c")})), logic("d")});
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_cancelled_error_in_a_group_is_printed_with_its_message) {
  exception_group const g =
      group("all", {runtime("a"), make(asyncio::cancelled_error("shut\ndown")), make(asyncio::cancelled_error())});
  BOOST_TEST(std::string(g.what()) ==
             "all (3 sub-exceptions)\n  std::runtime_error: a\n  asyncio::cancelled_error: shut\n    down\n"
             "  asyncio::cancelled_error: the task was cancelled");
  BOOST_TEST(g.contains<asyncio::cancelled_error>());
}

BOOST_AUTO_TEST_CASE(a_group_keeps_its_message_and_the_exceptions_in_order) {
  auto const first = runtime("a");
  auto const second = logic("b");
  exception_group const g("several", {first, second});
  BOOST_TEST(g.message() == "several");
  BOOST_REQUIRE(g.exceptions().size() == 2u);
  BOOST_TEST((g.exceptions()[0] == first));
  BOOST_TEST((g.exceptions()[1] == second));
}

BOOST_AUTO_TEST_CASE(a_group_is_not_taken_for_what_a_single_task_throws) {
  static_assert(std::is_base_of_v<std::exception, exception_group>);
  static_assert(!std::is_base_of_v<std::runtime_error, exception_group>);
  static_assert(!std::is_base_of_v<asyncio::error, exception_group>);
  BOOST_CHECK_THROW(throw group("g", {runtime("a")}), std::exception);
}

BOOST_AUTO_TEST_CASE(a_group_without_exceptions_is_refused_with_a_sentence) {
  try {
    exception_group const g("nothing", {});
    BOOST_ERROR("it was accepted");
  } catch (asyncio::value_error const& e) {
    BOOST_TEST(std::string(e.what()).starts_with("asyncio::exception_group: 'nothing' was given no exceptions;"));
  }
}

BOOST_AUTO_TEST_CASE(a_null_exception_is_refused_with_a_sentence) {
  try {
    exception_group const g("hole", {runtime("a"), nullptr});
    BOOST_ERROR("it was accepted");
  } catch (asyncio::value_error const& e) {
    BOOST_TEST(std::string(e.what()).starts_with("asyncio::exception_group: 'hole' was given a null exception_ptr;"));
  }
}

BOOST_AUTO_TEST_CASE(copies_share_the_exceptions) {
  static_assert(std::is_nothrow_copy_constructible_v<exception_group> &&
                std::is_nothrow_copy_assignable_v<exception_group>);
  exception_group const g("g", {runtime("a")});
  exception_group copy(g);
  BOOST_TEST(copy.exceptions().data() == g.exceptions().data());
  BOOST_TEST(copy.what() == g.what());
  copy = group("h", {runtime("b")});
  BOOST_TEST(shape(copy) == "h[b]");
  BOOST_TEST(shape(g) == "g[a]");
}

BOOST_AUTO_TEST_CASE(a_group_that_was_moved_from_is_still_whole) {
  exception_group g("g", {runtime("a")});
  exception_group const moved(std::move(g));
  BOOST_TEST(shape(g) == "g[a]");  // NOLINT: that is the point
  BOOST_TEST(shape(moved) == "g[a]");
}

BOOST_AUTO_TEST_CASE(a_thrown_group_is_the_same_group) {
  exception_group const g("g", {runtime("a")});
  try {
    throw g;
  } catch (exception_group const& caught) {
    BOOST_TEST(caught.exceptions().data() == g.exceptions().data());
  }
}

// -- what --------------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_begins_with_the_text_python_gives_it) {
  BOOST_TEST(std::string(group("bad", {runtime("a")}).what()).starts_with("bad (1 sub-exception)\n"));
  BOOST_TEST(std::string(group("bad", {runtime("a"), runtime("b")}).what()).starts_with("bad (2 sub-exceptions)\n"));
}

BOOST_AUTO_TEST_CASE(what_prints_the_tree_with_demangled_types_and_texts) {
  BOOST_TEST(nested().what() ==
             "outer (3 sub-exceptions)\n"
             "  std::runtime_error: a\n"
             "  asyncio::exception_group: inner (2 sub-exceptions)\n"
             "    std::logic_error: b\n"
             "    std::runtime_error: c\n"
             "  std::logic_error: d");
}

BOOST_AUTO_TEST_CASE(what_names_the_dynamic_type_also_of_what_is_no_std_exception) {
  std::string const text = group("g", {make(local_error("x")), make(7), make(std::string("s"))}).what();
  BOOST_TEST(text.find("local_error: x\n") != std::string::npos);
  BOOST_TEST(text.find("\n  int\n") != std::string::npos);
  BOOST_TEST(text.find("string") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_indents_a_text_of_several_lines) {
  BOOST_TEST(group("g", {runtime("one\ntwo")}).what() ==
             "g (1 sub-exception)\n"
             "  std::runtime_error: one\n"
             "    two");
}

BOOST_AUTO_TEST_CASE(what_may_be_asked_by_several_threads_at_once) {
  exception_group const g = nested();
  char const* seen[2] = {};
  std::thread other([copy = g, &seen] { seen[0] = copy.what(); });
  seen[1] = g.what();
  other.join();
  BOOST_TEST(static_cast<void const*>(seen[0]) == static_cast<void const*>(seen[1]));
}

// -- for_each, describe -------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(for_each_visits_the_exceptions_of_a_type_at_every_depth_in_order) {
  exception_group const inner("inner", pointers{runtime("b"), logic("c")});
  exception_group const g("outer", pointers{runtime("a"), make(inner), make(inner), runtime("d")});
  std::string texts;
  g.for_each<std::runtime_error>([&](std::runtime_error const& e) { texts += e.what(); });
  BOOST_TEST(texts == "abd");
  std::size_t all = 0;
  g.for_each<std::exception>([&](std::exception const&) { ++all; });
  BOOST_TEST(all == 6u);  // with the inner group, which is met twice and entered once
}

BOOST_AUTO_TEST_CASE(what_for_each_calls_may_throw) {
  exception_group const g("g", pointers{runtime("a")});
  BOOST_CHECK_THROW(g.for_each<std::runtime_error>([](auto const&) { throw 7; }), int);
}

BOOST_AUTO_TEST_CASE(describe_tells_the_type_and_the_text_of_any_exception) {
  BOOST_TEST(asyncio::describe(runtime("no route")) == "std::runtime_error: no route");
  BOOST_TEST(asyncio::describe(make(asyncio::cancelled_error("enough"))) == "asyncio::cancelled_error: enough");
  BOOST_TEST(asyncio::describe(make(7)) == "int");
  BOOST_TEST(asyncio::describe(nullptr) == "");
  exception_group const g("two things", pointers{runtime("a"), logic("b")});
  BOOST_TEST(asyncio::describe(make(g)) ==
             "asyncio::exception_group: two things (2 sub-exceptions)\n  std::runtime_error: a\n  std::logic_error: b");
}

BOOST_AUTO_TEST_CASE(describe_adds_notes_to_the_lines) {
  exception_group const g("g", pointers{runtime("a")});
  auto const note = [](std::exception_ptr const& e) {
    return asyncio::describe(e).size() > 25 ? "!" : std::string("?");
  };
  BOOST_TEST(asyncio::describe(make(g), note) ==
             "asyncio::exception_group: g (1 sub-exception)!\n  std::runtime_error: a?");
}

BOOST_AUTO_TEST_CASE(an_ended_connection_is_one_short_line) {
  static constexpr boost::source_location here = BOOST_CURRENT_LOCATION;
  boost::system::error_code const placed(
      boost::system::error_code(boost::system::errc::connection_reset, boost::system::system_category()), &here);
  auto const e = make(boost::system::system_error(placed, "read"));
  BOOST_TEST(std::string(boost::system::system_error(placed, "read").what()).find("exception_group_test") !=
             std::string::npos);
  BOOST_TEST(asyncio::describe(e) == "boost::system::system_error: read: Connection reset by peer [system:104]");
}

// -- contains ----------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(contains_looks_at_every_depth) {
  exception_group const g = group("g", {runtime("a"), make(group("h", {make(group("i", {make(7)}))}))});
  BOOST_TEST(g.contains<std::runtime_error>());
  BOOST_TEST(g.contains<int>());
  BOOST_TEST(!g.contains<std::logic_error>());
}

BOOST_AUTO_TEST_CASE(contains_asks_what_a_catch_would_take) {
  exception_group const g = group("g", {make(local_error("x"))});
  BOOST_TEST(g.contains<local_error>());
  BOOST_TEST(g.contains<std::runtime_error>());
  BOOST_TEST(g.contains<std::exception>());
  BOOST_TEST(!group("g", {runtime("a")}).contains<local_error>());
}

BOOST_AUTO_TEST_CASE(a_group_does_not_contain_itself) {
  BOOST_TEST(!group("g", {runtime("a")}).contains<exception_group>());
  BOOST_TEST(nested().contains<exception_group>());
}

// -- split -------------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(split_takes_the_matching_ones_apart) {
  auto const [matching, rest] = group("g", {runtime("a"), logic("b"), runtime("c")}).split<std::runtime_error>();
  BOOST_TEST(shape(matching) == "g[a,c]");
  BOOST_TEST(shape(rest) == "g[b]");
}

BOOST_AUTO_TEST_CASE(split_keeps_the_nesting_in_both_parts) {
  auto const [matching, rest] = nested().split<std::runtime_error>();
  BOOST_TEST(shape(matching) == "outer[a,inner[c]]");
  BOOST_TEST(shape(rest) == "outer[inner[b],d]");
  auto const [logic_part, other_part] = nested().split<std::logic_error>();
  BOOST_TEST(shape(logic_part) == "outer[inner[b],d]");
  BOOST_TEST(shape(other_part) == "outer[a,inner[c]]");
}

BOOST_AUTO_TEST_CASE(split_keeps_the_very_exceptions) {
  auto const a = runtime("a");
  auto const inner = make(group("h", {logic("b")}));
  auto const [matching, rest] = group("g", {a, inner}).split<std::logic_error>();
  BOOST_TEST((rest->exceptions()[0] == a));
  BOOST_TEST((matching->exceptions()[0] == inner));  // it matched as a whole
}

BOOST_AUTO_TEST_CASE(split_without_a_match_leaves_everything_in_the_rest) {
  exception_group const g = nested();
  auto const [matching, rest] = g.split<int>();
  BOOST_TEST(!matching);
  BOOST_REQUIRE(rest.has_value());
  BOOST_TEST(rest->exceptions().data() == g.exceptions().data());
}

BOOST_AUTO_TEST_CASE(split_with_only_matches_leaves_no_rest) {
  exception_group const g = group("g", {logic("a"), make(group("h", {logic("b")}))});
  auto const [matching, rest] = g.split<std::logic_error>();
  BOOST_TEST(shape(matching) == "g[a,h[b]]");
  BOOST_TEST(!rest);
}

BOOST_AUTO_TEST_CASE(split_drops_groups_that_have_become_empty) {
  auto const [matching, rest] =
      group("g", {make(group("h", {logic("a")})), make(group("i", {make(7)})), make(8)}).split<std::logic_error>();
  BOOST_TEST(shape(matching) == "g[h[a]]");
  BOOST_TEST(shape(rest) == "g[i[7],8]");
}

BOOST_AUTO_TEST_CASE(split_by_the_group_type_takes_the_whole_group) {
  auto const [matching, rest] = group("g", {runtime("a")}).split<exception_group>();
  BOOST_TEST(shape(matching) == "g[a]");
  BOOST_TEST(!rest);
  auto const [any, none] = group("g", {runtime("a"), make(7)}).split<std::exception>();
  BOOST_TEST(shape(any) == "g[a,7]");
  BOOST_TEST(!none);
}
