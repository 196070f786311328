// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The semaphore: a number, those to whom a permit is granted, and a line.
#pragma once

#include "lock_model.hpp"

#include <asyncio/semaphore.hpp>

namespace explore {

/// 'a' acquires, 'r' releases.
struct semaphore_model {
  int value = 1;
  std::vector<int> granted;
  std::vector<int> line;

  static std::string_view alphabet() { return "ar"; }

  template <class World>
  char begin(World& w, int task, char operation) {
    if (operation == 'r') {
      ++value;
      if (!line.empty()) promise(w);
      return '+';
    }
    if (!locked()) {
      --value;
      return '+';
    }
    line.push_back(task);
    return blocks;
  }
  template <class World>
  char resume(World& w, int task, bool cancelled) {
    if (!take_out(granted, task)) return 'c';
    if (cancelled) ++value;
    while (value > 0 && !line.empty()) promise(w);
    return cancelled ? 'c' : '+';
  }
  template <class World>
  bool cancel(World& w, int task) {
    take_out(line, task);
    w.wake(task);
    return true;
  }
  [[nodiscard]] std::string observe() const { return std::to_string(value) + (locked() ? "L" : "f"); }
  [[nodiscard]] std::string signature() const { return letters_of(granted) + '.' + letters_of(line); }

  [[nodiscard]] bool locked() const { return value == 0 || !granted.empty() || !line.empty(); }
  template <class World>
  void promise(World& w) {
    --value;
    granted.push_back(line.front());
    line.erase(line.begin());
    w.wake(granted.back());
  }
};

class real_semaphore {
 public:
  asyncio::awaitable<char> perform(int, char operation) {
    try {
      if (operation == 'a') {
        (co_await semaphore_.acquire()).release();
        --balance_;
      } else {
        ++balance_;
        semaphore_.release();
      }
      co_return '+';
    } catch (asyncio::cancelled_error const&) {
      co_return 'c';
    }
  }
  [[nodiscard]] std::string observe() const {
    return std::to_string(semaphore_.value()) + (semaphore_.locked() ? "L" : "f");
  }
  /// No permit was lost, none was made.
  bool restore() {
    return static_cast<int>(semaphore_.value()) == 1 + balance_ && semaphore_.statistics().tasks_waiting == 0 &&
           semaphore_.locked() == (semaphore_.value() == 0);
  }

 private:
  asyncio::semaphore semaphore_{1};
  int balance_ = 0;
};

}  // namespace explore
