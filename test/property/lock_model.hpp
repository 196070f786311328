// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The lock: one who holds it, one to whom it is granted, and a line.
#pragma once

#include "explore.hpp"

#include <asyncio/lock.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace explore {

inline std::string letters_of(std::vector<int> const& tasks) {
  std::string s;
  for (int const t : tasks) s += static_cast<char>('A' + t);
  return s;
}

inline bool take_out(std::vector<int>& from, int task) {
  auto const place = std::find(from.begin(), from.end(), task);
  if (place == from.end()) return false;
  from.erase(place);
  return true;
}

/// 'a' acquires, 'r' releases (error: 'e'), 't' tries; nobody owns it.
struct lock_model {
  bool held = false;
  int promised_to = -1;
  std::vector<int> line;

  static std::string_view alphabet() { return "art"; }

  template <class World>
  char begin(World& w, int task, char operation) {
    if (operation == 'r') return release(w) ? '+' : 'e';
    if (take()) return '+';
    if (operation == 't') return '-';
    line.push_back(task);
    return blocks;
  }
  template <class World>
  char resume(World& w, int task, bool cancelled) {
    if (promised_to != task) return 'c';
    promised_to = -1;
    if (!cancelled) {
      held = true;
      return '+';
    }
    promise(w);
    return 'c';
  }
  template <class World>
  bool cancel(World& w, int task) {
    take_out(line, task);
    w.wake(task);
    return true;
  }
  [[nodiscard]] std::string observe() const { return held ? "L" : "f"; }
  [[nodiscard]] std::string signature() const { return std::to_string(promised_to) + letters_of(line); }

  [[nodiscard]] bool take() {
    if (held || promised_to >= 0 || !line.empty()) return false;
    return held = true;
  }
  template <class World>
  bool release(World& w) {
    if (!held) return false;
    held = false;
    promise(w);
    return true;
  }
  template <class World>
  void promise(World& w) {
    if (line.empty()) return;
    promised_to = line.front();
    line.erase(line.begin());
    w.wake(promised_to);
  }
};

class real_lock {
 public:
  asyncio::awaitable<char> perform(int, char operation) {
    try {
      if (operation == 'a') {
        (co_await mutex_.acquire()).release();
      } else if (operation == 't') {
        auto guard = mutex_.try_acquire();
        if (!guard) co_return '-';
        guard->release();
      } else {
        mutex_.release();
      }
      co_return '+';
    } catch (asyncio::invalid_state const&) {
      co_return 'e';
    } catch (asyncio::cancelled_error const&) {
      co_return 'c';
    }
  }
  [[nodiscard]] std::string observe() const { return mutex_.locked() ? "L" : "f"; }
  bool restore() {
    if (mutex_.locked()) mutex_.release();
    return mutex_.statistics().tasks_waiting == 0 && mutex_.try_acquire().has_value();
  }

 private:
  asyncio::lock mutex_;
};

}  // namespace explore
