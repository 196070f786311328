// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The part of task_loop that resumes coroutines: steps and their carriers.
#include <asyncio/detail/task/carrier_pool.hpp>
#include <asyncio/detail/task/raw_cancel.hpp>
#include <asyncio/detail/task/task_loop.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/detail/task/wait_node.hpp>

#include <cstddef>
#include <utility>

namespace asyncio::detail {

// -- carriers --------------------------------------------------------------------------------------------------------

inline carrier* task_loop::carrier_for(wait_node& wait) noexcept {
  try {
    return &carriers_->take();
  } catch (...) {
    push_ready(wait);
    escape(std::current_exception());
    return nullptr;
  }
}

void task_loop::carrier_idle(carrier& c) noexcept {
  if (!closed()) carriers_->put_idle(c);
}

void task_loop::carrier_ended(carrier& c) noexcept {
  if (!closed()) carriers_->put_free(c);
}

void task_loop::before_drain() noexcept {
  for (std::size_t n = carriers_->surplus(live_count(), drain_count()); n > 0 && carriers_->has_idle(); --n) {
    carrier& w = carriers_->take();
    suspended_thread stack = w.unpark();
    step const s(*this, &w);
    stack();  // ends it, since it has no task
  }
}

// -- steps -----------------------------------------------------------------------------------------------------------

task_loop::step::step(task_loop& core, carrier* w) noexcept
    : loop_(core),
      carrier_(w),
      before_(std::exchange(core.current_task_, w ? w->task() : nullptr)),
      was_running_(w != nullptr && w->running()) {
  task_base* const task = core.current_task_;
  slot_before_ = exchange_context_slot(task ? &task->context() : nullptr);
  ++core.step_depth_;
  ++core.counts_.steps;
  if (w) w->set_running(true);
  if (core.hooks()) [[unlikely]] {
    if (task) task_id_ = task->id();
    core.hooks()->step_begin(task_id_);
  }
}

task_loop::step::~step() {
  --loop_.step_depth_;
  loop_.current_task_ = before_;
  exchange_context_slot(slot_before_);
  if (loop_.hooks()) [[unlikely]]
    loop_.hooks()->step_end(task_id_);
  if (carrier_ == nullptr) return;
  carrier_->set_running(was_running_);
  if (!was_running_) loop_.after_step(*carrier_);
}

inline void task_loop::after_step(carrier& w) {
  task_base* const task = w.task();
  if (task == nullptr) {
    w.set_away(false);
    if (w.parked()) carrier_idle(w);
    return;
  }
  w.set_away(!w.parked() && !w.bound_home());
  if (w.cancel_in_flight() && cancels_in_flight().unseen_after_step(w)) task->set_must_cancel(true);
  // Intermediate handlers of a composed operation are steps too.
  if (task->cancelling() != 0 && task->waiting() == nullptr && !w.away() &&
      suspended_thread::resumed_since(*w.frame(), suspended_thread::innermost(*w.frame()))) [[unlikely]] {
    cancels_in_flight().answers().waits(*task, nullptr);
    (void)suspended_thread::mark_suspended(*w.frame());
  }
  if (task->must_cancel()) task->deliver_cancel();
}

/// The common case of a step: a task on a carrier, not nested in another step, without hooks.
class task_loop::plain_step {
 public:
  plain_step(task_loop& core, carrier* w) noexcept
      : loop_(core), carrier_(*w), slot_before_(exchange_context_slot(&w->task()->context())) {
    core.current_task_ = w->task();
    core.step_depth_ = 1;
    ++core.counts_.steps;
    w->set_running(true);
  }
  plain_step(plain_step const&) = delete;
  plain_step& operator=(plain_step const&) = delete;
  ~plain_step() {
    loop_.step_depth_ = 0;
    loop_.current_task_ = nullptr;
    exchange_context_slot(slot_before_);
    carrier_.set_running(false);
    loop_.after_step(carrier_);
  }

 private:
  task_loop& loop_;
  carrier& carrier_;
  context_slot* slot_before_;
};

void task_loop::enter(task_base& task) noexcept {
  current_task_ = &task;
  exchange_context_slot(&task.context());
}

void task_loop::start(task_base& task) noexcept {
  carrier* w = nullptr;
  try {
    w = &carriers_->take();
  } catch (...) {
    task.body_refused(std::current_exception());
    return;
  }
  task.moved_to(*w);
  suspended_thread stack = w->unpark();
  step const s(*this, w);
  task.begin_body();
  stack.run(task.root(), task.root());
}

template <class Step>
void task_loop::resume_on_idle_carrier(task_base& task, wait_node& wait) {
  carrier* const w = carrier_for(wait);
  if (w == nullptr) [[unlikely]]
    return;
  frame_base& innermost = wait.end_own();
  task.moved_to(*w);
  suspended_thread stack = w->unpark();
  Step const s(*this, w);
  stack.run(task.root(), innermost);
}

void task_loop::resume(task_base& task, wait_node& wait) {
  if (carrier* const w = task.carried_by()) [[unlikely]] {
    (void)wait.end_own();
    suspended_thread stack = w->unpark();
    step const s(*this, w);
    stack();
  } else if (step_depth_ != 0 || hooks() != nullptr) [[unlikely]] {
    resume_on_idle_carrier<step>(task, wait);
  } else {
    resume_on_idle_carrier<plain_step>(task, wait);
  }
}

bool task_loop::start_eagerly(task_base& task) {
  if (!in_thread()) return false;
  entry const inside(*this);
  // Nested one level deeper than a step of the queue: a carrier that becomes free must not continue with the queue in
  // here.
  struct deeper {
    unsigned& depth;
    explicit deeper(unsigned& d) noexcept : depth(d) { ++depth; }
    deeper(deeper const&) = delete;
    deeper& operator=(deeper const&) = delete;
    ~deeper() { --depth; }
  } const level(step_depth_);
  start(task);
  return true;
}

void task_loop::start_all(start_source& source) {
  start_source* const before = std::exchange(source_, queue().shuffles() ? nullptr : &source);
  unsigned const depth_before = std::exchange(source_depth_, step_depth_);
  while (task_base* const task = source.next()) {
    if (queue().shuffles()) {
      push_ready(*task);
    } else {
      start(*task);
    }
  }
  source_ = before;
  source_depth_ = depth_before;
}

task_base* task_loop::take_startable() noexcept {
  if (hooks()) [[unlikely]]
    return nullptr;  // hooks require one step per task
  if (source_ != nullptr && step_depth_ == source_depth_ + 1) {
    task_base* const next = source_->next();
    if (next) ++counts_.steps;
    return next;
  }
  // Only inside a batch, and only the next node: the order of the queue is the order of the steps.
  if (step_depth_ != 1 || queue().shuffles()) return nullptr;
  ready_node* const next = queue().next_in_pass();
  task_base* const task = next != nullptr ? next->startable() : nullptr;
  if (task == nullptr) return nullptr;
  next->unlink();
  ++counts_.steps;
  return task;
}

}  // namespace asyncio::detail
