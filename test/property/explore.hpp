// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
// Exhaustive small models: every program of up to three tasks with up to four operations each, on the real object and on a
// reference model of it; what can be observed must be equal.
//
// The programs are not written down one by one: the model runs, and where a task needs its next operation every one of the
// alphabet is tried. A program is left out only if its beginning leads to a state of the model from which another program,
// whose tasks had as many operations left or more, was continued in every way. Every edge of the state graph is therefore
// run on the real object, and afterwards whatever is still blocked is cancelled.
//
// A model is a copyable struct:
//   static std::string_view alphabet();                  // a letter for each operation besides 'y', 'c' and 'd'
//   template <class World> char begin(World&, int task, char operation);            // a result, or `blocks`
//   template <class World> char resume(World&, int task, bool cancelled);           // the same
//   template <class World> bool cancel(World&, int task);  // takes a blocked task out of its list and wakes it
//   template <class World> void set_free(World&);        // optional: who is blocked even after a cancel goes on
//   std::string observe() const;                         // what everybody can see of the object
//   std::string signature() const;                       // everything else that decides what happens later
// A real object is a class:
//   awaitable<char> perform(int task, char operation);   // cancelled_error gives 'c'
//   void set_free();                                     // if the model has it
//   std::string observe() const;
//   bool restore();                                      // after the program: whether the object is usable and nothing is lost
#pragma once

#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/testing/control.hpp>
#include <asyncio/testing/run.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace explore {

inline constexpr int max_tasks = 3;
inline constexpr std::size_t max_operations = 4;
inline constexpr char blocks = '.';

/// The operations of each task, a letter each: 'y' yields, 'c' cancels the next task, 'd' the one after it (round and round).
using program = std::vector<std::string>;

inline std::string to_text(program const& p) {
  std::string text;
  for (std::string const& task : p) text += (text.empty() ? "" : " | ") + (task.empty() ? std::string("-") : task);
  return text;
}

/// The reference: tasks, a first-in-first-out ready queue and the model of the object.
template <class Model>
class world {
 public:
  explicit world(Model model, int tasks) : model_(std::move(model)), tasks_(static_cast<std::size_t>(tasks)) {
    for (int t = 0; t < tasks; ++t) ready_.push_back(t);
  }

  /// For the model: `task` has what it waited for, or a cancel, and is queued.
  void wake(int task) {
    at(task).queued = true;
    ready_.push_back(task);
  }

  /// Runs until a task wants its next operation. @return which, or -1: nothing can run any more.
  int run() {
    while (running_ < 0 && !ready_.empty()) {
      int const t = ready_.front();
      ready_.pop_front();
      actor& self = at(t);
      self.queued = false;
      bool const cancelled = std::exchange(self.cancel_pending, false);
      if (self.doing == 0) {  // its first step
        if (cancelled) {
          self.done = true;
        } else {
          running_ = t;
        }
        continue;
      }
      char const result = self.doing == 'y' ? (cancelled ? 'c' : '+') : model_.resume(*this, t, cancelled);
      if (result == blocks) continue;
      note(t, self.doing, result);
      running_ = t;
    }
    return running_;
  }

  [[nodiscard]] std::size_t operations_done(int t) const { return at(t).program.size(); }
  /// The task that run() returned does `operation`.
  void perform(char operation) {
    int const t = running_;
    actor& self = at(t);
    self.program += operation;
    self.doing = operation;
    if (operation == 'y') {
      wake(t);
      running_ = -1;
      return;
    }
    if (operation == 'c' || operation == 'd') {
      note(t, operation, cancel((t + (operation == 'c' ? 1 : 2)) % static_cast<int>(tasks_.size())) ? '+' : '-');
      return;
    }
    char const result = model_.begin(*this, t, operation);
    if (result == blocks) {
      running_ = -1;
    } else {
      note(t, operation, result);
    }
  }
  /// ... or ends.
  void end_task() { at(std::exchange(running_, -1)).done = true; }
  /// What is left when nothing can run any more: the deadlocked ones, who are then cancelled, over and over.
  void finish() {
    for (bool first = true;; first = false) {
      std::string blocked;
      for (int t = 0; t < static_cast<int>(tasks_.size()); ++t)
        if (!at(t).done) blocked += letter(t);
      if (blocked.empty()) return;
      log_ += first ? "blocked " + blocked + ' ' : "again ";
      if constexpr (requires { model_.set_free(*this); }) {
        if (!first) model_.set_free(*this);
      }
      for (int t = 0; t < static_cast<int>(tasks_.size()); ++t)
        if (!at(t).done) (void)cancel(t);
      while (run() >= 0) end_task();
    }
  }

  [[nodiscard]] std::string const& log() const { return log_; }
  [[nodiscard]] program to_program() const {
    program p;
    for (actor const& t : tasks_) p.push_back(t.program);
    return p;
  }
  /// Everything that decides what can happen from here on, except how many operations are left.
  [[nodiscard]] std::string signature() const {
    std::string s;
    for (int const t : ready_) s += letter(t);
    s += '/';
    s += letter(running_);
    for (actor const& t : tasks_) {
      s += t.done ? '#' : t.doing == 0 ? '0' : t.queued || !is_blocked(t) ? 'r' : t.doing;
      if (t.queued) s += t.doing == 0 ? '0' : t.doing;
      if (t.cancel_pending) s += '!';
    }
    return s + '/' + model_.observe() + '/' + model_.signature();
  }

 private:
  struct actor {
    std::string program;
    char doing = 0;
    bool queued = true;
    bool cancel_pending = false;
    bool done = false;
  };

  static char letter(int t) { return t < 0 ? '-' : static_cast<char>('A' + t); }
  [[nodiscard]] actor& at(int t) { return tasks_[static_cast<std::size_t>(t)]; }
  [[nodiscard]] actor const& at(int t) const { return tasks_[static_cast<std::size_t>(t)]; }
  [[nodiscard]] bool is_blocked(actor const& t) const { return running_ < 0 || &t != &at(running_); }

  void note(int t, char operation, char result) {
    log_ += letter(t);
    log_ += operation;
    log_ += result;
    log_ += model_.observe();
    log_ += ' ';
  }

  bool cancel(int t) {
    if (at(t).done) return false;
    if (at(t).queued || !model_.cancel(*this, t)) at(t).cancel_pending = true;
    return true;
  }

  Model model_;
  std::vector<actor> tasks_;
  std::deque<int> ready_;
  int running_ = -1;
  std::string log_;
};

/// One program on the real object.
template <class Real>
class run_real {
 public:
  /// @return the log, in the words of world.
  asyncio::awaitable<std::string> operator()(program const& p) {
    Real object;
    std::string log;
    std::vector<asyncio::task<void>> tasks;
    for (std::size_t t = 0; t < p.size(); ++t)
      tasks.push_back(asyncio::create_task(puppet(object, static_cast<int>(t), p[t], tasks, log)));
    for (bool first = true;; first = false) {
      co_await asyncio::testing::wait_all_tasks_blocked();
      std::string blocked;
      for (std::size_t t = 0; t < tasks.size(); ++t)
        if (!tasks[t].done()) blocked += static_cast<char>('A' + t);
      if (blocked.empty()) break;
      log += first ? "blocked " + blocked + ' ' : "again ";
      if constexpr (requires { object.set_free(); }) {
        if (!first) object.set_free();
      }
      for (auto& t : tasks) t.cancel();
    }
    if (!object.restore()) log += "not usable afterwards";
    co_return log;
  }

 private:
  static asyncio::awaitable<void> puppet(Real& object, int me, std::string const& operations,
                                         std::vector<asyncio::task<void>>& tasks, std::string& log) {
    for (char const operation : operations) {
      char result = '?';
      if (operation == 'y') {
        result = co_await yield_or_cancel();
      } else if (operation == 'c' || operation == 'd') {
        std::size_t const victim = (static_cast<std::size_t>(me) + (operation == 'c' ? 1 : 2)) % tasks.size();
        result = tasks[victim].cancel() ? '+' : '-';
      } else {
        result = co_await object.perform(me, operation);
      }
      log += static_cast<char>('A' + me);
      log += operation;
      log += result;
      log += object.observe();
      log += ' ';
    }
  }
  static asyncio::awaitable<char> yield_or_cancel() {
    try {
      co_await asyncio::yield();
    } catch (asyncio::cancelled_error const&) {
      co_return 'c';
    }
    co_return '+';
  }
};

struct difference {
  std::string program;
  std::string model;
  std::string real;
};

struct report {
  std::size_t programs = 0;   ///< Run on the real object and on the model.
  std::size_t states = 0;     ///< Of the model, seen at the points where a task wants its next operation.
  std::size_t deadlocks = 0;  ///< Programs that deadlocked, in both.
  std::vector<difference> differences;
};

/// The programs that take each edge of the state graph of `model`, with the log that is expected.
template <class Model>
std::vector<std::pair<program, std::string>> programs_of(Model const& model, int tasks, std::size_t operations,
                                                         report& counts) {
  using spent = std::array<std::size_t, max_tasks>;
  std::vector<std::pair<program, std::string>> found;
  std::map<std::string, std::vector<spent>> seen;
  std::deque<world<Model>> open;

  auto const complete = [&](world<Model> w) {
    while (w.run() >= 0) w.end_task();
    w.finish();
    found.emplace_back(w.to_program(), w.log());
  };
  auto const visit = [&](world<Model> w) {
    if (w.run() < 0) return complete(std::move(w));
    spent now{};
    for (int t = 0; t < tasks; ++t) now[static_cast<std::size_t>(t)] = w.operations_done(t);
    std::vector<spent>& before = seen[w.signature()];
    bool const known = std::any_of(before.begin(), before.end(), [&](spent const& other) {
      return std::equal(other.begin(), other.end(), now.begin(), [](std::size_t a, std::size_t b) { return a <= b; });
    });
    if (known) return complete(std::move(w));
    before.push_back(now);
    open.push_back(std::move(w));
  };

  visit(world<Model>(model, tasks));
  while (!open.empty()) {
    world<Model> const w = std::move(open.front());
    open.pop_front();
    world<Model> ended = w;
    int const t = ended.run();
    ended.end_task();
    visit(std::move(ended));
    if (w.operations_done(t) >= operations) continue;
    std::string letters = std::string(Model::alphabet()) + 'y';
    if (tasks > 1) letters += 'c';
    if (tasks > 2) letters += 'd';
    for (char const operation : letters) {
      world<Model> next = w;
      next.perform(operation);
      visit(std::move(next));
    }
  }
  for (auto const& [signature, at] : seen) counts.states += at.size();
  return found;
}

template <class Real>
asyncio::awaitable<void> compare(std::vector<std::pair<program, std::string>> const& programs, report& counts) {
  run_real<Real> real;
  for (auto const& [p, expected] : programs) {
    ++counts.programs;
    if (expected.find("blocked") != std::string::npos) ++counts.deadlocks;
    std::string const log = co_await real(p);
    if (log != expected && counts.differences.size() < 10) counts.differences.push_back({to_text(p), expected, log});
  }
}

/// All programs of up to `tasks` tasks of up to `operations` operations.
template <class Real, class Model>
report all_programs(Model const& model, int tasks = max_tasks, std::size_t operations = max_operations) {
  report counts;
  for (int n = 1; n <= tasks; ++n) {
    auto const programs = programs_of(model, n, operations, counts);
    asyncio::testing::run(compare<Real>(programs, counts));
  }
  return counts;
}

}  // namespace explore
