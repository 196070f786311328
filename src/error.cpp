#include <asyncio/error.hpp>

#include <boost/asio/error.hpp>

namespace asyncio {

queue_empty::queue_empty() : error("asyncio::queue::get_nowait: the queue is empty; co_await get() waits for an item") {}

queue_full::queue_full() : error("asyncio::queue::put_nowait: the queue is full; co_await put() waits for a place") {}

queue_shut_down::queue_shut_down() : error("asyncio::queue: the queue was shut down") {}

cancelled_error::cancelled_error(std::string_view message)
    : system_error(boost::system::error_code(boost::asio::error::operation_aborted),
                   message.empty() ? std::string("the task was cancelled") : std::string(message)),
      message_(std::string(message)) {}

timeout_error::timeout_error()
    : system_error(boost::system::error_code(boost::system::errc::timed_out, boost::system::generic_category()),
                   "the time is up") {}

namespace detail {

void throw_cancelled(std::string_view message) {
  if (!message.empty()) throw cancelled_error(message);
  // Building the text of a system_error costs more than throwing it; copying one only counts references.
  static cancelled_error const plain;
  throw plain;
}

std::exception_ptr cancelled_exception(std::string_view message) {
  if (!message.empty()) return std::make_exception_ptr(cancelled_error(message));
  static std::exception_ptr const plain = std::make_exception_ptr(cancelled_error());
  return plain;
}

}  // namespace detail
}  // namespace asyncio
