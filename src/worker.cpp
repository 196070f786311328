#include <asyncio/detail/executor.hpp>
#include <asyncio/detail/raw_cancel.hpp>
#include <asyncio/detail/worker.hpp>

namespace asyncio::detail {

namespace asio = boost::asio;

void worker::forget_cancel() noexcept { kernel_.cancels_in_flight().take_back(*this); }

worker::sentinel::~sentinel() {
  if (kernel* const k = current_kernel; k != nullptr && k->current_worker() != nullptr) k->current_worker()->lose_state();
}

void worker::launch(entry_coroutine bottom) {
  asio_thread stack = make_stack(std::move(bottom), asio::any_io_executor(task_executor::root(*this)), slot());
  frame_ = stack.entry_point();
  // The stack keeps a copy of the executor it is given, and a copy does not follow the worker.
  suspended_thread::executor(*frame_) = asio::any_io_executor(task_executor::root(*this));
  stack.launch();
}

void worker::next_task::begin(suspended_thread stack) {
  worker_.home().worker_idle(worker_);
  worker_.park(std::move(stack));
}

}  // namespace asyncio::detail
