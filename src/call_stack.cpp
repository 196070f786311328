#include <asyncio/detail/call_stack.hpp>
#include <asyncio/detail/exception_in.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/multiple_exceptions.hpp>

namespace asyncio::detail {

task_base* task_of_stack(boost::asio::cancellation_state const& state) noexcept {
  task_base* const task = current_kernel ? current_kernel->current_task() : nullptr;
  worker const* const carrier = task ? task->carrier() : nullptr;
  return carrier != nullptr && state.slot().is_connected() && carrier->in_force(state) ? task : nullptr;
}

bool is_cancel(std::exception_ptr const& e) noexcept {
  if (exception_in<cancelled_error>(e) != nullptr) return true;
  if (auto const* const x = exception_in<boost::system::system_error>(e)) return x->code() == boost::asio::error::operation_aborted;
  if (auto const* const x = exception_in<boost::asio::multiple_exceptions>(e)) return is_cancel(x->first_exception());
  return false;
}

}  // namespace asyncio::detail
