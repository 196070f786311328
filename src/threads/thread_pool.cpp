// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/threads/thread_pool.hpp>
#include <asyncio/error.hpp>

#include <pthread.h>
#include <algorithm>
#include <condition_variable>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace asyncio::detail {

struct thread_pool::state {
  struct member {
    std::thread thread;
    job* at_work = nullptr;
  };

  void run(member& me);
  /// @throws what std::thread throws.
  static void add_member(std::shared_ptr<state> const& shared);

  std::mutex mutex;
  std::condition_variable changed;
  list<job, thread_pool_tag> queue;
  list<job, thread_pool_tag> lost;
  std::size_t queued = 0;
  std::size_t idle = 0;
  std::size_t limit = 0;
  bool over = false;
  std::list<member> members;
};

void thread_pool::state::run(member& me) {
  ::pthread_setname_np(::pthread_self(), "asyncio-carrier");
  std::unique_lock lock(mutex);
  for (;;) {
    ++idle;
    changed.wait(lock, [this] { return over || !queue.empty(); });
    --idle;
    if (queue.empty()) return;
    job& j = queue.pop_front();
    --queued;
    me.at_work = &j;
    lock.unlock();
    j.work();
    lock.lock();
    me.at_work = nullptr;
    lock.unlock();
    j.ended();
    lock.lock();
  }
}

void thread_pool::state::add_member(std::shared_ptr<state> const& shared) {
  shared->members.emplace_back();
  member& added = shared->members.back();
  try {
    added.thread = std::thread([shared, &added] { shared->run(added); });
  } catch (...) {
    shared->members.pop_back();
    throw;
  }
}

thread_pool::thread_pool(std::size_t limit) : state_(std::make_shared<state>()) { state_->limit = limit; }

void thread_pool::submit(job& j) {
  state& s = *state_;
  {
    std::lock_guard const lock(s.mutex);
    if (s.over) throw invalid_state("asyncio::to_thread: the loop is ending and starts nothing in threads any more");
    if (s.idle <= s.queued && s.members.size() < s.limit) {
      try {
        state::add_member(state_);
      } catch (std::system_error const&) {
        if (s.members.empty()) throw;  // otherwise an existing thread will run it
      }
    }
    s.queue.push_back(j);
    ++s.queued;
  }
  s.changed.notify_one();
}

bool thread_pool::withdraw(job& j) noexcept {
  std::lock_guard const lock(state_->mutex);
  if (!j.linked()) return false;
  j.unlink();
  --state_->queued;
  return true;
}

void thread_pool::set_limit(std::size_t limit) noexcept {
  std::lock_guard const lock(state_->mutex);
  state_->limit = limit;
}

std::size_t thread_pool::size() const noexcept {
  std::lock_guard const lock(state_->mutex);
  return state_->members.size();
}

std::size_t thread_pool::end() noexcept {
  state& s = *state_;
  list<job, thread_pool_tag> unbegun;
  std::list<state::member> idle;
  std::size_t left = 0;
  {
    std::lock_guard const lock(s.mutex);
    s.over = true;
    unbegun.splice_back(s.queue);
    for (auto m = s.members.begin(); m != s.members.end();) {
      auto const next = std::next(m);
      if (m->thread.joinable()) {  // otherwise it was already detached
        if (m->at_work != nullptr) {
          m->thread.detach();  // its member stays: the thread still uses it
          ++left;
        } else {
          idle.splice(idle.end(), s.members, m);
        }
      }
      m = next;
    }
  }
  s.changed.notify_all();
  for (state::member& m : idle) m.thread.join();
  while (!unbegun.empty()) unbegun.pop_front().dropped();
  return left;
}

void thread_pool::at_fork(fork_point p) noexcept {
  if (p == fork_point::before) {
    state_->mutex.lock();
    return;
  }
  std::shared_ptr<state> const shared = state_;
  if (p == fork_point::in_child) {
    // The threads, and everything they use, belong to the parent.
    state_ = std::make_shared<state>();
    state_->limit = shared->limit;
    state_->over = shared->over;
    state_->queue.splice_back(shared->queue);
    state_->queued = shared->queued;
    for (state::member& m : shared->members)
      if (m.at_work != nullptr) state_->lost.push_back(*m.at_work);
    process_state::get().of_lost_threads.push_back(shared);
  }
  shared->mutex.unlock();
}

void thread_pool::start_again() noexcept {
  list<job, thread_pool_tag> lost;
  {
    std::lock_guard const lock(state_->mutex);
    lost.splice_back(state_->lost);
    try {
      while (state_->members.size() < std::min(state_->queued, state_->limit)) state::add_member(state_);
    } catch (...) {
      // No thread can be created: existing threads will run the jobs, or the next submit() creates one.
    }
  }
  while (!lost.empty()) lost.pop_front().lost();
}

}  // namespace asyncio::detail
