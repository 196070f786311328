#include <asyncio/detail/call_stack.hpp>
#include <asyncio/detail/done_callback.hpp>
#include <asyncio/detail/exception_in.hpp>
#include <asyncio/detail/keep_text.hpp>
#include <asyncio/detail/mailbox.hpp>
#include <asyncio/detail/raw_cancel.hpp>
#include <asyncio/detail/report.hpp>
#include <asyncio/detail/task_state.hpp>
#include <asyncio/detail/wait_node.hpp>
#include <asyncio/loop.hpp>

#include <boost/asio/error.hpp>

#include <new>

namespace asyncio::detail {

task_base::task_base(kernel& home, frame_base* body, source_location where)
    : kernel_(&home),
      body_(body),
      id_(home.next_task_id() & id_mask),
      home_serial_(home.serial() & 0xff'ffff),
      where_(where) {}

task_base::~task_base() {
  static_cast<list_node<registry_tag>&>(*this).unlink();
  if (failure_ && !retrieved_) report_unretrieved();
  drop_body();
}

bool task_base::send_home() noexcept {
  std::shared_ptr<mailbox> const mail = kernel::mail_from_elsewhere(home_serial());
  if (mail == nullptr) return false;
  owner_ = nullptr;
  add_reference();  // run() or abandon() drops it
  if (mail->send(*this)) return true;
  return !references_.release();
}

void task_base::launch(start_mode mode) {
  if (!context_) {
    context_slot const& creators = current_context_slot();
    if (creators && creators->values) [[unlikely]] context_ = copy_context_slot(creators);
  }
  add_reference();  // the loop's own, until the task has ended
  kernel_->task_added(*this);
  if (instrument* const hooks = kernel_->hooks()) [[unlikely]] {
    task_base const* const creator = kernel_->current_task();
    hooks->task_created(id_, creator ? creator->id() : 0, where_);
    if (extras_ && !extras_->name.empty()) hooks->task_named(id_, extras_->name);
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

void task_base::begin_body() noexcept {
  phase_ = task_phase::started;
  if (instrument* const hooks = kernel_->hooks()) [[unlikely]] hooks->task_started(id_);
}

std::string_view task_base::name() const {
  if (!extras_ || extras_->name.empty()) {
    if (!extras_) extras_ = std::make_unique<extras>();
    extras_->name = "Task-" + std::to_string(id_);
  }
  return extras_->name;
}

void task_base::set_name(std::string name) {
  more().name = std::move(name);
  if (done() || !static_cast<list_node<registry_tag>&>(*this).linked()) return;  // launch() tells it
  if (instrument* const hooks = kernel_->hooks()) [[unlikely]] hooks->task_named(id_, extras_->name);
}

task_base::extras& task_base::more() {
  if (!extras_) extras_ = std::make_unique<extras>();
  return *extras_;
}

wait_info task_base::waits_for() const noexcept {
  if (done() || !started()) return {};
  if (waiting_ != nullptr) return waiting_->describe();
  if (worker_ == nullptr || worker_->running()) return {};
  return {wait_kind::raw_operation, 0, {}, nullptr};
}

// -- outcome ---------------------------------------------------------------------------------------------------------

void task_base::drop_body() noexcept {
  if (body_) std::exchange(body_, nullptr)->destroy();
}

void task_base::body_ended() noexcept {
  std::exception_ptr thrown = std::exchange(frame_access::pending(root()), nullptr);
  if (!thrown) {
    try {
      take_result();
      return;
    } catch (...) {  // the result could not be moved
      thrown = std::current_exception();
    }
  }
  drop_body();
  body_threw(std::move(thrown));
}

void task_base::body_refused(std::exception_ptr e) noexcept {
  drop_body();
  body_failed(std::move(e));
}

bool task_base::result_counts() noexcept {
  if (!must_cancel_) return true;
  body_cancelled(cancel_message());
  return false;
}

void task_base::body_abandoned() noexcept {
  worker_ = nullptr;
  drop_body();
  body_cancelled({});
}

void task_base::body_threw(std::exception_ptr e) noexcept {
  if (auto const* const cancelled = exception_in<cancelled_error>(e)) {
    body_cancelled(cancelled->message());
  } else if (exception_in<keyboard_interrupt>(e) != nullptr) {
    kernel_->escape(e);
    retrieved_ = true;
    body_failed(std::move(e));
  } else if (cancel_seen_ && is_cancel(e)) {
    // Asio's own operation_aborted has many causes: it is a cancel only if one was asked for. Its && and || wrap what
    // they were cancelled with.
    body_cancelled({});
  } else {
    body_failed(std::move(e));
  }
}

void task_base::body_failed(std::exception_ptr e) noexcept {
  failure_ = std::move(e);
  ended(task_phase::failed);
}

void task_base::body_cancelled(std::string_view message) noexcept {
  if (!message.empty() && message != cancel_message()) set_cancel_message(message);
  ended(task_phase::cancelled);
}

void task_base::ended(task_phase phase) noexcept {
  phase_ = phase;
  must_cancel_ = false;
  if (worker_) {
    worker_->release(cancellation());
    worker_ = nullptr;
    kernel_->leave();
  }
  if (!failure_ || retrieved_) context_.reset();  // else the report of the failure runs in it
  static_cast<list_node<registry_tag>&>(*this).unlink();
  if (cancel_seen_) [[unlikely]] kernel_->cancels_in_flight().answers().ended(*this);
  unlink_from_cancel();
  kernel_->task_removed(static_cast<std::size_t>(phase) - static_cast<std::size_t>(task_phase::finished));
  if (failure_ && !retrieved_) kernel_->failed().push_back(*this);
  if (kernel_->debug()) [[unlikely]] warn_of_swallowed_cancel();
  if (kernel_->hooks() != nullptr) [[unlikely]] tell_ended();
  static_cast<list_node<child_tag>&>(*this).unlink();
  if (owner_) owner_->child_finished(*this);  // first, as the callback that was there first
  kernel_->splice_ready(waiters_);
  release();
}

void task_base::warn_of_swallowed_cancel() {
  if (phase_ != task_phase::finished || cancel_requests_ == 0) return;
  kernel_->owner().warn("task '" + std::string(name()) + "' created at " + where_.file_name() + ':' + std::to_string(where_.line()) +
                        " was cancelled but ended as if it was not: it caught the cancel and did not throw it on (or "
                        "call uncancel())");
}

void task_base::tell_ended() {
  kernel_->hooks()->task_finished(id_, cancelled(), failed());
  waiters_.for_each([this](ready_node& n) {  // their next turn resumes them
    if (auto const* const joining = dynamic_cast<wait_node const*>(&n); joining != nullptr && kernel_->hooks() != nullptr)
      joining->tell_woken(*kernel_);
  });
}

void task_base::abandon_wait() noexcept {
  static_cast<list_node<child_tag>&>(*this).unlink();
  static_cast<list_node<>&>(*this).unlink();
  if (waiting_) waiting_->abandon();
}

void task_base::report_loss() noexcept {
  if (std::exchange(unreported_, true)) return;
  report(kernel_, nullptr, "Task was destroyed but it is pending!", nullptr, about(this));
}

void task_base::lose() noexcept {
  static_cast<list_node<registry_tag>&>(*this).unlink();
  frame_base* const body = std::exchange(body_, nullptr);
  if (worker_ && worker_->cancel_in_flight()) kernel_->cancels_in_flight().take_back(*worker_);
  worker* const carrier = std::exchange(worker_, nullptr);
  phase_ = task_phase::cancelled;
  while (!waiters_.empty()) waiters_.pop_front().abandon();
  kernel_ = nullptr;
  // Last, because destructors of the user's run. What waits in an operation of Asio goes when Asio drops that.
  if (carrier) {
    bool const here = carrier->has_stack();
    carrier->inherit(body);
    if (here) carrier->clear_slots(cancellation());
  } else if (body) {
    body->destroy();
  }
  release();
}

void task_base::mark_retrieved() noexcept {
  retrieved_ = true;
  static_cast<list_node<registry_tag>&>(*this).unlink();
}

void task_base::report_unretrieved() noexcept {
  mark_retrieved();
  report(kernel::if_here(kernel_, home_serial_), &context_, "Task exception was never retrieved", failure_, about(this));  // in the task's context
}

std::exception_ptr task_base::take_notice() noexcept {
  mark_retrieved();
  return failure_;
}

void task_base::throw_failure() {
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
  if (done() || kernel_ == nullptr || kernel_->closed()) return false;
  kernel_->check_thread("asyncio::task::cancel");
  note_cancel(message);
  if (passing_cancel_down_) return true;  // tasks that wait for one another in a ring: it is on its way
  if (worker_ == nullptr || worker_->has_stack()) (void)show_cancel();
  must_cancel_ = true;  // delivered now, or, if it has not begun, runs, or is about to be resumed, at its next wait
  if (suspended()) deliver_cancel();
  return true;
}

void task_base::cancel_ahead() noexcept {
  if (std::exchange(cancelled_ahead_, true)) return;
  ++cancel_requests_;
  cancel_seen_ = must_cancel_ = true;
  if (instrument* const hooks = kernel_->hooks()) [[unlikely]] hooks->cancel_requested(id_);
}

void task_base::note_cancel(std::string_view message) {
  ++cancel_requests_;
  cancel_seen_ = true;
  if (!message.empty() || (extras_ && !extras_->cancel_message.empty())) set_cancel_message(message);
  if (instrument* const hooks = kernel_->hooks()) [[unlikely]] hooks->cancel_requested(id_);
}

int task_base::uncancel() noexcept {
  if (cancel_requests_ > 0) --cancel_requests_;
  if (cancel_requests_ == 0) {
    drop_cancel();
    if (kernel_ != nullptr) kernel_->cancels_in_flight().answers().taken_back(*this);
    if (worker_ == nullptr || worker_->has_stack()) asio_state().clear();
  }
  return cancel_requests_;
}

bool task_base::show_cancel() {
  boost::asio::cancellation_state state = asio_state();
  {
    slot_silence const not_yet(state.slot());
    emit_cancel();
  }
  bool const let_through = state.cancelled() != boost::asio::cancellation_type::none;
  // Else Asio would throw at each await to come, not only at this one.
  if (worker_ != nullptr && suspended_thread::throws_if_cancelled(*worker_->frame())) state.clear();
  return let_through;
}

void task_base::drop_cancel() noexcept {
  must_cancel_ = false;
  if (worker_ != nullptr && worker_->cancel_in_flight()) kernel_->cancels_in_flight().take_back(*worker_);
}

void task_base::set_cancel_message(std::string_view message) noexcept {
  if (!extras_) extras_.reset(new (std::nothrow) extras);
  if (extras_) keep_text(extras_->cancel_message, message);
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
  if (worker_ == nullptr && waiting_ == nullptr) return;
  task_ref const kept = task_ref::share(*this);  // the cancel may end what it waits for, here and now, and then the task
  must_cancel_ = false;  // first: a cancel that is passed down may come back to this task
  struct passing {
    bool& flag;
    explicit passing(bool& f) noexcept : flag(f) { flag = true; }
    passing(passing const&) = delete;
    passing& operator=(passing const&) = delete;
    ~passing() { flag = false; }
  } const down(passing_cancel_down_);
  try {
    if (waiting_ ? waiting_->cancel_wait() : kernel_->cancels_in_flight().send(*worker_, cancel_message())) return;
  } catch (...) {  // no memory for it now: the next wait throws it
  }
  must_cancel_ = true;
}

}  // namespace asyncio::detail
