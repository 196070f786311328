// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/inspect/instruments.hpp>
#include <asyncio/detail/inspect/task_times.hpp>

namespace asyncio::detail {

task_times::task_times(task_loop& home) : loop_(home) {
  home.part<instruments>().add(std::shared_ptr<instrument>(std::shared_ptr<void>(), this));  // non-owning
}

std::optional<task_times::entry> task_times::of(std::uint64_t task) const {
  std::lock_guard const lock(mutex_);
  auto const found = tasks_.find(task);
  return found == tasks_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<task_times::running_step> task_times::running() const {
  std::lock_guard const lock(mutex_);
  if (steps_.empty()) return std::nullopt;
  running_step r;
  r.task = steps_.back().task;
  r.lasts = std::chrono::steady_clock::now() - steps_.back().since;
  if (auto const found = tasks_.find(r.task); found != tasks_.end()) {
    r.name = found->second.name.empty() ? "Task-" + std::to_string(r.task) : found->second.name;
    r.where = found->second.where;
  }
  return r;
}

void task_times::task_created(std::uint64_t task, std::uint64_t, source_location where) {
  time_point const now = loop_.now();
  std::lock_guard const lock(mutex_);
  tasks_.insert_or_assign(task, entry{now, now, where, {}});
}

void task_times::task_named(std::uint64_t task, std::string_view name) {
  std::lock_guard const lock(mutex_);
  if (auto const found = tasks_.find(task); found != tasks_.end()) found->second.name = name;
}

void task_times::step_begin(std::uint64_t task) {
  std::lock_guard const lock(mutex_);
  steps_.push_back({task, std::chrono::steady_clock::now()});
}

void task_times::step_end(std::uint64_t task) {
  time_point const now = loop_.now();
  std::lock_guard const lock(mutex_);
  if (!steps_.empty()) {
    if (steps_.back().ended) tasks_.erase(task);
    steps_.pop_back();
  }
  if (auto const found = tasks_.find(task); found != tasks_.end()) found->second.last_step = now;
}

void task_times::task_finished(std::uint64_t task, bool, bool) {
  std::lock_guard const lock(mutex_);
  // Keeps the name for what still runs in this step: destructors, done callbacks of an owner.
  for (open_step& s : steps_) {
    if (s.task != task) continue;
    s.ended = true;
    return;
  }
  tasks_.erase(task);
}

}  // namespace asyncio::detail
