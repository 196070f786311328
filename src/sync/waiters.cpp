// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/base/exception_in.hpp>
#include <asyncio/detail/sync/guard.hpp>
#include <asyncio/detail/sync/waiters.hpp>
#include <asyncio/detail/task/report.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/error.hpp>
#include <asyncio/loop.hpp>

#include <string>

namespace asyncio::detail {

void refuse_other_loop(char const* who) {
  throw invalid_state(std::string(who) +
                      ": coroutines of another loop wait for this object; give each loop its own, and cross loops with "
                      "run_coroutine_threadsafe");
}

void refuse_empty_guard() {
  throw invalid_state(
      "asyncio: unlock() of a guard that holds nothing: it was unlocked, released or moved from before");
}

std::exception_ptr destroyed_while_waiting(char const* object) noexcept {
  return exception_from([object] {
    return invalid_state(std::string(object) +
                         ": destroyed while a coroutine waited for it; it must outlive those who use it");
  });
}

void fail_all(list<ready_node>& waiters, char const* object) noexcept {
  while (!waiters.empty()) static_cast<wait_node&>(waiters.pop_front()).complete(destroyed_while_waiting(object));
}

void report_from_destructor(char const* message) noexcept {
  task_loop* const core = task_loop::running_or_null();
  report(core, nullptr, message, std::current_exception(), about(core ? core->current_task() : nullptr));
}

}  // namespace asyncio::detail
