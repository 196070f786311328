// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/capacity_limiter.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/error.hpp>
#include <asyncio/task.hpp>

namespace asyncio {

namespace {

void require_somebody(borrower who, char const* function) {
  if (who.is_nobody())
    throw value_error(std::string(function) + ": the borrower is null; give a task or the address of an object");
}

std::ptrdiff_t checked_total(std::ptrdiff_t total) {
  if (total < 0) throw value_error("asyncio::capacity_limiter: the number of tokens is negative; give 0 or more");
  return total;
}

}  // namespace

borrower::borrower(void const* object) noexcept
    : kind_(object != nullptr ? kind::object : kind::nobody), value_(reinterpret_cast<std::uintptr_t>(object)) {}

borrower::borrower(any_task const& task) : kind_(kind::task), value_(task.id()) {}

borrower borrower::running_task() noexcept {
  borrower who;
  detail::task_loop const* const core = detail::task_loop::current();
  detail::task_base const* const task = core != nullptr ? core->current_task() : nullptr;
  if (task != nullptr) {
    who.kind_ = kind::task;
    who.value_ = task->id();
  }
  return who;
}

capacity_limiter::capacity_limiter(std::ptrdiff_t total_tokens)
    : permits_(checked_total(total_tokens)), total_(total_tokens) {}

detail::limiter_operation capacity_limiter::acquire_on_behalf_of(borrower who) {
  require_somebody(who, "asyncio::capacity_limiter::acquire_on_behalf_of");
  return {*this, who};
}

std::optional<capacity_limiter::guard> capacity_limiter::try_acquire() {
  borrower const who = borrower::running_task();
  if (!try_borrow(who)) return std::nullopt;
  return std::optional<guard>(std::in_place, *this, who);
}

std::optional<capacity_limiter::guard> capacity_limiter::try_acquire_on_behalf_of(borrower who) {
  require_somebody(who, "asyncio::capacity_limiter::try_acquire_on_behalf_of");
  if (!try_borrow(who)) return std::nullopt;
  return std::optional<guard>(std::in_place, *this, who);
}

void capacity_limiter::release() {
  borrower const who = borrower::running_task();
  if (who.is_nobody())
    throw invalid_state(
        "asyncio::capacity_limiter::release: no task runs here whose token this could return; unlock the guard, or "
        "call "
        "release_on_behalf_of");
  give_back(who);
}

void capacity_limiter::release_on_behalf_of(borrower who) {
  require_somebody(who, "asyncio::capacity_limiter::release_on_behalf_of");
  give_back(who);
}

void capacity_limiter::set_total_tokens(std::ptrdiff_t total) {
  checked_total(total);
  detail::check_waker(permits_.waiters(), "asyncio::capacity_limiter::set_total_tokens");
  permits_.put(total - std::exchange(total_, total));
  detail::hand_out(permits_);
}

capacity_limiter_statistics capacity_limiter::statistics() const {
  capacity_limiter_statistics s;
  s.borrowed_tokens = borrowed_tokens();
  s.total_tokens = total_tokens();
  s.borrowers = borrowers_.all();
  s.tasks_waiting = permits_.waiters().size() + permits_.granted();
  return s;
}

void capacity_limiter::require_new(borrower who) const {
  if (!who.is_nobody() && borrowers_.contains(who))
    throw invalid_state(
        "asyncio::capacity_limiter: this borrower has a token already and cannot have two; return it first, or borrow "
        "on "
        "behalf of another object");
}

bool capacity_limiter::try_borrow(borrower who) {
  require_new(who);
  if (!permits_.available()) return false;
  if (!who.is_nobody()) borrowers_.add(who);
  return permits_.try_take();
}

void capacity_limiter::enter(borrower who) {
  try {
    require_new(who);  // two coroutines may have waited on behalf of one borrower
    if (!who.is_nobody()) borrowers_.add(who);
  } catch (...) {
    permits_.put();
    detail::hand_out(permits_);
    throw;
  }
}

void capacity_limiter::give_back(borrower who) {
  detail::check_waker(permits_.waiters(), "asyncio::capacity_limiter::release");
  if (!who.is_nobody() && !borrowers_.remove(who))
    throw invalid_state(
        "asyncio::capacity_limiter::release: this borrower has no token. The guard that acquire() gives returns it by "
        "itself; "
        "to release by hand, tell it by guard.release()");
  permits_.put();
  detail::hand_to_first(permits_);
}

capacity_limiter::guard::~guard() {
  if (held_ == nullptr) return;
  try {
    held_->give_back(who_);
  } catch (...) {
    detail::report_from_destructor("A guard found returned the token it was to return");
  }
}

void capacity_limiter::guard::unlock() {
  if (held_ == nullptr) detail::refuse_empty_guard();
  std::exchange(held_, nullptr)->give_back(who_);
}

namespace detail {

limiter_operation::limiter_operation(capacity_limiter& from) noexcept
    : permit_wait(from.permits_, &from, "asyncio::capacity_limiter::acquire"), from_(&from), for_running_(true) {}

limiter_operation::limiter_operation(capacity_limiter& from, borrower who) noexcept
    : permit_wait(from.permits_, &from, "asyncio::capacity_limiter::acquire_on_behalf_of"),
      from_(&from),
      who_(who),
      for_running_(false) {}

bool limiter_operation::ready() noexcept {
  if (for_running_) who_ = borrower::running_task();
  bool const refused = from_->borrowers_.contains(who_);
  if ((!refused && !from_->permits_.available()) || !awaited_first_time()) return false;
  try {
    borrowed_ = from_->try_borrow(who_);
  } catch (...) {
    set_failure(std::current_exception());
  }
  return true;
}

capacity_limiter::guard limiter_operation::finish() {
  resolve_grant();
  if (!std::exchange(borrowed_, false)) from_->enter(who_);
  return {*from_, who_};
}

}  // namespace detail
}  // namespace asyncio
