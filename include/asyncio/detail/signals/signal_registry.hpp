// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// The signals of the process that this library handles. One table for all loops, because a process has one action per
/// signal.
#pragma once

#include <cstdint>
#include <string>

namespace asyncio::detail {

class loop_core;

/// A signal has up to two users. A loop that claims it receives it; else run()'s Ctrl-C does, if it watches the signal.
/// When neither is left, the previous action is restored, unless other code has replaced ours meanwhile. The child of a
/// fork keeps only the signals of loops that are carried over; for all others the former actions are restored.
/// **Threads**: any; the loops' side is synchronised, the handler itself is async-signal-safe.
namespace signal_registry {

/// `claim` without a descriptor to write to.
inline constexpr int no_descriptor = -1;

/// `SIGTERM`.
[[nodiscard]] std::string name_of(int number);
/// Throws value_error, with a message that begins with `who`, unless `number` is a signal.
void require_signal(int number, char const* who);

/// Counts the signal for `owner` from now on; each one also writes a byte to `descriptor`. No effect if `owner` already
/// has it. Throws value_error; invalid_state if it cannot be caught or has another owner; std::system_error if the
/// system call fails.
void claim(int number, loop_core const& owner, int descriptor, char const* who);
/// No effect if `owner` no longer has it, as in the child of a fork.
void give_up(int number, loop_core const& owner) noexcept;
/// The number of signals for the owner since the last call.
[[nodiscard]] int take(int number) noexcept;

/// For run()'s Ctrl-C: counts the signal separately, see ctrl_c. @return false, with no effect, if the action in force
/// is not the default one.
[[nodiscard]] bool watch(int number, loop_core const& owner) noexcept;
void unwatch(int number, loop_core const& owner) noexcept;
/// Whether any signal is watched.
[[nodiscard]] bool watching() noexcept;
/// Before the first watch: resets the counts; each signal will write a byte to `descriptor`.
void reset_watch(int descriptor) noexcept;
/// The number of watched signals that were not noticed yet.
[[nodiscard]] int watch_pending() noexcept;
void watch_noticed(int count) noexcept;

/// Reinstalls our handlers where an asio::signal_set, or other code, has replaced one and then restored the default
/// action. A foreign handler in force is left alone. **Cost**: a system call for each signal in use.
void reinstate() noexcept;

/// Waits until no running handler can still use a descriptor, so that it can be closed.
void wait_for_handlers() noexcept;

}  // namespace signal_registry

}  // namespace asyncio::detail
