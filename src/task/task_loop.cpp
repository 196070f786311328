// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/loop/loop_registry.hpp>
#include <asyncio/detail/task/carrier_pool.hpp>
#include <asyncio/detail/task/executor.hpp>
#include <asyncio/detail/task/raw_cancel.hpp>
#include <asyncio/detail/task/task_loop.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/detail/task/wait_node.hpp>
#include <asyncio/loop.hpp>

#include <boost/asio/io_context.hpp>

#include <string>

namespace asyncio::detail {

namespace asio = boost::asio;

// -- which loop ------------------------------------------------------------------------------------------------------

task_loop* task_loop::running_or_null() noexcept {
  return current_core != nullptr ? current() : static_cast<task_loop*>(loop_registry::get().running_here());
}

task_loop& task_loop::running(char const* who) {
  if (task_loop* const l = running_or_null()) return *l;
  throw no_running_loop(std::string(who) +
                        ": no running loop in this thread; call it inside a coroutine started by asyncio::run, or give "
                        "the io_context: asyncio::create_task(ctx, ...)");
}

task_loop& task_loop::of(asio::any_io_executor const& executor) {
  if (auto const* const ours = executor.target<task_executor>()) return ours->home();
  if (auto const* const plain = executor.target<asio::io_context::executor_type>())
    return loop::of(plain->context()).core();
  asio::execution_context& context = asio::query(executor, asio::execution::context);
  if (asio::has_service<loop>(context)) return asio::use_service<loop>(context).core();
  throw no_running_loop(
      "asyncio: this coroutine's executor belongs to a context without an asyncio loop; run it on an io_context (for a "
      "strand or another wrapper call asyncio::loop::of(io_context) once before)");
}

task_loop* task_loop::if_alive(task_loop* l, std::uint32_t serial) noexcept {
  return static_cast<task_loop*>(loop_registry::get().find(l, serial, false));
}

task_loop* task_loop::if_here(task_loop* l, std::uint32_t serial) noexcept {
  return static_cast<task_loop*>(loop_registry::get().find(l, serial, true));
}

// -- tasks -----------------------------------------------------------------------------------------------------------

void task_loop::warn_of_lost_cancels() noexcept {
  if (std::exchange(warned_of_lost_cancels_, true)) return;
  owner().warn(
      "a coroutine that is not a task awaits with throw_if_cancelled(false) in force: a cancel that comes between two "
      "Asio "
      "operations is lost; switch it on again, or run the coroutine as a task, where no cancel is lost");
}

void task_loop::tell_of_way_home(task_base const* task, bool astray) {
  if (!astray && std::exchange(told_of_way_home_, true)) return;
  std::string const who = task == nullptr
                              ? "a coroutine"
                              : "task '" + std::string(task->name()) + "' created at " +
                                    task->created_at().file_name() + ':' + std::to_string(task->created_at().line());
  char const* const how = "asio::dispatch(asio::get_associated_executor(handler), ...)";
  if (astray) {
    owner().warn(
        who +
        " was resumed in a thread that does not run its loop, by an Asio operation that it waited for: a callback "
        "has to run the handler through its executor, " +
        how + "; the task has been sent home");
  } else {
    owner().warn(who +
                 " went on in another thread after an Asio operation and has been sent home by its next wait. That is "
                 "right after "
                 "bind_executor(pool, use_awaitable); a callback has to run the handler through its executor, " +
                 how);
  }
}

std::uint32_t task_loop::next_cancel_walk() noexcept {
  if (cancel_walks_ == last_cancel_walk) {  // the numbers wrap around: reset those in all tasks
    live_.for_each([](task_base& t) { t.set_cancel_walk(0); });
    cancel_walks_ = 0;
  }
  return ++cancel_walks_;
}

// -- the end ---------------------------------------------------------------------------------------------------------

void task_loop::set_ended() noexcept {
  while (!failed_.empty()) failed_.pop_front();  // handles dropped by other threads from now on find no list
  loop_core::set_ended();
}

void task_loop::unwind_later(wait_node& foreign) noexcept { to_unwind_.push_back(foreign); }

void task_loop::shutdown() noexcept {
  // First whatever other threads could find: the list of failures, the mailbox, the loop itself.
  while (!failed_.empty()) failed_.pop_front();
  begin_shutdown();
  entry const inside(*this);
  end_threads();
  // From here on destructors, exception handlers and disarmed operations may do anything with the rest: see loop_stage.
  for (std::size_t left = live_.size(); left > 0 && !live_.empty(); --left) {
    task_base& next = live_.pop_front();
    live_.push_back(next);
    next.report_loss();
  }
  // No waits are left and nothing is queued: both live in coroutines that are now destroyed.
  while (!foreign_.empty()) foreign_.extract(foreign_.begin()).value()->abandon();
  live_.for_each_left([](task_base& t) { t.abandon_wait(); });
  drop_queued();
  // The youngest first: a task may use locals of the coroutine that created it.
  while (!live_.empty()) live_.back().lose();
  carriers_->close();
  while (!to_unwind_.empty()) static_cast<wait_node&>(to_unwind_.pop_front()).unwind_foreign();
  carriers_->unwind();
  drop_queued();
  forget_cancels();
  end_shutdown();
}

}  // namespace asyncio::detail
