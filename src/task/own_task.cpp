// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include <asyncio/detail/base/exception_in.hpp>
#include <asyncio/detail/task/own_task.hpp>
#include <asyncio/error.hpp>

#include <boost/asio/experimental/channel_error.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/system/system_error.hpp>

#include <system_error>

namespace asyncio::detail {

task_base* task_of_stack(boost::asio::cancellation_state const& state) noexcept {
  task_base* const task = task_loop::current() ? task_loop::current()->current_task() : nullptr;
  carrier const* const w = task ? task->carried_by() : nullptr;
  return w != nullptr && state.slot().is_connected() && w->in_force(state) ? task : nullptr;
}

namespace {

/// Asio's channels have their own code for it, which std and Boost do not treat as equivalent.
bool is_cancel_code(boost::system::error_code const& code) noexcept {
  return code == boost::system::errc::operation_canceled || code == boost::asio::experimental::error::channel_cancelled;
}

}  // namespace

bool is_cancel(std::exception_ptr const& e) noexcept {
  if (exception_in<cancelled_error>(e) != nullptr) return true;
  if (auto const* const x = exception_in<boost::system::system_error>(e)) return is_cancel_code(x->code());
  if (auto const* const x = exception_in<std::system_error>(e)) return x->code() == std::errc::operation_canceled;
  if (auto const* const x = exception_in<boost::asio::multiple_exceptions>(e)) return is_cancel(x->first_exception());
  return false;
}

}  // namespace asyncio::detail
