#include <asyncio/detail/executor.hpp>
#include <asyncio/detail/task_state.hpp>
#include <asyncio/detail/wait_node.hpp>
#include <asyncio/detail/worker.hpp>

namespace asyncio::detail {

namespace asio = boost::asio;

void wait_node::begin(suspended_thread stack) noexcept {
  kernel* const k = current_kernel;
  worker* const w = k ? k->current_worker() : nullptr;
  own_ = w != nullptr && w->owns(stack);
  if (own_) {
    worker_ = w;
  } else {
    adopt_worker_of(stack);
  }
  bool const again = phase_ != phase::fresh;
  new (&stack_) suspended_thread(std::move(stack));
  phase_ = phase::waiting;
  try {
    if (again) [[unlikely]] refuse_second_await();
    if (!own_) kernel_ = &kernel::of(stack_.get_executor());
    if (arm()) {
      phase_ = phase::queued;
      if (own_) {
        home().resume_inline(*this);
      } else {
        kernel_->push_ready(*this);
      }
      return;
    }
    if (!own_) begin_foreign();
  } catch (...) {
    failure_ = std::current_exception();
    if (!own_ && kernel_ == nullptr) {  // no loop to resume it: the coroutine gets the exception here and now
      resume_ready();
    } else if (own_) {
      phase_ = phase::queued;
      home().resume_inline(*this);
    } else {
      complete();
    }
    return;
  }
  if (!own_) return;
  worker_->set_waiting(this);
  task_base* const task = worker_->task();
  if (instrument* const hooks = home().hooks()) [[unlikely]] {
    hooks->blocked(task ? task->id() : 0, describe());
    if (phase_ == phase::queued) hooks->woken(task ? task->id() : 0);  // arm() had nothing to wait for but its turn
  }
  if (task && task->must_cancel() && phase_ == phase::waiting) task->deliver_cancel();
}

void wait_node::adopt_worker_of(suspended_thread& stack) noexcept {
  // A task that awaited an operation with another executor (bind_executor) is resumed there, outside any step of its own.
  kernel_ = nullptr;
  asio::any_io_executor const executor = stack.get_executor();
  auto const* const ours = executor.target<task_executor>();
  if (ours == nullptr || !ours->carrier().owns(stack)) return;
  own_ = true;
  worker_ = &ours->carrier();
}

void wait_node::refuse_second_await() {
  cancelled_ = false;
  throw invalid_state("asyncio: this operation was awaited before; call the function again for a new one");
}

void wait_node::begin_foreign() {
  try {
    kernel_->foreign().insert(this);
    if (stack_.get_cancellation_state().cancelled() != asio::cancellation_type::none) {
      slot_handler{this}(asio::cancellation_type::terminal);
      return;
    }
    if (auto slot = stack_.get_cancellation_slot(); slot.is_connected()) slot.emplace<slot_handler>(slot_handler{this});
  } catch (...) {
    disarm();
    throw;
  }
}

void wait_node::slot_handler::operator()(asio::cancellation_type type) const {
  if (type == asio::cancellation_type::none) return;
  // As for a task: a wait that has been satisfied already, but not resumed yet, ends cancelled.
  if (node->phase_ == phase::queued || !node->cancel_wait()) node->cancelled_ = true;
}

void wait_node::complete() noexcept {
  if (phase_ != phase::waiting) return;
  phase_ = phase::queued;
  kernel& k = home();
  if (k.hooks() && own_ && worker_->waiting() == this) [[unlikely]] k.hooks()->woken(worker_->task() ? worker_->task()->id() : 0);
  k.push_ready(*this);
}

void wait_node::run() {
  phase_ = phase::finished;
  suspended_thread stack = take_stack();
  if (!own_) {
    kernel_->foreign().erase(this);
    asio::any_io_executor const executor = stack.get_executor();
    executor.execute(std::move(stack));
    return;
  }
  worker& w = *worker_;
  w.set_waiting(nullptr);
  if (task_base* const task = w.task(); task && task->must_cancel()) {
    task->set_must_cancel(false);
    cancelled_ = true;
  }
  kernel::step const s(w.home(), &w);
  stack();  // which may destroy this node
}

void wait_node::resume_ready() {
  phase_ = phase::finished;
  suspended_thread stack = take_stack();
  stack();
}

void wait_node::abandon() noexcept {
  if (phase_ != phase::waiting && phase_ != phase::queued) return;
  if (phase_ == phase::waiting) disarm();
  phase_ = phase::finished;
  unlink();
  if (own_) worker_->set_waiting(nullptr);
  home().unwind_later(*this);
}

void wait_node::unwind() noexcept {
  suspended_thread stack = take_stack();
  stack.unwind();
}

task_base* wait_node::waiter() const noexcept { return own_ ? worker_->task() : nullptr; }

void wait_node::throw_outcome() {
  if (cancelled_) {
    task_base const* const task = waiter();
    throw_cancelled(task ? task->cancel_message() : std::string_view());
  }
  std::rethrow_exception(std::move(failure_));
}

bool join_arm(task_base& target, wait_node& node, task_base* waiter, kernel& home) {
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
  if (target.passing_cancel_down()) {  // tasks that wait for one another in a ring: here it is cut
    node.unlink();
    node.complete_cancelled();
    return true;
  }
  task_base* const task = node.waiter();
  return target.cancel(task ? task->cancel_message() : std::string_view());
}

}  // namespace asyncio::detail
