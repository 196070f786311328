// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/task/cancel_walk.hpp>
#include <asyncio/detail/task/task_wait.hpp>
#include <asyncio/error.hpp>

#include <string>

namespace asyncio::detail {

bool join_arm(task_base& target, ready_node& node, task_base* waiter, task_loop& home) {
  if (&target == waiter)
    throw invalid_state("asyncio::task::join: task '" + std::string(target.name()) +
                        "' cannot await itself; it would never end");
  if (target.done()) return true;
  if (target.home() != &home)
    throw invalid_state("asyncio::task::join: task '" + std::string(target.name()) +
                        "' belongs to another loop; use run_coroutine_threadsafe to cross loops");
  target.waiters().push_back(node);
  return false;
}

bool join_cancel(task_base& target, wait_node& node) {
  if (!node.waiting() || target.done()) return false;
  passed_cancel down(node);
  if (!down.add(target)) return false;
  if (down.closes_cycle()) {
    node.unlink();
    node.complete_cancelled();
  }
  down.go();
  return true;
}

}  // namespace asyncio::detail
