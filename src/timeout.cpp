// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/timeout.hpp>

#include <cstdio>
#include <exception>

namespace asyncio {
namespace detail {

void throw_timeout() { std::throw_with_nested(timeout_error()); }

void throw_timeout(std::exception_ptr const& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (...) {
    throw_timeout();
  }
}

bool end_operation::cancel_wait() {
  if (!waiting()) return false;
  relay_.unlink();
  complete_cancelled();
  return true;
}

}  // namespace detail

timeout_scope::timeout_scope(detail::task_base& task, detail::time_limit limit) : home_(*task.home()), request_(task) {
  schedule(limit);
  deadline_.outer = task.deadlines();
  task.set_deadlines(&deadline_);
}

std::optional<time_point> timeout_scope::when() const noexcept {
  return limited_ ? std::optional(deadline_.when) : std::nullopt;
}

void timeout_scope::move(detail::time_limit limit) {
  if (state_ != state::active)
    throw invalid_state(std::string("asyncio::timeout_scope::reschedule: this timeout is ") + state_name() +
                        "; only an active one can be moved: do it before the deadline, while the body runs");
  home_.remove_timer(alarm_);
  alarm_.unlink();
  schedule(limit);
}

void timeout_scope::schedule(detail::time_limit limit) {
  std::optional<time_point> const when = limit.from_now(home_);
  limited_ = when.has_value();
  deadline_.when = when.value_or(time_point::max());
  if (deadline_.when == time_point::max()) return;
  if (limit.due(home_)) {
    home_.push_ready(alarm_);
  } else {
    home_.add_timer(alarm_, deadline_.when);
  }
}

void timeout_scope::cancel_task() {
  state_ = state::expiring;
  if (instrument* const hooks = home_.hooks()) [[unlikely]]
    hooks->timed_out(request_.task().id());
  request_.make();
}

bool timeout_scope::leave() noexcept {
  if (state_ == state::expired || state_ == state::finished) return false;
  bool const expiring = state_ == state::expiring;
  state_ = expiring ? state::expired : state::finished;
  if (home_.closed()) return false;  // the loop was destroyed during the body, and the task may be gone
  home_.remove_timer(alarm_);
  alarm_.unlink();
  request_.task().set_deadlines(deadline_.outer);
  return expiring && request_.take_back();
}

bool timeout_scope::claims_exception() { return claims(std::current_exception()); }

bool timeout_scope::claims(std::exception_ptr const& failure) { return leave() && detail::is_cancel(failure); }

char const* timeout_scope::state_name() const noexcept {
  switch (state_) {
    case state::active: return "active";
    case state::expiring: return "expiring";
    case state::expired: return "expired";
    case state::finished: break;
  }
  return "finished";
}

std::string to_string(timeout_scope const& scope) {
  std::string text = std::string("<Timeout [") + scope.state_name() + ']';
  if (scope.state_ == timeout_scope::state::active) {
    text += " when=";
    if (scope.limited_) {
      char seconds[32];
      std::snprintf(seconds, sizeof seconds, "%.3f",
                    std::chrono::duration<double>(scope.deadline_.when.time_since_epoch()).count());
      text += seconds;
      while (text.ends_with('0') && !text.ends_with(".0")) text.pop_back();
    } else {
      text += "none";
    }
  }
  return text + '>';
}

time_point current_effective_deadline() noexcept {
  detail::task_loop const* const home = detail::task_loop::current();
  return detail::effective_deadline(home ? home->current_task() : nullptr);
}

}  // namespace asyncio
