/// @file
/// Threads that run jobs. Knows nothing of loops.
#pragma once

#include <asyncio/detail/list.hpp>
#include <asyncio/detail/process.hpp>

#include <cstddef>
#include <memory>

namespace asyncio::detail {

struct thread_pool_tag {};

/// Runs jobs in at most `limit` threads, first come first served. A thread is made when a job finds none idle, and then
/// stays. What the threads share outlives the pool, so a job may outlive it as well. **Threads**: any.
class thread_pool {
 public:
  /// Belongs to the pool from submit() until its last call, which is one of ended() and dropped().
  class job : public list_node<thread_pool_tag> {
   public:
    /// The work, in a thread of the pool.
    virtual void work() noexcept = 0;
    /// ... is done, in the same thread, which counts as idle again.
    virtual void ended() noexcept = 0;
    /// The pool has ended and the work was not begun.
    virtual void dropped() noexcept = 0;

    /// The thread that was at it does not exist here, in the child of a fork. In the thread that calls start_again().
    virtual void lost() noexcept { ended(); }

   protected:
    ~job() = default;
  };

  explicit thread_pool(std::size_t limit);
  thread_pool(thread_pool const&) = delete;
  thread_pool& operator=(thread_pool const&) = delete;
  ~thread_pool() { end(); }

  /// @throws invalid_state after end(), std::system_error when there is no thread and none can be made.
  void submit(job& j);
  /// Takes back a job that was submitted. @return false when it has begun.
  bool withdraw(job& j) noexcept;
  /// More threads at once; fewer as threads end, which they do with the pool only.
  void set_limit(std::size_t limit) noexcept;
  [[nodiscard]] std::size_t size() const noexcept;
  /// Drops what has not begun, joins the threads that are idle and leaves the others to themselves.
  /// @return how many those are. Again: 0.
  std::size_t end() noexcept;
  /// In the child of a fork: what waited for a thread gets a new one, what a thread was at is lost.
  void start_again() noexcept;

 private:
  struct state;
  friend class fork_watch;
  void at_fork(fork_point p) noexcept;

  std::shared_ptr<state> state_;
  fork_watch watch_{*this};
};

}  // namespace asyncio::detail
