// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// Common operations on the waiter list of a primitive. Each node in such a list is a `wait_node`.
#pragma once

#include <asyncio/detail/task/wait_node.hpp>

#include <cstddef>

namespace asyncio::detail {

[[noreturn]] void refuse_other_loop(char const* who);

/// Throws invalid_state if the waiters belong to a different loop than `newcomer`.
inline void check_same_loop(list<ready_node>& waiters, wait_node& newcomer, char const* who) {
  if (!waiters.empty() && &static_cast<wait_node&>(waiters.front()).home() != &newcomer.home()) [[unlikely]]
    refuse_other_loop(who);
}

/// Debug mode: throws invalid_state if there are waiters and the caller is not in the thread of their loop.
inline void check_waker(list<ready_node>& waiters, char const* who) {
  if (waiters.empty()) return;
  task_loop const& core = static_cast<wait_node&>(waiters.front()).home();
  if (core.debug()) [[unlikely]]
    core.check_thread(who);
}

/// Queues all of them, in order.
inline void complete_all(list<ready_node>& waiters) noexcept {
  while (!waiters.empty()) static_cast<wait_node&>(waiters.pop_front()).complete();
}

/// For destructors of primitives: ends each wait with invalid_state.
void fail_all(list<ready_node>& waiters, char const* object) noexcept;

/// The exception of such a wait.
[[nodiscard]] std::exception_ptr destroyed_while_waiting(char const* object) noexcept;

/// Reports to the exception handler of the running loop, or the log, that a destructor has failed. `message` says
/// which; call it in the handler of the exception that is the cause, if any.
void report_from_destructor(char const* message) noexcept;

}  // namespace asyncio::detail
