// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The part of a loop that runs tasks. No public names.
#pragma once

#include <asyncio/context.hpp>
#include <asyncio/detail/asio/asio_hook.hpp>
#include <asyncio/detail/loop/loop_core.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_set>
#include <utility>

namespace asyncio::detail {

class cancel_walk;
class carrier;
class carrier_pool;
class raw_cancels;
class task_base;
class task_loop;
class wait_node;
enum class calm : std::uint8_t;

/// Creates tasks one by one as they can be started.
class start_source : public ready_node {
 public:
  /// The next task, launched but neither queued nor started; null if there is none at present.
  virtual task_base* next() noexcept = 0;

 protected:
  ~start_source() = default;
};

struct registry_tag {};
struct child_tag {};

class task_loop final : public loop_core {
 public:
  task_loop(loop& owner, boost::asio::io_context& context);
  ~task_loop();

  [[nodiscard]] static task_loop* current() noexcept { return static_cast<task_loop*>(current_core); }
  /// The loop of the calling code, even in a plain handler of an attached context. Throws no_running_loop with a
  /// message that begins with `who`.
  [[nodiscard]] static task_loop& running(char const* who);
  [[nodiscard]] static task_loop* running_or_null() noexcept;
  /// The loop of a coroutine's executor; attaches one to the io_context if it has none yet.
  [[nodiscard]] static task_loop& of(boost::asio::any_io_executor const& executor);
  /// The loop `l`, if it exists and has that number; else null. `l` may dangle. **Threads**: any.
  [[nodiscard]] static task_loop* if_alive(task_loop* l, std::uint32_t serial) noexcept;
  /// The same, if the caller may access it; else null.
  [[nodiscard]] static task_loop* if_here(task_loop* l, std::uint32_t serial) noexcept;

  // -- steps ---------------------------------------------------------------------------------------------------------
  [[nodiscard]] task_base* current_task() const noexcept { return current_task_; }
  /// Runs a task's body until it first suspends.
  void start(task_base& task) noexcept;
  /// Resumes it after its wait. If there is no memory for that, bad_alloc leaves run().
  void resume(task_base& task, wait_node& wait);
  /// Starts it inside the current step or handler. @return false if the loop is not running.
  bool start_eagerly(task_base& task);
  /// Starts the tasks of `source` in order; a carrier that becomes free immediately takes the next one itself.
  void start_all(start_source& source);
  /// The next node in the queue if it is the start of a task, for a carrier that has just become free.
  [[nodiscard]] task_base* take_startable() noexcept;
  /// The body of `task` starts in this step, or ...
  void enter(task_base& task) noexcept;
  /// ... has ended in it.
  void leave() noexcept {
    current_task_ = nullptr;
    exchange_context_slot(nullptr);
  }
  void carrier_idle(carrier& c) noexcept;
  void carrier_ended(carrier& c) noexcept;
  /// Debug mode: reports that `task` (null: a coroutine outside any task) was resumed in another thread. `astray`: by
  /// an operation that had asked for its executor.
  [[gnu::cold]] void tell_of_way_home(task_base const* task, bool astray);
  /// Debug mode: warns once about an await with throw_if_cancelled switched off.
  void warn_of_lost_cancels() noexcept;
  /// A coroutine of this loop was seen in another thread. **Threads**: any.
  void set_hopped() noexcept { hopped_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool hopped() const noexcept { return hopped_.load(std::memory_order_relaxed); }

  // -- cancellations -------------------------------------------------------------------------------------------------
  [[nodiscard]] raw_cancels& cancels_in_flight() noexcept;
  /// The innermost cancellation request that is being propagated, else null.
  [[nodiscard]] cancel_walk* current_cancel_walk() const noexcept { return cancel_walk_; }
  cancel_walk* exchange_cancel_walk(cancel_walk* w) noexcept { return std::exchange(cancel_walk_, w); }
  /// A number that no task of the loop has seen before.
  [[nodiscard]] std::uint32_t next_cancel_walk() noexcept;
  static constexpr std::uint32_t last_cancel_walk = (1U << 24) - 1;
  /// Cancellations of Asio operations are due: emits them as soon as Asio has run its queued handlers.
  void schedule_cancels() noexcept;

  // -- tasks ---------------------------------------------------------------------------------------------------------
  [[nodiscard]] std::uint64_t next_task_id() noexcept { return ++last_task_id_; }
  void task_added(task_base& task) noexcept;
  /// `outcome`: the offset of its task_phase from `finished`.
  void task_removed(std::size_t outcome) noexcept {
    ++counts_.ended[outcome];
    work_ended();
  }
  [[nodiscard]] list<task_base, registry_tag>& live() noexcept { return live_; }
  [[nodiscard]] std::size_t live_count() const noexcept { return work_count(); }
  [[nodiscard]] list<task_base, registry_tag>& failed() noexcept { return failed_; }
  /// The waits of coroutines that are not tasks.
  [[nodiscard]] std::unordered_set<wait_node*>& foreign() noexcept { return foreign_; }
  struct counters {
    std::uint64_t ended[3] = {};  // finished, failed, cancelled
    std::uint64_t steps = 0;
  };
  [[nodiscard]] counters const& counts() const noexcept { return counts_; }

  // -- the end -------------------------------------------------------------------------------------------------------
  /// run() is over.
  void set_ended() noexcept;
  /// First half of destruction: unwinds suspended coroutines and marks tasks as lost. The context still exists.
  void shutdown() noexcept;
  /// For shutdown(): destroys that coroutine once no waits are left.
  void unwind_later(wait_node& foreign) noexcept;

  /// One resumption: of the task on carrier `w`, or (null) of a coroutine that is not a task.
  class step {
   public:
    step(task_loop& core, carrier* w) noexcept;
    step(step const&) = delete;
    step& operator=(step const&) = delete;
    ~step();

   private:
    task_loop& loop_;
    carrier* carrier_;
    task_base* before_;
    context_slot* slot_before_;
    std::uint64_t task_id_ = 0;  // for the hooks only: the task may end in this step
    bool was_running_;
  };

  /// Runs code on behalf of a suspended coroutine: its task is the current one.
  class as_task_scope {
   public:
    as_task_scope(task_loop& l, task_base* task, context_slot* slot) noexcept
        : loop_(l), before_(std::exchange(l.current_task_, task)), slot_before_(exchange_context_slot(slot)) {}
    as_task_scope(as_task_scope const&) = delete;
    as_task_scope& operator=(as_task_scope const&) = delete;
    ~as_task_scope() {
      loop_.current_task_ = before_;
      exchange_context_slot(slot_before_);
    }

   private:
    task_loop& loop_;
    task_base* before_;
    context_slot* slot_before_;
  };

 private:
  struct cancel_state;
  class plain_step;

  void before_drain() noexcept override;
  void after_handlers() noexcept override;
  void emit_cancels();
  void forget_cancels() noexcept;
  void after_cancels();
  void count_marker();
  [[nodiscard]] calm calm_down(bool& noisy);
  template <class Step>
  void resume_on_idle_carrier(task_base& task, wait_node& wait);
  /// The coroutine stack of a step has suspended or ended.
  void after_step(carrier& c);
  /// A carrier for resuming `wait`; null if there was no memory: it stays queued.
  [[nodiscard]] carrier* carrier_for(wait_node& wait) noexcept;

  task_base* current_task_ = nullptr;
  start_source* source_ = nullptr;
  unsigned source_depth_ = 0;
  unsigned step_depth_ = 0;
  counters counts_;
  std::uint64_t last_task_id_ = 0;
  std::unique_ptr<carrier_pool> carriers_;
  std::unique_ptr<cancel_state> cancels_;
  cancel_walk* cancel_walk_ = nullptr;
  std::uint32_t cancel_walks_ = 0;
  list<task_base, registry_tag> live_;
  list<task_base, registry_tag> failed_;
  std::unordered_set<wait_node*> foreign_;
  list<ready_node> to_unwind_;
  std::atomic<bool> hopped_{false};
  bool warned_of_lost_cancels_ = false;
  bool told_of_way_home_ = false;
};

}  // namespace asyncio::detail
