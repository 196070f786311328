// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/wait.hpp>

#include <string>

namespace asyncio::detail {

wait_for_tasks::wait_for_tasks(std::vector<task_ref> tasks, return_when when, time_limit const& timeout)
    : tasks_(std::move(tasks)), when_(when), timeout_(timeout) {
  if (tasks_.empty())
    throw value_error("asyncio::wait: the range of tasks is empty, nothing would ever end; give it at least one");
  if (when_ > first_exception)
    throw value_error("asyncio::wait: " + std::to_string(static_cast<int>(when_)) +
                      " is no return_when; use all_completed, first_completed or first_exception");
  keep_each_once(tasks_);
}

bool wait_for_tasks::arm() {
  for (task_ref const& t : tasks_) require_home(*t.get(), home(), "asyncio::wait");
  try {
    if (auto const deadline = timeout_.from_now(home())) timer_.start(home(), *deadline);
    for (task_ref const& t : tasks_) watch(home(), t);
  } catch (...) {
    disarm();
    throw;
  }
  return false;
}

void wait_for_tasks::disarm() noexcept {
  timer_.stop();
  forget_all();
}

void wait_for_tasks::task_ended(task_ref t) {
  if (watched() == 0 || when_ == first_completed || (when_ == first_exception && t.get()->failed())) end();
}

void wait_for_tasks::time_up() { end(); }

void wait_for_tasks::end() noexcept {
  disarm();
  complete();
}

bool wait_for_tasks::cancel_wait() {
  if (!waiting()) return false;
  disarm();
  complete_cancelled();
  return true;
}

std::vector<task_ref>& wait_for_tasks::conclude() {
  check_outcome();
  return tasks_;
}

}  // namespace asyncio::detail
