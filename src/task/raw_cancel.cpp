// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/task/carrier.hpp>
#include <asyncio/detail/task/own_task.hpp>
#include <asyncio/detail/task/raw_cancel.hpp>
#include <asyncio/detail/task/task_state.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <cstring>
#include <exception>
#include <utility>

namespace asyncio::detail {

namespace asio = boost::asio;

namespace {

list_node<cancel_tag>& place_of(carrier& w) noexcept { return w; }

asio::cancellation_slot slot_of(carrier& w) noexcept { return suspended_thread::state(*w.frame()).slot(); }

}  // namespace

/// Referenced only by the frame in which it was planted: its destructor runs when it is replaced or thrown there.
class raw_cancels::planted_error final : public cancelled_error {
 public:
  planted_error(std::string_view message, std::shared_ptr<planting> p)
      : cancelled_error(message), planting_(std::move(p)) {}
  planted_error(planted_error const&) = default;  // copied into the exception
  planted_error& operator=(planted_error const&) = delete;
  ~planted_error() override {
    if (!planting_ || planting_->stack == nullptr) return;
    frame_base* const f = planting_->frame;
    if (suspended_thread::innermost(*planting_->stack) != f) return;  // it was thrown
    std::exception_ptr& there = frame_access::pending(*f);
    if (!there || object_of(there) == this) return;
    if (is_cancel(there)) {
      task_base* const task = planting_->on->task();
      if (task == nullptr) return;
      cancel_answers& answers = planting_->on->home().cancels_in_flight().answers();
      if (answers.insists_on(*task)) {
        there = cancelled_exception(message());
      } else {
        answers.answered(*task);
      }
      return;
    }
    if (there == std::current_exception()) {  // the coroutine's own exception: the planted one was not thrown
      planting_->displaced = true;
    } else {
      there = cancelled_exception(message());
    }
  }

 private:
  static void const* object_of(std::exception_ptr const& e) noexcept {
    static_assert(sizeof e == sizeof(void*), "an exception_ptr is the address of what was thrown");
    void const* object = nullptr;
    std::memcpy(&object, &e, sizeof object);
    return object;
  }

  std::shared_ptr<planting> planting_;
};

/// Removes the planted error from its frame. @return whether it was still there: the frame may be gone or have thrown
/// it.
bool raw_cancels::pull_out(planting& p) noexcept {
  entry_frame* const stack = std::exchange(p.stack, nullptr);
  if (stack == nullptr) return false;  // already removed
  for (frame_base* f = suspended_thread::innermost(*stack); f != nullptr; f = frame_access::caller(*f))
    if (f == p.frame)
      return std::exchange(frame_access::pending(*f), nullptr) != nullptr;  // a stack never holds any other
  return false;
}

void raw_cancels::erase(carrier& w) noexcept {
  place_of(w).unlink();
  w.cancelled_in_ = nullptr;
  if (std::shared_ptr<planting> const p = std::exchange(w.planting_, nullptr)) {
    p->stack = nullptr;
    p->told.remove();
  }
}

void raw_cancels::plant(carrier& w, entry_frame& stack, std::string_view message) {
  auto p = std::make_shared<planting>(&stack, suspended_thread::innermost(stack), w);
  std::exception_ptr error = std::make_exception_ptr(planted_error(message, p));
  frame_access::pending(*p->frame) = std::move(error);
  w.planting_ = std::move(p);
}

bool raw_cancels::send(carrier& w, std::string_view message) {
  entry_frame* const stack = w.frame();
  if (stack == nullptr || w.running() || !w.bound_home()) return false;
  take_back(w);
  if (!w.task()->show_cancel()) return false;
  try {
    plant(w, *stack, message);
  } catch (...) {  // no memory: a cancellable operation is cancelled, otherwise the next wait throws
  }
  w.cancelled_in_ = suspended_thread::mark_suspended(*stack);
  w.pin();  // to detect the end of the task
  task_loop& core = w.home();
  // During the current step, handlers queued by one of its cancellations do not delay the next one.
  auto const moment = core.counts().steps;
  if (queue_.is_quiet(moment)) {
    tell(w, calm::quiet);
    if (core.counts().steps == moment) queue_.accept(moment);
  } else {
    due_.push_back(w);
    core.schedule_cancels();
  }
  return true;
}

void raw_cancels::make_due(carrier& w) noexcept {
  place_of(w).unlink();
  if (w.planting_) w.planting_->emitted = false;
  due_.push_back(w);
  w.home().schedule_cancels();
}

bool raw_cancels::resumed(carrier& w) noexcept { return suspended_thread::resumed_since(*w.frame(), w.cancelled_in_); }

/// Whether its operation has started a cancellable step that has not received this cancellation.
bool raw_cancels::in_new_step(carrier& w) noexcept {
  return w.planting_ && w.planting_->emitted && w.planting_->told.is_missing(slot_of(w));
}

void raw_cancels::tell(carrier& w, calm c) {
  task_ref const task = task_ref::share(*w.task());  // the task may end in here
  std::shared_ptr<planting> const p = w.planting_;
  told_.push_back(w);
  if (!w.bound_home()) {  // the same; the planted error is thrown in the other thread
    erase(w);
    return;
  }
  if (resumed(w)) {  // by a handler outside the carrier's steps
    if (unseen_after_step(w)) task.get()->deliver_cancel();
    return;
  }
  bool const listening = slot_of(w).has_handler();
  if (p) {
    p->emitted = true;
    p->told.put(slot_of(w));
    if (listening && c == calm::noisy) takes_later(p);
  }
  task.get()->emit_cancel();
  if (!w.cancel_in_flight() || w.planting_ != p || w.task() != task.get() || resumed(w)) return;  // resumed above
  asio::cancellation_state state = suspended_thread::state(*w.frame());
  bool const let_through = state.cancelled() != asio::cancellation_type::none;  // false: user code filters it out
  if (!let_through || (!p && !listening)) {
    take_back(w);
    task.get()->set_must_cancel(true);
    return;
  }
  if (suspended_thread::throws_if_cancelled(*w.frame())) state.clear();
  if (listening && p && c == calm::quiet) takes(*p);
}

/// The operation was not complete when it was cancelled: its result now is the answer to the cancellation.
void raw_cancels::takes(planting& p) noexcept {
  if (p.stack == nullptr || answers_.insists_on(*p.on->task())) return;  // only cancelled_error is accepted
  pull_out(p);
  answers_.answered(*p.on->task());
}

/// A completion before the cancellation is queued before this; a completion caused by it is queued after.
void raw_cancels::takes_later(std::shared_ptr<planting> const& p) noexcept {
  try {
    asio::post(p->on->home().context().get_executor(), [this, p] { takes(*p); });
  } catch (...) {  // no memory: the planted error is thrown
  }
}

bool raw_cancels::unseen_after_step(carrier& w) noexcept {
  if (!w.cancel_in_flight()) return false;
  if (!w.bound_home() && w.task() != nullptr &&
      !w.parked()) {  // the next operation may already have completed in another thread
    bool const unseen = w.planting_ && w.planting_->displaced;
    erase(w);
    return unseen;
  }
  if (!resumed(w)) {
    if (in_new_step(w)) make_due(w);
    return false;
  }
  bool const unseen = w.planting_ && (w.planting_->displaced || pull_out(*w.planting_));
  erase(w);
  return unseen;
}

void raw_cancels::take_back(carrier& w) noexcept {
  if (!w.cancel_in_flight()) return;
  if (w.task() != nullptr && w.planting_) pull_out(*w.planting_);
  erase(w);
}

void raw_cancels::look_again() noexcept {
  told_.for_each([this](carrier& w) {
    if (w.bound_home() && (resumed(w) || in_new_step(w))) make_due(w);
  });
}

void raw_cancels::forget_all() noexcept {
  for (auto* const workers : {&due_, &telling_, &told_})
    while (!workers->empty()) erase(workers->front());
}

}  // namespace asyncio::detail
