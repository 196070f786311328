#include <asyncio/detail/call_stack.hpp>
#include <asyncio/detail/raw_cancel.hpp>
#include <asyncio/detail/task_state.hpp>
#include <asyncio/detail/worker.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <cstring>
#include <exception>
#include <utility>

namespace asyncio::detail {

namespace asio = boost::asio;

namespace {

list_node<cancel_tag>& place_of(worker& w) noexcept { return w; }

asio::cancellation_slot slot_of(worker& w) noexcept { return suspended_thread::state(*w.frame()).slot(); }

}  // namespace

/// Only the frame in which it was planted has a reference to it: it is destroyed when something takes its place there.
class raw_cancels::planted_error final : public cancelled_error {
 public:
  planted_error(std::string_view message, std::shared_ptr<planting> p) : cancelled_error(message), planting_(std::move(p)) {}
  planted_error(planted_error const&) = default;  // into the exception
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
      asio_answers& answers = planting_->on->home().cancels_in_flight().answers();
      if (answers.insists_on(*task)) {
        there = cancelled_exception(message());
      } else {
        answers.answered(*task);
      }
      return;
    }
    if (there == std::current_exception()) {  // of the coroutine itself, which had no eyes for the planted one
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

/// Takes the planted error out of its frame. @return whether it was still there: the frame may be gone, or have thrown it.
bool raw_cancels::pull_out(planting& p) noexcept {
  entry_frame* const stack = std::exchange(p.stack, nullptr);
  if (stack == nullptr) return false;  // pulled out before
  for (frame_base* f = suspended_thread::innermost(*stack); f != nullptr; f = frame_access::caller(*f))
    if (f == p.frame) return std::exchange(frame_access::pending(*f), nullptr) != nullptr;  // no other is ever in a stack
  return false;
}

void raw_cancels::erase(worker& w) noexcept {
  place_of(w).unlink();
  w.cancelled_in_ = nullptr;
  if (std::shared_ptr<planting> const p = std::exchange(w.planting_, nullptr)) {
    p->stack = nullptr;
    p->told.remove();
  }
}

void raw_cancels::plant(worker& w, entry_frame& stack, std::string_view message) {
  auto p = std::make_shared<planting>(&stack, suspended_thread::innermost(stack), w);
  std::exception_ptr error = std::make_exception_ptr(planted_error(message, p));
  frame_access::pending(*p->frame) = std::move(error);
  w.planting_ = std::move(p);
}

bool raw_cancels::send(worker& w, std::string_view message) {
  entry_frame* const stack = w.frame();
  if (stack == nullptr || w.running() || !w.bound_home()) return false;
  take_back(w);
  if (!w.task()->show_cancel()) return false;
  try {
    plant(w, *stack, message);
  } catch (...) {  // no memory: an operation that can be cancelled is, all others leave it to the next wait
  }
  w.cancelled_in_ = suspended_thread::mark_suspended(*stack);
  w.pin();  // so that it is known when the task ends
  kernel& k = w.home();
  // Until the present step is over: what one of its cancels has queued is no obstacle to the next.
  auto const moment = k.counts().steps;
  if (queue_.is_quiet(moment)) {
    tell(w, calm::quiet);
    if (k.counts().steps == moment) queue_.accept(moment);
  } else {
    due_.push_back(w);
    k.schedule_cancels();
  }
  return true;
}

void raw_cancels::make_due(worker& w) noexcept {
  place_of(w).unlink();
  if (w.planting_) w.planting_->emitted = false;
  due_.push_back(w);
  w.home().schedule_cancels();
}

bool raw_cancels::resumed(worker& w) noexcept { return suspended_thread::resumed_since(*w.frame(), w.cancelled_in_); }

/// Whether its operation has begun a step that takes a cancel and was not told of this one.
bool raw_cancels::in_new_step(worker& w) noexcept {
  return w.planting_ && w.planting_->emitted && w.planting_->told.is_missing(slot_of(w));
}

void raw_cancels::tell(worker& w, calm c) {
  task_ref const task = task_ref::share(*w.task());  // it may end in here
  std::shared_ptr<planting> const p = w.planting_;
  told_.push_back(w);
  if (!w.bound_home()) {  // the same; what was planted is thrown there
    erase(w);
    return;
  }
  if (resumed(w)) {  // by a handler that was no step of the worker's
    if (settle(w)) task.get()->deliver_cancel();
    return;
  }
  bool const listening = slot_of(w).has_handler();
  if (p) {
    p->emitted = true;
    p->told.put(slot_of(w));
    if (listening && c == calm::noisy) takes_later(p);
  }
  task.get()->emit_cancel();
  if (!w.cancel_in_flight() || w.planting_ != p || w.task() != task.get() || resumed(w)) return;  // by that
  asio::cancellation_state state = suspended_thread::state(*w.frame());
  bool const let_through = state.cancelled() != asio::cancellation_type::none;  // user code may filter it out
  if (!let_through || (!p && !listening)) {
    take_back(w);
    task.get()->set_must_cancel(true);
    return;
  }
  if (suspended_thread::throws_if_cancelled(*w.frame())) state.clear();
  if (listening && p && c == calm::quiet) takes(*p);
}

/// The operation was not over when it was cancelled: how it ends now is its answer to the cancel.
void raw_cancels::takes(planting& p) noexcept {
  if (p.stack == nullptr || answers_.insists_on(*p.on->task())) return;  // no answer will do
  pull_out(p);
  answers_.answered(*p.on->task());
}

/// What the operation has completed already is queued before this; what the cancel completes is queued after it.
void raw_cancels::takes_later(std::shared_ptr<planting> const& p) noexcept {
  try {
    asio::post(p->on->home().context().get_executor(), [this, p] { takes(*p); });
  } catch (...) {  // no memory: then it is thrown
  }
}

bool raw_cancels::settle(worker& w) noexcept {
  if (!w.cancel_in_flight()) return false;
  if (!w.bound_home() && w.task() != nullptr && !w.parked()) {  // the next operation may be over in another thread by now
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

void raw_cancels::take_back(worker& w) noexcept {
  if (!w.cancel_in_flight()) return;
  if (w.task() != nullptr && w.planting_) pull_out(*w.planting_);
  erase(w);
}

void raw_cancels::look_again() noexcept {
  told_.for_each([this](worker& w) {
    if (w.bound_home() && (resumed(w) || in_new_step(w))) make_due(w);
  });
}

void raw_cancels::forget_all() noexcept {
  for (auto* const workers : {&due_, &telling_, &told_})
    while (!workers->empty()) erase(workers->front());
}

}  // namespace asyncio::detail
