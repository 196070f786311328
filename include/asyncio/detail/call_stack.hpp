/// @file
/// Whose coroutine stack is this, and is this exception a cancel: what scopes that cancel their own task need to know.
#pragma once

#include <asyncio/detail/task_state.hpp>

#include <boost/asio/cancellation_state.hpp>

#include <exception>

namespace asyncio::detail {

/// The task in whose own coroutine stack a coroutine with this cancellation state runs, else null: a scope cancels its
/// task, so in a stack of its own (a plain co_spawn, an operand of Asio's `||`) the body first has to become one.
[[nodiscard]] task_base* task_of_stack(boost::asio::cancellation_state const& state) noexcept;

/// Whether an operation that was cancelled may answer so: with cancelled_error, if it is this library's; with a system_error
/// (Boost's or std's) whose code is operation_aborted, is equivalent to `errc::operation_canceled` or is the one of Asio's
/// channels; with multiple_exceptions when Asio's `&&` or `||` has wrapped one of these. These codes have other causes, too:
/// ask only when a cancel was requested.
[[nodiscard]] bool is_cancel(std::exception_ptr const& e) noexcept;

}  // namespace asyncio::detail
