#include <asyncio/detail/hook_set.hpp>
#include <asyncio/detail/kernel.hpp>
#include <asyncio/loop.hpp>

#include <spdlog/logger.h>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

namespace asyncio::detail {

void hook_set::add(std::shared_ptr<instrument> hooks) {
  entries_.push_back({std::move(hooks), 0});
  ++count_;
}

bool hook_set::remove(instrument const& hooks) noexcept {
  auto const found =
      std::find_if(entries_.begin(), entries_.end(), [&](entry const& e) { return e.hooks.get() == &hooks && !e.removed; });
  if (found == entries_.end()) return false;
  --count_;
  found->removed = any_removed_ = true;
  if (telling_ == 0) drop_removed();
  return true;
}

void hook_set::drop_removed() noexcept {
  while (any_removed_) {
    auto const found = std::find_if(entries_.begin(), entries_.end(), [](entry const& e) { return e.removed; });
    if (found == entries_.end()) {
      any_removed_ = false;
    } else {
      auto const last = std::move(found->hooks);  // its destructor, at the end of this round, may do anything
      entries_.erase(found);
    }
  }
}

template <class Call>
void hook_set::each(char const* hook, Call&& call) noexcept {
  ++telling_;
  for (std::size_t i = 0, n = entries_.size(); i < n; ++i) {
    if (entries_[i].removed) continue;
    instrument& hooks = *entries_[i].hooks;
    try {
      call(hooks, entries_[i].open_steps);
    } catch (...) {
      log_removal(hook);
      remove(hooks);
    }
  }
  if (--telling_ > 0 || !any_removed_) return;
  drop_removed();
  kernel_.instruments_changed();
}

void hook_set::log_removal(char const* hook) noexcept {
  try {
    kernel_.owner().logger()->error("an instrument threw in its hook " + std::string(hook) +
                                    " and was removed: " + text_of(std::current_exception()));
  } catch (...) {
    // No logger left; the program goes on.
  }
}

void hook_set::end_idle() noexcept {
  if (!std::exchange(idle_, false)) return;
  each("idle_end", [](instrument& i, std::size_t) { i.idle_end(); });
}

void hook_set::run_begin(std::uint64_t main) {
  each("run_begin", [&](instrument& i, std::size_t) { i.run_begin(main); });
}

void hook_set::run_end() {
  end_idle();
  each("run_end", [](instrument& i, std::size_t) { i.run_end(); });
}

void hook_set::idle_begin() {
  if (std::exchange(idle_, true)) return;
  each("idle_begin", [](instrument& i, std::size_t) { i.idle_begin(); });
}

void hook_set::idle_end() { end_idle(); }

void hook_set::task_created(std::uint64_t task, std::uint64_t creator, source_location where) {
  end_idle();
  each("task_created", [&](instrument& i, std::size_t) { i.task_created(task, creator, where); });
}

void hook_set::task_named(std::uint64_t task, std::string_view name) {
  each("task_named", [&](instrument& i, std::size_t) { i.task_named(task, name); });
}

void hook_set::task_started(std::uint64_t task) {
  each("task_started", [&](instrument& i, std::size_t) { i.task_started(task); });
}

void hook_set::step_begin(std::uint64_t task) {
  end_idle();
  each("step_begin", [&](instrument& i, std::size_t& open) {
    ++open;
    i.step_begin(task);
  });
}

void hook_set::step_end(std::uint64_t task) {
  each("step_end", [&](instrument& i, std::size_t& open) {
    if (open == 0) return;  // it was added in the middle of this step
    --open;
    i.step_end(task);
  });
}

void hook_set::blocked(std::uint64_t task, wait_info const& what) {
  each("blocked", [&](instrument& i, std::size_t) { i.blocked(task, what); });
}

void hook_set::woken(std::uint64_t task) {
  end_idle();
  each("woken", [&](instrument& i, std::size_t) { i.woken(task); });
}

void hook_set::cancel_requested(std::uint64_t task) {
  end_idle();
  each("cancel_requested", [&](instrument& i, std::size_t) { i.cancel_requested(task); });
}

void hook_set::timed_out(std::uint64_t task) {
  end_idle();
  each("timed_out", [&](instrument& i, std::size_t) { i.timed_out(task); });
}

void hook_set::task_finished(std::uint64_t task, bool cancelled, bool failed) {
  end_idle();
  each("task_finished", [&](instrument& i, std::size_t) { i.task_finished(task, cancelled, failed); });
}

}  // namespace asyncio::detail
