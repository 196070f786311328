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
  for (frame_base* f = suspended_thread::innermost(*stack); f != nullptr; f = frame_access::caller(*f))
    if (f == p.frame) return std::exchange(frame_access::pending(*f), nullptr) != nullptr;  // no other is ever in a stack
  return false;
}

void raw_cancels::erase(plantings::iterator where, worker& w) noexcept {
  where->second->stack = nullptr;
  plantings_.erase(where);
  w.set_cancel_in_flight(false);
}

void raw_cancels::plant(worker& w, entry_frame* stack, std::string_view message) {
  auto const number = ++last_number_;
  auto const p = std::make_shared<planting>(planting{stack, suspended_thread::innermost(*stack), &w, number});
  std::exception_ptr error = std::make_exception_ptr(planted_error(message, p));
  if (suspended_thread::state(*stack).slot().has_handler()) {
    // What the operation has completed already is queued before this; what the cancel completes is queued after it.
    asio::post(w.home().context().get_executor(), [this, &w, number] { after_what_was_queued(w, number); });
  }
  plantings_.emplace(&w, p);
  frame_access::pending(*p->frame) = std::move(error);
  w.set_cancel_in_flight(true);
}

bool raw_cancels::send(worker& w, std::string_view message) {
  entry_frame* const stack = w.frame();
  if (stack == nullptr || w.running() || !w.bound_home()) return false;
  take_back(w);
  bool planted = true;
  try {
    plant(w, stack, message);
  } catch (...) {  // no memory: an operation that can be cancelled is, all others leave it to the next wait
    planted = false;
  }
  frame_base* const innermost = suspended_thread::mark_suspended(*stack);
  w.task()->emit_cancel();
  if ((planted && !w.cancel_in_flight()) || suspended_thread::resumed_since(*stack, innermost)) return true;  // by that
  asio::cancellation_state state = suspended_thread::state(*stack);
  bool const let_through = state.cancelled() != asio::cancellation_type::none &&  // user code may filter it out
                           (planted || state.slot().has_handler());
  state.clear();
  if (!let_through) take_back(w);
  return let_through;
}

bool raw_cancels::settle(worker& w) noexcept {
  if (!w.cancel_in_flight()) return false;
  auto const found = plantings_.find(&w);
  if (!w.bound_home() && w.task() != nullptr && !w.parked()) {  // the next operation may be over in another thread by now
    bool const unseen = found->second->displaced;
    erase(found, w);
    return unseen;
  }
  if (!suspended_thread::resumed_since(*w.frame(), found->second->frame)) return false;
  bool const unseen = found->second->displaced || pull_out(*found->second);
  erase(found, w);
  return unseen;
}

void raw_cancels::take_back(worker& w) noexcept {
  if (!w.cancel_in_flight()) return;
  auto const found = plantings_.find(&w);
  if (w.task() != nullptr) pull_out(*found->second);
  erase(found, w);
}

void raw_cancels::forget_all() noexcept {
  for (auto& [w, p] : plantings_) p->stack = nullptr;
  plantings_.clear();
}

void raw_cancels::after_what_was_queued(worker& w, std::uint64_t number) {
  auto const found = plantings_.find(&w);
  if (found == plantings_.end() || found->second->number != number) return;
  if (answers_.insists_on(*w.task())) return;  // no answer will do
  // The operation was not over when it was cancelled: how it ends now is its answer to the cancel.
  take_back(w);
  answers_.answered(*w.task());
}

}  // namespace asyncio::detail
