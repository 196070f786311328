// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// How run() detects its end.
#pragma once

#include <asyncio/detail/task/task_base.hpp>
#include <asyncio/task.hpp>

#include <cstddef>
#include <deque>
#include <vector>

namespace asyncio::detail {

/// Stops driving the loop in the pass after main has ended, like the callback of asyncio's run_until_complete.
class end_of_main final : public ready_node {
 public:
  explicit end_of_main(task_base& main) noexcept : loop_(*main.home()) { main.waiters().push_back(*this); }
  end_of_main(end_of_main const&) = delete;
  end_of_main& operator=(end_of_main const&) = delete;
  ~end_of_main() { unlink(); }

  void run() override {
    seen_ = true;
    loop_.interrupt_drain();
  }
  void abandon() noexcept override {}
  [[nodiscard]] bool seen() const noexcept { return seen_; }

 private:
  task_loop& loop_;
  bool seen_ = false;
};

/// Notifies the hooks of the begin and end of run().
class run_notifier {
 public:
  run_notifier(task_loop& core, std::uint64_t main) : loop_(core) {
    if (instrument* const hooks = core.hooks()) hooks->run_begin(main);
  }
  run_notifier(run_notifier const&) = delete;
  run_notifier& operator=(run_notifier const&) = delete;
  ~run_notifier() {
    if (instrument* const hooks = loop_.hooks()) hooks->run_end();
  }

 private:
  task_loop& loop_;
};

/// Stops driving the loop when the tasks cancelled by run() have ended. Tasks they started meanwhile without awaiting
/// keep running for as many passes as in asyncio.run: those of the gather over the cancelled tasks, then two each for
/// shutting down the generators and the executor.
class end_of_left final : public ready_node {
 public:
  end_of_left(task_loop& core, std::vector<any_task> const& left) : loop_(core), unfinished_(left.size()) {
    for (any_task const& t : left) {
      parts_.emplace_back(*this);
      if (t.done()) {
        core.push_ready(parts_.back());
      } else {
        t.ref().get()->waiters().push_back(parts_.back());
      }
    }
  }
  end_of_left(end_of_left const&) = delete;
  end_of_left& operator=(end_of_left const&) = delete;
  ~end_of_left() {
    unlink();
    for (part& p : parts_) p.unlink();
  }

  void run() override {
    if (++passes_ < last_passes) {
      loop_.push_ready(*this);
      return;
    }
    seen_ = true;
    loop_.interrupt_drain();
  }
  void abandon() noexcept override {}
  [[nodiscard]] bool seen() const noexcept { return seen_; }

 private:
  class part final : public ready_node {
   public:
    explicit part(end_of_left& whole) noexcept : whole_(whole) {}
    void run() override {
      if (--whole_.unfinished_ == 0) whole_.loop_.push_ready(whole_);
    }
    void abandon() noexcept override {}

   private:
    end_of_left& whole_;
  };

  static constexpr int last_passes = 5;
  task_loop& loop_;
  std::deque<part> parts_;
  std::size_t unfinished_;
  int passes_ = 0;
  bool seen_ = false;
};

}  // namespace asyncio::detail
