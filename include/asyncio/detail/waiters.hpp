/// @file
/// What every primitive does with the list of those who wait for it. Each node in such a list is a `wait_node`.
#pragma once

#include <asyncio/detail/wait_node.hpp>

#include <cstddef>

namespace asyncio::detail {

[[noreturn]] void refuse_other_loop(char const* who);

/// Throws invalid_state when those who wait belong to another loop than `newcomer`.
inline void check_same_loop(list<ready_node>& waiters, wait_node& newcomer, char const* who) {
  if (!waiters.empty() && &static_cast<wait_node&>(waiters.front()).home() != &newcomer.home()) [[unlikely]]
    refuse_other_loop(who);
}

/// Debug mode: throws invalid_state when somebody waits and the caller is not in the thread of his loop.
inline void check_waker(list<ready_node>& waiters, char const* who) {
  if (waiters.empty()) return;
  kernel const& k = static_cast<wait_node&>(waiters.front()).home();
  if (k.debug()) [[unlikely]] k.check_thread(who);
}

/// Queues all of them, in order.
inline void complete_all(list<ready_node>& waiters) noexcept {
  while (!waiters.empty()) static_cast<wait_node&>(waiters.pop_front()).complete();
}

/// The object they wait for is being destroyed: each wait ends with invalid_state.
void fail_all(list<ready_node>& waiters, char const* object) noexcept;

/// What such a wait ends with.
[[nodiscard]] std::exception_ptr destroyed_while_waiting(char const* object) noexcept;

/// Tells the exception handler of the running loop, or the log, that a destructor could not do its work.
/// `message` says which; called in the handler of the exception that says why, if there is one.
void report_from_destructor(char const* message) noexcept;

}  // namespace asyncio::detail
