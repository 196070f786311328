// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE task_tree
#include <asyncio/detail/inspect/task_tree.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using namespace asyncio;
using detail::cycle_text;
using detail::find_cycles;
using detail::format_duration;
using detail::table_text;
using detail::tree_text;

namespace {

using ids = std::vector<std::uint64_t>;

/// A program at 10 s; tasks are added with the tasks they await.
class program {
 public:
  program() { s.now = time_point(10s); }

  task_snapshot& add(std::string name, ids awaits = {}) {
    task_snapshot t;
    t.id = s.tasks.size() + 1;
    t.name = std::move(name);
    t.stage = task_stage::waiting;
    t.waits_for.kind = awaits.empty() ? wait_kind::forever : wait_kind::gather;
    t.awaits = std::move(awaits);
    s.tasks.push_back(std::move(t));
    return s.tasks.back();
  }
  loop_snapshot const& done() {
    for (task_snapshot& t : s.tasks) t.awaited_by.clear();
    for (task_snapshot const& t : s.tasks)
      for (auto const id : t.awaits) s.tasks.at(id - 1).awaited_by.push_back(t.id);
    return s;
  }
  loop_snapshot s;
};

bool contains(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

/// The tree without what is in brackets.
std::string bare(std::string const& tree) {
  std::string text;
  for (std::size_t i = 0; i < tree.size(); ++i) {
    if (tree.compare(i, 2, " (") == 0) {
      i = tree.find(')', i);
    } else {
      text += tree[i];
    }
  }
  return text;
}

}  // namespace

// conformance: IN6
BOOST_AUTO_TEST_CASE(tasks_hang_below_those_that_await_them) {
  program p;
  p.add("main", {2, 3});
  p.add("a", {4});
  p.add("b");
  p.add("leaf");
  p.add("alone");
  BOOST_TEST(bare(tree_text(p.done())) ==
             "├── task 'main' waits for gather of 2 tasks\n"
             "│   ├── task 'a' waits for gather of 1 task\n"
             "│   │   └── task 'leaf' waits for sleep_forever\n"
             "│   └── task 'b' waits for sleep_forever\n"
             "└── task 'alone' waits for sleep_forever\n");
}

// conformance: IN1
BOOST_AUTO_TEST_CASE(a_task_with_several_awaiters_is_below_each_but_told_once) {
  program p;
  p.add("main", {2, 3, 4});
  p.add("c", {4});
  p.add("d", {4});
  p.add("shared", {5});
  p.add("leaf");
  BOOST_TEST(bare(tree_text(p.done())) ==
             "└── task 'main' waits for gather of 3 tasks\n"
             "    ├── task 'c' waits for gather of 1 task\n"
             "    │   └── task 'shared' waits for gather of 1 task\n"
             "    │       └── task 'leaf' waits for sleep_forever\n"
             "    ├── task 'd' waits for gather of 1 task\n"
             "    │   └── task 'shared', see above\n"
             "    └── task 'shared', see above\n");
}

// conformance: IN8
BOOST_AUTO_TEST_CASE(a_ring_is_named_and_does_not_loop) {
  program p;
  p.add("A", {2});
  p.add("B", {3});
  p.add("C", {1});
  auto const& s = p.done();
  BOOST_TEST((find_cycles(s) == std::vector<ids>{{1, 2, 3}}));
  BOOST_TEST(cycle_text(s, {1, 2, 3}) == "'A' → 'B' → 'C' → 'A'");
  BOOST_TEST(bare(tree_text(s)) ==
             "├── task 'A' waits for gather of 1 task\n"
             "│   └── task 'B' waits for gather of 1 task\n"
             "│       └── task 'C' waits for gather of 1 task\n"
             "│           └── task 'A', see above\n"
             "└── they wait for one another: 'A' → 'B' → 'C' → 'A'\n");
}

// conformance: IN8
BOOST_AUTO_TEST_CASE(several_rings_through_one_task_and_a_task_that_awaits_itself_are_found) {
  program p;
  p.add("hub", {2, 3});
  p.add("left", {1});
  p.add("right", {1});
  p.add("self", {4});
  p.add("outside", {1});
  BOOST_TEST((find_cycles(p.done()) == std::vector<ids>{{1, 2}, {1, 3}, {4}}));
}

BOOST_AUTO_TEST_CASE(a_locks_waiter_waits_for_its_holder) {
  program p;
  int locks[2] = {};
  for (int i = 0; i < 2; ++i) {
    task_snapshot& t = p.add(i == 0 ? "a" : "b");
    t.waits_for.kind = wait_kind::lock;
    t.waits_for.object = &locks[1 - i];
    t.waits_for.task = i == 0 ? 2 : 1;
  }
  BOOST_TEST(bare(tree_text(p.done())) ==
             "├── task 'a' waits for lock #1, held by task 'b'\n"
             "├── task 'b' waits for lock #2, held by task 'a'\n"
             "└── they wait for one another: 'a' → 'b' → 'a'\n");
}

BOOST_AUTO_TEST_CASE(a_holder_that_has_gone_is_unknown_and_closes_no_ring) {
  program p;
  task_snapshot& t = p.add("a");
  t.waits_for.kind = wait_kind::lock;
  t.waits_for.object = &p;
  t.waits_for.task = 99;
  BOOST_TEST(find_cycles(p.done()).empty());
  BOOST_TEST(contains(tree_text(p.s), "waits for lock #1, held by task Unknown ("));
}

// conformance: IN9
BOOST_AUTO_TEST_CASE(a_chain_of_many_thousand_tasks_renders) {
  program p;
  constexpr std::uint64_t n = 20'000;
  for (std::uint64_t i = 1; i <= n; ++i) p.add("t" + std::to_string(i), i < n ? ids{i + 1} : ids{});
  std::string const text = tree_text(p.done());
  BOOST_TEST(contains(text, "task 't1' "));
  BOOST_TEST(contains(text, "task 't20000' waits for sleep_forever"));
  BOOST_TEST(contains(text, "', see below\n"));
  std::size_t full_lines = 0;
  for (std::size_t at = 0; (at = text.find("created at", at)) != std::string::npos; ++at) ++full_lines;
  BOOST_TEST(full_lines == n);
  BOOST_TEST(text.size() < n * 500);
}

// conformance: IN9
BOOST_AUTO_TEST_CASE(no_tasks_are_no_problem) {
  program p;
  BOOST_TEST(tree_text(p.done()) == "└── no tasks\n");
  BOOST_TEST(table_text(p.s) == "id  name  state  waits for  awaited by  created at  age\n");
  BOOST_TEST(find_cycles(p.s).empty());
}

BOOST_AUTO_TEST_CASE(a_line_tells_since_when_by_when_and_where) {
  program p;
  task_snapshot& t = p.add("t");
  t.since = time_point(7500ms);
  t.created = time_point(1s);
  t.deadline = time_point(10200ms);
  t.cancelling = 1;
  t.waits_for.kind = wait_kind::sleep;
  t.waits_for.until = time_point(12s);
  t.created_at = source_location("/home/user/project/file.cpp", 12, "f");
  BOOST_TEST(tree_text(p.done()) ==
             "└── task 't' waits for sleep, 2.0 s left (for 2.5 s, timeout in 200 ms, cancel requested, "
             "created at file.cpp:12)\n");
  p.s.now = time_point(13s);
  BOOST_TEST(contains(tree_text(p.s), "waits for sleep (for 5.5 s, timeout expired, "));
}

BOOST_AUTO_TEST_CASE(tasks_that_do_not_wait_say_so) {
  program p;
  p.add("new").stage = task_stage::created;
  p.add("next").stage = task_stage::ready;
  p.add("now").stage = task_stage::running;
  std::string const text = bare(tree_text(p.done()));
  BOOST_TEST(contains(text, "task 'new' has not begun\n"));
  BOOST_TEST(contains(text, "task 'next' is ready to run\n"));
  BOOST_TEST(contains(text, "task 'now' is running\n"));
  BOOST_TEST(to_string(task_stage::created) == "created");
  BOOST_TEST(to_string(task_stage::ready) == "ready");
  BOOST_TEST(to_string(task_stage::running) == "running");
  BOOST_TEST(to_string(task_stage::waiting) == "waiting");
  BOOST_TEST(to_string(static_cast<task_stage>(9)) == "?");
}

BOOST_AUTO_TEST_CASE(a_gather_whose_children_are_not_tasks_yet_is_told_without_a_number) {
  program p;
  p.add("early").waits_for.kind = asyncio::wait_kind::gather;
  std::string const text = bare(tree_text(p.done()));
  BOOST_TEST(contains(text, "task 'early' waits for gather"));
  BOOST_TEST(!contains(text, " of "));
}

BOOST_AUTO_TEST_CASE(coroutines_that_are_not_tasks_stand_at_the_end) {
  program p;
  p.add("main");
  p.s.other_coroutines.push_back({wait_kind::queue, 0, {}, &p});
  p.s.other_coroutines.push_back({wait_kind::gather, 0, {}, nullptr});
  BOOST_TEST(bare(tree_text(p.done())) ==
             "├── task 'main' waits for sleep_forever\n"
             "├── a coroutine that is not a task waits for queue #1\n"
             "└── a coroutine that is not a task waits for gather\n");
}

BOOST_AUTO_TEST_CASE(a_loop_that_does_not_answer_says_why) {
  program p;
  p.s.answered = false;
  p.s.reason = "it is busy";
  BOOST_TEST(tree_text(p.s) == "└── the loop does not answer: it is busy\n");
  BOOST_TEST(table_text(p.s) == "the loop does not answer: it is busy\n");
}

// conformance: IN7
BOOST_AUTO_TEST_CASE(the_table_has_a_row_per_task_and_aligned_columns) {
  program p;
  task_snapshot& main = p.add("main", {2});
  main.created = time_point(1s);
  main.since = time_point(9s);
  main.created_at = source_location("/x/y.cpp", 3, "f");
  task_snapshot& child = p.add("Größe");
  child.stage = task_stage::ready;
  child.cancelling = 2;
  child.created_at = source_location("y.cpp", 10, "f");
  BOOST_TEST(table_text(p.done()) ==
             "id  name   state              waits for                    awaited by  created at  age\n"
             "1   main   waiting            gather of 1 task, for 1.0 s              y.cpp:3     9.0 s\n"
             "2   Größe  ready, cancelling                               'main'      y.cpp:10    -\n");
}

// conformance: IN7
BOOST_AUTO_TEST_CASE(an_awaiter_that_is_not_in_the_snapshot_is_unknown) {
  program p;
  p.add("orphan");
  p.s.tasks.front().awaited_by = {77};
  BOOST_TEST(contains(table_text(p.s), "Unknown"));
  BOOST_TEST(contains(tree_text(p.s), "task 'orphan'"));
}

BOOST_AUTO_TEST_CASE(durations_are_told_in_the_unit_that_fits) {
  BOOST_TEST(format_duration(0s) == "0 ms");
  BOOST_TEST(format_duration(999us) == "0 ms");
  BOOST_TEST(format_duration(350ms) == "350 ms");
  BOOST_TEST(format_duration(59'949ms) == "59.9 s");
  BOOST_TEST(format_duration(999ms) == "999 ms");
  BOOST_TEST(format_duration(1s) == "1.0 s");
  BOOST_TEST(format_duration(59'999ms) == "59.9 s");
  BOOST_TEST(format_duration(60s) == "1 min 0 s");
  BOOST_TEST(format_duration(200s) == "3 min 20 s");
  BOOST_TEST(format_duration(3599s) == "59 min 59 s");
  BOOST_TEST(format_duration(1h) == "1 h 0 min");
  BOOST_TEST(format_duration(5h + 2min + 59s) == "5 h 2 min");
}

BOOST_AUTO_TEST_CASE(a_task_is_found_by_its_id) {
  program p;
  p.add("a");
  BOOST_TEST(p.s.find(1)->name == "a");
  BOOST_TEST((p.s.find(2) == nullptr));
}
