#include <asyncio/detail/exception_in.hpp>
#include <asyncio/detail/guard.hpp>
#include <asyncio/detail/report.hpp>
#include <asyncio/detail/task_state.hpp>
#include <asyncio/detail/waiters.hpp>
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
  throw invalid_state("asyncio: unlock() of a guard that holds nothing: it was unlocked, released or moved from before");
}

std::exception_ptr destroyed_while_waiting(char const* object) noexcept {
  return exception_from([object] {
    return invalid_state(std::string(object) + ": destroyed while a coroutine waited for it; it must outlive those who use it");
  });
}

void fail_all(list<ready_node>& waiters, char const* object) noexcept {
  while (!waiters.empty()) static_cast<wait_node&>(waiters.pop_front()).complete(destroyed_while_waiting(object));
}

void report_from_destructor(char const* message) noexcept {
  kernel* const k = kernel::running_or_null();
  report(k, nullptr, message, std::current_exception(), about(k ? k->current_task() : nullptr));
}

}  // namespace asyncio::detail
