#include <asyncio/detail/executor.hpp>
#include <asyncio/detail/operation.hpp>
#include <asyncio/detail/raw_cancel.hpp>
#include <asyncio/detail/task_state.hpp>
#include <asyncio/detail/way_home.hpp>
#include <asyncio/detail/worker.hpp>

namespace asyncio::detail {

namespace asio = boost::asio;

/// What the worker's coroutine waits for: the end of the task that stands on it.
class worker::turn : public operation_tag {
 public:
  using value_type = void;
  explicit turn(worker& w) noexcept : worker_(w) {}

  operation_probe_result operator()(operation_probe) &&;
  signature_probe_result<turn> operator()(signature_probe) &&;

  bool begin(frame_base& bottom) noexcept {
    task_base* const next = worker_.frame_ ? worker_.home().take_startable() : nullptr;
    if (next != nullptr) {
      next->moved_to(worker_);
      worker_.home().enter(*next);
      next->begin_body();
      next->root().push_frame(&bottom);
    } else {
      worker_.park(suspended_thread::of(bottom));
      if (worker_.frame_ && !worker_.running()) worker_.home().worker_idle(worker_);
    }
    return true;
  }
  void finish() noexcept {}

 private:
  worker& worker_;
};

/// In the worker's frame: what has to be done when that is destroyed under a task.
class worker::last_rites {
 public:
  explicit last_rites(worker& w) noexcept : worker_(w) {}
  last_rites(last_rites const&) = delete;
  last_rites& operator=(last_rites const&) = delete;
  ~last_rites() {
    if (worker_.inherited_) std::exchange(worker_.inherited_, nullptr)->destroy();
    if (task_base* const task = std::exchange(worker_.task_, nullptr)) {  // an operation was dropped without completing
      worker_.unpin();
      task->body_abandoned();
    }
    worker_.frame_ = nullptr;
    worker_.set_away(false);
    worker_.home().worker_ended(worker_);
  }

 private:
  worker& worker_;
};

entry_coroutine worker::carry_tasks(worker& w) {
  last_rites const at_end(w);
  for (;;) {
    co_await turn(w);
    if (w.task_ == nullptr) co_return;  // resumed without one: it ends
    if (!w.in_step()) [[unlikely]] co_await come_home();
    w.task_->body_ended();
  }
}

std::uint16_t worker::lend() noexcept {
  pinned_ = true;
  bool const to_operation = frame_ != nullptr && suspended_thread::detached(*frame_);
  if (kernel_.in_thread()) {
    bound_home_ = to_operation;
  } else {
    kernel_.set_hopped();  // and others may look while the operation is still being started
  }
  return to_operation ? ticket_ : 0;
}

/// It can be cancelled, so it is no hop of a moment; and no coroutine of this loop was ever seen in another thread.
bool worker::seems_bound_home() const noexcept {
  return !kernel_.hopped() && frame_ != nullptr && suspended_thread::state(*frame_).slot().has_handler();
}

void worker::launch() {
  asio_thread stack = make_stack(carry_tasks(*this), asio::any_io_executor(task_executor::root(*this)), signal_.slot());
  entry_frame* const bottom = stack.entry_point();
  // The stack keeps a copy of the executor it is given, and a copy does not follow the worker.
  suspended_thread::executor(*bottom) = asio::any_io_executor(task_executor::root(*this));
  suspended_thread::throw_if_cancelled(*bottom, false);
  pinned_ = false;
  stack.launch();
  frame_ = bottom;
}

void worker::unpin() noexcept {
  pinned_ = false;
  bound_home_ = false;
  ++generation_;
  if (cancel_in_flight()) kernel_.cancels_in_flight().take_back(*this);
  suspended_thread::throw_if_cancelled(*frame_, false);
  signal_.slot().clear();
}

}  // namespace asyncio::detail
