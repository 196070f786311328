// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/loop/mailbox.hpp>
#include <asyncio/detail/task/done_callback.hpp>
#include <asyncio/detail/task/report.hpp>
#include <asyncio/task.hpp>

namespace asyncio {
namespace detail {
namespace {

class task_callback final : public done_callback {
 public:
  task_callback(task_loop& home, task_ref task, std::function<void(any_task)> fn)
      : done_callback(home), task_(std::move(task)), fn_(std::move(fn)) {}

 private:
  void call() override { fn_(any_task(task_)); }
  void describe(exception_context& what) const override { about(task_.get())(what); }

  task_ref task_;
  std::function<void(any_task)> fn_;
};

/// A cancellation request from another thread.
class remote_cancel final : public ready_node {
 public:
  remote_cancel(task_ref task, std::string message) noexcept : task_(std::move(task)), message_(std::move(message)) {}
  void run() override {
    std::unique_ptr<remote_cancel> const self(this);
    task_.get()->cancel(message_);
  }
  void abandon() noexcept override { delete this; }

 private:
  task_ref task_;
  std::string message_;
};

}  // namespace

task_base& checked(task_ref const& ref, char const* who) {
  if (ref.get() == nullptr)
    throw invalid_state(std::string(who) + ": this handle names no task (it was default-constructed or moved from)");
  return *ref.get();
}

void throw_empty_awaitable(char const* who) {
  throw invalid_state(
      std::string(who) +
      ": the awaitable is empty: it was moved from or awaited before; call the coroutine function again");
}

void configure_and_launch(task_base& t, task_options& options) {
  if (!options.name_value().empty()) t.set_name(std::move(options.name_value()));
  t.context() = options.context_value();
  t.launch(options.eager() ? task_base::start_mode::eager : task_base::start_mode::queued);
}

}  // namespace detail

std::exception_ptr any_task::exception() const {
  detail::task_base& t = state("asyncio::task::exception");
  t.require_done("asyncio::task::exception");
  if (t.cancelled()) detail::throw_cancelled(t.cancel_message());
  return t.retrieve_exception();
}

void any_task::cancel_threadsafe(std::string message) {
  auto const mail = detail::task_loop::mail_of(state("asyncio::task::cancel_threadsafe").home_serial());
  if (mail == nullptr) return;
  auto letter = std::make_unique<detail::remote_cancel>(ref_, std::move(message));
  if (mail->send(*letter)) (void)letter.release();
}

std::uint64_t any_task::add_done_callback(std::function<void(any_task)> fn) {
  detail::task_base& t = state("asyncio::task::add_done_callback");
  detail::task_loop* const home = t.living_home();
  if (home == nullptr)
    throw invalid_state("asyncio::task::add_done_callback: the loop of this task has ended, nothing would call it");
  home->check_thread("asyncio::task::add_done_callback");
  auto* const node = new detail::task_callback(*home, ref_, std::move(fn));
  if (t.done()) {
    home->push_ready(*node);
  } else {
    t.waiters().push_back(*node);
    if (t.has_callback_index()) detail::callback_index::added(t.callbacks(), *node);
  }
  return node->number();
}

std::size_t any_task::remove_done_callback(std::uint64_t callback) {
  detail::task_base& t = state("asyncio::task::remove_done_callback");
  return t.done() ? 0 : detail::callback_index::remove(t.callbacks(), t.waiters(), callback);
}

detail::join_any_operation any_task::join() const {
  (void)state("asyncio::task::join");
  return detail::join_any_operation(ref_);
}

std::string to_string(any_task const& t) {
  if (!t) return "<Task none>";
  detail::task_base const& state = t.state("asyncio::to_string");
  std::string text = "<Task ";
  if (state.cancelled()) {
    text += "cancelled";
  } else if (state.done()) {
    text += "finished";
  } else {
    text += state.cancelling() > 0 ? "cancelling" : "pending";
  }
  text += " name='" + std::string(state.name()) + "' id=" + std::to_string(state.id());
  if (state.failed()) {
    try {
      std::rethrow_exception(state.failure());
    } catch (std::exception const& e) {
      text += std::string(" exception='") + e.what() + '\'';
    } catch (...) {
      text += " exception";
    }
  } else if (!state.done()) {
    wait_info const w = state.waits_for();
    if (w.kind != wait_kind::nothing) text += " waiting for " + std::string(to_string(w.kind));
    if (w.kind == wait_kind::join) text += ' ' + std::to_string(w.task);
  }
  return text + '>';
}

any_task current_task() {
  detail::task_base* const t = detail::task_loop::running("asyncio::current_task").current_task();
  return t ? any_task(detail::task_ref::share(*t)) : any_task();
}

std::vector<any_task> all_tasks(loop& of) {
  std::vector<any_task> tasks;
  tasks.reserve(of.core().live_count());
  of.core().live().for_each([&](detail::task_base& t) {
    if (!t.unlisted()) tasks.emplace_back(detail::task_ref::share(t));
  });
  return tasks;
}

std::vector<any_task> all_tasks() { return all_tasks(detail::task_loop::running("asyncio::all_tasks").owner()); }

}  // namespace asyncio
