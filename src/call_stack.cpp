#include <asyncio/detail/call_stack.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/multiple_exceptions.hpp>

namespace asyncio::detail {

task_base* task_of_stack(boost::asio::cancellation_state const& state) noexcept {
  worker* const w = current_kernel ? current_kernel->current_worker() : nullptr;
  return w != nullptr && w->owns(state) ? w->task() : nullptr;
}

bool is_cancel(std::exception_ptr const& e) {
  try {
    std::rethrow_exception(e);
  } catch (boost::system::system_error const& x) {
    return x.code() == boost::asio::error::operation_aborted;
  } catch (boost::asio::multiple_exceptions const& x) {
    return is_cancel(x.first_exception());
  } catch (...) {
    return false;
  }
}

}  // namespace asyncio::detail
