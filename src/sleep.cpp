#include <asyncio/sleep.hpp>

namespace asyncio::detail {

bool sleep_operation::arm() {
  if (relative_) {
    if (delay_ == duration::zero()) {
      expired_ = true;
      complete();
      return false;
    }
    until_ = add_saturated(home().now(), delay_);
  } else if (until_ <= home().now()) {
    expired_ = true;
    complete();
    return false;
  }
  if (until_ != time_point::max()) home().add_timer(*this, until_);
  return false;
}

void sleep_operation::disarm() noexcept { home().remove_timer(*this); }

void sleep_operation::expired() {
  // As in asyncio the timer's turn comes first and the sleeper's turn in the pass after it, so that a callback for the
  // same instant runs before the sleeper.
  home().push_ready(*this);
}

void sleep_operation::run() {
  if (!expired_ && waiting()) {
    expired_ = true;
    complete();
    return;
  }
  wait_node::run();
}

bool sleep_operation::cancel_wait() {
  if (!waiting()) return false;
  home().remove_timer(*this);
  static_cast<list_node<>&>(*this).unlink();  // its timer may be having its turn
  complete_cancelled();
  return true;
}

wait_info sleep_operation::describe() const noexcept {
  if (until_ == time_point::max()) return {wait_kind::forever, 0, {}, nullptr};
  return {wait_kind::sleep, 0, until_, nullptr};
}

bool yield_operation::arm() {
  complete();
  return false;
}

}  // namespace asyncio::detail
