// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The part of wait_node for everything except plain waits of tasks: other coroutines, other threads, destruction.
#include <asyncio/detail/base/exception_in.hpp>
#include <asyncio/detail/loop/mailbox.hpp>
#include <asyncio/detail/task/carrier.hpp>
#include <asyncio/detail/task/executor.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/detail/task/wait_node.hpp>
#include <asyncio/loop.hpp>

#include <exception>
#include <memory>
#include <string>

namespace asyncio::detail {

namespace asio = boost::asio;

task_base* wait_node::task_on(entry_frame& bottom) noexcept {
  auto const* const ours = suspended_thread::executor(bottom).target<task_executor>();
  return ours != nullptr && ours->carried_by().frame() == &bottom ? ours->carried_by().task() : nullptr;
}

/// The operation itself is destroyed except for its base, so the task names the place.
void wait_node::warn_of_unawaited(task_loop& core) noexcept {
  try {
    std::string where = "a callback";
    if (task_base const* const t = core.current_task())
      where = "task '" + std::string(t->name()) + "' created at " + t->created_at().file_name() + ':' +
              std::to_string(t->created_at().line());
    core.owner().warn(
        where +
        " made an operation and dropped it without co_await, so it did not happen: `auto g = lock.acquire();` "
        "holds nothing, `auto g = co_await lock.acquire();` does");
  } catch (...) {  // no memory for the text
  }
}

bool wait_node::begin_elsewhere(entry_frame& bottom, ready_function ready) noexcept {
  try {
    task_loop& core = task_loop::of(suspended_thread::executor(bottom));
    if (core.in_thread()) {
      task_loop::visit const inside(core);  // false if another thread runs the loop
      if (inside) [[likely]]
        return begin_here(bottom, ready);
    }
    core.set_hopped();
  } catch (...) {
    fail_at_once(std::current_exception());
    return false;
  }
  phase_ = phase::on_the_way;
  ready_ = ready;
  awaiting_->after_suspend(&wait_node::depart, this);
  return true;
}

void wait_node::depart(void* node) noexcept {
  auto& self = *static_cast<wait_node*>(node);
  suspended_thread stack = suspended_thread::of(*self.awaiting_);
  std::shared_ptr<mailbox> const mail = task_loop::of(suspended_thread::executor(*stack.entry_point())).mail();
  new (&self.stack_) suspended_thread(std::move(stack));
  self.detached_ = true;
  if (mail->send(self)) return;  // from here on it belongs to the loop's thread
  suspended_thread left = self.take_stack();
  self.detached_ = false;
  self.fail_at_once(exception_from([] {
    return no_running_loop("asyncio: this coroutine is in a thread that is not its loop's, and its loop has ended");
  }));
  left();
}

void wait_node::arrive() {
  task_loop& core = *task_loop::current();
  ready_function const ready = ready_;
  suspended_thread stack = take_stack();
  detached_ = false;
  entry_frame& bottom = *stack.entry_point();
  awaiting_ = suspended_thread::innermost(bottom);
  loop_ = nullptr;
  phase_ = phase::waiting;
  stack.attach();
  if (task_base* const task = task_on(bottom)) {
    carrier& w = *task->carried_by();
    bool const astray = w.came_home();
    if (core.debug()) [[unlikely]]
      core.tell_of_way_home(task, astray);
    task_loop::step const s(core, &w);
    if (!begin_here(bottom, ready)) stack();
    return;
  }
  if (core.debug()) [[unlikely]]
    core.tell_of_way_home(nullptr, false);
  if (begin_here(bottom, ready)) return;
  asio::any_io_executor const executor = stack.get_executor();
  executor.execute([&core, going_on = std::move(stack)]() mutable {
    try {
      going_on();
    } catch (...) {
      core.escape(std::current_exception());
    }
  });
}

bool wait_node::begin_foreign(entry_frame& bottom) noexcept {
  try {
    loop_ = &task_loop::of(suspended_thread::executor(bottom));
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
    loop_->foreign().insert(this);
    if (loop_->debug() && !has_flag(throws_nothing) && !suspended_thread::throws_if_cancelled(*stack_.entry_point()))
        [[unlikely]]
      loop_->warn_of_lost_cancels();
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
  // As for a task: a wait that has succeeded but not resumed yet ends cancelled.
  if (node->phase_ == phase::queued || !node->cancel_wait()) node->cancelled_ = true;
}

void wait_node::refuse_second_await() noexcept {
  if (failed_) failure_.~exception_ptr();
  cancelled_ = false;
  fail_at_once(exception_from([] {
    return invalid_state("asyncio: this operation was awaited before; call the function again for a new one");
  }));
}

void wait_node::run_foreign() {
  asio::any_io_executor const executor = stack_.get_executor();
  try {
    executor.execute([this] { go_on(); });
  } catch (...) {  // no memory to pass it on: retry in a later pass
    loop_->push_ready(*this);
    loop_->escape(std::current_exception());
  }
}

void wait_node::go_on() noexcept {
  task_loop& core = *loop_;
  task_loop::visit const inside(core);
  if (!inside) [[unlikely]] {
    core.mail()->send(*this);
    return;
  }
  suspended_thread stack = take_stack();
  detached_ = false;
  end_wait(*suspended_thread::innermost(*stack.entry_point()));
  core.foreign().erase(this);
  try {
    stack();
  } catch (...) {
    core.escape(std::current_exception());
  }
}

void wait_node::abandon() noexcept {
  if (phase_ == phase::on_the_way) {  // ends it where the wait would have ended
    phase_ = phase::finished;
    unlink();
    loop_ = task_loop::current();
    if (task_base* const task = task_on(*stack_.entry_point())) {
      task->carried_by()->park(take_stack());
    } else {
      loop_->unwind_later(*this);
    }
    return;
  }
  if (phase_ != phase::waiting && phase_ != phase::queued) return;
  if (phase_ == phase::waiting) disarm();
  phase_ = phase::finished;
  failed_ = false;  // a failure is destroyed with the frame where it is stashed
  unlink();
  if (own_) {
    task_->set_waiting(nullptr);
  } else {
    loop_->unwind_later(*this);
  }
}

void wait_node::unwind_foreign() noexcept {
  suspended_thread stack = take_stack();
  stack.unwind();
}

}  // namespace asyncio::detail
