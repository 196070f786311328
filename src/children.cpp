#include <asyncio/detail/cancel_walk.hpp>
#include <asyncio/detail/children.hpp>
#include <asyncio/detail/keep_text.hpp>

namespace asyncio::detail {

children::~children() {
  end_turn_.unlink();
  unlink();
  // Not reached with children that run, unless the loop was destroyed under the coroutine that waits for them.
  running_.for_each([](task_base& t) { t.set_owner(nullptr); });
}

void children::adopt(task_base& child, task_base::start_mode mode) {
  child.set_owner(this);
  child.set_unreported();
  child.set_deadlines(&deadline_);
  running_.push_back(child);
  ++count_;
  try {
    child.launch(mode);
  } catch (...) {
    --count_;
    static_cast<list_node<child_tag>&>(child).unlink();
    child.set_owner(nullptr);
    throw;
  }
}

void children::child_finished(task_base& child) noexcept {
  --count_;
  try {
    if (child.failed() || child.cancelled()) {
      child.mark_retrieved();
      child_not_succeeded(child);
      if (!failed()) {
        failure_ = child.failure();
        child_cancelled_ = child.cancelled();
        keep_text(cancel_message_, child.cancel_message());
        decide_later();
        if (policy_ == on_failure::cancel_siblings) cancel_those_served(false);
      }
    } else {
      child_succeeded(child);
    }
  } catch (...) {  // the result could not be kept
    refuse(std::current_exception());
  }
  end_later();
  if (!ended()) pull_soon();
}

void children::stop() noexcept {
  stopped_ = decided_ = true;
  decide_later();
  cancel_those_served(true);
  end_later();
}

void children::refuse(std::exception_ptr e) noexcept {
  if (!refused_) refused_ = std::move(e);
  stop();
}

void children::pull_soon() noexcept {
  if (!exhausted_ && !stopped_ && !puller_.linked() && !puller_.pulling()) home_.push_ready(puller_);
}

void children::decide_later() noexcept {
  if (!linked()) home_.push_ready(*this);
}

void children::end_later() noexcept {
  if (ending_ || !ended()) return;
  ending_ = true;
  home_.push_ready(end_turn_);
}

void children::wake_waiter() noexcept {
  if (waiter_) waiter_->complete();
}

void children::run() {
  failure_seen_ = failed();
  if (!siblings_cancelled_ && (decided_ || (policy_ == on_failure::cancel_siblings && failed()))) {
    stopped_ = siblings_cancelled_ = true;
    end_later();  // if only children that were not made yet were missing
    cancel_walk siblings(home_, {});
    running_.for_each([&](task_base& t) {
      if (!t.exchange_cancelled_ahead()) siblings.add(t);
    });
    siblings.run();
  }
}

void children::cancel_those_served(bool all) noexcept {
  if (siblings_cancelled_) return;
  // Down and up again without a stack: calls can be nested as deeply as the user likes.
  children* group = this;
  task_base* child = running_.first();
  for (;;) {
    if (child == nullptr) {
      if (group == this) return;
      task_base& parent = *group->caller_;
      group = static_cast<children*>(parent.owner());
      child = group->running_.after(parent);
      continue;
    }
    wait_node* const wait = child->waiting();
    if (wait != nullptr ? wait->served() || (all && wait->queued()) : all && !child->started()) {
      child->cancel_ahead();
    } else if (children* const inner = wait != nullptr ? wait->awaited_children() : nullptr) {
      group = inner;
      child = inner->running_.first();
      continue;
    }
    child = group->running_.after(*child);
  }
}

// -- pulling -----------------------------------------------------------------------------------------------------------

void children::puller::run() {
  pulling_ = true;
  group_.home_.start_all(*this);
  pulling_ = false;
  group_.end_later();
}

void children::never_enter() {
  if (cancel_requested_ && !failed() && !exhausted_ && has_more()) {
    child_cancelled_ = true;
    decide_later();
  }
}

task_base* children::puller::next() noexcept {
  kernel::disguise const as_caller(group_.home_, group_.caller_, group_.caller_context_);
  try {
    if (!group_.stopped_) return group_.make_next();
    if (group_.has_room()) group_.never_enter();
  } catch (...) {
    group_.refuse(std::current_exception());
  }
  return nullptr;
}

// -- waiting -----------------------------------------------------------------------------------------------------------

bool children::wait_operation::arm() {
  children& g = group_;
  g.caller_ = waiter();
  if (g.caller_ == nullptr) g.own_context_ = copy_context_slot(current_context_slot());  // whoever runs now may end before
  g.caller_context_ = g.caller_ ? &g.caller_->context() : &g.own_context_;
  g.exhausted_ = g.stopped_ || !g.has_more();
  if (g.ended() && !g.linked() && !g.end_turn_.linked()) return true;
  g.waiter_ = this;
  if (!g.exhausted_) home().push_ready(g.puller_);
  return false;
}

void children::wait_operation::disarm() noexcept {
  group_.waiter_ = nullptr;
  group_.puller_.unlink();
  group_.end_turn_.unlink();
  group_.unlink();
}

bool children::wait_operation::cancel_wait() {
  children& g = group_;
  if (!waiting() || g.ended()) return false;
  g.cancel_requested_ = true;
  if (g.failure_seen_) g.cancel_wins_ = true;
  g.stopped_ = g.siblings_cancelled_ = true;
  if (!g.failed()) keep_text(g.cancel_message_, waiter() ? waiter()->cancel_message() : std::string_view());
  // Children that were not made yet have ended when their turn has come, as if they were made and never entered.
  if (!g.puller_.linked() && !g.puller_.pulling()) g.end_later();
  passed_cancel down(*this);
  g.running_.for_each([&](task_base& t) {
    if (!t.exchange_cancelled_ahead()) down.add(t);
  });
  down.go();
  return true;
}

void children::wait_operation::finish() {
  children& g = group_;
  g.waiter_ = nullptr;
  check_outcome();
  if (g.refused_) std::rethrow_exception(g.refused_);
  bool const thrown = g.policy_ == on_failure::cancel_siblings && g.failed();
  if (g.cancel_wins_ || (g.cancel_requested_ && !thrown)) throw_cancel();
  if (!thrown) return;
  if (g.child_cancelled_) throw_cancel(g.cancel_message_);
  std::rethrow_exception(g.failure_);
}

}  // namespace asyncio::detail
