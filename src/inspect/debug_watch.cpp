// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/inspect/debug_watch.hpp>
#include <asyncio/detail/inspect/snapshot.hpp>
#include <asyncio/detail/inspect/task_times.hpp>
#include <asyncio/detail/inspect/task_tree.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/detail/task/wait_node.hpp>

#include <spdlog/logger.h>

#include <unordered_set>

namespace asyncio::detail {

namespace {

/// The maximum number of tasks in a cycle search, so that debug mode stays usable with many tasks.
constexpr std::size_t search_limit = 1000;

std::string full_place(source_location where) {
  return std::string(where.file_name()) + ':' + std::to_string(where.line());
}

}  // namespace

debug_watch::debug_watch(loop& watched) : loop_(watched) {
  loop_.core().live().for_each([this](task_base& t) { tasks_.emplace(t.id(), &t); });
}

void debug_watch::task_created(std::uint64_t task, std::uint64_t, source_location) {
  tasks_.insert_or_assign(task, &loop_.core().live().back());
}

void debug_watch::task_finished(std::uint64_t task, bool, bool) { tasks_.erase(task); }

void debug_watch::step_begin(std::uint64_t task) {
  std::string name = "a callback or a coroutine that is not a task";
  if (auto const found = tasks_.find(task); found != tasks_.end())
    name = "task '" + std::string(found->second->name()) + "' created at " + full_place(found->second->created_at());
  steps_.push_back({std::chrono::steady_clock::now(), std::move(name)});
}

void debug_watch::step_end(std::uint64_t) {
  if (steps_.empty()) return;
  step const ended = std::move(steps_.back());
  steps_.pop_back();
  auto const took = std::chrono::steady_clock::now() - ended.since;
  if (took < loop_.slow_step()) return;
  loop_.warn("a step of " + ended.task + " took " +
             std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()) +
             " ms; everything else had to wait");
}

void debug_watch::blocked(std::uint64_t task, wait_info const& what) {
  if (what.task == 0) return;
  auto const from = tasks_.find(what.task);
  auto const here = tasks_.find(task);
  if (from == tasks_.end() || here == tasks_.end() || !waits_for(*from->second, *here->second)) return;
  loop_snapshot const all = take_snapshot(loop_.core());
  // The task still counts as running during the hook: its wait is the one passed to the hook.
  loop_snapshot seen = all;
  for (task_snapshot& t : seen.tasks) {
    if (t.id != task) continue;
    t.waits_for = what;
    if (what.kind == wait_kind::join) t.awaits = {what.task};
  }
  for (auto const& cycle : find_cycles(seen)) {
    std::string text = cycle_text(seen, cycle);
    if (!cycles_.insert(text).second) continue;
    text = "tasks wait for one another, and none of them goes on unless one is cancelled or times out: " + text;
    for (std::uint64_t const id : cycle) {
      task_snapshot const& t = *seen.find(id);
      text += "\n  task '" + t.name + "' created at " + full_place(t.created_at);
    }
    loop_.warn(text);
  }
}

bool debug_watch::waits_for(task_base& from, task_base const& target) const {
  class search final : public task_visitor {
   public:
    void awaited(task_base& t) override {
      if (!t.done() && seen.insert(&t).second) todo.push_back(&t);
    }
    std::vector<task_base*> todo;
    std::unordered_set<task_base const*> seen;
  } tasks;
  tasks.awaited(from);
  while (!tasks.todo.empty() && tasks.seen.size() < search_limit) {
    task_base& t = *tasks.todo.back();
    tasks.todo.pop_back();
    if (&t == &target) return true;
    wait_node* const node = t.waiting();
    if (node == nullptr || !node->waiting()) continue;
    node->visit_awaited(tasks);
    if (wait_info const w = node->describe(); w.kind == wait_kind::lock && w.task != 0) {
      if (auto const holder = tasks_.find(w.task); holder != tasks_.end()) tasks.awaited(*holder->second);
    }
  }
  return false;
}

namespace {

class loop_watch final : public loop_part {
 public:
  using loop_type = task_loop;
  explicit loop_watch(task_loop&) noexcept {}

  std::shared_ptr<debug_watch> watch;
};

}  // namespace

void watch_steps(loop& l, bool on) {
  std::shared_ptr<debug_watch>& watch = l.core().part<loop_watch>().watch;
  if (on && !watch) {
    watch = std::make_shared<debug_watch>(l);
    static_cast<void>(l.core().part<task_times>());
    l.add_instrument(watch);
  } else if (!on && watch) {
    l.remove_instrument(*watch);
    watch.reset();
  }
}

}  // namespace asyncio::detail
