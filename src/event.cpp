#include <asyncio/event.hpp>

namespace asyncio::detail {

bool event_operation::arm() {
  check_same_loop(gate_->waiters(), *this, "asyncio::event::wait");
  gate_->enqueue(*this);
  return false;
}

bool event_operation::cancel_wait() {
  if (!waiting()) return false;
  unlink();
  complete_cancelled();
  return true;
}

}  // namespace asyncio::detail
