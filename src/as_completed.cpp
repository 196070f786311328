// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/as_completed.hpp>

namespace asyncio::detail {

tasks_as_completed::tasks_as_completed(std::vector<task_ref> tasks, time_limit const& timeout)
    : completion_queue("asyncio::as_completed", timeout), tasks_(std::move(tasks)) {
  keep_each_once(tasks_);
}

void tasks_as_completed::make_tasks(task_loop& home) {
  for (task_ref const& t : tasks_) require_home(*t.get(), home, "asyncio::as_completed");
  // As in asyncio, a task that has already ended is reported in the next pass like any other.
  for (task_ref& t : std::exchange(tasks_, {})) watch(home, std::move(t));
}

}  // namespace asyncio::detail
