// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE list
#include <asyncio/detail/base/list.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

struct other_tag {};

struct item : asyncio::detail::list_node<>, asyncio::detail::list_node<other_tag> {
  explicit item(char value) : name(value) {}
  char name;
};

using first_list = asyncio::detail::list<item>;
using second_list = asyncio::detail::list<item, other_tag>;

std::string names(first_list& l) {
  std::string all;
  l.for_each([&](item& i) { all += i.name; });
  return all;
}

bool in_first(item const& i) { return static_cast<asyncio::detail::list_node<> const&>(i).linked(); }
bool in_second(item const& i) { return static_cast<asyncio::detail::list_node<other_tag> const&>(i).linked(); }
void leave_first(item& i) { static_cast<asyncio::detail::list_node<>&>(i).unlink(); }

}  // namespace

BOOST_AUTO_TEST_CASE(a_new_list_is_empty) {
  first_list l;
  BOOST_TEST(l.empty());
  BOOST_TEST(l.size() == 0u);
  BOOST_TEST(names(l) == "");
}

BOOST_AUTO_TEST_CASE(items_leave_in_the_order_in_which_they_came) {
  item a('a'), b('b'), c('c');
  first_list l;
  l.push_back(a);
  l.push_back(b);
  l.push_back(c);
  BOOST_TEST(l.size() == 3u);
  BOOST_TEST(&l.front() == &a);
  BOOST_TEST(&l.pop_front() == &a);
  BOOST_TEST(&l.pop_front() == &b);
  BOOST_TEST(&l.pop_front() == &c);
  BOOST_TEST(l.empty());
  BOOST_TEST(!in_first(a));
}

BOOST_AUTO_TEST_CASE(an_item_can_leave_from_any_place) {
  item a('a'), b('b'), c('c');
  first_list l;
  for (item* i : {&a, &b, &c}) l.push_back(*i);
  leave_first(b);
  BOOST_TEST(names(l) == "ac");
  leave_first(a);
  BOOST_TEST(names(l) == "c");
  leave_first(c);
  BOOST_TEST(l.empty());
  l.push_back(b);  // and come back
  BOOST_TEST(names(l) == "b");
  l.pop_front();
}

BOOST_AUTO_TEST_CASE(leaving_a_list_twice_changes_nothing) {
  item a('a'), b('b');
  first_list l;
  l.push_back(a);
  l.push_back(b);
  leave_first(a);
  leave_first(a);
  BOOST_TEST(names(l) == "b");
  BOOST_TEST(!in_first(a));
  leave_first(b);
}

BOOST_AUTO_TEST_CASE(an_item_stands_in_two_lists_at_once_by_its_tags) {
  item a('a');
  first_list l;
  second_list m;
  l.push_back(a);
  m.push_back(a);
  leave_first(a);
  BOOST_TEST(!in_first(a));
  BOOST_TEST(in_second(a));
  BOOST_TEST(m.size() == 1u);
  m.pop_front();
  BOOST_TEST(!in_second(a));
}

BOOST_AUTO_TEST_CASE(splicing_moves_everything_to_the_end) {
  item a('a'), b('b'), c('c'), d('d');
  first_list l, m;
  l.push_back(a);
  l.push_back(b);
  m.push_back(c);
  m.push_back(d);
  l.splice_back(m);
  BOOST_TEST(names(l) == "abcd");
  BOOST_TEST(m.empty());
  l.splice_back(m);  // nothing to move
  BOOST_TEST(names(l) == "abcd");
  m.splice_back(l);  // into an empty list
  BOOST_TEST(names(m) == "abcd");
  BOOST_TEST(l.empty());
  leave_first(d);  // the links at the new end are right
  m.push_back(d);
  BOOST_TEST(names(m) == "abcd");
}

BOOST_AUTO_TEST_CASE(an_item_may_leave_while_the_list_is_walked) {
  item a('a'), b('b'), c('c');
  first_list l;
  for (item* i : {&a, &b, &c}) l.push_back(*i);
  std::string seen;
  l.for_each([&](item& i) {
    seen += i.name;
    if (i.name != 'b') leave_first(i);
  });
  BOOST_TEST(seen == "abc");
  BOOST_TEST(names(l) == "b");
}

BOOST_AUTO_TEST_CASE(each_that_is_left_is_visited_when_any_may_be_taken_out) {
  item a('a'), b('b'), c('c'), d('d');
  first_list l;
  for (item* i : {&a, &b, &c, &d}) l.push_back(*i);
  std::string seen;
  l.for_each_left([&](item& i) {
    seen += i.name;
    if (i.name == 'b') {
      leave_first(a);
      leave_first(c);
    }
  });
  BOOST_TEST(seen == "abd");
  BOOST_TEST(names(l) == "bd");
}

BOOST_AUTO_TEST_CASE(a_list_that_goes_lets_its_items_go) {
  item a('a'), b('b');
  {
    first_list l;
    l.push_back(a);
    l.push_back(b);
  }
  BOOST_TEST(!in_first(a));
  BOOST_TEST(!in_first(b));
}
