#include <asyncio/detail/call_stack.hpp>
#include <asyncio/detail/raw_cancel.hpp>
#include <asyncio/detail/task_state.hpp>
#include <asyncio/detail/wait_node.hpp>
#include <asyncio/loop.hpp>

#include <boost/asio/error.hpp>

namespace asyncio::detail {

task_base::task_base(kernel& home, worker_kind_number kind, source_location where)
    : kernel_(&home),
      id_(home.next_task_id() & 0xff'ffff'ffff),
      home_serial_(home.serial() & 0xff'ffff),
      where_(where),
      kind_(kind) {}

task_base::~task_base() {
  static_cast<list_node<registry_tag>&>(*this).unlink();
  if (failure_ && !retrieved_) report_unretrieved();
}

void task_base::launch(start_mode mode) {
  if (!context_) context_ = copy_context_slot(current_context_slot());
  add_reference();  // the loop's own, until the task has ended
  kernel_->task_added(*this);
  if (instrument* const hooks = kernel_->hooks()) [[unlikely]] {
    task_base const* const creator = kernel_->current_task();
    hooks->task_created(id_, creator ? creator->id() : 0, where_);
  }
  if (mode == start_mode::by_owner || (mode == start_mode::eager && kernel_->start_eagerly(*this))) return;
  kernel_->push_ready(*this);
}

void task_base::run() {
  if (done()) {
    if (owner_) owner_->child_report(*this);
    release();
    return;
  }
  if (must_cancel_) {  // cancelled before the first step: the body is never entered
    must_cancel_ = false;
    drop_body();
    ended(task_phase::cancelled);
    return;
  }
  kernel_->start(*this);
}

void task_base::begin_body(worker& w) {
  worker_ = &w;
  phase_ = task_phase::started;
  exchange_context_slot(&context_);
  w.prepare();
  if (instrument* const hooks = kernel_->hooks()) [[unlikely]] hooks->task_started(id_);
}

std::string_view task_base::name() const {
  if (!extras_ || extras_->name.empty()) {
    if (!extras_) extras_ = std::make_unique<extras>();
    extras_->name = "Task-" + std::to_string(id_);
  }
  return extras_->name;
}

void task_base::set_name(std::string name) { more().name = std::move(name); }

task_base::extras& task_base::more() {
  if (!extras_) extras_ = std::make_unique<extras>();
  return *extras_;
}

wait_info task_base::waits_for() const noexcept {
  if (done() || !started() || worker_ == nullptr) return {};
  if (wait_node const* const node = worker_->waiting()) return node->describe();
  if (worker_->running()) return {};
  return {wait_kind::raw_operation, 0, {}, nullptr};
}

// -- outcome ---------------------------------------------------------------------------------------------------------

void task_base::body_failed(std::exception_ptr e) noexcept {
  if (cancel_seen_ && is_cancel(e)) {  // Asio's && and || wrap what they were cancelled with
    body_cancelled({});
    return;
  }
  failure_ = std::move(e);
  ended(task_phase::failed);
}

void task_base::body_refused(std::exception_ptr e) noexcept {
  drop_body();
  body_failed(std::move(e));
}

void task_base::body_cancelled(std::string_view message) noexcept {
  if (!message.empty() && message != cancel_message()) set_cancel_message(message);
  ended(task_phase::cancelled);
}

void task_base::body_interrupted(std::exception_ptr e) noexcept {
  kernel_->escape(e);
  retrieved_ = true;
  body_failed(std::move(e));
}

void task_base::body_system_error(boost::system::error_code const& code, std::exception_ptr e) noexcept {
  // Asio's own operation_aborted has many causes: it is a cancel only if one was asked for.
  if (cancel_seen_ && code == boost::asio::error::operation_aborted) {
    body_cancelled({});
  } else {
    body_failed(std::move(e));
  }
}

void task_base::ended(task_phase phase) noexcept {
  phase_ = phase;
  must_cancel_ = false;
  if (worker_) {
    worker_->release();
    worker_ = nullptr;
    exchange_context_slot(nullptr);
  }
  if (!failure_ || retrieved_) context_.reset();  // else the report of the failure runs in it
  static_cast<list_node<registry_tag>&>(*this).unlink();
  kernel_->task_removed();
  if (failure_ && !retrieved_) kernel_->failed().push_back(*this);
  if (instrument* const hooks = kernel_->hooks()) [[unlikely]] {
    hooks->task_finished(id_, phase == task_phase::cancelled, phase == task_phase::failed);
  }
  static_cast<list_node<child_tag>&>(*this).unlink();
  if (owner_) owner_->child_finished(*this);  // first, as the callback that was there first
  kernel_->splice_ready(waiters_);
  release();
}

void task_base::lose() noexcept {
  if (!unreported_) report(kernel_, "Task was destroyed but it is pending!", nullptr, this);
  static_cast<list_node<registry_tag>&>(*this).unlink();
  static_cast<list_node<child_tag>&>(*this).unlink();
  static_cast<list_node<>&>(*this).unlink();
  if (!started()) drop_body();
  phase_ = task_phase::cancelled;
  while (!waiters_.empty()) waiters_.pop_front().abandon();
  kernel_ = nullptr;
  worker_ = nullptr;
  release();
}

void task_base::mark_retrieved() noexcept {
  retrieved_ = true;
  static_cast<list_node<registry_tag>&>(*this).unlink();
}

void task_base::report_unretrieved() noexcept {
  mark_retrieved();
  constexpr char const* message = "Task exception was never retrieved";
  // The loop may be gone when the last handle goes: then the report goes to the log.
  if (kernel* const k = living_home(); k != nullptr && k->belongs_here()) {
    kernel::entry const inside(*k);
    context_slot* const before = exchange_context_slot(&context_);  // the handler runs in the failed task's context
    report(k, message, failure_, this);
    exchange_context_slot(before);
  } else {
    report(nullptr, message, failure_, this);
  }
}

std::exception_ptr task_base::take_notice() noexcept {
  mark_retrieved();
  return failure_;
}

void task_base::rethrow_failure() {
  if (phase_ == task_phase::failed) std::rethrow_exception(take_notice());
  if (phase_ == task_phase::cancelled) throw_cancelled(cancel_message());
}

void task_base::require_done(char const* who) const {
  if (!done())
    throw invalid_state(std::string(who) + ": task '" + std::string(name()) +
                        "' has not ended yet; co_await its join(), or ask done() first");
}

// -- cancellation ----------------------------------------------------------------------------------------------------

bool task_base::cancel(std::string_view message) {
  if (failure_) mark_retrieved();  // asyncio: whoever cancels a failed task has taken notice of it
  if (done() || kernel_ == nullptr) return false;
  kernel_->check_thread("asyncio::task::cancel");
  ++cancel_requests_;
  cancel_seen_ = true;
  if (!message.empty() || (extras_ && !extras_->cancel_message.empty())) set_cancel_message(message);
  if (instrument* const hooks = kernel_->hooks()) [[unlikely]] hooks->cancel_requested(id_);
  if (passing_cancel_down_) return true;  // tasks that wait for one another in a ring: it is on its way
  must_cancel_ = true;  // delivered now, or, if it has not begun, runs, or is about to be resumed, at its next wait
  if (worker_ != nullptr && !worker_->running()) deliver_cancel();
  return true;
}

int task_base::uncancel() noexcept {
  if (cancel_requests_ > 0) --cancel_requests_;
  if (cancel_requests_ == 0) drop_cancel();
  return cancel_requests_;
}

void task_base::drop_cancel() noexcept {
  must_cancel_ = false;
  if (worker_ != nullptr && worker_->cancel_in_flight()) kernel_->cancels_in_flight().take_back(*worker_);
}

void task_base::set_cancel_message(std::string_view message) noexcept {
  try {
    more().cancel_message = message;
  } catch (...) {  // the cancel is worth more than its text
    if (extras_) extras_->cancel_message.clear();
  }
}

std::string_view task_base::cancel_message() const noexcept {
  return extras_ ? std::string_view(extras_->cancel_message) : std::string_view();
}

time_point effective_deadline(task_base const* task) noexcept {
  time_point earliest = time_point::max();
  for (deadline_scope const* d = task ? task->deadlines() : nullptr; d != nullptr; d = d->outer)
    if (d->when < earliest) earliest = d->when;
  return earliest;
}

void task_base::deliver_cancel() noexcept {
  if (worker_ == nullptr) return;
  must_cancel_ = false;  // first: a cancel that is passed down may come back to this task
  struct passing {
    bool& flag;
    explicit passing(bool& f) noexcept : flag(f) { flag = true; }
    passing(passing const&) = delete;
    passing& operator=(passing const&) = delete;
    ~passing() { flag = false; }
  } const down(passing_cancel_down_);
  try {
    wait_node* const node = worker_->waiting();
    if (node ? node->cancel_wait() : kernel_->cancels_in_flight().send(*worker_, cancel_message())) return;
  } catch (...) {  // no memory for it now
  }
  must_cancel_ = true;
}

}  // namespace asyncio::detail
