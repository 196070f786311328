#include <asyncio/detail/cancel_walk.hpp>
#include <asyncio/detail/keep_text.hpp>

namespace asyncio::detail {

cancel_walk::cancel_walk(kernel& home, std::string_view message) noexcept
    : home_(home), outer_(home.exchange_cancel_walk(this)), number_(home.next_cancel_walk()) {
  keep_text(message_, message);
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
    if (!known) t.note_cancel(message_);  // on its way is another request
    ring_ = true;
  } else if (!t.started()) {  // it is queued for its start, and waits for nothing
    if (!known) t.cancel(message_);
  } else if (!known || t.linked_by_cancel()) {
    // Known and still to come: now it comes earlier. On the way of another walk: that one's visit is made up for here.
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
    if (t.passing_cancel_down()) {  // all below it were visited
      t.set_passing_cancel_down(false);
    } else {
      visit(t);
    }
  }
}

void cancel_walk::visit(task_base& t) {
  task_ref const kept = task_ref::share(t);
  waiting_ = t.waiting();
  ring_ = false;
  t.cancel(message_);
  waiting_ = nullptr;
  if (added_.empty()) return;
  // What it waits for comes before it, and it before all others.
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
