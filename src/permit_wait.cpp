#include <asyncio/detail/permit_wait.hpp>

namespace asyncio::detail {

bool permit_wait::arm() {
  check_same_loop(permits_->waiters(), *this, who_);
  permits_->enqueue(*this);
  return false;
}

bool permit_wait::cancel_wait() {
  if (!waiting()) return false;  // it has the permit already, and gives it back when its turn comes
  unlink();
  complete_cancelled();
  return true;
}

void permit_wait::give_back() noexcept {
  if (!std::exchange(promised_, false)) return;
  permits_->decline();
  hand_out(*permits_);
}

void permit_wait::abandon() noexcept {
  give_back();
  wait_node::abandon();
}

}  // namespace asyncio::detail
