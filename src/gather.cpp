// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/base/assign_or_clear.hpp>
#include <asyncio/detail/gather/gather_tasks.hpp>
#include <asyncio/detail/gather/task_watch.hpp>
#include <asyncio/detail/task/cancel_walk.hpp>

#include <string>
#include <unordered_set>

namespace asyncio::detail {

void throw_no_slot() {
  throw value_error("asyncio::limit: a limit below one would never let anything start; give it at least 1");
}

struct gather_tasks::shared final : task_watch {
  shared(task_loop& core, bool outcomes) noexcept : home(core), return_exceptions(outcomes) {}

  task_loop& home;
  bool return_exceptions;
  std::vector<task_ref> tasks;  // without duplicates
  std::vector<task_ref> again;  // the duplicates
  std::unordered_set<task_base const*> known;
  std::size_t unfinished = 0;
  bool done = false;
  bool cancel_requested = false;
  std::exception_ptr failure;
  bool task_cancelled = false;
  std::string cancel_message;
  wait_operation* waiter = nullptr;
  std::shared_ptr<shared> self;  // while there are pending tasks

  void finish() noexcept {
    done = true;
    if (waiter) waiter->complete();
  }

  void report(task_base& t) noexcept {
    --unfinished;
    if (t.failed()) t.mark_retrieved();
    if (done) return;
    if (!return_exceptions && (t.failed() || t.cancelled())) {
      failure = t.failure();
      task_cancelled = t.cancelled();
      assign_or_clear(cancel_message, t.cancel_message());
      finish();
    } else if (unfinished == 0) {
      finish();
    }
  }

  void task_ended(task_ref t) override {
    report(*t.get());
    if (watched() == 0) self.reset();
  }
  void task_lost() noexcept override {
    if (watched() == 0) self.reset();
  }
};

gather_tasks::gather_tasks(task_loop& home, bool return_exceptions)
    : shared_(std::make_shared<shared>(home, return_exceptions)) {}

gather_tasks::~gather_tasks() = default;

void gather_tasks::add(any_task const& t) {
  task_base& state = t.state("asyncio::gather");
  if (!shared_->known.insert(&state).second) {
    shared_->again.push_back(t.ref());
    return;
  }
  require_home(state, shared_->home, "asyncio::gather");
  shared_->tasks.push_back(t.ref());
}

gather_tasks::wait_operation gather_tasks::wait() noexcept { return wait_operation(shared_); }

bool gather_tasks::wait_operation::arm() {
  for (task_ref const& t : shared_->tasks)
    if (t.get() == waiter())
      throw invalid_state("asyncio::gather: task '" + std::string(t.get()->name()) +
                          "' is among those it would wait for; it would never end");
  // As in asyncio, tasks that have already ended report first, immediately; the others when they end.
  shared_->unfinished = shared_->tasks.size();
  for (task_ref const& t : shared_->tasks)
    if (t.get()->done()) shared_->report(*t.get());
  for (task_ref const& t : shared_->tasks) {
    if (t.get()->done()) continue;
    shared_->watch(shared_->home, t);
    shared_->self = shared_;
  }
  if (shared_->done || shared_->tasks.empty()) return true;
  shared_->waiter = this;
  return false;
}

void gather_tasks::wait_operation::visit_awaited(task_visitor& v) {
  for (task_ref const& t : shared_->tasks)
    if (!t.get()->done()) v.awaited(*t.get());
}

void gather_tasks::wait_operation::disarm() noexcept { shared_->waiter = nullptr; }

bool gather_tasks::wait_operation::cancel_wait() {
  if (!waiting()) return false;
  passed_cancel down(*this);
  bool any = false;
  for (task_ref const& t : shared_->tasks) any = down.add(*t.get()) || any;
  for (task_ref const& t : shared_->again) down.add_again(*t.get());  // once per argument, as in asyncio
  if (any) shared_->cancel_requested = true;
  if (down.closes_cycle()) complete_cancelled();
  down.go();
  return any;
}

void gather_tasks::wait_operation::finish() {
  shared_->waiter = nullptr;
  check_outcome();
  if (shared_->task_cancelled) throw_cancel(shared_->cancel_message);
  if (shared_->failure) std::rethrow_exception(shared_->failure);
  if (shared_->cancel_requested) throw_cancel();
}

}  // namespace asyncio::detail
