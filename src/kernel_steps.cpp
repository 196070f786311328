// The part of the kernel that resumes coroutines: steps, and the workers they stand on.
#include <asyncio/detail/kernel.hpp>
#include <asyncio/detail/raw_cancel.hpp>
#include <asyncio/detail/task_state.hpp>
#include <asyncio/detail/wait_node.hpp>
#include <asyncio/detail/worker.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

namespace asyncio::detail {

namespace {

/// Idle workers that were not needed for this many drains give their memory back, half of them at a time ...
constexpr std::size_t drains_between_trims = 1024;
/// ... except for a few.
constexpr std::size_t idle_workers_kept = 64;
/// After a peak, as many as there are tasks and this many more are kept until then; the others go at once.
constexpr std::size_t idle_workers_spare = 1024;

}  // namespace

// -- workers ----------------------------------------------------------------------------------------------------------

inline worker* kernel::worker_for(wait_node& wait) noexcept {
  try {
    return &take_worker();
  } catch (...) {
    push_ready(wait);
    escape(std::current_exception());
    return nullptr;
  }
}

inline worker& kernel::take_worker() {
  if (next_worker_ != nullptr) return *std::exchange(next_worker_, nullptr);
  if (idle_workers_.empty()) return new_worker();
  if (--idle_count_ < least_idle_) least_idle_ = idle_count_;
  return idle_workers_.pop_back();  // the one whose memory was used last
}

void kernel::worker_idle(worker& w) noexcept {
  if (closed()) return;
  if (next_worker_ == nullptr) {
    next_worker_ = &w;
    return;
  }
  idle_workers_.push_back(w);
  ++idle_count_;
}

// -- steps -----------------------------------------------------------------------------------------------------------

kernel::step::step(kernel& k, worker* w) noexcept
    : kernel_(k), worker_(w), before_(std::exchange(k.current_task_, w ? w->task() : nullptr)), was_running_(w != nullptr && w->running()) {
  task_base* const task = k.current_task_;
  slot_before_ = exchange_context_slot(task ? &task->context() : nullptr);
  ++k.step_depth_;
  ++k.counts_.steps;
  if (w) w->set_running(true);
  if (k.instrument_) [[unlikely]] {
    if (task) task_id_ = task->id();
    k.instrument_->step_begin(task_id_);
  }
}

kernel::step::~step() {
  --kernel_.step_depth_;
  kernel_.current_task_ = before_;
  exchange_context_slot(slot_before_);
  if (kernel_.instrument_) [[unlikely]] kernel_.instrument_->step_end(task_id_);
  if (worker_ == nullptr) return;
  worker_->set_running(was_running_);
  if (!was_running_) kernel_.after_step(*worker_);
}

inline void kernel::after_step(worker& w) {
  task_base* const task = w.task();
  if (task == nullptr) {
    w.set_away(false);
    if (w.parked()) worker_idle(w);
    return;
  }
  w.set_away(!w.parked() && !w.bound_home());
  if (w.cancel_in_flight() && cancels_in_flight().settle(w)) task->set_must_cancel(true);
  // A handler of an operation that goes on is a step as well.
  if (task->cancelling() != 0 && task->waiting() == nullptr && !w.away() && suspended_thread::resumed_since(*w.frame(), suspended_thread::innermost(*w.frame())))
      [[unlikely]] {
    cancels_in_flight().answers().waits(*task, nullptr);
    (void)suspended_thread::mark_suspended(*w.frame());
  }
  if (task->must_cancel()) task->deliver_cancel();
}

/// A step of a task that has come to a worker, with no step around it and nobody who listens: what most steps are.
class kernel::plain_step {
 public:
  plain_step(kernel& k, worker* w) noexcept
      : kernel_(k), worker_(*w), slot_before_(exchange_context_slot(&w->task()->context())) {
    k.current_task_ = w->task();
    k.step_depth_ = 1;
    ++k.counts_.steps;
    w->set_running(true);
  }
  plain_step(plain_step const&) = delete;
  plain_step& operator=(plain_step const&) = delete;
  ~plain_step() {
    kernel_.step_depth_ = 0;
    kernel_.current_task_ = nullptr;
    exchange_context_slot(slot_before_);
    worker_.set_running(false);
    kernel_.after_step(worker_);
  }

 private:
  kernel& kernel_;
  worker& worker_;
  context_slot* slot_before_;
};

void kernel::enter(task_base& task) noexcept {
  current_task_ = &task;
  exchange_context_slot(&task.context());
}

void kernel::start(task_base& task) noexcept {
  worker* w = nullptr;
  try {
    w = &take_worker();
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
void kernel::resume_on_idle_worker(task_base& task, wait_node& wait) {
  worker* const w = worker_for(wait);
  if (w == nullptr) [[unlikely]] return;
  frame_base& innermost = wait.end_own();
  task.moved_to(*w);
  suspended_thread stack = w->unpark();
  Step const s(*this, w);
  stack.run(task.root(), innermost);
}

void kernel::resume(task_base& task, wait_node& wait) {
  if (worker* const w = task.carrier()) [[unlikely]] {
    (void)wait.end_own();
    suspended_thread stack = w->unpark();
    step const s(*this, w);
    stack();
  } else if (step_depth_ != 0 || instrument_ != nullptr) [[unlikely]] {
    resume_on_idle_worker<step>(task, wait);
  } else {
    resume_on_idle_worker<plain_step>(task, wait);
  }
}

bool kernel::start_eagerly(task_base& task) {
  if (!in_thread()) return false;
  entry const inside(*this);
  // One level deeper than a step of the queue: a worker that is free at once must not go on with the queue in here.
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

void kernel::start_all(start_source& source) {
  start_source* const before = std::exchange(source_, shuffler_ ? nullptr : &source);
  unsigned const depth_before = std::exchange(source_depth_, step_depth_);
  while (task_base* const task = source.next()) {
    if (shuffler_) {
      push_ready(*task);
    } else {
      start(*task);
    }
  }
  source_ = before;
  source_depth_ = depth_before;
}

task_base* kernel::take_startable() noexcept {
  if (instrument_) [[unlikely]] return nullptr;  // hooks see a step per task
  if (source_ != nullptr && step_depth_ == source_depth_ + 1) {
    task_base* const next = source_->next();
    if (next) ++counts_.steps;
    return next;
  }
  // Only inside a batch, and never past what else is waiting: the order of the queue is the order of the steps.
  if (batch_.empty() || step_depth_ != 1 || shuffler_) return nullptr;
  ready_node& next = batch_.front();
  task_base* const task = next.startable();
  if (task == nullptr) return nullptr;
  next.unlink();
  ++counts_.steps;
  return task;
}

worker& kernel::new_worker() {
  if (free_workers_.empty()) {
    // A worker object is never freed while the loop lives: executors that I/O objects keep may still name it.
    workers_.push_back(std::make_unique<worker>(*this));
    free_workers_.push_back(*workers_.back());
  }
  worker& w = free_workers_.back();
  w.launch();
  static_cast<list_node<>&>(w).unlink();
  return w;
}

void kernel::trim_idle_workers() {
  std::size_t const most = live_count_ + idle_workers_spare;
  std::size_t n = idle_count_ > most ? idle_count_ - most : 0;
  if (drains_ % drains_between_trims == 0) {
    // What stood idle all the time since the last look was not needed.
    std::size_t const spare = std::exchange(least_idle_, idle_count_);
    if (spare > idle_workers_kept) n = std::max(n, spare / 2);
  }
  for (; n > 0 && !idle_workers_.empty(); --n) {
    worker& w = take_worker();
    suspended_thread stack = w.unpark();
    step const s(*this, &w);
    stack();  // without a task it ends
  }
}

void kernel::worker_ended(worker& w) noexcept {
  if (!closed()) free_workers_.push_back(w);
}

}  // namespace asyncio::detail
