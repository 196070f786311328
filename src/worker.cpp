#include <asyncio/detail/executor.hpp>
#include <asyncio/detail/worker.hpp>

namespace asyncio::detail {

namespace asio = boost::asio;

bool worker::cancel_raw_operation() {
  if (frame_ == nullptr || running_) return false;
  asio::cancellation_state state = suspended_thread::state(*frame_);
  if (!state.slot().has_handler()) return false;
  signal_.emit(asio::cancellation_type::terminal);
  state = suspended_thread::state(*frame_);
  bool const let_through = state.cancelled() != asio::cancellation_type::none;  // user code may filter it out
  state.clear();
  return let_through;
}

void worker::adopt(suspended_thread& thread) {
  frame_ = thread.entry_point();
  suspended_thread::executor(*frame_) = asio::any_io_executor(task_executor::root(*this));
}

void worker::next_task::begin(suspended_thread thread) {
  if (adopting_) {
    worker_.adopt(thread);
  } else {
    worker_.home().worker_idle(worker_);
  }
  worker_.park(std::move(thread));
}

}  // namespace asyncio::detail
