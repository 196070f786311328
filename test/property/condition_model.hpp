// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// The condition: a lock, and a line of those who wait for a notification and then for the lock.
#pragma once

#include "lock_model.hpp"

#include <asyncio/condition.hpp>

#include <array>
#include <limits>

namespace explore {

/// 'a' acquires, 'r' releases, 'w' waits, 'n' notifies one, 'm' all; error: 'e'.
struct condition_model {
  enum class stage : char { acquires = 'a', waits = 'w', turn = 't', wants_lock = 'l' };
  struct waiter {
    stage at = stage::acquires;
    bool notified = false;
    bool cancelled = false;
  };
  lock_model mutex;
  std::vector<int> waiting;
  std::array<waiter, max_tasks> tasks;

  static std::string_view alphabet() { return "arwnm"; }

  template <class World>
  char begin(World& w, int task, char operation) {
    waiter& self = at(task);
    self = {};
    if (operation == 'a' || operation == 'r') return mutex.begin(w, task, operation);
    if (!mutex.held) return 'e';
    if (operation == 'n' || operation == 'm') {
      notify(w, operation == 'n' ? 1 : waiting.size());
      return '+';
    }
    (void)mutex.release(w);
    self.at = stage::waits;
    waiting.push_back(task);
    return blocks;
  }
  template <class World>
  char resume(World& w, int task, bool cancelled) {
    waiter& self = at(task);
    if (self.at == stage::acquires) return mutex.resume(w, task, cancelled);
    if (cancelled) self.cancelled = true;
    if (self.at == stage::wants_lock) {
      bool const got = mutex.resume(w, task, cancelled) == '+';
      if (got) return returns(w, task);
    }
    if (mutex.take()) return returns(w, task);
    self.at = stage::wants_lock;
    mutex.line.push_back(task);
    return blocks;
  }
  template <class World>
  bool cancel(World& w, int task) {
    waiter& self = at(task);
    if (self.at == stage::acquires) return mutex.cancel(w, task);
    take_out(waiting, task);
    take_out(mutex.line, task);
    self.cancelled = true;
    self.at = stage::turn;
    w.wake(task);
    return true;
  }
  template <class World>
  void set_free(World& w) {
    (void)mutex.release(w);
  }
  [[nodiscard]] std::string observe() const { return mutex.observe(); }
  [[nodiscard]] std::string signature() const {
    std::string s = mutex.signature() + '.' + letters_of(waiting);
    for (waiter const& t : tasks) {
      s += static_cast<char>(t.at);
      s += t.notified ? 'n' : '-';
      s += t.cancelled ? 'c' : '-';
    }
    return s;
  }

 private:
  [[nodiscard]] waiter& at(int task) { return tasks[static_cast<std::size_t>(task)]; }

  template <class World>
  void notify(World& w, std::size_t n) {
    for (; n > 0 && !waiting.empty(); --n) {
      int const t = waiting.front();
      waiting.erase(waiting.begin());
      at(t).notified = true;
      at(t).at = stage::turn;
      w.wake(t);
    }
  }
  template <class World>
  char returns(World& w, int task) {
    waiter const was = std::exchange(at(task), {});
    if (!was.cancelled) return '+';
    if (was.notified) notify(w, 1);
    return 'c';
  }
};

class real_condition {
 public:
  asyncio::awaitable<char> perform(int, char operation) {
    try {
      switch (operation) {
        case 'a': (co_await condition_.acquire()).release(); break;
        case 'r': condition_.release(); break;
        case 'w': co_await condition_.wait(); break;
        case 'n': condition_.notify(); break;
        default: condition_.notify_all();
      }
      co_return '+';
    } catch (asyncio::invalid_state const&) {
      co_return 'e';
    } catch (asyncio::cancelled_error const&) {
      co_return 'c';
    }
  }
  void set_free() {
    if (condition_.locked()) condition_.release();
  }
  [[nodiscard]] std::string observe() const { return condition_.locked() ? "L" : "f"; }
  bool restore() {
    set_free();
    return condition_.statistics().tasks_waiting == 0 && condition_.try_acquire().has_value();
  }

 private:
  asyncio::condition condition_;
};

}  // namespace explore
