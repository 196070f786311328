#include <asyncio/detail/debug_watch.hpp>
#include <asyncio/detail/task_state.hpp>

#include <spdlog/logger.h>

namespace asyncio::detail {

void debug_watch::step_begin(std::uint64_t task) {
  std::string name = "a coroutine that is not a task";
  if (task != 0) {
    task_base const* const t = loop_.kernel().current_task();
    if (t != nullptr && t->id() == task) {
      name = "task '" + std::string(t->name()) + "' created at " + t->created_at().file_name() + ':' +
             std::to_string(t->created_at().line());
    }
  }
  steps_.push_back({std::chrono::steady_clock::now(), std::move(name)});
}

void debug_watch::step_end(std::uint64_t) {
  if (steps_.empty()) return;
  step const ended = std::move(steps_.back());
  steps_.pop_back();
  auto const took = std::chrono::steady_clock::now() - ended.since;
  if (took < slow_step_) return;
  loop_.logger()->warn("a step of " + ended.task + " took " +
                       std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()) +
                       " ms; everything else had to wait");
}

}  // namespace asyncio::detail
