// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/debug.hpp>
#include <asyncio/detail/inspect/snapshot.hpp>
#include <asyncio/detail/inspect/task_tree.hpp>

#include <ostream>

namespace asyncio {

namespace {

/// Prints the running loop, else all loops, each under a heading if there are several.
void print_all(std::ostream& to, std::string (*text)(loop_snapshot const&)) {
  if (detail::task_loop* const core = detail::task_loop::running_or_null()) {
    to << text(detail::take_snapshot(*core));
    return;
  }
  auto const all = detail::request_all_snapshots(answer_limit);
  if (all.empty()) to << "there is no loop\n";
  for (loop_snapshot const& s : all) {
    if (all.size() > 1) to << "loop " << s.loop << '\n';
    to << text(s);
  }
}

}  // namespace

loop_snapshot snapshot() { return detail::take_snapshot(detail::task_loop::running("asyncio::snapshot")); }
loop_snapshot snapshot(loop& of, duration limit) { return detail::request_snapshot(of.core(), limit); }

void print_tasks(std::ostream& to) { print_all(to, &detail::table_text); }
void print_tasks(std::ostream& to, loop& of, duration limit) { print_tasks(to, snapshot(of, limit)); }
void print_tasks(std::ostream& to, loop_snapshot const& of) { to << detail::table_text(of); }

void print_task_tree(std::ostream& to) { print_all(to, &detail::tree_text); }
void print_task_tree(std::ostream& to, loop& of, duration limit) { print_task_tree(to, snapshot(of, limit)); }
void print_task_tree(std::ostream& to, loop_snapshot const& of) { to << detail::tree_text(of); }

}  // namespace asyncio
