// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The event: a flag and those who wait.
#pragma once

#include "lock_model.hpp"

#include <asyncio/event.hpp>

namespace explore {

/// 'w' waits, 's' sets, 'x' clears.
struct event_model {
  bool set = false;
  std::vector<int> waiting;

  static std::string_view alphabet() { return "wsx"; }

  template <class World>
  char begin(World& w, int task, char operation) {
    if (operation == 'x') {
      set = false;
    } else if (operation == 's') {
      set = true;
      for (int const t : std::exchange(waiting, {})) w.wake(t);
    } else if (!set) {
      waiting.push_back(task);
      return blocks;
    }
    return '+';
  }
  template <class World>
  char resume(World&, int task, bool cancelled) {
    return take_out(ended, task) || cancelled ? 'c' : '+';
  }
  template <class World>
  bool cancel(World& w, int task) {
    take_out(waiting, task);
    ended.push_back(task);
    w.wake(task);
    return true;
  }
  [[nodiscard]] std::string observe() const { return set ? "S" : "u"; }
  [[nodiscard]] std::string signature() const { return letters_of(waiting) + '.' + letters_of(ended); }

  std::vector<int> ended;  // by a cancel, and not run yet
};

class real_event {
 public:
  asyncio::awaitable<char> perform(int, char operation) {
    try {
      if (operation == 'w') co_await event_.wait();
      if (operation == 's') event_.set();
      if (operation == 'x') event_.clear();
      co_return '+';
    } catch (asyncio::cancelled_error const&) {
      co_return 'c';
    }
  }
  [[nodiscard]] std::string observe() const { return event_.is_set() ? "S" : "u"; }
  bool restore() { return event_.statistics().tasks_waiting == 0; }

 private:
  asyncio::event event_;
};

}  // namespace explore
