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

/// A cancel is thrown as cancelled_error by this library, as a system_error by Asio's operations
/// and as multiple_exceptions by Asio's `&&` and `||` when it ended both operands.
[[nodiscard]] bool is_cancel(std::exception_ptr const& e) noexcept;

}  // namespace asyncio::detail
