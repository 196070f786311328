// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The barrier of two parties: who is inside, who stands at the entrance, and how many have not left their round.
#pragma once

#include "lock_model.hpp"

#include <asyncio/barrier.hpp>
#include <asyncio/error.hpp>

#include <array>

namespace explore {

/// 'w' waits (its index, or 'b' for broken), 'A' aborts, 'R' resets.
struct barrier_model {
  enum class stage : char { inside = 'i', entrance = 'e', again = 'a', out = 'o', cancelled = 'x' };
  static constexpr int parties = 2;
  char phase = 'f';  // f, d, r, b: filling, draining, resetting, broken
  int count = 0;
  std::vector<int> inside;
  std::vector<int> entrance;
  std::array<stage, max_tasks> stages{stage::out, stage::out, stage::out};
  std::array<bool, max_tasks> counted{};
  std::array<int, max_tasks> index{};

  static std::string_view alphabet() { return "wAR"; }

  template <class World>
  char begin(World& w, int task, char operation) {
    if (operation == 'w') return arrive(w, task);
    if (operation == 'A') {
      phase = 'b';
      for (int const t : std::exchange(entrance, {})) wake_again(w, t);
    } else {
      phase = count > 0 ? 'r' : 'f';
    }
    // Of the two lists one is always empty: somebody stands at the entrance only while a round is over.
    for (int const t : std::exchange(inside, {})) let_go(w, t, 0);
    return '+';
  }
  template <class World>
  char resume(World& w, int task, bool cancelled) {
    stage const was = std::exchange(stages[slot(task)], stage::out);
    if (was == stage::again && !cancelled) return arrive(w, task);
    bool const broken = counted[slot(task)] && (phase == 'b' || phase == 'r');
    leave(w, task);
    if (cancelled || was == stage::cancelled || was == stage::again) return 'c';
    return broken ? 'b' : static_cast<char>('0' + index[slot(task)]);
  }
  template <class World>
  bool cancel(World& w, int task) {
    take_out(inside, task);
    take_out(entrance, task);
    stages[slot(task)] = stage::cancelled;
    w.wake(task);
    return true;
  }
  [[nodiscard]] std::string observe() const { return phase + std::to_string(phase == 'f' ? count : 0); }
  [[nodiscard]] std::string signature() const {
    std::string s = std::to_string(count) + letters_of(inside) + '.' + letters_of(entrance);
    for (std::size_t t = 0; t < max_tasks; ++t) {
      s += static_cast<char>(stages[t]);
      s += counted[t] ? static_cast<char>('0' + index[t]) : '-';
    }
    return s;
  }

 private:
  static std::size_t slot(int task) { return static_cast<std::size_t>(task); }

  template <class World>
  char arrive(World& w, int task) {
    if (phase == 'd' || phase == 'r') {
      stages[slot(task)] = stage::entrance;
      entrance.push_back(task);
      return blocks;
    }
    if (phase == 'b') return 'b';
    ++count;
    counted[slot(task)] = true;
    if (count < parties) {
      stages[slot(task)] = stage::inside;
      inside.push_back(task);
      return blocks;
    }
    phase = 'd';
    int place = 0;
    for (int const t : std::exchange(inside, {})) let_go(w, t, place++);
    leave(w, task);  // it goes on at once
    return static_cast<char>('0' + parties - 1);
  }
  template <class World>
  void let_go(World& w, int task, int place) {
    index[slot(task)] = place;
    stages[slot(task)] = stage::out;
    w.wake(task);
  }
  template <class World>
  void wake_again(World& w, int task) {
    stages[slot(task)] = stage::again;
    w.wake(task);
  }
  template <class World>
  void leave(World& w, int task) {
    if (!std::exchange(counted[slot(task)], false) || --count > 0) return;
    if (phase == 'd' || phase == 'r') phase = 'f';
    for (int const t : std::exchange(entrance, {})) wake_again(w, t);
  }
};

class real_barrier {
 public:
  asyncio::awaitable<char> perform(int, char operation) {
    try {
      if (operation == 'w') co_return static_cast<char>('0' + co_await barrier_.wait());
      if (operation == 'A') barrier_.abort();
      if (operation == 'R') barrier_.reset();
      co_return '+';
    } catch (asyncio::broken_barrier const&) {
      co_return 'b';
    } catch (asyncio::cancelled_error const&) {
      co_return 'c';
    }
  }
  [[nodiscard]] std::string observe() const {
    return "fdrb"[static_cast<int>(barrier_.statistics().phase)] + std::to_string(barrier_.n_waiting());
  }
  bool restore() {
    barrier_.reset();
    return observe() == "f0" && barrier_.statistics().tasks_waiting == 0;
  }

 private:
  asyncio::barrier barrier_{barrier_model::parties};
};

}  // namespace explore
