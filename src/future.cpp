// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/future.hpp>

#include <asyncio/detail/task/done_callback.hpp>
#include <asyncio/detail/task/report.hpp>

#include <string>

namespace asyncio::detail {

namespace {

/// A pending future is not kept alive by its callbacks: they hold it only once it is done.
class future_callback final : public done_callback {
 public:
  future_callback(task_loop& home, future_base& owner, std::function<void(future_base&)> fn)
      : done_callback(home), owner_(owner), fn_(std::move(fn)) {}

  void hold() noexcept { held_ = &owner_; }

 private:
  void call() override { fn_(owner_); }
  void describe(exception_context& what) const override { what.created_at = owner_.created_at(); }

  future_base& owner_;
  boost::intrusive_ptr<future_base> held_;
  std::function<void(future_base&)> fn_;
};

}  // namespace

future_base::future_base(task_loop& home, source_location where) noexcept
    : loop_(&home), home_serial_(home.serial()), where_(where) {}

future_base::~future_base() {
  while (!waiters_.empty()) waiters_.pop_front().abandon();  // only callbacks: waiters hold the future
  if (phase_ != phase::failed || retrieved_) return;
  report(living_home(), nullptr, "Future exception was never retrieved", failure_,
         [this](exception_context& what) { what.created_at = where_; });
}

task_loop* future_base::living_home() const noexcept {
  if (task_loop* const core = task_loop::current(); core == loop_ && core->serial() == home_serial_ && !core->closed())
    return core;
  return task_loop::if_alive(loop_, home_serial_);
}

void future_base::require_pending(char const* who) const {
  if (done())
    throw invalid_state(std::string(who) + ": the future " +
                        (cancelled() ? "was cancelled" : "has a result or an exception already") +
                        "; ask done() first");
  if (task_loop* const core = living_home()) core->check_thread(who);
}

void future_base::require_done(char const* who) const {
  if (!done())
    throw invalid_state(std::string(who) + ": the future is not done yet; co_await its wait(), or ask done() first");
}

void future_base::fail(std::exception_ptr e) {
  if (e == nullptr)
    throw value_error(
        "asyncio::future::set_exception: the exception_ptr is null; make one with std::make_exception_ptr");
  require_pending("asyncio::future::set_exception");
  failure_ = std::move(e);
  ended(phase::failed);
}

bool future_base::cancel(std::string_view message) {
  if (phase_ == phase::failed) retrieved_ = true;  // as for a task: cancelling counts as retrieving
  if (done()) return false;
  require_pending("asyncio::future::cancel");
  if (!message.empty()) cancel_message_ = std::make_unique<std::string>(message);
  ended(phase::cancelled);
  return true;
}

void future_base::rethrow_failure() const {
  if (auto const e = exception()) std::rethrow_exception(e);
}

std::exception_ptr future_base::exception() const {
  if (cancelled()) throw_cancelled(cancel_message_ ? std::string_view(*cancel_message_) : std::string_view());
  retrieved_ = true;
  return failure_;
}

void future_base::ended(phase p) noexcept {
  phase_ = p;
  if (waiters_.empty()) return;
  task_loop* const home = living_home();
  if (home == nullptr) {  // only callbacks can be left, and they would never be called
    while (!waiters_.empty()) waiters_.pop_front().abandon();
    return;
  }
  waiters_.for_each([](ready_node& node) {
    if (auto* const callback = dynamic_cast<future_callback*>(&node)) callback->hold();
  });
  home->splice_ready(waiters_);
}

bool future_base::arm(wait_node& node, task_loop& home) {
  if (done()) return true;
  if (living_home() != &home)
    throw invalid_state(
        "asyncio::future::wait: the future belongs to another loop; run_coroutine_threadsafe crosses loops");
  waiters_.push_back(node);
  return false;
}

bool future_base::cancel_wait(wait_node& node) {
  if (!node.waiting() || done()) return false;
  task_base const* const task = node.waiter();
  return cancel(task ? task->cancel_message() : std::string_view());
}

std::uint64_t add_done_callback(future_base& state, std::function<void(future_base&)> call) {
  task_loop* const home = state.living_home();
  if (home == nullptr)
    throw invalid_state("asyncio::future::add_done_callback: the loop of this future has ended, nothing would call it");
  auto* const node = new future_callback(*home, state, std::move(call));
  if (state.done()) {
    node->hold();
    home->push_ready(*node);
  } else {
    state.waiters().push_back(*node);
    callback_index::added(state.callbacks(), *node);
  }
  return node->number();
}

std::size_t remove_done_callback(future_base& state, std::uint64_t number) {
  return state.done() ? 0 : callback_index::remove(state.callbacks(), state.waiters(), number);
}

void throw_no_future(char const* who) {
  throw invalid_state(std::string(who) + ": this handle names no future: it was moved from");
}

}  // namespace asyncio::detail
