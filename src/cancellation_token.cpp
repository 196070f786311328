#include <asyncio/cancellation_token.hpp>

#include <exception>

namespace asyncio {
namespace detail {

token_state::token_state(std::shared_ptr<token_state> parent) : parent_(std::move(parent)) { listen_to(parent_->stopped()); }

token_state::~token_state() {
  link_.reset();
  // One after the other, not each inside the destructor of the one below: the line may be long.
  std::shared_ptr<token_state> above = std::move(parent_);
  while (above != nullptr && above.use_count() == 1) {
    above->link_.reset();
    above = std::exchange(above->parent_, nullptr);
  }
}

void token_state::pass_on::operator()() const noexcept {
  std::stop_source source = below->source_;  // whoever is told may drop the token below
  source.request_stop();
}

bool token_operation::arm() {
  link_.connect(home(), token_->stopped());
  return false;
}

bool token_operation::cancel_wait() {
  if (!waiting()) return false;
  link_.disconnect();
  complete_cancelled();
  return true;
}

token_scope::token_scope(task_base& task, token_state const& token) : home_(*task.home()), request_(task) {
  link_.connect(home_, token.stopped());
}

void token_scope::run() {
  made_ = true;
  request_.make();
}

bool token_scope::leave() noexcept {
  if (std::exchange(left_, true)) return false;
  link_.disconnect();
  if (home_.closed()) return false;  // the loop was destroyed under the body, and the task may be gone
  return made_ && request_.take_back();
}

bool token_scope::claims_exception() { return leave() && is_cancel(std::current_exception()); }

}  // namespace detail

cancellation_token cancellation_guard::disarm() {
  if (!token_) throw invalid_state("asyncio::cancellation_guard::disarm: this guard was moved from or disarmed before");
  cancellation_token const token = *token_;
  token_.reset();
  return token;
}

}  // namespace asyncio
