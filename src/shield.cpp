#include <asyncio/shield.hpp>

namespace asyncio::detail {

// A task that fails when nobody waits any more is told of like any other: when its last handle goes, or at the end of the
// run. Who still has a handle may ask for the failure until then.
bool shield_cancel(shield_relay& relay, wait_node& waiter) {
  if (!waiter.waiting()) return false;
  relay.unlink();
  waiter.complete_cancelled();
  return true;
}

}  // namespace asyncio::detail
