#include <asyncio/detail/children.hpp>

namespace asyncio::detail {

children::~children() {
  // Not reached with children that run, unless the loop was destroyed under the coroutine that waits for them.
  running_.for_each([](task_base& t) { t.set_owner(nullptr); });
}

void children::adopt(task_base& child) {
  child.set_owner(this);
  running_.push_back(child);
  child.launch(false);
}

void children::child_finished(task_base& child) noexcept {
  if (child.failed() || child.cancelled()) {
    child.mark_retrieved();
    if (!failure_ && !child_cancelled_) {
      failure_ = child.failure();
      child_cancelled_ = child.cancelled();
      cancel_message_ = child.cancel_message();
      wake_waiter_later();
    }
  }
  if (running_.empty()) wake_waiter_later();
}

void children::fail(std::exception_ptr e) noexcept {
  if (!failure_ && !child_cancelled_) failure_ = std::move(e);
  wake_waiter_later();
}

void children::wake_waiter_later() noexcept {
  if (!static_cast<list_node<>&>(*this).linked()) home_.push_ready(*this);
}

void children::run() {
  if (policy_ == on_failure::cancel_siblings && (failure_ || child_cancelled_)) cancel_all({});
  if (running_.empty() && waiter_) waiter_->complete();
}

void children::cancel_all(std::string_view message) {
  running_.for_each([&](task_base& t) { t.cancel(message); });
}

bool children::wait_operation::arm() {
  group_.waiter_ = this;
  if (!group_.running_.empty()) return false;
  // Nothing runs any more; a refused child has queued the group, which will see this waiter.
  return !static_cast<list_node<>&>(group_).linked();
}

bool children::wait_operation::cancel_wait() {
  if (!waiting() || group_.running_.empty()) return false;
  group_.cancel_requested_ = true;
  if (group_.failure_ || group_.child_cancelled_) group_.cancel_wins_ = true;
  group_.cancel_all(waiter() ? waiter()->cancel_message() : std::string_view());
  return true;
}

void children::wait_operation::finish() {
  group_.waiter_ = nullptr;
  check_outcome();
  bool const failed = group_.policy_ == on_failure::cancel_siblings && (group_.failure_ || group_.child_cancelled_);
  if (group_.cancel_wins_ || (group_.cancel_requested_ && !failed))
    throw_cancelled(waiter() ? waiter()->cancel_message() : std::string_view());
  if (!failed) return;
  if (group_.child_cancelled_) throw_cancelled(group_.cancel_message_);
  std::rethrow_exception(group_.failure_);
}

}  // namespace asyncio::detail
