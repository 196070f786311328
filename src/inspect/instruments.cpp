// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/inspect/instruments.hpp>
#include <asyncio/detail/task/task_loop.hpp>
#include <asyncio/loop.hpp>

#include <spdlog/logger.h>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

namespace asyncio::detail {

void instruments::add(std::shared_ptr<instrument> hooks) {
  entries_.push_back({std::move(hooks), 0});
  ++count_;
  listen();
}

bool instruments::remove(instrument const& hooks) noexcept {
  auto const found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](entry const& e) { return e.hooks.get() == &hooks && !e.removed; });
  if (found == entries_.end()) return false;
  --count_;
  found->removed = any_removed_ = true;
  if (telling_ == 0) drop_removed();
  listen();
  return true;
}

void instruments::drop_removed() noexcept {
  while (any_removed_) {
    auto const found = std::find_if(entries_.begin(), entries_.end(), [](entry const& e) { return e.removed; });
    if (found == entries_.end()) {
      any_removed_ = false;
    } else {
      auto const last = std::move(found->hooks);  // its destructor, at the end of this iteration, may do anything
      entries_.erase(found);
    }
  }
}

template <class Call>
void instruments::each(char const* hook, Call&& call) noexcept {
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
  listen();
}

void instruments::log_removal(char const* hook) noexcept {
  try {
    loop_.owner().logger()->error("an instrument threw in its hook " + std::string(hook) +
                                  " and was removed: " + text_of(std::current_exception()));
  } catch (...) {
    // No logger left; the program continues.
  }
}

void instruments::end_idle() noexcept {
  if (!std::exchange(idle_, false)) return;
  each("idle_end", [](instrument& i, std::size_t) { i.idle_end(); });
}

void instruments::run_begin(std::uint64_t main) {
  each("run_begin", [&](instrument& i, std::size_t) { i.run_begin(main); });
}

void instruments::run_end() {
  end_idle();
  each("run_end", [](instrument& i, std::size_t) { i.run_end(); });
}

void instruments::idle_begin() {
  if (std::exchange(idle_, true)) return;
  each("idle_begin", [](instrument& i, std::size_t) { i.idle_begin(); });
}

void instruments::idle_end() { end_idle(); }

void instruments::task_created(std::uint64_t task, std::uint64_t creator, source_location where) {
  end_idle();
  each("task_created", [&](instrument& i, std::size_t) { i.task_created(task, creator, where); });
}

void instruments::task_named(std::uint64_t task, std::string_view name) {
  each("task_named", [&](instrument& i, std::size_t) { i.task_named(task, name); });
}

void instruments::task_started(std::uint64_t task) {
  each("task_started", [&](instrument& i, std::size_t) { i.task_started(task); });
}

void instruments::step_begin(std::uint64_t task) {
  end_idle();
  each("step_begin", [&](instrument& i, std::size_t& open) {
    ++open;
    i.step_begin(task);
  });
}

void instruments::step_end(std::uint64_t task) {
  each("step_end", [&](instrument& i, std::size_t& open) {
    if (open == 0) return;  // it was added during this step
    --open;
    i.step_end(task);
  });
}

void instruments::blocked(std::uint64_t task, wait_info const& what) {
  each("blocked", [&](instrument& i, std::size_t) { i.blocked(task, what); });
}

void instruments::woken(std::uint64_t task) {
  end_idle();
  each("woken", [&](instrument& i, std::size_t) { i.woken(task); });
}

void instruments::cancel_requested(std::uint64_t task) {
  end_idle();
  each("cancel_requested", [&](instrument& i, std::size_t) { i.cancel_requested(task); });
}

void instruments::timed_out(std::uint64_t task) {
  end_idle();
  each("timed_out", [&](instrument& i, std::size_t) { i.timed_out(task); });
}

void instruments::task_finished(std::uint64_t task, bool cancelled, bool failed) {
  end_idle();
  each("task_finished", [&](instrument& i, std::size_t) { i.task_finished(task, cancelled, failed); });
}

}  // namespace asyncio::detail

namespace asyncio {

void loop::add_instrument(std::shared_ptr<instrument> hooks) {
  loop_.part<detail::instruments>().add(std::move(hooks));
}

bool loop::remove_instrument(instrument const& hooks) noexcept {
  auto* const all = loop_.find_part<detail::instruments>();
  return all != nullptr && all->remove(hooks);
}

}  // namespace asyncio
