// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/task/cancel_answers.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/detail/task/wait_node.hpp>
#include <asyncio/loop.hpp>

#include <string>
#include <vector>

namespace asyncio::detail {

namespace {

using namespace std::chrono_literals;

/// The number of waits granted to a cleanup at the end of run, ...
constexpr unsigned waits_granted = 2;
/// ... and the period of the clock whose ticks count like waits.
constexpr duration turn_of_clock = 250ms;
/// A task that continues after this many is given up.
constexpr unsigned most = 15;

void warn(task_base& task, char const* what) noexcept {
  try {
    task.home()->owner().warn("task '" + std::string(task.name()) + "' created at " + task.created_at().file_name() +
                              ':' + std::to_string(task.created_at().line()) + what);
  } catch (...) {  // no memory for the message; the program continues
  }
}

/// Whether this is a wait of the library while an exception propagates: for the cleanup of `finally`, or the children
/// of a group.
bool keeps_what_was_thrown(wait_node const* where) {
  if (where == nullptr) return false;
  if (where->describe().kind == wait_kind::task_group) return true;
  struct visitor final : task_visitor {
    void awaited(task_base& task) override { cleanup = cleanup || task.unlisted(); }
    bool cleanup = false;
  } seen;
  const_cast<wait_node*>(where)->visit_awaited(seen);
  return seen.cleanup;
}

}  // namespace

void cancel_answers::answered(task_base& task) noexcept {
  try {
    records_[&task].answered = true;
  } catch (...) {  // no memory: it is not reported
  }
}

bool cancel_answers::insists_on(task_base& task) const noexcept {
  auto const found = records_.find(&task);
  return found != records_.end() && found->second.insists;
}

void cancel_answers::waits(task_base& task, wait_node const* where) noexcept {
  if (records_.empty()) return;
  auto const found = records_.find(&task);
  if (found == records_.end() || !found->second.answered || keeps_what_was_thrown(where)) return;
  record& r = found->second;
  if (ending_ != nullptr) {
    count(task, r);
    expect_end();
  } else if ((++r.count > 1 || where == nullptr) && !std::exchange(r.warned, true)) {
    warn(task,
         " was cancelled and goes on: it took the error in which its Asio operation ended for one of the others. End "
         "the task when "
         "the code is operation_aborted, or call uncancel(): see doc/from-python.md");
  }
}

void cancel_answers::taken_back(task_base& task) noexcept {
  if (records_.empty()) return;
  if (auto const found = records_.find(&task); found != records_.end())
    found->second = {.warned = found->second.warned};
}

void cancel_answers::ended(task_base& task) noexcept {
  if (!records_.empty()) records_.erase(&task);
}

void cancel_answers::begin_last(task_loop& home) noexcept {
  ending_ = &home;
  records_.clear();
}

void cancel_answers::count(task_base& task, record& r) noexcept {
  if (r.count < most && ++r.count == most) {
    given_up_ = true;
    warn(task, " goes on after each cancel at the end of asyncio::run, which ends without it");
  }
  if (r.count <= waits_granted) return;
  if (!std::exchange(r.insists, true))
    warn(task,
         " took the error in which its Asio operation ended at the end of asyncio::run for one of the others, and goes "
         "on: it is "
         "cancelled again at each wait, see doc/from-python.md");
  task.set_must_cancel(true);
}

void cancel_answers::run() {
  if (given_up_ && patience_ > 0 && --patience_ == 0) ending_->interrupt_drain();
  bool any = false;
  ending_->live().for_each_left([&](task_base& t) {
    auto const found = records_.find(&t);
    if (found == records_.end() || !found->second.answered) return;
    any = true;
    if (keeps_what_was_thrown(t.waiting())) return;
    count(t, found->second);
    if (t.must_cancel()) t.deliver_cancel();
  });
  if (any) expect_end();
}

void cancel_answers::expect_end() noexcept {
  if (armed() || linked()) return;
  try {
    ending_->add_timer(*this, ending_->now() + turn_of_clock);
  } catch (...) {  // no memory: time is not counted
  }
}

}  // namespace asyncio::detail
