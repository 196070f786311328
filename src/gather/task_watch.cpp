// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/gather/task_watch.hpp>
#include <asyncio/detail/task/cancel_walk.hpp>

#include <algorithm>
#include <string>
#include <unordered_set>

namespace asyncio::detail {

void task_watch::watch(task_loop& home, task_ref t) {
  task_base& task = *t.get();
  auto* const l = new listener(*this, std::move(t));
  listeners_.push_back(*l);
  ++watched_;
  if (task.done()) {
    home.push_ready(*l);
  } else {
    task.waiters().push_back(*l);
  }
}

void task_watch::forget_all() noexcept {
  while (!listeners_.empty()) listeners_.front().drop();
}

void task_watch::cancel_watched(std::string_view message) {
  if (listeners_.empty()) return;
  task_loop* const home = listeners_.front().task.get()->living_home();
  if (home == nullptr) return;
  home->check_thread("asyncio::task::cancel");
  cancel_walk all(*home, message);
  for_each_watched([&](task_base& t) { all.add(t); });
  all.run();  // may destroy this object
}

void task_watch::listener::drop() noexcept {
  static_cast<list_node<>&>(*this).unlink();
  static_cast<list_node<watch_tag>&>(*this).unlink();
  --watch_.watched_;
  delete this;
}

void task_watch::listener::run() {
  task_watch& watch = watch_;
  task_ref ended = std::move(task);
  drop();
  watch.task_ended(std::move(ended));
}

void task_watch::listener::abandon() noexcept {
  task_watch& watch = watch_;
  drop();
  watch.task_lost();
}

void require_home(task_base const& t, task_loop const& home, char const* who) {
  if (t.home() == nullptr || t.home() == &home) return;
  throw value_error(
      std::string(who) + ": task '" + std::string(t.name()) +
      "' belongs to another loop; a task is waited for in its own loop, and run_coroutine_threadsafe crosses "
      "loops");
}

void keep_each_once(std::vector<task_ref>& tasks) {
  std::unordered_set<task_base const*> known;
  known.reserve(tasks.size());
  std::erase_if(tasks, [&](task_ref const& t) { return !known.insert(t.get()).second; });
}

}  // namespace asyncio::detail
