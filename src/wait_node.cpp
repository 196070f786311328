#include <asyncio/detail/cancel_walk.hpp>
#include <asyncio/detail/exception_in.hpp>
#include <asyncio/detail/executor.hpp>
#include <asyncio/detail/mailbox.hpp>
#include <asyncio/detail/raw_cancel.hpp>
#include <asyncio/detail/task_state.hpp>
#include <asyncio/detail/wait_node.hpp>
#include <asyncio/detail/worker.hpp>
#include <asyncio/loop.hpp>

#include <exception>
#include <string>

namespace asyncio::detail {

namespace asio = boost::asio;

namespace {

/// A task that awaited an operation with another executor (bind_executor) is resumed there, outside any step of its own.
task_base* task_on(entry_frame& bottom) noexcept {
  auto const* const ours = suspended_thread::executor(bottom).target<task_executor>();
  return ours != nullptr && ours->carrier().frame() == &bottom ? ours->carrier().task() : nullptr;
}

/// The operation itself is gone but for its base, so that the task has to say where it was.
void warn_of_unawaited(kernel& k) noexcept {
  try {
    std::string where = "a callback";
    if (task_base const* const t = k.current_task())
      where = "task '" + std::string(t->name()) + "' created at " + t->created_at().file_name() + ':' + std::to_string(t->created_at().line());
    k.owner().warn(where + " made an operation and dropped it without co_await, so it did not happen: `auto g = lock.acquire();` "
                           "holds nothing, `auto g = co_await lock.acquire();` does");
  } catch (...) {  // no memory for the text
  }
}

}  // namespace

void wait_node::end_otherwise() noexcept {
  if (phase_ == phase::finished) {
    failure_.~exception_ptr();
    return;
  }
  // While an exception is on its way nobody could have awaited it; so, too, when its coroutine is destroyed.
  if (phase_ != phase::fresh || put_aside_ || std::uncaught_exceptions() > 0) return;
  if (kernel* const k = current_kernel; k != nullptr && k->debug()) warn_of_unawaited(*k);
}

bool wait_node::begin(frame_base& awaiting, ready_function ready) noexcept {
  if (phase_ != phase::fresh) [[unlikely]] {
    refuse_second_await();
    return false;
  }
  awaiting_ = &awaiting;
  phase_ = phase::waiting;
  entry_frame& bottom = *frame_access::attached(awaiting)->entry_point();
  kernel* const k = current_kernel;
  task_base* const task = k ? k->current_task() : nullptr;
  worker* const carrier = task ? task->carrier() : nullptr;
  if (carrier == nullptr || carrier->frame() != &bottom) [[unlikely]] return begin_elsewhere(bottom, ready);
  return begin_own(*task, *carrier);
}

bool wait_node::begin_elsewhere(entry_frame& bottom, ready_function ready) noexcept {
  try {
    kernel& k = kernel::of(suspended_thread::executor(bottom));
    if (k.in_thread()) {
      kernel::visit const inside(k);  // false: another thread runs the loop
      if (inside) [[likely]] return begin_here(bottom, ready);
    }
    k.set_hopped();
  } catch (...) {
    fail_at_once(std::current_exception());
    return false;
  }
  phase_ = phase::on_the_way;
  ready_ = ready;
  awaiting_->after_suspend(&wait_node::depart, this);
  return true;
}

bool wait_node::begin_here(entry_frame& bottom, ready_function ready) noexcept {
  if (ready != nullptr) {
    phase_ = phase::fresh;
    if (ready(*this)) return false;
    phase_ = phase::waiting;
  }
  task_base* const task = task_on(bottom);
  return task ? begin_own(*task, *task->carrier()) : begin_foreign(bottom);
}

void wait_node::depart(void* node) noexcept {
  auto& self = *static_cast<wait_node*>(node);
  suspended_thread stack = suspended_thread::of(*self.awaiting_);
  std::shared_ptr<mailbox> const mail = kernel::of(suspended_thread::executor(*stack.entry_point())).mail();
  new (&self.stack_) suspended_thread(std::move(stack));
  self.detached_ = true;
  if (mail->send(self)) return;  // it belongs to the loop's thread from here on
  suspended_thread left = self.take_stack();
  self.detached_ = false;
  self.fail_at_once(exception_from([] {
    return no_running_loop("asyncio: this coroutine is in a thread that is not its loop's, and its loop has ended");
  }));
  left();
}

void wait_node::arrive() {
  kernel& k = *current_kernel;
  ready_function const ready = ready_;
  suspended_thread stack = take_stack();
  detached_ = false;
  entry_frame& bottom = *stack.entry_point();
  awaiting_ = suspended_thread::innermost(bottom);
  kernel_ = nullptr;
  phase_ = phase::waiting;
  stack.attach();
  if (task_base* const task = task_on(bottom)) {
    worker& carrier = *task->carrier();
    bool const astray = carrier.came_home();
    if (k.debug()) [[unlikely]] k.tell_of_way_home(task, astray);
    kernel::step const s(k, &carrier);
    if (!begin_here(bottom, ready)) stack();
    return;
  }
  if (k.debug()) [[unlikely]] k.tell_of_way_home(nullptr, false);
  if (begin_here(bottom, ready)) return;
  asio::any_io_executor const executor = stack.get_executor();
  executor.execute([&k, going_on = std::move(stack)]() mutable {
    try {
      going_on();
    } catch (...) {
      k.escape(std::current_exception());
    }
  });
}

inline bool wait_node::begin_own(task_base& task, worker& carrier) noexcept {
  own_ = true;
  task_ = &task;
  try {
    if (arm()) {
      end_wait(*awaiting_);
      return false;
    }
  } catch (...) {
    fail_at_once(std::current_exception());
    return false;
  }
  kernel& k = *task.home();
  bool const left = carrier.suspend(*awaiting_, carrier.pinned(task.cancellation()));
  task.suspended_in(*this, left);
  if (left && !carrier.running()) [[unlikely]] k.worker_idle(carrier);
  if (instrument* const hooks = k.hooks()) [[unlikely]] {
    hooks->blocked(task.id(), describe());
    if (phase_ == phase::queued) hooks->woken(task.id());  // arm() had nothing to wait for but its turn
  }
  if (task.cancelling() != 0) [[unlikely]] k.cancels_in_flight().answers().waits(task, this);
  if (task.must_cancel() && phase_ == phase::waiting) [[unlikely]] task.deliver_cancel();
  return true;
}

bool wait_node::begin_foreign(entry_frame& bottom) noexcept {
  try {
    kernel_ = &kernel::of(suspended_thread::executor(bottom));
    if (arm()) {
      end_wait(*awaiting_);
      return false;
    }
  } catch (...) {
    fail_at_once(std::current_exception());
    return false;
  }
  suspended_thread stack = suspended_thread::of(*awaiting_);
  new (&stack_) suspended_thread(std::move(stack));
  detached_ = true;
  try {
    register_foreign();
  } catch (...) {
    stash(std::current_exception());
    complete();
  }
  return true;
}

void wait_node::register_foreign() {
  try {
    kernel_->foreign().insert(this);
    if (kernel_->debug() && !has_flag(throws_nothing) && !suspended_thread::throws_if_cancelled(*stack_.entry_point())) [[unlikely]]
      kernel_->warn_of_lost_cancels();
    if (stack_.get_cancellation_state().cancelled() != asio::cancellation_type::none) {
      slot_handler{this}(asio::cancellation_type::terminal);
      return;
    }
    if (auto slot = stack_.get_cancellation_slot(); slot.is_connected()) slot.emplace<slot_handler>(slot_handler{this});
  } catch (...) {
    if (phase_ == phase::waiting) disarm();
    throw;
  }
}

void wait_node::slot_handler::operator()(asio::cancellation_type type) const {
  if (type == asio::cancellation_type::none) return;
  // As for a task: a wait that has been satisfied already, but not resumed yet, ends cancelled.
  if (node->phase_ == phase::queued || !node->cancel_wait()) node->cancelled_ = true;
}

void wait_node::refuse_second_await() noexcept {
  if (failed_) failure_.~exception_ptr();
  cancelled_ = false;
  fail_at_once(exception_from(
      [] { return invalid_state("asyncio: this operation was awaited before; call the function again for a new one"); }));
}

void wait_node::fail_at_once(std::exception_ptr failure) noexcept {
  phase_ = phase::finished;
  failed_ = true;
  new (&failure_) std::exception_ptr(std::move(failure));
}

std::exception_ptr& wait_node::stash_place() noexcept {
  return frame_access::pending(detached_ ? *suspended_thread::innermost(*stack_.entry_point()) : *awaiting_);
}

void wait_node::stash(std::exception_ptr failure) noexcept {
  if (phase_ != phase::waiting) return;
  failed_ = true;
  stash_place() = std::move(failure);
}

void wait_node::set_failure(std::exception_ptr failure) noexcept {
  if (phase_ == phase::finished) {
    fail_at_once(std::move(failure));
  } else {
    stash(std::move(failure));
  }
}

void wait_node::complete() noexcept {
  if (phase_ != phase::waiting) return;
  phase_ = phase::queued;
  kernel& k = home();
  if (k.hooks()) [[unlikely]] tell_woken(k);
  k.push_ready(*this);
}

void wait_node::tell_woken(kernel& k) const {
  if (own_ && task_->waiting() == this) k.hooks()->woken(task_->id());
}

bool wait_node::take_cancel() noexcept {
  task_base* const task = waiter();
  if (task == nullptr || !task->must_cancel()) return false;
  task->set_must_cancel(false);
  cancelled_ = true;
  return true;
}

void wait_node::run_now() {
  if (kernel& k = home(); k.hooks()) [[unlikely]] tell_woken(k);
  wait_node::run();
}

void wait_node::run_foreign() {
  asio::any_io_executor const executor = stack_.get_executor();
  try {
    executor.execute([this] { go_on(); });
  } catch (...) {  // no memory to hand it over: in a later pass
    kernel_->push_ready(*this);
    kernel_->escape(std::current_exception());
  }
}

void wait_node::go_on() noexcept {
  kernel& k = *kernel_;
  kernel::visit const inside(k);
  if (!inside) [[unlikely]] {
    k.mail()->send(*this);
    return;
  }
  suspended_thread stack = take_stack();
  detached_ = false;
  end_wait(*suspended_thread::innermost(*stack.entry_point()));
  k.foreign().erase(this);
  try {
    stack();
  } catch (...) {
    k.escape(std::current_exception());
  }
}

void wait_node::run() {
  if (!own_) [[unlikely]] {
    phase_ == phase::on_the_way ? arrive() : run_foreign();
    return;
  }
  task_->home()->resume(*task_, *this);  // which may destroy this node
}

void wait_node::abandon() noexcept {
  if (phase_ == phase::on_the_way) {  // it ends where a wait would have
    phase_ = phase::finished;
    unlink();
    kernel_ = current_kernel;
    if (task_base* const task = task_on(*stack_.entry_point())) {
      task->carrier()->park(take_stack());
    } else {
      kernel_->unwind_later(*this);
    }
    return;
  }
  if (phase_ != phase::waiting && phase_ != phase::queued) return;
  if (phase_ == phase::waiting) disarm();
  phase_ = phase::finished;
  failed_ = false;  // a failure goes with the frame where it is stashed
  unlink();
  if (own_) {
    task_->set_waiting(nullptr);
  } else {
    kernel_->unwind_later(*this);
  }
}

void wait_node::unwind_foreign() noexcept {
  suspended_thread stack = take_stack();
  stack.unwind();
}

void wait_node::throw_cancel(std::string_view message) const {
  if (own_) throw_cancelled(message);
  throw_aborted();
}

void wait_node::throw_cancel() const { throw_cancel(own_ ? task_->cancel_message() : std::string_view()); }

void wait_node::throw_outcome() {
  if (cancelled_) throw_cancel();
  std::rethrow_exception(std::move(failure_));
}

bool join_arm(task_base& target, ready_node& node, task_base* waiter, kernel& home) {
  if (&target == waiter)
    throw invalid_state("asyncio::task::join: task '" + std::string(target.name()) +
                        "' cannot await itself; it would never end");
  if (target.done()) return true;
  if (target.home() != &home)
    throw invalid_state("asyncio::task::join: task '" + std::string(target.name()) +
                        "' belongs to another loop; use run_coroutine_threadsafe to cross loops");
  target.waiters().push_back(node);
  return false;
}

bool join_cancel(task_base& target, wait_node& node) {
  if (!node.waiting() || target.done()) return false;
  passed_cancel down(node);
  if (!down.add(target)) return false;
  if (down.closes_ring()) {
    node.unlink();
    node.complete_cancelled();
  }
  down.go();
  return true;
}

}  // namespace asyncio::detail
