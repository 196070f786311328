// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/base/assign_or_clear.hpp>
#include <asyncio/detail/task/cancel_walk.hpp>

namespace asyncio::detail {

cancel_walk::cancel_walk(task_loop& home, std::string_view message) noexcept
    : home_(home), outer_(home.exchange_cancel_walk(this)), number_(home.next_cancel_walk()) {
  assign_or_clear(message_, message);
}

cancel_walk::~cancel_walk() {
  added_.splice_back(todo_);
  while (!added_.empty()) static_cast<task_base&>(added_.pop_front()).set_passing_cancel_down(false);
  home_.exchange_cancel_walk(outer_);
}

bool cancel_walk::add(task_base& t) {
  if (t.done() || t.home() == nullptr) return t.cancel(message_);
  bool const known = t.cancel_walk() == number_;
  t.set_cancel_walk(number_);
  if (t.passing_cancel_down()) {
    if (!known) t.note_cancel(message_);  // another request is being propagated
    cycle_ = true;
  } else if (!t.started()) {  // it is queued to start, and waits for nothing
    if (!known) t.cancel(message_);
  } else if (!known || t.linked_by_cancel()) {
    // Known and pending: now it is visited earlier. Pending in another walk: this visit replaces that one.
    if (t.linked_by_cancel() && !known) t.note_cancel(message_);
    t.unlink_from_cancel();
    added_.push_back(t);
  }
  return true;
}

void cancel_walk::run() {
  todo_.splice_back(added_);
  while (!todo_.empty()) {
    auto& t = static_cast<task_base&>(todo_.pop_front());
    if (t.passing_cancel_down()) {  // everything below it was visited
      t.set_passing_cancel_down(false);
    } else {
      visit(t);
    }
  }
}

void cancel_walk::visit(task_base& t) {
  task_ref const kept = task_ref::share(t);
  waiting_ = t.waiting();
  cycle_ = false;
  t.cancel(message_);
  waiting_ = nullptr;
  if (added_.empty()) return;
  // What it waits for is visited first, then this task, then all others.
  t.set_passing_cancel_down(true);
  added_.push_back(t);
  added_.splice_back(todo_);
  todo_.splice_back(added_);
}

passed_cancel::passed_cancel(wait_node const& from) noexcept : walk_(from.home().current_cancel_walk()) {
  if (walk_ != nullptr && walk_->waiting_ == &from) return;
  task_base* const waiter = from.waiter();
  walk_ = &own_.emplace(from.home(), waiter ? waiter->cancel_message() : std::string_view());
  if (waiter) waiter->set_cancel_walk(walk_->number_);
}

}  // namespace asyncio::detail
