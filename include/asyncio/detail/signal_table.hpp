/// @file
/// The signals of the process that this library handles. One table for all loops, because a process has one action per
/// signal.
#pragma once

#include <cstdint>
#include <string>

namespace asyncio::detail {

class kernel;
enum class fork_point : std::uint8_t;

/// A signal has up to two users. A loop that claims it gets it; else run()'s Ctrl-C does, if it watches the signal; when
/// nobody is left, the action that was in force before is again, unless other code has replaced ours meanwhile. The child of
/// a fork has the signals of the loops that come over it only; for all others it has the former actions.
/// **Threads**: any; the loops' side is synchronised, the handler itself is async-signal-safe.
namespace signal_table {

/// `claim` without a descriptor to write to.
inline constexpr int no_descriptor = -1;

/// `SIGTERM`.
[[nodiscard]] std::string name_of(int number);
/// Throws value_error, with a sentence that starts with `who`, unless `number` is a signal.
void require_signal(int number, char const* who);

/// Counts the signal for `owner` from now on; each one also writes a byte to `descriptor`. Again by the same owner:
/// without effect. Throws value_error; invalid_state when it cannot be caught or another owner has it;
/// std::system_error when the system refuses.
void claim(int number, kernel const& owner, int descriptor, char const* who);
/// Without effect when it is not the owner's any more: in the child of a fork.
void give_up(int number, kernel const& owner) noexcept;
/// How many have come for the owner since the last call.
[[nodiscard]] int take(int number) noexcept;

/// run()'s Ctrl-C: counts the signal in its own way, see interrupts. @return false when the action in force is not the
/// default one: it is left alone.
[[nodiscard]] bool watch(int number, kernel const& owner) noexcept;
void unwatch(int number, kernel const& owner) noexcept;
/// Whether anybody watches a signal.
[[nodiscard]] bool watching() noexcept;
/// Before the first watch: nothing has come; each signal will write a byte to `descriptor`.
void reset_watch(int descriptor) noexcept;
/// How many signals have come to a watch and were not noticed.
[[nodiscard]] int watch_pending() noexcept;
void watch_noticed(int count) noexcept;

/// Puts our handlers in force again where an asio::signal_set, or other code, has replaced one and has left the default
/// action behind. While the other handler is in force, it is left alone. **Cost**: a system call for each signal in use.
void reinstate() noexcept;

void at_fork(fork_point p) noexcept;

/// Waits until no handler that may still know a descriptor is at work: then it can be closed.
void settle() noexcept;

}  // namespace signal_table

}  // namespace asyncio::detail
