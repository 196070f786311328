// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Threads that run jobs, independent of loops.
#pragma once

#include <asyncio/detail/base/list.hpp>
#include <asyncio/detail/base/process_state.hpp>

#include <cstddef>
#include <memory>

namespace asyncio::detail {

struct thread_pool_tag {};

/// Runs jobs in at most `limit` threads, in FIFO order. A thread is created when a job finds none idle, and then stays.
/// The shared state outlives the pool, so a job may outlive it too. **Threads**: any.
class thread_pool {
 public:
  /// Owned by the pool from submit() until its last call, which is ended() or dropped().
  class job : public list_node<thread_pool_tag> {
   public:
    /// The work, in a thread of the pool.
    virtual void work() noexcept = 0;
    /// The work is done; called in the same thread, which counts as idle again.
    virtual void ended() noexcept = 0;
    /// The pool has ended before the work started.
    virtual void dropped() noexcept = 0;

    /// The thread running it does not exist in the child of a fork. Called in the thread that calls start_again().
    virtual void lost() noexcept { ended(); }

   protected:
    ~job() = default;
  };

  explicit thread_pool(std::size_t limit);
  thread_pool(thread_pool const&) = delete;
  thread_pool& operator=(thread_pool const&) = delete;
  ~thread_pool() { end(); }

  /// @throws invalid_state after end(), std::system_error if there is no thread and none can be created.
  void submit(job& j);
  /// Takes back a submitted job. @return false if it has started.
  bool withdraw(job& j) noexcept;
  /// Sets the maximum number of threads. Lowering it does not end existing threads, which end only with the pool.
  void set_limit(std::size_t limit) noexcept;
  [[nodiscard]] std::size_t size() const noexcept;
  /// Drops the jobs that have not started, joins idle threads and detaches the others.
  /// @return the number detached; 0 when called again.
  std::size_t end() noexcept;
  /// In the child of a fork: waiting jobs get new threads, running jobs are lost.
  void start_again() noexcept;

 private:
  struct state;
  friend class fork_watch;
  void at_fork(fork_point p) noexcept;

  std::shared_ptr<state> state_;
  fork_watch watch_{*this};
};

}  // namespace asyncio::detail
