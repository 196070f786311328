#include <asyncio/detail/thread_pool.hpp>
#include <asyncio/error.hpp>

#include <condition_variable>
#include <list>
#include <mutex>
#include <pthread.h>
#include <system_error>
#include <thread>
#include <utility>

namespace asyncio::detail {

struct thread_pool::state {
  struct member {
    std::thread thread;
    bool at_work = false;
  };

  void run(member& me);

  std::mutex mutex;
  std::condition_variable changed;
  list<job, thread_pool_tag> queue;
  std::size_t queued = 0;
  std::size_t idle = 0;
  std::size_t limit = 0;
  bool over = false;
  std::list<member> members;
};

void thread_pool::state::run(member& me) {
  ::pthread_setname_np(::pthread_self(), "asyncio-worker");
  std::unique_lock lock(mutex);
  for (;;) {
    ++idle;
    changed.wait(lock, [this] { return over || !queue.empty(); });
    --idle;
    if (queue.empty()) return;
    job& j = queue.pop_front();
    --queued;
    me.at_work = true;
    lock.unlock();
    j.work();
    lock.lock();
    me.at_work = false;
    lock.unlock();
    j.ended();
    lock.lock();
  }
}

thread_pool::thread_pool(std::size_t limit) : state_(std::make_shared<state>()) { state_->limit = limit; }

void thread_pool::submit(job& j) {
  state& s = *state_;
  {
    std::lock_guard const lock(s.mutex);
    if (s.over) throw invalid_state("asyncio::to_thread: the loop is ending and starts nothing in threads any more");
    if (s.idle <= s.queued && s.members.size() < s.limit) {
      s.members.emplace_back();
      state::member& added = s.members.back();
      try {
        added.thread = std::thread([shared = state_, &added] { shared->run(added); });
      } catch (std::system_error const&) {
        s.members.pop_back();
        if (s.members.empty()) throw;  // else one of those that there are will come to it
      } catch (...) {
        s.members.pop_back();
        throw;
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
      if (m->thread.joinable()) {  // else it was left to itself before
        if (m->at_work) {
          m->thread.detach();  // its member stays: the thread still looks at it
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

}  // namespace asyncio::detail
