// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Helpers for scopes that cancel their own task: which task owns a coroutine stack, and whether an exception is a
/// cancellation.
#pragma once

#include <asyncio/detail/task/task_state.hpp>

#include <boost/asio/cancellation_state.hpp>

#include <exception>

namespace asyncio::detail {

/// The task whose coroutine stack has this cancellation state, else null: a scope cancels its task, so in any other
/// stack (a plain co_spawn, an operand of Asio's `||`) the body must become a task first.
[[nodiscard]] task_base* task_of_stack(boost::asio::cancellation_state const& state) noexcept;

/// Whether a cancelled operation may throw this: cancelled_error from this library; a system_error (Boost's or std's)
/// whose code is operation_aborted, is equivalent to `errc::operation_canceled` or belongs to Asio's channels;
/// multiple_exceptions if Asio's `&&` or `||` has wrapped one of these. These codes have other causes too: call it only
/// if a cancellation was requested.
[[nodiscard]] bool is_cancel(std::exception_ptr const& e) noexcept;

}  // namespace asyncio::detail
