#include <asyncio/detail/raw_cancel.hpp>
#include <asyncio/detail/task_state.hpp>
#include <asyncio/detail/worker.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace asyncio::detail {

namespace asio = boost::asio;

namespace {

/// Takes the planted error out of its frame. @return whether it was still there: the frame may be gone, or have thrown it.
bool pull_out(entry_frame& stack, frame_base* planted_in, std::exception_ptr const& error) noexcept {
  for (frame_base* f = suspended_thread::innermost(stack); f != nullptr; f = frame_access::caller(*f)) {
    if (f != planted_in) continue;
    if (frame_access::pending(*f) != error) return false;
    frame_access::pending(*f) = nullptr;
    return true;
  }
  return false;
}

}  // namespace

bool raw_cancels::send(worker& w, std::string_view message) {
  entry_frame* const stack = w.frame();
  if (stack == nullptr || w.running()) return false;
  take_back(w);
  auto const number = ++last_number_;
  planting const p{suspended_thread::innermost(*stack), cancelled_exception(message), number};
  if (suspended_thread::state(*stack).slot().has_handler()) {
    // What the operation has completed already is queued before this; what the cancel completes is queued after it.
    asio::post(w.home().context().get_executor(), [this, &w, number] { after_what_was_queued(w, number); });
  }
  plantings_.emplace(&w, p);
  frame_access::pending(*p.frame) = p.error;
  w.set_cancel_in_flight(true);
  suspended_thread::context_switched(*stack) = false;
  w.task()->emit_cancel();
  if (!w.cancel_in_flight() || suspended_thread::context_switched(*stack)) return true;  // the emission has resumed it
  asio::cancellation_state state = suspended_thread::state(*stack);
  bool const let_through = state.cancelled() != asio::cancellation_type::none;  // user code may filter it out
  state.clear();
  if (!let_through) take_back(w);
  return let_through;
}

bool raw_cancels::settle(worker& w) noexcept {
  if (!w.cancel_in_flight() || !suspended_thread::context_switched(*w.frame())) return false;  // not resumed since
  auto const found = plantings_.find(&w);
  bool const unseen = pull_out(*w.frame(), found->second.frame, found->second.error);
  plantings_.erase(found);
  w.set_cancel_in_flight(false);
  return unseen;
}

void raw_cancels::take_back(worker& w) noexcept {
  if (!w.cancel_in_flight()) return;
  auto const found = plantings_.find(&w);
  if (w.task() != nullptr) pull_out(*w.frame(), found->second.frame, found->second.error);
  plantings_.erase(found);
  w.set_cancel_in_flight(false);
}

void raw_cancels::after_what_was_queued(worker& w, std::uint64_t number) {
  auto const found = plantings_.find(&w);
  if (found == plantings_.end() || found->second.number != number) return;
  // The operation was not over when it was cancelled: how it ends now is its answer to the cancel.
  take_back(w);
}

}  // namespace asyncio::detail
