// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/loop/turnstile.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <condition_variable>
#include <mutex>
#include <utility>

namespace asyncio::detail {

namespace {

/// An address unique to this thread: including std::thread::id would cost too much compile time.
void const* thread_token() noexcept {
  thread_local constinit char mark = 0;
  return &mark;
}

}  // namespace

/// A probe for another thread that runs the context. It ends before the asking thread continues.
struct turnstile::inquiry {
  void const* const asker = thread_token();
  std::mutex mutex;
  std::condition_variable changed;
  bool yes = false;
  bool over = false;

  /// Called in any thread that runs the context. A thread other than the asking one blocks here until the asking one
  /// has left the loop.
  void answer() {
    if (asker == thread_token()) return;
    std::unique_lock lock(mutex);
    if (over) return;
    yes = true;
    changed.notify_all();
    changed.wait(lock, [this] { return over; });
  }
  [[nodiscard]] bool wait_for_answer(std::chrono::microseconds patience) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, patience, [this] { return yes; });
  }
  void end() {
    std::lock_guard const lock(mutex);
    over = true;
    changed.notify_all();
  }
};

turnstile::answer turnstile::enter(boost::asio::io_context& context, bool own) noexcept {
  void const* const me = thread_token();
  for (;;) {
    void const* visitor = nullptr;
    if (visitor_.compare_exchange_strong(visitor, me, std::memory_order_acquire, std::memory_order_relaxed)) {
      return last_.load(std::memory_order_relaxed) == me ? answer::entered : enter_first(context, own);
    }
    if (visitor == me) return answer::inside;
    // The first thread stays; the newcomer, which is asking, has to leave.
    std::shared_ptr<inquiry> const newcomers = [this] {
      std::lock_guard const lock(mutex_);
      return asked_;
    }();
    if (newcomers == nullptr || last_.load(std::memory_order_relaxed) != me) return answer::refused;
    newcomers->answer();
  }
}

turnstile::answer turnstile::enter_first(boost::asio::io_context& context, bool own) noexcept {
  if (!own && last_.load(std::memory_order_relaxed) != nullptr && patience_.count() > 0 && others_run(context))
    return answer::refused;
  last_.store(thread_token(), std::memory_order_relaxed);
  return answer::entered;
}

void turnstile::set_asked(std::shared_ptr<inquiry> q) noexcept {
  std::lock_guard const lock(mutex_);
  asked_ = std::move(q);
}

/// If so, the caller has left the loop again.
bool turnstile::others_run(boost::asio::io_context& context) noexcept {
  try {
    auto const asked = std::make_shared<inquiry>();
    set_asked(asked);
    bool yes = false;
    try {
      boost::asio::post(context.get_executor(), [asked] { asked->answer(); });
      yes = asked->wait_for_answer(patience_);
    } catch (...) {  // no memory for a probe
    }
    set_asked(nullptr);
    if (yes) {
      leave();
    } else {
      patience_ /= 2;
    }
    asked->end();
    return yes;
  } catch (...) {
    return false;
  }
}

void turnstile::forget_threads() noexcept {
  last_.store(nullptr, std::memory_order_relaxed);
  if (visitor_.load(std::memory_order_relaxed) != thread_token()) leave();
}

bool turnstile::was_last() const noexcept { return last_.load(std::memory_order_relaxed) == thread_token(); }

}  // namespace asyncio::detail
