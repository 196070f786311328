// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/condition.hpp>
#include <asyncio/error.hpp>

namespace asyncio {

void condition::notify(std::ptrdiff_t n) {
  if (n < 0) throw value_error("asyncio::condition::notify: the number is negative; it is how many to wake, at most");
  if (!locked())
    throw invalid_state(
        "asyncio::condition::notify: the lock is not held; take it first: auto guard = co_await c.acquire();");
  detail::check_waker(waiters_, "asyncio::condition::notify");
  wake(n);
}

void condition::wake(std::ptrdiff_t n) noexcept {
  for (; n > 0 && !waiters_.empty(); --n) static_cast<detail::condition_operation&>(waiters_.pop_front()).notified();
}

void condition::orphan_waiters() noexcept {
  while (!waiters_.empty()) static_cast<detail::condition_operation&>(waiters_.pop_front()).orphaned(lock_ == &own_);
}

namespace detail {

bool condition_operation::arm() {
  if (!lock_->locked())
    throw invalid_state(
        "asyncio::condition::wait: the lock is not held; take it first: auto guard = co_await c.acquire();");
  check_same_loop(owner_->waiters_, *this, "asyncio::condition::wait");
  lock_->release();
  owner_->waiters_.push_back(*this);
  stage_ = stage::waiting;
  return false;
}

void condition_operation::disarm() noexcept {
  // The coroutine is unwound as if it held the lock: a guard in it will release it.
  switch (std::exchange(stage_, stage::none)) {
    case stage::none:
    case stage::held: break;
    case stage::granted: lock_->permits_.accept(); break;
    case stage::waiting:
    case stage::turn:
    case stage::in_line: lock_->permits_.force_take(); break;
  }
  unlink();
}

void condition_operation::take_turn(stage next) noexcept {
  stage_ = next;
  home().push_ready(*this);
}

void condition_operation::notified() noexcept {
  notified_ = true;
  take_turn(stage::turn);
}

void condition_operation::granted() noexcept { take_turn(stage::granted); }

void condition_operation::orphaned(bool lock_too) noexcept {
  if (lock_too) {
    stage_ = stage::none;
    complete(destroyed_while_waiting("asyncio::condition"));
  } else {
    set_failure(destroyed_while_waiting("asyncio::condition"));
    take_turn(stage::turn);
  }
}

bool condition_operation::cancel_wait() {
  // In the ready queue the cancellation is found when it runs. As in asyncio, a place in the lock's line is given up.
  if (stage_ != stage::waiting && stage_ != stage::in_line) return false;
  unlink();
  set_cancelled();
  take_turn(stage::turn);
  return true;
}

void condition_operation::run() {
  if (stage_ == stage::none) return wait_node::run();
  permits& p = lock_->permits_;
  bool const cancelled_meanwhile = take_cancel();
  if (stage_ == stage::granted) {
    if (cancelled_meanwhile) {
      p.decline();
      stage_ = stage::turn;
    } else {
      p.accept();
      stage_ = stage::held;
    }
    hand_out(p);
  }
  if (stage_ == stage::turn) {
    if (!p.try_take()) {
      p.enqueue(*this);
      stage_ = stage::in_line;
      return;
    }
    stage_ = stage::held;
  }
  run_now();
}

void condition_operation::finish() {
  if (std::exchange(stage_, stage::none) == stage::held) lock_->taken();
  bool const notified = std::exchange(notified_, false);
  check_outcome([&] {
    if (notified) owner_->wake(1);
  });
}

wait_info condition_operation::describe() const noexcept {
  if (stage_ == stage::in_line || stage_ == stage::granted) return {wait_kind::lock, 0, {}, lock_};
  return {wait_kind::event, 0, {}, owner_};
}

}  // namespace detail
}  // namespace asyncio
