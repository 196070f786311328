// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/cancellation_token.hpp>

#include <exception>

namespace asyncio {
namespace detail {

bool token_operation::arm() { return !link_.begin(home(), token_); }

bool token_operation::cancel_wait() {
  if (!waiting()) return false;
  link_.end();
  complete_cancelled();
  return true;
}

token_scope::token_scope(task_base& task, std::shared_ptr<token_state> token) : home_(*task.home()), request_(task) {
  if (!link_.begin(home_, std::move(token))) home_.push_ready(*this);
}

void token_scope::run() {
  made_ = true;
  request_.make();
}

bool token_scope::leave() noexcept {
  if (std::exchange(left_, true)) return false;
  link_.end();
  if (home_.closed()) return false;  // the loop was destroyed during the body, and the task may be gone
  return made_ && request_.take_back();
}

bool token_scope::claims_exception() { return claims(std::current_exception()); }

bool token_scope::claims(std::exception_ptr const& failure) { return leave() && is_cancel(failure); }

}  // namespace detail

cancellation_token cancellation_guard::disarm() {
  if (!token_) throw invalid_state("asyncio::cancellation_guard::disarm: this guard was moved from or disarmed before");
  cancellation_token const token = *token_;
  token_.reset();
  return token;
}

}  // namespace asyncio
