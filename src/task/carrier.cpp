// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/task/carrier.hpp>
#include <asyncio/detail/task/executor.hpp>
#include <asyncio/detail/task/operation.hpp>
#include <asyncio/detail/task/raw_cancel.hpp>
#include <asyncio/detail/task/task_state.hpp>
#include <asyncio/detail/task/way_home.hpp>

namespace asyncio::detail {

namespace asio = boost::asio;

/// The wait of the carrier's coroutine: for the end of the task it carries.
class carrier::next_task : public operation_tag {
 public:
  using value_type = void;
  explicit next_task(carrier& w) noexcept : carrier_(w) {}

  operation_probe_result operator()(operation_probe) &&;
  signature_probe_result<next_task> operator()(signature_probe) &&;

  bool begin(frame_base& bottom) noexcept {
    task_base* const next = carrier_.frame_ ? carrier_.home().take_startable() : nullptr;
    if (next != nullptr) {
      next->moved_to(carrier_);
      carrier_.home().enter(*next);
      next->begin_body();
      next->root().push_frame(&bottom);
    } else {
      carrier_.park(suspended_thread::of(bottom));
      if (carrier_.frame_ && !carrier_.running()) carrier_.home().carrier_idle(carrier_);
    }
    return true;
  }
  void finish() noexcept {}

 private:
  carrier& carrier_;
};

/// A local of the carrier's coroutine: cleans up if its frame is destroyed while it carries a task.
class carrier::frame_cleanup {
 public:
  explicit frame_cleanup(carrier& w) noexcept : carrier_(w) {}
  frame_cleanup(frame_cleanup const&) = delete;
  frame_cleanup& operator=(frame_cleanup const&) = delete;
  ~frame_cleanup() {
    if (carrier_.inherited_) std::exchange(carrier_.inherited_, nullptr)->destroy();
    if (task_base* const task =
            std::exchange(carrier_.task_, nullptr)) {  // an operation was dropped without completing
      carrier_.unpin();
      task->body_abandoned();
    }
    carrier_.frame_ = nullptr;
    carrier_.set_away(false);
    carrier_.home().carrier_ended(carrier_);
  }

 private:
  carrier& carrier_;
};

entry_coroutine carrier::carry_tasks(carrier& w) {
  frame_cleanup const at_end(w);
  for (;;) {
    co_await next_task(w);
    if (w.task_ == nullptr) co_return;  // resumed without a task: ends
    if (!w.in_step()) [[unlikely]]
      co_await come_home();
    w.task_->body_ended();
  }
}

std::uint16_t carrier::lend() noexcept {
  pinned_ = true;
  bool const to_operation = frame_ != nullptr && suspended_thread::detached(*frame_);
  if (loop_.in_thread()) {
    bound_home_ = to_operation;
  } else {
    loop_.set_hopped();  // other threads may read it while the operation is still being started
  }
  return to_operation ? ticket_ : 0;
}

/// The operation can be cancelled, so it is not a mere hop, and no coroutine of this loop was ever seen in another
/// thread.
bool carrier::seems_bound_home() const noexcept {
  return !loop_.hopped() && frame_ != nullptr && suspended_thread::state(*frame_).slot().has_handler();
}

void carrier::launch() {
  asio_thread stack = make_stack(carry_tasks(*this), asio::any_io_executor(task_executor::root(*this)), signal_.slot());
  entry_frame* const bottom = stack.entry_point();
  // The stack keeps a copy of its executor, and copies do not follow the carrier: replace it by the root.
  suspended_thread::executor(*bottom) = asio::any_io_executor(task_executor::root(*this));
  suspended_thread::throw_if_cancelled(*bottom, false);
  pinned_ = false;
  stack.launch();
  frame_ = bottom;
}

void carrier::unpin() noexcept {
  pinned_ = false;
  bound_home_ = false;
  ++generation_;
  if (cancel_in_flight()) loop_.cancels_in_flight().take_back(*this);
  suspended_thread::throw_if_cancelled(*frame_, false);
  signal_.slot().clear();
}

}  // namespace asyncio::detail
